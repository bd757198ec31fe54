"""What is said to people about schedules by code, in their language."""

from __future__ import annotations

from messaging.phrases import worded

PHRASES: dict[str, dict[str, str]] = {
    "reminder": {"en": "⏰ Reminder: {what}", "es": "⏰ Recordatorio: {what}"},
    "reminder_late": {
        "en": "⏰ Reminder: {what}\n(It was due at {at}; I could not send it then.)",
        "es": "⏰ Recordatorio: {what}\n(Era para las {at}; entonces no pude enviarlo.)",
    },
    "reminder_quiet": {
        "en": "⏰ Reminder: {what}\n(It was due at {at}, in the quiet hours.)",
        "es": "⏰ Recordatorio: {what}\n(Era para las {at}, en las horas de silencio.)",
    },
    "skipped_limit": {
        "en": "Today's limit of {limit} scheduled tasks is reached, so “{title}” and whatever else is scheduled for "
        "today does not run. Whoever runs this assistant can raise the limit.",
        "es": "Se ha alcanzado el límite de {limit} tareas programadas por hoy, así que «{title}» y lo demás que había "
        "para hoy no se ejecuta. Quien lleva este asistente puede subir el límite.",
    },
    "skipped_budget": {
        "en": "“{title}” did not run: the assistant's budget is used up. Plain reminders still come.",
        "es": "«{title}» no se ha hecho: el presupuesto del asistente se ha agotado. Los recordatorios sí llegan.",
    },
    "failed": {
        "en": "I could not carry out “{title}”, which was due at {at}. I try again at its next time.",
        "es": "No he podido hacer «{title}», que era para las {at}. Lo intento de nuevo la próxima vez que toque.",
    },
    "disabled": {
        "en": "I could not carry out “{title}” and have stopped trying. Tell me to start it again, or to delete it.",
        "es": "No he podido hacer «{title}» y he dejado de intentarlo. Dime si lo activo de nuevo o si lo borro.",
    },
}


def phrase(key: str, language: str, **values: str) -> str:
    return worded(PHRASES[key], language, **values)
