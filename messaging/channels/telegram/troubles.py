"""What may be wrong with a Telegram bot and what mends it, in the words that operators and owners read."""

from __future__ import annotations

from messaging.channels.findings import Told, Words

_AGAIN = "run: manage.py onboard --slug {tenant} --channel telegram"
_AGAIN_ES = "ejecuta: manage.py onboard --slug {tenant} --channel telegram"

WORDS: Words = {
    "webhook_not_set": {
        "en": Told(
            "Telegram has no webhook for this bot: what people write does not arrive. Telegram keeps it for 24 hours.",
            f"To set it, {_AGAIN}.",
        ),
        "es": Told(
            "Telegram no tiene ningún webhook para este bot: lo que escriben no llega. Telegram lo guarda 24 horas.",
            f"Para ponerlo, {_AGAIN_ES}.",
        ),
    },
    "webhook_elsewhere": {
        "en": Told(
            "What people write to the bot goes to another address: {theirs}",
            f"Another program uses the same bot. Stop it, then {_AGAIN}; or make a bot of its own with @BotFather.",
        ),
        "es": Told(
            "Lo que escriben al bot va a otra dirección: {theirs}",
            f"Otro programa usa el mismo bot. Detenlo y {_AGAIN_ES}; o crea otro bot con @BotFather.",
        ),
    },
    "webhook_failing": {
        "en": Told(
            "Telegram could not deliver what people write, last at {at} (UTC): {detail}",
            "Check that the address {ours} is reached from outside with a valid certificate, and that the web "
            "process "
            "runs. Telegram tries again for 24 hours.",
        ),
        "es": Told(
            "Telegram no ha podido entregar lo que escriben, la última vez a las {at} (UTC): {detail}",
            "Comprueba que se llega desde fuera a {ours} con un certificado válido y que el proceso web funciona. "
            "Telegram lo sigue intentando durante 24 horas.",
        ),
    },
    "webhook_backlog": {
        "en": Told(
            "{count} messages wait at Telegram to be delivered here.",
            "Check that the web process runs and answers quickly; the messages come by themselves then.",
        ),
        "es": Told(
            "Hay {count} mensajes esperando en Telegram para llegar aquí.",
            "Comprueba que el proceso web funciona y responde rápido; los mensajes llegarán solos.",
        ),
    },
    "webhook_updates": {
        "en": Told(
            "Telegram does not send everything that is needed here; missing: {missing}.",
            f"To set the webhook anew, {_AGAIN}.",
        ),
        "es": Told(
            "Telegram no envía todo lo que hace falta; falta: {missing}.",
            f"Para volver a poner el webhook, {_AGAIN_ES}.",
        ),
    },
}
