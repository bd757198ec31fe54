"""What waits for the owner's word: which calls, for how long, and what becomes of each. Rows alone."""

from __future__ import annotations

import hashlib
import json
import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from memory.authors import Author
from messaging.consent import plain
from messaging.kinds import COMMAND_ANSWER
from messaging.models import Confirmation, Conversation, Delivery, Message, Turn
from messaging.plain_words import STOP
from tenants_app.literals import Literal
from tenants_app.models import Contact
from tenants_app.scope import tenant_scope
from tooling.registry import Tool

if TYPE_CHECKING:
    from messaging.scrubbing import Search

State = Confirmation.State
LIFE = timedelta(minutes=10)  # in which the owner may allow it
MAY_WAIT = timedelta(minutes=30)  # so long after that it may run: its turn may stand behind others
ONE_SECOND = timedelta(seconds=1)
MOST_WAITING = 3  # in one chat: more than that nobody reads
PREFIX = "confirm:"  # begins the id of a button
KEY = "confirmed:"  # begins the key of the message that has an allowed call run
REASKED = "r"  # begins the token of one whose buttons were shown again; others are hex


def digest_of(tool: Tool, arguments: Mapping[str, Any]) -> str:
    """Of exactly this call of exactly this version of the tool."""
    whole = {"tool": tool.name, "version": tool.version, "arguments": arguments}
    return hashlib.sha256(json.dumps(whole, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def fresh_token() -> str:
    return secrets.token_hex(16)


def waiting(asked_in: Conversation) -> QuerySet[Confirmation]:
    """Those whose buttons still count, newest first. Inside the tenant's scope."""
    rows = Confirmation.objects.filter(tenant=asked_in.tenant_id, asked_in=asked_in, state=Literal(State.WAITING))
    return rows.filter(expires_at__gt=Now()).order_by("-created_at", "-pk")


def waits_for(conversation: Conversation) -> bool:
    """Whether something that is to be done in it waits, in whichever owner's chat."""
    rows = Confirmation.objects.filter(tenant=conversation.tenant_id, conversation=conversation, state=State.WAITING)
    return rows.filter(expires_at__gt=Now()).exists()


class Since(StrEnum):
    """What was said in a question's chat after it, that a “yes” could be an answer to."""

    NOTHING = "nothing"
    OWN_TURN = "own_turn"  # by the assistant, in the turn that asks: words may have been put into its mouth
    ANOTHER = "another"


def said_since(row: Confirmation) -> Since:
    said = Message.objects.filter(conversation=row.asked_in, direction=Message.Direction.OUT)
    after = said.filter(stored_at__gt=row.created_at, kind="text")
    if after.filter(~Q(turn=row.turn_id) | Q(turn=None)).exists():
        return Since.ANOTHER
    return Since.OWN_TURN if after.exists() else Since.NOTHING


def is_before(message: Message, row: Confirmation) -> bool:
    """Whether it was written when the question could not yet be read. Services tell the time in whole seconds."""
    return message.stored_at <= row.created_at or message.sent_at < row.created_at - ONE_SECOND


def answers_another(message: Message, row: Confirmation) -> bool:
    """Whether it is tied to another message than the question of the row."""
    if not message.reply_to:
        return False
    sent = Delivery.objects.filter(conversation=row.asked_in, external_id=message.reply_to)
    said = sent.exclude(external_id=Literal("")).filter(message__stored_at__gte=row.created_at, message__turn=None)
    return not said.filter(message__kind=COMMAND_ANSWER).exists()


def decided_with(message: Message, asked_in: Conversation, by: Contact) -> Confirmation | None:
    """The one that was decided after the message came: by it, where its turn is taken up after a crash."""
    rows = Confirmation.objects.filter(tenant=asked_in.tenant_id, asked_in=asked_in, decided_by=by)
    return rows.filter(decided_at__gt=message.stored_at).order_by("decided_at").first()


def is_stopped_by(asked_in: Conversation, words: str) -> bool:
    """Whether a STOP is the owner's answer to what waits, and no wish to get no more messages."""
    return plain(words) in STOP and waiting(asked_in).exists()


def asked_at(asked_in: Conversation, at: datetime) -> Confirmation | None:
    """The newest that could be answered then, whatever became of it."""
    rows = Confirmation.objects.filter(tenant=asked_in.tenant_id, asked_in=asked_in)
    return rows.filter(created_at__lt=at, expires_at__gt=at).order_by("-created_at", "-pk").first()


def settle(row: Confirmation, state: str, by: Contact) -> bool:
    """Decide, once and in time; by the database's clock."""
    rows = Confirmation.objects.filter(pk=row.pk, state=State.WAITING, expires_at__gt=Now())
    gone: dict[str, Any] = {} if state == State.ALLOWED else {"arguments": {}}  # nobody needs them any more
    return bool(rows.update(state=state, decided_at=Now(), decided_by=by, **gone))


def use(key: str, turn: Turn, digest: str) -> bool:
    """Whether the turn may make the call now: once, and again only as the same turn after a crash."""
    row_id = id_in(key)
    if row_id is None:
        return False
    rows = Confirmation.objects.filter(pk=row_id, digest=digest)
    allowed = rows.filter(state=State.ALLOWED, decided_at__gt=Now() - MAY_WAIT)
    if allowed.update(state=State.USED, used_in=turn, arguments={}):
        return True
    return rows.filter(state=State.USED, used_in=turn).exists()


def id_in(key: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(key.removeprefix(KEY)) if key.startswith(KEY) else None
    except ValueError:
        return None


def void(rows: QuerySet[Confirmation]) -> int:
    """None of them may run any more, and nothing of what they were to do is kept."""
    open_ones = rows.filter(state__in=(Literal(State.WAITING), Literal(State.ALLOWED)))
    return open_ones.update(state=State.EXPIRED, arguments={})


def void_in(conversation: Conversation) -> None:
    """Somebody begins anew there."""
    rows = Confirmation.objects.filter(tenant=conversation.tenant_id)
    void(rows.filter(Q(conversation=conversation) | Q(asked_in=conversation)))


def void_all(tenant_id: uuid.UUID) -> int:
    """Something was erased or forgotten, and may stand in any of them; how many rows are changed."""
    rows = Confirmation.objects.filter(tenant=tenant_id)
    return void(rows) + rows.exclude(arguments={}).update(arguments={})


def void_for(tenant_id: uuid.UUID, author: Author) -> None:
    """The author had something forgotten: a customer's word reaches no further than their own chats."""
    if author.role != "customer":
        void_all(tenant_id)
        return
    own = Q(conversation__contact=author.contact_id, conversation__is_group=False)
    rows = Confirmation.objects.filter(own, tenant=tenant_id)
    void(rows)
    rows.exclude(arguments={}).update(arguments={})


def in_confirmations(search: Search) -> int:
    """For whoever erases a person."""
    with tenant_scope(search.tenant):
        return void_all(search.tenant.pk)


def put_away_expired(tenant_id: uuid.UUID) -> None:
    """Those that nobody answered."""
    rows = Confirmation.objects.filter(tenant=tenant_id)
    void(rows.filter(state=State.WAITING, expires_at__lte=Now()))
    void(rows.filter(state=State.ALLOWED, decided_at__lte=Now() - MAY_WAIT))
