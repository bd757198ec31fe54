"""What the product itself says to people when Claude cannot: plain, in their language, never a raw error."""

from __future__ import annotations

PHRASES: dict[str, dict[str, str]] = {
    "apology": {
        "en": "I'm sorry, I couldn't answer that just now. Please try again in a little while.",
        "es": "Lo siento, ahora mismo no he podido responder. Inténtalo de nuevo dentro de un rato, por favor.",
    },
    "later": {
        "en": "I can't answer right now. Your message is kept, and you'll get the answer as soon as I'm back.",
        "es": "Ahora mismo no puedo responder. Tu mensaje queda guardado y tendrás la respuesta en cuanto vuelva.",
    },
    "file_lost": {
        "en": "I couldn't get the file you sent: it is no longer there for me. Could you send it again?",
        "es": "No he podido abrir el archivo que enviaste: ya no está disponible para mí. ¿Puedes enviarlo otra vez?",
    },
    "voice_unheard": {
        "en": "I couldn't listen to your voice message after all. Could you write to me what you said?",
        "es": "Al final no he podido escuchar tu mensaje de voz. ¿Puedes escribirme lo que decías?",
    },
    "budget_owner_day": {
        "en": "Today's budget for your assistant (${limit}) is used up, so I can't answer before tomorrow at 00:00. "
        "Your message is kept; write again then. To go on today, ask whoever runs this assistant to raise the budget.",
        "es": "El presupuesto de hoy para tu asistente ({limit} $) se ha agotado, así que no puedo responder hasta "
        "mañana a las 00:00. Tu mensaje queda guardado; escríbeme entonces. Para seguir hoy, pide a quien lleva este "
        "asistente que lo amplíe.",
    },
    "budget_owner_month": {
        "en": "This month's budget for your assistant (${limit}) is used up, so I can't answer before the first of "
        "next month. Your message is kept; write again then. To go on before that, ask whoever runs this assistant "
        "to raise the budget.",
        "es": "El presupuesto de este mes para tu asistente ({limit} $) se ha agotado, así que no puedo responder "
        "hasta el día 1 del mes que viene. Tu mensaje queda guardado; escríbeme entonces. Para seguir antes, pide a "
        "quien lleva este asistente que lo amplíe.",
    },
    "budget_staff_day": {
        "en": "The assistant's budget for today is used up, so I can't answer before tomorrow at 00:00. Your message "
        "is kept; write again then. The owner can have the budget raised.",
        "es": "El presupuesto de hoy del asistente se ha agotado, así que no puedo responder hasta mañana a las "
        "00:00. Tu mensaje queda guardado; escríbeme entonces. El propietario puede pedir que se amplíe.",
    },
    "budget_staff_month": {
        "en": "The assistant's budget for this month is used up, so I can't answer before the first of next month. "
        "Your message is kept; write again then. The owner can have the budget raised.",
        "es": "El presupuesto de este mes del asistente se ha agotado, así que no puedo responder hasta el día 1 del "
        "mes que viene. Tu mensaje queda guardado; escríbeme entonces. El propietario puede pedir que se amplíe.",
    },
    "budget_customer": {
        "en": "I'm sorry, I can't answer for now. Your message has arrived and is kept for the team. If it is urgent, "
        "please reach them another way.",
        "es": "Lo siento, por ahora no puedo responder. Tu mensaje ha llegado y queda guardado para el equipo. Si es "
        "urgente, ponte en contacto con ellos por otra vía, por favor.",
    },
    "budget_early_day": {
        "en": "Your assistant has used {percent} % of today's budget (${spent} of ${limit}). When it is used up I "
        "can't answer before tomorrow at 00:00, unless whoever runs this assistant raises it.",
        "es": "Tu asistente ha gastado el {percent} % del presupuesto de hoy ({spent} $ de {limit} $). Cuando se agote "
        "no podré responder hasta mañana a las 00:00, salvo que quien lleva este asistente lo amplíe.",
    },
    "budget_early_month": {
        "en": "Your assistant has used {percent} % of this month's budget (${spent} of ${limit}). When it is used up "
        "I can't answer before the first of next month, unless whoever runs this assistant raises it.",
        "es": "Tu asistente ha gastado el {percent} % del presupuesto de este mes ({spent} $ de {limit} $). Cuando se "
        "agote no podré responder hasta el día 1 del mes que viene, salvo que quien lleva este asistente lo amplíe.",
    },
    "account_trouble": {
        "en": "There is a problem with your assistant's account {account}. {text}\n\nWhat to do: {fix}",
        "es": "Hay un problema con la cuenta de tu asistente {account}. {text}\n\nQué hacer: {fix}",
    },
    "refused": {
        "en": "I'm sorry, I can't help with that.",
        "es": "Lo siento, con eso no puedo ayudarte.",
    },
    "too_long": {
        "en": "Our conversation had grown too long for me to hold, so I've begun a new page. Please tell me again.",
        "es": "La conversación se había hecho demasiado larga y he abierto otra página. Dímelo otra vez, por favor.",
    },
    "unfinished": {
        "en": "I didn't get to the end of that: it took more steps than I may take at once. Shall I go on?",
        "es": "No he llegado al final: hacían falta más pasos de los que puedo dar de una vez. ¿Sigo?",
    },
    "introduction": {
        "en": "Hello! I'm the AI assistant of {business}. If you would rather talk with a person, just say so.",
        "es": "¡Hola! Soy el asistente de inteligencia artificial de {business}. Si prefieres hablar con una persona, "
        "dímelo.",
    },
    "front_desk_off": {
        "en": "Thank you for writing to {business}. This is an automatic reply: the team will see your message.",
        "es": "Gracias por escribir a {business}. Esta es una respuesta automática: el equipo verá tu mensaje.",
    },
    "person_asked": {
        "en": "{name} ({channel}) asks for a person. It is about: {reason}",
        "es": "{name} ({channel}) pide hablar con una persona. Se trata de: {reason}",
    },
}


def phrase(key: str, language: str, **values: str) -> str:
    """The phrase in the language (an IETF tag), else in English, with the values in their places."""
    spoken = PHRASES[key]
    return spoken.get(language.partition("-")[0].lower(), spoken["en"]).format(**values)
