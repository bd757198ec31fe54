"""What may be wrong with an account as the house's own rows tell, and what mends it."""

from __future__ import annotations

from messaging.channels.findings import Told, Words

WORDS: Words = {
    "template_rejected": {
        "en": Told(
            "{service} has rejected the template {name} ({language}){reason}.",
            "Correct it at {service} (WhatsApp Manager, Message templates) and send it in again, or ask for a "
            "review there. "
            "Until it is approved, what needs it waits until the person writes.",
        ),
        "es": Told(
            "{service} ha rechazado la plantilla {name} ({language}){reason}.",
            "Corrígela en {service} (WhatsApp Manager, Plantillas de mensajes) y vuelve a enviarla, o pide allí "
            "una revisión. "
            "Hasta que se apruebe, lo que la necesita espera a que la persona escriba.",
        ),
    },
    "template_paused": {
        "en": Told(
            "{service} has paused the template {name} ({language}){reason}.",
            "People blocked or reported it. It goes on by itself after some hours; after the third time it is "
            "disabled. Change its words, or send it to fewer people.",
        ),
        "es": Told(
            "{service} ha pausado la plantilla {name} ({language}){reason}.",
            "Hay personas que la han bloqueado o denunciado. Sigue sola después de unas horas; a la tercera vez se "
            "desactiva. Cambia el texto o envíala a menos personas.",
        ),
    },
    "template_disabled": {
        "en": Told(
            "{service} has disabled the template {name} ({language}){reason}.",
            "Make another one at {service} (WhatsApp Manager, Message templates) and give it the same purpose "
            "in the admin, under "
            "Templates.",
        ),
        "es": Told(
            "{service} ha desactivado la plantilla {name} ({language}){reason}.",
            "Crea otra en {service} (WhatsApp Manager, Plantillas de mensajes) y dale el mismo uso en el admin, "
            "en Templates.",
        ),
    },
    "owner_unreachable": {
        "en": Told(
            "{service} no longer delivers to an owner: they blocked {account}, or have left {service}.",
            "They open the chat with {account} on {service}, unblock it, and write something.",
        ),
        "es": Told(
            "{service} ya no entrega mensajes a un propietario: ha bloqueado a {account} o ha dejado {service}.",
            "Que abra el chat con {account} en {service}, lo desbloquee y escriba algo.",
        ),
    },
}
