"""Linking a person's address to a contact by a code that they send: single use, kept as a hash, expiring."""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
from datetime import timedelta

from django.utils import timezone

from messaging.channels.base import Sender
from messaging.credentials import Route
from messaging.models import Conversation, PairingCode
from tenants_app import audit
from tenants_app.models import Contact, ContactAddress, Tenant

logger = logging.getLogger(__name__)

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # nothing that is read for something else
GROUPS = 3  # of four characters: 60 bits
LIFE = timedelta(minutes=15)
CODE = re.compile(rf"\bPAIR((?:-[{ALPHABET}]{{4}}){{{GROUPS}}})\b")


def code_in(text: str) -> str | None:
    found = CODE.search(text)
    return found.group(0) if found else None


def without_code(text: str) -> str:
    """The text as it is kept and shown: a code that was not redeemed, sent to the wrong place, still opens a door."""
    return CODE.sub("PAIR-…", text)


def hashed(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def new_code(tenant: Tenant, contact: Contact) -> str:
    """A code that links whoever sends it within `LIFE` to the contact. Codes given out before stop working."""
    PairingCode.objects.filter(contact=contact, used_at=None).delete()
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(GROUPS))
    code = "-".join(["PAIR", *groups])
    PairingCode.objects.create(tenant=tenant, contact=contact, code_hash=hashed(code), expires_at=timezone.now() + LIFE)
    return code


def redeem(route: Route, sender: Sender, code: str) -> bool:
    """Link the sender to the code's contact; False where the code is unknown, used or too old."""
    now = timezone.now()
    row = PairingCode.objects.filter(code_hash=hashed(code), used_at=None, expires_at__gt=now).first()
    if row is None or not PairingCode.objects.filter(pk=row.pk, used_at=None).update(used_at=now):
        logger.info("pairing.refused", extra={"account": str(route.account_id)})
        return False
    link(Contact.objects.select_related("tenant").get(pk=row.contact_id), route.kind, sender)
    return True


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
        defaults={"contact": contact, "phone": sender.phone[:20], "unreachable_at": None, "unreachable_reason": ""},
    )
    if sender.name and not contact.name:
        Contact.objects.filter(pk=contact.pk).update(name=sender.name[:200])
    audit.record(contact.tenant, f"contact:{contact.pk}", "contact.linked", subject=str(contact.pk), channel=kind)
