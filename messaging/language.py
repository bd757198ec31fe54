"""In which of our languages people are spoken to, where the service does not tell: WhatsApp never does."""

from __future__ import annotations

import re
from collections.abc import Iterable

from messaging.models import Message
from tenants_app.models import Contact, Tenant

WORDS = {
    "en": "a about an and are can could do does for have hello help hey hi how i is me my of please thank thanks the "
    "to want what when where would you your",
    "es": "a buenas buenos como con cuando cuesta de del dias donde el en es esta favor gracias hay hola la las los "
    "me mi necesito para por puede pueden puedo que quiero quisiera si su tardes tengo un una usted y",
}
SPANISH_ONLY = re.compile("[¿¡ñ]")
ACCENTS = str.maketrans("áéíóúü", "aeiouu")
LONGEST = 2000  # characters that are looked at


def language_for(contact: Contact, tenant: Tenant, said: Iterable[Message]) -> str:
    """The one that the service told of them, else the one that they seem to write, else the tenant's."""
    return contact.language or guess(" ".join(message.text for message in said)) or tenant.language


def guess(text: str) -> str:
    """ "en" or "es" by common words; "" where they don't tell."""
    lower = text[:LONGEST].lower()
    if SPANISH_ONLY.search(lower):
        return "es"
    words = re.findall(r"[a-z]+", lower.translate(ACCENTS))
    counts = {language: sum(word in known for word in words) for language, known in KNOWN.items()}
    english, spanish = counts["en"], counts["es"]
    return "" if english == spanish else "en" if english > spanish else "es"


KNOWN = {language: frozenset(words.split()) for language, words in WORDS.items()}
