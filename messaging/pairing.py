"""Linking a person's address to a contact by a code that they send: single use, kept as a hash, expiring."""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from messaging.channels.base import InboundMessage, Sender
from messaging.credentials import Route
from messaging.models import Conversation, PairingCode
from tenants_app import audit
from tenants_app.models import Contact, ContactAddress, Tenant

logger = logging.getLogger(__name__)

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # nothing that is read for something else
GROUPS = 3  # of four characters: 60 bits
LIFE = timedelta(minutes=15)
CODE = re.compile(rf"\bPAIR((?:-[{ALPHABET}]{{4}}){{{GROUPS}}})\b")
TRIES = 5  # codes from one address that may be wrong within `TRIES_IN`; then none is looked at until that is over
TRIES_IN = timedelta(hours=1)

PAIRED = "pairing"  # what kind of message one with a code becomes
REFUSED = "pairing_refused"


def code_in(text: str) -> str | None:
    found = CODE.search(text)
    return found.group(0) if found else None


def without_code(text: str) -> str:
    """The text as it is kept and shown: a code that was not redeemed, sent to the wrong place, still opens a door."""
    return CODE.sub("PAIR-…", text)


def hashed(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def fresh_code() -> str:
    """Good for nothing until it is kept."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(GROUPS))
    return "-".join(["PAIR", *groups])


def keep_code(tenant: Tenant, contact: Contact, code: str) -> None:
    """From now on it links whoever sends it within `LIFE` to the contact. Codes given out before stop working."""
    PairingCode.objects.filter(contact=contact, used_at=None).delete()
    PairingCode.objects.create(tenant=tenant, contact=contact, code_hash=hashed(code), expires_at=timezone.now() + LIFE)


def new_code(tenant: Tenant, contact: Contact) -> str:
    code = fresh_code()
    keep_code(tenant, contact, code)
    return code


def redeem(route: Route, event: InboundMessage, code: str) -> str:
    """Link the sender to the code's contact: `PAIRED`; `REFUSED` where the code is unknown, used or too old, or where
    too many were. Inside the tenant's scope. A webhook that is brought twice is refused the second time."""
    now = timezone.now()
    chat = Conversation.objects.filter(account_id=route.account_id, chat_id=event.chat_id)
    list(chat.select_for_update().values_list("pk"))  # so that many codes at once are looked at one after the other
    if is_barred(route, event.sender):
        return REFUSED
    row = PairingCode.objects.filter(code_hash=hashed(code), used_at=None, expires_at__gt=now).first()
    if row is None:
        return REFUSED
    contact = Contact.objects.select_related("tenant").get(pk=row.contact_id)
    if contact.role != Contact.Role.OWNER and is_owners(route, event.sender):
        return REFUSED  # their own invitation, tried out: it would leave the business without its owner
    if not PairingCode.objects.filter(pk=row.pk, used_at=None).update(used_at=now):
        return REFUSED
    link(contact, route.kind, event.sender)
    return PAIRED


def is_owners(route: Route, sender: Sender) -> bool:
    known = ContactAddress.objects.filter(kind=route.kind, address__in={sender.address, sender.phone} - {""})
    return known.filter(contact__role=Contact.Role.OWNER).exists()


def is_barred(route: Route, sender: Sender) -> bool:
    rows = ContactAddress.objects.filter(kind=route.kind, address=sender.address, refused_codes__gte=TRIES)
    return rows.filter(refused_since__gt=timezone.now() - TRIES_IN).exists()


def count_refusal(route: Route, sender: Sender) -> None:
    """Once for each message, after it was stored."""
    logger.warning("pairing.refused", extra={"account": str(route.account_id)})
    if is_barred(route, sender):
        return
    now = timezone.now()
    rows = ContactAddress.objects.filter(kind=route.kind, address=sender.address)
    if not rows.filter(refused_since__gt=now - TRIES_IN).update(refused_codes=F("refused_codes") + 1):
        rows.update(refused_codes=1, refused_since=now)
    row = rows.select_related("contact__tenant").get()
    barred = row.refused_codes >= TRIES
    contact = row.contact
    action = "pairing.barred" if barred else "pairing.refused"
    audit.record(contact.tenant, f"contact:{contact.pk}", action, subject=str(contact.pk), channel=route.kind)
    if barred:
        logger.warning("pairing.barred", extra={"account": str(route.account_id), "contact": str(contact.pk)})


def link(contact: Contact, kind: str, sender: Sender) -> None:
    """Make the address, and the private chat behind it, the contact's. What was said before stays as it was."""
    before = ContactAddress.objects.filter(kind=kind, address=sender.address).values("contact_id")
    own_chats = {sender.address, sender.phone} - {""}  # the former contact may have other addresses, with other people
    Conversation.objects.filter(
        contact_id__in=before, account__kind=kind, chat_id__in=own_chats, is_group=False
    ).update(contact=contact)
    ContactAddress.objects.update_or_create(
        tenant_id=contact.tenant_id,
        kind=kind,
        address=sender.address,
        defaults={
            "contact": contact,
            "phone": sender.phone[:20],
            "unreachable_at": None,
            "unreachable_reason": "",
            "refused_codes": 0,
            "refused_since": None,
        },
    )
    if sender.name and not contact.name:
        Contact.objects.filter(pk=contact.pk).update(name=sender.name[:200])
    if sender.language and not contact.language:
        Contact.objects.filter(pk=contact.pk).update(language=sender.language[:35])
    audit.record(contact.tenant, f"contact:{contact.pk}", "contact.linked", subject=str(contact.pk), channel=kind)
