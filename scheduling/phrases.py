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
    "listed_nothing": {
        "en": "Nothing is scheduled. Write to me what should come when: “remind me tomorrow at 9 to call the bank”.",
        "es": "No hay nada programado. Escríbeme qué quieres y cuándo: «recuérdame mañana a las 9 llamar al banco».",
    },
    "listed": {
        "en": "This is scheduled, by the clock of {zone}:",
        "es": "Esto es lo programado, según el reloj de {zone}:",
    },
    "listed_task": {
        "en": "- {sign}**{title}**{whose}: {rule}{zone}. {standing}",
        "es": "- {sign}**{title}**{whose}: {rule}{zone}. {standing}",
    },
    "listed_whose": {"en": " (for {name})", "es": " (para {name})"},
    "listed_zone": {"en": " ({zone})", "es": " ({zone})"},
    "listed_next": {"en": "Next: {at}", "es": "Próxima vez: {at}"},
    "listed_skipped": {
        "en": "Next: {at}; left out before that: {skipped}",
        "es": "Próxima vez: {at}; antes se omite: {skipped}",
    },
    "listed_over": {"en": "It has no further time", "es": "No queda ninguna vez más"},
    "listed_running": {"en": "Being done just now", "es": "Se está haciendo ahora mismo"},
    "listed_paused": {"en": "Paused", "es": "En pausa"},
    "listed_disabled": {"en": "Stopped, as it failed too often", "es": "Detenida, porque ha fallado demasiadas veces"},
    "listed_more": {"en": "… and {count} more.", "es": "… y {count} más."},
    "listed_troubles": {
        "en": "What did not come as it should have, in the last days:",
        "es": "Lo que no ha salido como debía, en los últimos días:",
    },
    "listed_trouble": {"en": "- ⚠️ **{title}**, {at}: {why}", "es": "- ⚠️ **{title}**, {at}: {why}"},
    "trouble_failed": {"en": "it failed", "es": "ha fallado"},
    "trouble_late": {
        "en": "it was missed, as nothing ran at that time",
        "es": "se ha perdido, porque a esa hora no funcionaba nada",
    },
    "trouble_limit": {
        "en": "it was left out, as the day's limit was reached",
        "es": "se ha omitido, porque se alcanzó el límite del día",
    },
    "trouble_budget": {
        "en": "it was left out, as the budget was used up",
        "es": "se ha omitido, porque se agotó el presupuesto",
    },
    "trouble_other": {"en": "it did not come", "es": "no ha llegado"},
    "trouble_times": {"en": "{why} ({count} times)", "es": "{why} ({count} veces)"},
}


def phrase(key: str, language: str, **values: str) -> str:
    return worded(PHRASES[key], language, **values)
