"""Who wants no messages that they did not ask for: told by a word, by the service, or by an operator; and kept."""

from __future__ import annotations

import logging
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from messaging.channels.base import InboundMessage
from messaging.gates import withdraw_proactive
from messaging.models import Message
from tenants_app.models import Consent, Contact, ContactAddress

logger = logging.getLogger(__name__)

PROACTIVE = "proactive"
LONGEST = 40  # characters of a message that may be one of the words below

# Only what says nothing else: “cancel” and “end” are as often meant for an appointment.
STOP = {
    "en": (
        *("stop", "stopall", "stop all", "unsubscribe", "opt out", "optout", "no more messages", "stop messages"),
        *("stop messaging me", "stop promotions"),
    ),
    "es": (
        *("alto", "parar", "baja", "darme de baja", "dame de baja", "quiero darme de baja", "no mas mensajes"),
        *("no quiero mas mensajes", "cancelar suscripcion", "desuscribirme"),
    ),
}
START = {
    "en": ("start", "unstop", "subscribe", "resubscribe", "opt in", "optin"),
    "es": ("alta", "darme de alta", "dame de alta", "quiero darme de alta", "suscribirme", "quiero suscribirme"),
}


@dataclass(frozen=True, kw_only=True)
class Wish:
    """To get no more such messages, or to get them again."""

    out: bool
    language: str  # of the word, where that is of one language


def plain(text: str) -> str:
    """The words alone: no case, no accents, no slash before them and no full stop behind; a question stays one."""
    bare = unicodedata.normalize("NFKD", text.strip().lstrip("/¡").rstrip(" .!…").casefold())
    letters = "".join(each for each in bare if not unicodedata.combining(each))
    return " ".join(re.sub(r"[-_’',]", " ", letters).split())


WISHES = {
    word: Wish(out=out, language="" if word in ("stop", "start") else language)
    for out, words in ((True, STOP), (False, START))
    for language, spoken in words.items()
    for word in spoken
}


def wish_in(message: InboundMessage | Message) -> Wish | None:
    """The wish of a message that is nothing else; a button of a template says it too, one of our own does not."""
    if len(message.text) > LONGEST or message.kind not in ("text", "button"):
        return None
    if message.forwarded or message.choice_token:
        return None
    return WISHES.get(plain(message.text))


def opt_out(contact: Contact, kind: str, source: str, at: datetime, words: str = "", category: str = PROACTIVE) -> bool:
    """No messages from now on that the contact did not ask for. Inside the tenant's scope; False where nothing changed:
    told twice, or late, after they wanted them again.

    `kind` is the channel's, `source` one of Consent.Source, `at` when they said so.
    """
    if Consent.objects.filter(contact=contact, given=True, at__gt=at).exists():
        return False
    if not Contact.objects.filter(pk=contact.pk, opted_out_at=None).update(opted_out_at=at):
        return False
    write_down(contact, kind, source, at, words, category, given=False)
    withdraw_proactive(contact)
    return True


def opt_in(contact: Contact, kind: str, source: str, at: datetime, words: str = "", category: str = PROACTIVE) -> bool:
    """They want them again. Otherwise as `opt_out`."""
    if not Contact.objects.filter(pk=contact.pk, opted_out_at__lte=at).update(opted_out_at=None):
        return False
    write_down(contact, kind, source, at, words, category, given=True)
    return True


def write_down(
    contact: Contact, kind: str, source: str, at: datetime, words: str, category: str, *, given: bool
) -> None:
    Consent.objects.create(
        tenant_id=contact.tenant_id,
        contact=contact,
        kind=kind,
        category=category[:60],
        given=given,
        source=source,
        words=words[:200],
        at=at,
    )
    logger.info("consent.changed", extra={"contact": str(contact.pk), "given": given, "source": source})


def heed(kind: str, event: InboundMessage, wish: Wish) -> None:
    """Do as the sender of the message wishes, in the transaction that stores it."""
    address = ContactAddress.objects.select_related("contact").get(kind=kind, address=event.sender.address)
    change = opt_out if wish.out else opt_in
    change(address.contact, kind, Consent.Source.MESSAGE, event.sent_at, event.text)


def changed_by(message: Message, *, given: bool) -> bool:
    """Whether it was this message that changed what the person gets. Inside the tenant's scope."""
    if message.contact is None:
        return False
    rows = Consent.objects.filter(contact=message.contact, source=Consent.Source.MESSAGE)
    return rows.filter(at=message.sent_at, words=message.text[:200], given=given).exists()
