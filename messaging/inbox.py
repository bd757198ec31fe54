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
from psycopg.types.json import Jsonb

from messaging import confirmations, consent, handover, health, moves, pairing, preferences, statuses, templates, work
from messaging.addressing import addressed
from messaging.channels.base import (
    AccountNotice,
    AddressChange,
    Channel,
    ChatMigration,
    Echo,
    Entry,
    InboundMessage,
    MalformedBody,
    Media,
    NumberChange,
    Preference,
    Sender,
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
        if not isinstance(event, ActedOn):
            unhandled.append(event.reason if isinstance(event, Unhandled) else f"{type(event).__name__} is only kept")
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


ActedOn = (
    InboundMessage | StatusUpdate | AddressChange | NumberChange | ChatMigration | Echo | Preference | AccountNotice
)


def store_event(route: Route, event: ActedOn, raw: bytes) -> None:
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
        case NumberChange():
            with tenant_scope(route.tenant_id):
                moves.move_person(route, event)
        case ChatMigration():
            with tenant_scope(route.tenant_id):
                moves.move_group(route, event)
        case Echo():
            with tenant_scope(route.tenant_id):
                person = Sender(address=event.chat_id, phone=event.phone)
                handover.hear(open_chat(route, person, event.chat_id), event, raw)
                fault("in_store")
        case Preference():
            with tenant_scope(route.tenant_id):
                done = preferences.follow(route, event)
                keep_dead_letter(route, done, raw)
        case AccountNotice():
            keep_notice(route, event, raw)


def keep_notice(route: Route, notice: AccountNotice, raw: bytes) -> None:
    """What the service tells operators is kept as it came; trouble opens an issue, and good news ends it."""
    keep_dead_letter(route, f"{notice.field}: {notice.summary}", raw)
    if notice.template is not None:
        templates.hear(route, notice.template)
        health.look_again(route.tenant_id, route.account_id)
    health.take_notice(route, notice)


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


# With `messaging_store` (migration 0010) a message of a known chat is one statement, which names its tenant itself.
STORE_MESSAGE = """
    SELECT outcome, conversation_id, due_at, hint FROM messaging_store(
        %(tenant)s, %(account)s, %(channel)s, %(chat)s, %(address)s, %(id)s, %(key)s, %(external_id)s, %(kind)s,
        %(text)s, %(reply_to)s, %(forwarded)s, %(raw)s, %(sent_at)s, %(quiet)s, %(limit)s, %(quoted)s, %(choice)s,
        %(wakes)s, %(media)s, %(choice_token)s
    )
"""


@dataclass(frozen=True)
class Stored:
    """What became of a message: "stored", "duplicate", or "unknown" where its chat is new and nothing was done."""

    outcome: str
    conversation_id: uuid.UUID | None
    due_at: datetime | None
    hint: bool  # a worker is to be told


def store_message(route: Route, event: InboundMessage, raw: bytes) -> None:
    event = addressed(route, event)
    is_private = event.chat_kind == "private"
    code = pairing.code_in(event.text) if is_private else None
    wish = consent.wish_in(event) if is_private else None
    stored = run_store(route, event, raw, event.kind) if code is None and wish is None else None
    if stored is None or stored.outcome == "unknown":
        stored = store_first(route, event, raw, code, wish)
    fault("after_store")
    if stored.outcome == "duplicate":
        logger.info("message.duplicate", extra={"account": str(route.account_id)})
    if stored.hint and stored.due_at is not None and stored.conversation_id is not None:
        publisher.publish(stored.due_at, route.tenant_id, stored.conversation_id)
        fault("after_hint")


def store_first(route: Route, event: InboundMessage, raw: bytes, code: str | None, wish: consent.Wish | None) -> Stored:
    """Store the first message of a chat, or one with which more is to be done at once: a pairing code, or STOP."""
    with tenant_scope(route.tenant_id):
        kind = pairing.redeem(route, event, code) if code is not None else event.kind
        chat = open_chat(route, event.sender, event.chat_id, is_group=event.chat_kind == "group")
        stored = run_store(route, event, raw, kind)
        if stored.outcome == "stored":
            if kind == pairing.REFUSED:
                pairing.count_refusal(route, event.sender)
            if wish is not None and not confirmations.is_stopped_by(chat, event.text):
                consent.heed(route.kind, event, wish)
        fault("in_store")
        return stored


def run_store(route: Route, event: InboundMessage, raw: bytes, kind: str) -> Stored:
    values: dict[str, Any] = {
        "id": new_id(),
        "tenant": route.tenant_id,
        "account": route.account_id,
        "channel": route.kind,
        "chat": event.chat_id,
        "address": event.sender.address,
        "key": event.key,
        "external_id": event.message_id,
        "kind": kind[:30],
        "text": pairing.without_code(event.text),
        "reply_to": event.reply_to or "",
        "forwarded": event.forwarded,
        "raw": raw,
        "sent_at": event.sent_at,
        "quiet": timedelta(seconds=route.quiet_seconds),
        "limit": timedelta(seconds=route.quiet_limit_seconds),
        "quoted": pairing.without_code(event.quoted),
        "choice": event.choice[:200],
        "choice_token": event.choice_token[:200],
        "wakes": event.wakes,
        "media": Jsonb([media_of(media) for media in event.media]) if event.media else None,
    }
    try:
        with connection.cursor() as cursor:
            cursor.execute(STORE_MESSAGE, values)
            return Stored(*cursor.fetchone())
    finally:
        if not connection.in_atomic_block:
            connection.close()


def media_of(media: Media) -> dict[str, Any]:
    return {
        "id": str(new_id()),
        "kind": media.kind,
        "file_id": media.file_id[:500],
        "name": media.name[:255],
        "claimed_type": media.mime[:100],
        "claimed_size": media.size if media.size is not None and 0 <= media.size < 2**60 else None,
    }


def open_chat(route: Route, person: Sender, chat_id: str, *, is_group: bool = False) -> Conversation:
    """The chat, made with the person's contact where they are new. Two webhooks at once end with the same rows."""
    contact_id = contact_for(route, person)
    conversation, created = Conversation.objects.get_or_create(
        tenant_id=route.tenant_id,
        account_id=route.account_id,
        chat_id=chat_id,
        defaults={"contact_id": contact_id, "is_group": is_group},
    )
    if created:
        work.ensure_rows(route.tenant_id, conversation.pk)
    return conversation


def contact_for(route: Route, sender: Sender) -> uuid.UUID:
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
