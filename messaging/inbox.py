"""What a webhook brings, stored: one short transaction an event, then it is ours and the service may forget it.

Tenant, contact and role come from the verified account and sender, never from text.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import DataError, connection
from django.utils import timezone

from messaging import pairing, statuses, work
from messaging.channels.base import (
    AddressChange,
    Channel,
    Entry,
    InboundMessage,
    MalformedBody,
    StatusUpdate,
    Unhandled,
)
from messaging.credentials import Route, app_routes
from messaging.hints import publisher
from messaging.models import Conversation, DeadLetter, UnroutedWebhook
from tenants_app.faults import fault
from tenants_app.ids import new_id
from tenants_app.models import Contact, ContactAddress
from tenants_app.scope import tenant_scope

logger = logging.getLogger(__name__)


def receive_for_app(channel: Channel, app_id: uuid.UUID, body: bytes) -> None:
    """Store everything in an authentic body whose app serves many accounts."""
    entries = parse_or_keep(channel, app_id, body)
    for entry in entries:
        route = app_routes.get(channel.kind, app_id, entry.account_keys)
        if route is None:
            keys = ", ".join(entry.account_keys) or "none"
            keep_unrouted(channel.kind, app_id, f"No account of this app has one of these ids: {keys}", entry.raw)
        else:
            store_entry(route, entry)


def receive_for_account(channel: Channel, route: Route, body: bytes) -> None:
    """Store everything in an authentic body that came to one account's own URL."""
    for entry in parse_or_keep(channel, route.account_id, body):
        store_entry(route, entry)


def parse_or_keep(channel: Channel, target: uuid.UUID, body: bytes) -> list[Entry]:
    try:
        return list(channel.parse(body))
    except MalformedBody as error:
        keep_unrouted(channel.kind, target, str(error), body)
        return []


def keep_unrouted(kind: str, target: uuid.UUID, reason: str, raw: bytes) -> None:
    UnroutedWebhook.objects.bulk_create([UnroutedWebhook(kind=kind, target=target, reason=reason[:300], raw=raw)])
    logger.warning("webhook.unrouted", extra={"kind": kind, "target": str(target)})


def store_entry(route: Route, entry: Entry) -> None:
    unhandled: list[str] = []
    for event, raw in entry.bodies():
        if isinstance(event, Unhandled):
            unhandled.append(event.reason)
            continue
        try:
            store_event(route, event, raw)
        except (
            DataError,
            UnicodeEncodeError,
        ) as error:  # something in it that the database cannot hold: keep it whole, and say so
            logger.warning(
                "webhook.unstorable", extra={"account": str(route.account_id), "error": type(error).__name__}
            )
            keep_dead_letter(route, f"It could not be stored: {type(error).__name__}", raw)
    if unhandled:  # one letter, however many parts: a change of nothing but garbage has a hundred thousand of them
        reasons = "; ".join(dict.fromkeys(unhandled))
        keep_dead_letter(route, f"{len(unhandled)} parts: {reasons}" if len(unhandled) > 1 else reasons, entry.raw)


def store_event(route: Route, event: InboundMessage | StatusUpdate | AddressChange, raw: bytes) -> None:
    match event:
        case InboundMessage():
            store_message(route, event, raw)
        case StatusUpdate():
            with tenant_scope(route.tenant_id):
                statuses.apply(route.tenant_id, event)
                fault("in_status")
        case AddressChange():
            with tenant_scope(route.tenant_id):
                mark_address(route, event)


def keep_dead_letter(route: Route, reason: str, raw: bytes) -> None:
    with tenant_scope(route.tenant_id):
        DeadLetter.objects.create(tenant_id=route.tenant_id, account_id=route.account_id, reason=reason[:300], raw=raw)
        fault("in_dead_letter")


def mark_address(route: Route, change: AddressChange) -> None:
    addresses = ContactAddress.objects.filter(kind=route.kind, address=change.address)
    if change.reachable:
        addresses.update(unreachable_at=None, unreachable_reason="")
    else:
        addresses.filter(unreachable_at=None).update(
            unreachable_at=timezone.now(), unreachable_reason="The person blocked this account."
        )


@dataclass(frozen=True)
class Chat:
    conversation_id: uuid.UUID
    contact_id: uuid.UUID


FIND_CHAT = """
    SELECT c.id, a.contact_id
    FROM tenants_app_contactaddress a
    JOIN messaging_conversation c
      ON c.tenant_id = a.tenant_id AND c.account_id = %(account)s AND c.chat_id = %(chat)s
    WHERE a.tenant_id = %(tenant)s AND a.kind = %(kind)s AND a.address = %(address)s
"""

