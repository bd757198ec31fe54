"""A conversation as chat bubbles: messages with their deliveries, cut where one turn ends and the next begins."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum
from django.urls import NoReverseMatch, reverse

from messaging.admin.accounts import label_of
from messaging.admin.readable import printable
from messaging.assignments import TASK
from messaging.kinds import BY_CODE
from messaging.models import Attachment, Conversation, Delivery, Message, Turn
from messaging.parts import in_words
from tenants_app.models import UsageRow

PAGE = 100
TICKS = {  # status: (sign, colour, words)
    "pending": ("schedule", "dim", "waits to be sent"),
    "sending": ("arrow_upward", "dim", "being sent"),
    "in_doubt": ("help", "bad", "in doubt: it may have arrived"),
    "sent": ("done", "dim", "sent"),
    "delivered": ("done_all", "dim", "delivered"),
    "read": ("done_all", "read", "read"),
    "failed": ("error", "bad", "failed"),
    "held": ("pause_circle", "warn", "held until the person writes"),
    "withdrawn": ("do_not_disturb_on", "dim", "not sent here"),
}
EXPLAINED = {"held"}  # whose note says it all


@dataclass(frozen=True, kw_only=True)
class Tick:
    delivery_id: uuid.UUID
    sign: str
    colour: str
    words: str
    told: bool  # the words stand there, and not only the sign


@dataclass(frozen=True, kw_only=True)
class Bubble:
    seq: int
    incoming: bool
    by_team: bool
    speaker: str
    kind: str  # empty for plain text
    is_task: bool  # nobody wrote it: a scheduled task's time had come
    task_url: str  # where it is known; "" else
    text: str
    forwarded: bool
    at: datetime
    ticks: tuple[Tick, ...]
    files: tuple[Attachment, ...]
    turn: Turn | None  # set on the first bubble of a turn's stretch
    starts: bool
    dollars: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Page:
    bubbles: tuple[Bubble, ...]
    earlier: int | None  # the `before` of the page before this one
    is_newest: bool


def page_of(conversation: Conversation, before: int | None) -> Page:
    """The newest messages, or those before a seq. Five queries, however long the conversation."""
    rows = Message.objects.filter(tenant=conversation.tenant_id, conversation=conversation)
    if before is not None:
        rows = rows.filter(seq__lt=before)
    newest_first = list(rows.select_related("contact").defer("raw").order_by("-seq")[: PAGE + 1])
    shown = newest_first[:PAGE][::-1]
    earlier = shown[0].seq if len(newest_first) > PAGE else None
    turns = turns_of(conversation, {row.turn_id for row in shown if row.turn_id})
    beside = Beside(
        sends=sends_of(conversation, shown),
        files=files_of(conversation, shown),
        turns=turns,
        dollars=spent_on(conversation, turns),
    )
    bubbles = tuple(bubbles_of(shown, beside))
    return Page(bubbles=bubbles, earlier=earlier, is_newest=before is None)


def turns_of(conversation: Conversation, ids: set[uuid.UUID]) -> dict[uuid.UUID, Turn]:
    rows = Turn.objects.filter(tenant=conversation.tenant_id, pk__in=ids)
    return {row.pk: row for row in rows}


def spent_on(conversation: Conversation, turns: Iterable[uuid.UUID]) -> dict[uuid.UUID, Decimal]:
    rows = UsageRow.objects.filter(tenant=conversation.tenant_id, reference__in=list(turns))
    return dict(rows.values("reference").annotate(sum=Sum("dollars")).values_list("reference", "sum"))


def sends_of(conversation: Conversation, messages: list[Message]) -> Mapping[uuid.UUID, list[Delivery]]:
    ours = [row.pk for row in messages if row.direction == Message.Direction.OUT]
    rows = Delivery.objects.filter(tenant=conversation.tenant_id, message__in=ours).order_by("seq")
    found: dict[uuid.UUID, list[Delivery]] = defaultdict(list)
    for row in rows.only("message_id", "status", "payload", "note"):
        found[row.message_id].append(row)
    return found


def files_of(conversation: Conversation, messages: list[Message]) -> Mapping[uuid.UUID, list[Attachment]]:
    theirs = [row.pk for row in messages if row.direction == Message.Direction.IN]
    rows = Attachment.objects.filter(tenant=conversation.tenant_id, message__in=theirs).order_by("id")
    found: dict[uuid.UUID, list[Attachment]] = defaultdict(list)
    for row in rows:
        found[row.message_id].append(row)
    return found


def tick_of(delivery: Delivery) -> Tick:
    sign, colour, words = TICKS[delivery.status]
    if delivery.note:
        words = delivery.note if delivery.status in EXPLAINED else f"{words}. {delivery.note}"
    told = bool(delivery.note) or colour in ("bad", "warn")
    return Tick(delivery_id=delivery.pk, sign=sign, colour=colour, words=words, told=told)


def words_of(message: Message, sends: list[Delivery]) -> str:
    """As the person sees it: what was sent, without the markup; for what came in, as it was written."""
    return printable("\n\n".join(in_words(send.payload) for send in sends) or message.text)


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What belongs to the messages of a page, by message, and by turn."""

    sends: Mapping[uuid.UUID, list[Delivery]]
    files: Mapping[uuid.UUID, list[Attachment]]
    turns: Mapping[uuid.UUID, Turn]
    dollars: Mapping[uuid.UUID, Decimal]


def speaker_of(message: Message) -> str:
    if message.direction == Message.Direction.OUT:
        return f"team: {team_member(message.author)}" if message.author else "assistant"
    return (message.contact.name or message.contact.role) if message.contact else "unknown"


def task_url(message: Message) -> str:
    """The task behind it, where an app keeps tasks."""
    try:
        return reverse("admin:scheduling_task_of_message", args=[message.pk])
    except NoReverseMatch:
        return ""


def team_member(author: str) -> str:
    """Of "operator:alice" the name; of "app:whatsapp", where the service names nobody, the app."""
    where, _, name = author.partition(":")
    return f"the {label_of(name)} app" if where == "app" else name


def bubbles_of(messages: list[Message], beside: Beside) -> Iterable[Bubble]:
    turn_before: uuid.UUID | str | None = ""
    for row in messages:
        turn = beside.turns.get(row.turn_id) if row.turn_id else None
        yield Bubble(
            seq=row.seq,
            incoming=row.direction == Message.Direction.IN,
            by_team=bool(row.author),
            speaker=speaker_of(row),
            kind="" if row.kind in ("text", TASK, *BY_CODE) else row.kind,
            is_task=row.kind == TASK,
            task_url=task_url(row) if row.kind == TASK else "",
            text=words_of(row, beside.sends.get(row.pk, [])),
            forwarded=row.forwarded,
            at=row.sent_at,
            ticks=tuple(tick_of(send) for send in beside.sends.get(row.pk, [])),
            files=tuple(beside.files.get(row.pk, [])),
            turn=turn,
            starts=row.turn_id != turn_before,
            dollars=beside.dollars.get(row.turn_id) if row.turn_id else None,
        )
        turn_before = row.turn_id
