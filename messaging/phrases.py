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
}


def phrase(key: str, language: str) -> str:
    """The phrase in the language (an IETF tag), else in English."""
    spoken = PHRASES[key]
    return spoken.get(language.partition("-")[0].lower(), spoken["en"])