# One statement: the conversation's row is locked and gives the seq, the unique key decides whether the message is new,
# and the conversation's turn becomes due when the person has been quiet for a while, or at the latest after the limit.
# While a turn runs or waits to be tried again (`busy`), its own end looks for what came in meanwhile.
# An idle lane is always touched: else a claimer could lay it to rest before this commits, and see nothing of it.
STORE_MESSAGE = """
    WITH numbered AS (
        UPDATE messaging_conversation
        SET last_seq = last_seq + 1, last_inbound_at = greatest(last_inbound_at, %(sent_at)s)
        WHERE tenant_id = %(tenant)s AND id = %(conversation)s AND NOT EXISTS (
            SELECT 1 FROM messaging_message
            WHERE tenant_id = %(tenant)s AND account_id = %(account)s AND key = %(key)s
        )
        RETURNING last_seq
    ), stored AS (
        INSERT INTO messaging_message (
            id, tenant_id, conversation_id, account_id, contact_id, direction, seq, key, external_id, kind, text,
            reply_to, forwarded, raw, sent_at, stored_at
        )
        SELECT %(id)s, %(tenant)s, %(conversation)s, %(account)s, %(contact)s, 'in', last_seq, %(key)s, %(external_id)s,
            %(message_kind)s, %(text)s, %(reply_to)s, %(forwarded)s, %(raw)s, %(sent_at)s, clock_timestamp()
        FROM numbered
        ON CONFLICT (tenant_id, account_id, key) DO NOTHING
        RETURNING id
    ), waiting AS (
        SELECT id, hinted FROM messaging_work
        WHERE tenant_id = %(tenant)s AND conversation_id = %(conversation)s AND kind = 'turn'
          AND EXISTS (SELECT 1 FROM stored)
        FOR UPDATE
    ), woken AS (
        UPDATE messaging_work w
        SET first_at = coalesce(w.first_at, clock_timestamp()),
            due_at = CASE WHEN w.busy OR w.lease_until > clock_timestamp() THEN w.due_at ELSE least(
                clock_timestamp() + %(quiet)s, coalesce(w.first_at, clock_timestamp()) + %(limit)s) END,
            hinted = w.hinted OR NOT (w.busy OR coalesce(w.lease_until > clock_timestamp(), false))
        FROM waiting WHERE w.id = waiting.id
        RETURNING w.due_at, waiting.hinted AS was_hinted, w.hinted
    ), lane AS (
        UPDATE messaging_lane l SET next_due_at = least(l.next_due_at, woken.due_at), idle_looks = 0
        FROM woken
        WHERE l.tenant_id = %(tenant)s AND l.kind = 'turn' AND woken.due_at IS NOT NULL
          AND (l.next_due_at IS NULL OR l.next_due_at > woken.due_at OR l.idle_looks > 0)
    )
    SELECT due_at, hinted AND NOT was_hinted FROM woken
"""


def store_message(route: Route, event: InboundMessage, raw: bytes) -> None:
    with tenant_scope(route.tenant_id):
        code = pairing.code_in(event.text) if event.chat_kind == "private" else None
        paired = code is not None and pairing.redeem(route, event.sender, code)
        chat = find_chat(route, event) or open_chat(route, event)
        conversation_id = chat.conversation_id
        row = run_store(route, event, chat, raw, kind="pairing" if paired else event.kind)
        fault("in_store")
    fault("after_store")
    if row is None:
        logger.info("message.duplicate", extra={"account": str(route.account_id)})
    elif row[1]:
        publisher.publish(row[0], route.tenant_id, conversation_id)
        fault("after_hint")


def run_store(route: Route, event: InboundMessage, chat: Chat, raw: bytes, kind: str) -> tuple[datetime, bool] | None:
    values: dict[str, Any] = {
        "id": new_id(),
        "tenant": route.tenant_id,
        "conversation": chat.conversation_id,
        "account": route.account_id,
        "contact": chat.contact_id,
        "key": event.key,
        "external_id": event.message_id,
        "message_kind": kind[:30],
        "text": pairing.without_code(event.text),
        "reply_to": event.reply_to or "",
        "forwarded": event.forwarded,
        "raw": raw,
        "sent_at": event.sent_at,
        "quiet": timedelta(seconds=route.quiet_seconds),
        "limit": timedelta(seconds=route.quiet_limit_seconds),
    }
    with connection.cursor() as cursor:
        cursor.execute(STORE_MESSAGE, values)
        row: tuple[datetime, bool] | None = cursor.fetchone()
        return row


def find_chat(route: Route, event: InboundMessage) -> Chat | None:
    values: dict[str, Any] = {
        "tenant": route.tenant_id,
        "account": route.account_id,
        "chat": event.chat_id,
        "kind": route.kind,
        "address": event.sender.address,
    }
    with connection.cursor() as cursor:
        cursor.execute(FIND_CHAT, values)
        row = cursor.fetchone()
    return Chat(*row) if row else None


def open_chat(route: Route, event: InboundMessage) -> Chat:
    """The sender's contact and the chat, made where they are new. Two webhooks at once end with the same rows."""
    contact_id = contact_for(route, event)
    conversation, created = Conversation.objects.get_or_create(
        tenant_id=route.tenant_id,
        account_id=route.account_id,
        chat_id=event.chat_id,
        defaults={"contact_id": contact_id, "is_group": event.chat_kind == "group"},
    )
    if created:
        work.ensure_rows(route.tenant_id, conversation.pk)
    return Chat(conversation.pk, contact_id)


def contact_for(route: Route, event: InboundMessage) -> uuid.UUID:
    sender = event.sender
    address = ContactAddress.objects.filter(kind=route.kind, address=sender.address).first()
    if address is None and sender.phone:
        address = ContactAddress.objects.filter(kind=route.kind, address=sender.phone).first()
        if address is not None:  # known by the number until now; from here on by the id that outlives it
            address.address, address.phone = sender.address, sender.phone
            address.save(update_fields=["address", "phone"])
    if address is None:
        contact = Contact.objects.create(
            tenant_id=route.tenant_id, name=sender.name[:200], language=sender.language[:35]
        )
        address, created = ContactAddress.objects.get_or_create(
            tenant_id=route.tenant_id,
            kind=route.kind,
            address=sender.address,
            defaults={"contact": contact, "phone": sender.phone[:20]},
        )
        if not created:
            contact.delete()
    if sender.name:  # an owner linked by number has none yet
        Contact.objects.filter(pk=address.contact_id, name="").update(name=sender.name[:200])
    return address.contact_id
