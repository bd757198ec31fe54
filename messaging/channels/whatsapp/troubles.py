"""What may be wrong with a WhatsApp account and what mends it, in the words that operators and owners read."""

from __future__ import annotations

from messaging.channels.findings import Told, Words

_RENEW = "run: manage.py onboard --slug {tenant} --channel whatsapp"
_RENEW_ES = "ejecuta: manage.py onboard --slug {tenant} --channel whatsapp"

WORDS: Words = {
    "number_unknown": {
        "en": Told(
            "WhatsApp does not know the phone number id {number}, or its token may not see it.",
            "In Meta Business settings, under System users, give the token's user the WhatsApp account as an "
            "asset. If "
            f"the number has moved, {_RENEW} with its new id.",
        ),
        "es": Told(
            "WhatsApp no conoce el identificador de número {number}, o el token no puede verlo.",
            "En la configuración del negocio de Meta, en Usuarios del sistema, asigna la cuenta de WhatsApp al "
            "usuario "
            f"del token. Si el número se ha movido, {_RENEW_ES} con su nuevo identificador.",
        ),
    },
    "number_not_registered": {
        "en": Told(
            "The number {address} is not registered for sending (WhatsApp says {status}): nothing goes out or "
            "comes in.",
            "Run: manage.py register_number --tenant {tenant} --number {number}. If WhatsApp then asks for it, "
            "verify "
            "the number first in WhatsApp Manager, under Phone numbers.",
        ),
        "es": Told(
            "El número {address} no está registrado para enviar (WhatsApp dice {status}): no sale ni entra nada.",
            "Ejecuta: manage.py register_number --tenant {tenant} --number {number}. Si WhatsApp lo pide, verifica "
            "antes el número en WhatsApp Manager, en Números de teléfono.",
        ),
    },
    "number_restricted": {
        "en": Told(
            "WhatsApp has restricted the number {address} ({status}).",
            "Open WhatsApp Manager, Phone numbers, then the number: it tells why and until when, and takes an appeal.",
        ),
        "es": Told(
            "WhatsApp ha restringido el número {address} ({status}).",
            "Abre WhatsApp Manager, Números de teléfono, y el número: ahí se ve el motivo y hasta cuándo, y se puede "
            "apelar.",
        ),
    },
    "rate_limited": {
        "en": Told(
            "The number {address} has reached its limit of conversations that we may begin today.",
            "Replies still go out. Wait until tomorrow; the limit grows with good quality and a verified business.",
        ),
        "es": Told(
            "El número {address} ha llegado al límite de conversaciones que podemos iniciar hoy.",
            "Las respuestas siguen saliendo. Espera a mañana; el límite crece con buena calidad y el negocio "
            "verificado.",
        ),
    },
    "quality_low": {
        "en": Told(
            "WhatsApp rates the quality of {address} as {rating}: people have blocked or reported its messages.",
            "Send unasked messages only to people who agreed, fewer of them, and with a way to stop. The rating "
            "looks "
            "at the last seven days and recovers by itself.",
        ),
        "es": Told(
            "WhatsApp califica la calidad de {address} como {rating}: hay personas que han bloqueado o "
            "denunciado sus "
            "mensajes.",
            "Envía mensajes no pedidos solo a quien los aceptó, menos a menudo y diciendo cómo dejar de "
            "recibirlos. La "
            "calificación mira los últimos siete días y se recupera sola.",
        ),
    },
    "messaging_limit": {
        "en": Told(
            "WhatsApp has lowered how many conversations {address} may begin in a day{limit}.",
            "Look at the number's quality in WhatsApp Manager, under Phone numbers; the limit rises again with it.",
        ),
        "es": Told(
            "WhatsApp ha bajado el número de conversaciones que {address} puede iniciar al día{limit}.",
            "Mira la calidad del número en WhatsApp Manager, en Números de teléfono; el límite vuelve a subir "
            "con ella.",
        ),
    },
    "webhook_not_set": {
        "en": Told(
            "Meta has no webhook for this number: what people write does not arrive.",
            "In the Meta dashboard, WhatsApp > Configuration, enter the callback URL {ours} and the verify "
            "token (admin, "
            "Apps), and subscribe to “messages”.",
        ),
        "es": Told(
            "Meta no tiene ningún webhook para este número: lo que escriben no llega.",
            "En el panel de Meta, WhatsApp > Configuración, pon la URL {ours} y el token de verificación "
            "(admin, Apps), y "
            "suscríbete a «messages».",
        ),
    },
    "webhook_elsewhere": {
        "en": Told(
            "What people write goes to another address: {theirs}",
            "If this installation is to answer: in the Meta dashboard, WhatsApp > Configuration, enter the "
            "callback URL "
            "{ours}, and take away an override of the account or the number.",
        ),
        "es": Told(
            "Lo que escriben va a otra dirección: {theirs}",
            "Si debe responder esta instalación: en el panel de Meta, WhatsApp > Configuración, pon la URL "
            "{ours} y quita "
            "la URL propia de la cuenta o del número.",
        ),
    },
    "not_subscribed": {
        "en": Told(
            "The Meta app is not subscribed to the WhatsApp Business Account {waba}: what people write does not "
            "arrive.",
            f"To subscribe it again, {_RENEW}.",
        ),
        "es": Told(
            "La app de Meta no está suscrita a la cuenta de WhatsApp Business {waba}: lo que escriben no llega.",
            f"Para suscribirla otra vez, {_RENEW_ES}.",
        ),
    },
    "permission_missing": {
        "en": Told(
            "The access token may not look after the WhatsApp Business Account {waba}: {detail}",
            "Make a token with the permissions whatsapp_business_messaging and whatsapp_business_management, then "
            f"{_RENEW}.",
        ),
        "es": Told(
            "El token no tiene permiso para administrar la cuenta de WhatsApp Business {waba}: {detail}",
            f"Crea un token con los permisos whatsapp_business_messaging y whatsapp_business_management y {_RENEW_ES}.",
        ),
    },
    "token_expires": {
        "en": Told(
            "The access token ends on {day} (UTC); after that nothing goes out.",
            f"In Meta Business settings, System users, make a token that never expires, then {_RENEW}.",
        ),
        "es": Told(
            "El token caduca el {day} (UTC); después no saldrá nada.",
            "En la configuración del negocio de Meta, Usuarios del sistema, crea un token que no caduque y "
            f"{_RENEW_ES}.",
        ),
    },
    "data_access_expires": {
        "en": Told(
            "The app's access to the account's data ends on {day} (UTC).",
            "Somebody with a role in the Meta app has to sign in and confirm its access; or make a token of a system "
            f"user, then {_RENEW}.",
        ),
        "es": Told(
            "El acceso de la app a los datos de la cuenta termina el {day} (UTC).",
            "Alguien con un rol en la app de Meta tiene que iniciar sesión y confirmar el acceso; o crea un "
            "token de un "
            f"usuario del sistema y {_RENEW_ES}.",
        ),
    },
    "account_locked": {
        "en": Told(
            "WhatsApp has locked the business account: {detail}",
            "Open Meta Business Support (business.facebook.com/business-support-home): it tells why, and takes "
            "an appeal.",
        ),
        "es": Told(
            "WhatsApp ha bloqueado la cuenta del negocio: {detail}",
            "Abre la ayuda de Meta para negocios (business.facebook.com/business-support-home): ahí se ve el "
            "motivo y se "
            "puede apelar.",
        ),
    },
    "account_restricted": {
        "en": Told(
            "WhatsApp has restricted the business account: {detail}",
            "Open Meta Business Support (business.facebook.com/business-support-home): it tells why and until when. "
            "Resolve this here once it is over.",
        ),
        "es": Told(
            "WhatsApp ha restringido la cuenta del negocio: {detail}",
            "Abre la ayuda de Meta para negocios (business.facebook.com/business-support-home): ahí se ve el "
            "motivo y "
            "hasta cuándo.",
        ),
    },
    "payment": {
        "en": Told(
            "WhatsApp has a problem with the payment method: {detail}",
            "In WhatsApp Manager, Settings, Payment settings, add or renew the card of the business account.",
        ),
        "es": Told(
            "WhatsApp tiene un problema con el método de pago: {detail}",
            "En WhatsApp Manager, Configuración, Configuración de pagos, añade o renueva la tarjeta de la cuenta.",
        ),
    },
    "sending_limited": {
        "en": Told("WhatsApp limits what may be sent: {detail}", "{solution}"),
    },
    "told_by_meta": {
        "en": Told(
            "Meta tells: {detail}",
            "Look at the account in WhatsApp Manager and in Meta Business Support; resolve this here once it is "
            "over. The "
            "whole of it is in the admin under Dead letters.",
        ),
        "es": Told(
            "Meta avisa: {detail}",
            "Mira la cuenta en WhatsApp Manager y en la ayuda de Meta para negocios. El aviso completo está en "
            "el admin, "
            "en Dead letters.",
        ),
    },
}
