"""People and groups that the service knows under another address from now on. Inside the tenant's scope."""

from __future__ import annotations

import logging

from django.db.models import QuerySet

from messaging.channels.base import ChatMigration, NumberChange
from messaging.credentials import Route
from messaging.models import Conversation, Delivery
from tenants_app import audit
from tenants_app.models import ContactAddress, Tenant

logger = logging.getLogger(__name__)

FORMER = "former"  # begins the chat id of a chat whose number may be a stranger's by now


def move_group(route: Route, event: ChatMigration) -> None:
    """Its conversation follows, unless the new one has spoken already."""
    groups = Conversation.objects.filter(account_id=route.account_id, is_group=True)
    if not groups.filter(chat_id=event.new_chat_id).exists():
        groups.filter(chat_id=event.chat_id).update(chat_id=event.new_chat_id)


def move_person(route: Route, event: NumberChange) -> None:
    """A customer's record follows. An owner or one of the staff must pair again: it is the number that they proved to
    have, and a stranger may get the old one. Told twice, or late, it changes nothing."""
    row = known(route, event)
    if row is None or has_written_since(route, row, event):
        return
    if row.contact.is_trusted:
        part_with(route, row)
    elif event.new_address == row.address:
        ContactAddress.objects.filter(pk=row.pk).update(phone=event.new_phone[:20])
    elif not ContactAddress.objects.filter(kind=route.kind, address=event.new_address).exists():
        follow(route, row, event)


def known(route: Route, event: NumberChange) -> ContactAddress | None:
    rows = ContactAddress.objects.filter(kind=route.kind).select_related("contact__tenant")
    found = rows.filter(address=event.address).first()
    return found or (rows.filter(address=event.phone).first() if event.phone else None)


def chats_of(route: Route, row: ContactAddress) -> QuerySet[Conversation]:
    return Conversation.objects.filter(account__kind=route.kind, chat_id=row.address, is_group=False)


def has_written_since(route: Route, row: ContactAddress, event: NumberChange) -> bool:
    """Whether somebody has used the old address after the change: then it is news of another time."""
    return event.at is not None and chats_of(route, row).filter(last_inbound_at__gt=event.at).exists()


def follow(route: Route, row: ContactAddress, event: NumberChange) -> None:
    for chat in chats_of(route, row):
        if not Conversation.objects.filter(account_id=chat.account_id, chat_id=event.new_address).exists():
            Conversation.objects.filter(pk=chat.pk).update(chat_id=event.new_address)
    ContactAddress.objects.filter(pk=row.pk).update(
        address=event.new_address, phone=event.new_phone[:20], unreachable_at=None, unreachable_reason=""
    )
    audit.record(row.contact.tenant, f"channel:{route.kind}", "contact.number_changed", subject=str(row.contact_id))
    logger.info("contact.moved", extra={"contact": str(row.contact_id)})


def part_with(route: Route, row: ContactAddress) -> None:
    """The address is nobody's any more; what was said there stays, out of reach of whoever gets the number."""
    tenant = Tenant.objects.get(pk=route.tenant_id)
    for chat in chats_of(route, row):
        Conversation.objects.filter(pk=chat.pk).update(chat_id=f"{FORMER}:{chat.pk}")
        waiting = Delivery.objects.filter(conversation=chat, status__in=["pending", "held"])
        waiting.update(status="failed", error="The person has another number.", error_code="moved", due_at=None)
    row.delete()
    audit.record(tenant, f"channel:{route.kind}", "contact.unlinked", subject=str(row.contact_id))
    audit.alert(
        tenant,
        "contact.number_changed",
        f"{row.contact.name or 'Somebody trusted'} has another {route.kind} number and must pair again: "
        "run manage.py onboard for a new pairing link.",
    )
