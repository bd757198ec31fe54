"""The run log of a task: each of its times with what was said then and whether that arrived."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from messaging.admin.bubbles import Tick, tick_of
from messaging.admin.readable import printable
from messaging.models import Delivery, Message
from scheduling.admin.outcomes import FILTERS, Outcome, outcome
from scheduling.models import Occurrence, Task

PAGE = 25


@dataclass(frozen=True, kw_only=True)
class Run:
    row: Occurrence
    outcome: Outcome
    output: str
    ticks: Sequence[Tick]  # of what was sent
    talk: str  # where it stands in its conversation; "" if nowhere
    turn_id: uuid.UUID | None


@dataclass(frozen=True, kw_only=True)
class Log:
    runs: Sequence[Run]
    older: str  # the `before` of the next page; "" on the last
    is_newest: bool


def log_of(task: Task, wanted: str, before: datetime | None, now: datetime) -> Log:
    """The newest times, or those before one. Three queries, however many there are. `wanted`: one of FILTERS, or ""."""
    rows = Occurrence.objects.filter(tenant=task.tenant_id, task=task).select_related("message")
    if wanted in FILTERS:
        rows = rows.filter(FILTERS[wanted][1])
    if before is not None:
        rows = rows.filter(scheduled_for__lt=before)
    found = list(rows.order_by("-scheduled_for")[: PAGE + 1])
    shown = found[:PAGE]
    for row in shown:
        row.task = task
    older = shown[-1].scheduled_for.isoformat() if len(found) > PAGE else ""
    return Log(runs=runs_of(shown, now), older=older, is_newest=before is None)


def runs_of(rows: Sequence[Occurrence], now: datetime) -> list[Run]:
    """Of one tenant; the rows come with their task and their message."""
    sends = sends_for(rows)
    return [
        Run(
            row=row,
            outcome=outcome(row, now),
            output=printable(row.output),
            ticks=[tick_of(send) for send in sends.get(row.pk, ())],
            talk=reverse("admin:messaging_conversation_message", args=[row.message_id]) if row.message_id else "",
            turn_id=row.message.turn_id if row.message is not None else None,
        )
        for row in rows
    ]


def sends_for(rows: Sequence[Occurrence]) -> Mapping[uuid.UUID, list[Delivery]]:
    """What was sent at each of them: the reminder itself, or the answers of the turn that did the task."""
    said = [row for row in rows if row.message is not None]
    if not said:
        return {}
    tenant = said[0].tenant_id
    turns = {row.message.turn_id: row.pk for row in said if row.message and row.message.turn_id}
    answers = Message.objects.filter(tenant=tenant, turn__in=list(turns), direction=Message.Direction.OUT)
    whose = {message: turns[turn] for message, turn in answers.values_list("pk", "turn") if turn is not None}
    whose |= {row.message_id: row.pk for row in said if row.message_id}
    found: dict[uuid.UUID, list[Delivery]] = defaultdict(list)
    for send in Delivery.objects.filter(tenant=tenant, message__in=list(whose)).order_by("seq"):
        found[whose[send.message_id]].append(send)
    return found


def moment(text: str) -> datetime | None:
    """Of a link's query; None for what is none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
