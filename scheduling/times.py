"""The next times of tasks as they will really come: without those that somebody asked to skip, after quiet hours."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.db.models import QuerySet
from django.utils import timezone

from scheduling.acting import quiet_of
from scheduling.models import Occurrence, Task
from scheduling.plans import MOST_TIMES, Due, decided, placed
from scheduling.rules import Rule, RuleError
from tenants_app.literals import Literal

State = Occurrence.State


@dataclass(frozen=True, kw_only=True)
class Upcoming:
    scheduled_for: datetime  # by the rule
    fires_at: datetime  # later, where quiet hours or a failed attempt put it off


def upcoming(task: Task, count: int = 3, now: datetime | None = None) -> list[Upcoming]:
    """Inside the tenant's scope. None for a task that is paused, disabled or over."""
    return upcoming_of([task], count, now)[task.pk]


def upcoming_of(
    tasks: Sequence[Task], count: int = 3, now: datetime | None = None
) -> Mapping[uuid.UUID, list[Upcoming]]:
    """Of several tasks in two queries; they come with their tenant. Inside the tenant's scope."""
    at = now or timezone.now()
    skipped, waiting = skips_of(tasks), waits_of(tasks, at)
    return {
        task.pk: sorted(
            [*waiting[task.pk], *islice(ahead(task, at, skipped[task.pk]), count)], key=lambda each: each.fires_at
        )[:count]
        for task in tasks
    }


def ahead(task: Task, now: datetime, skipped: AbstractSet[datetime] = frozenset()) -> Iterator[Upcoming]:
    """What the tick will make of the task; the times stand in its zone. Without end, or in the end there is none."""
    if task.state != Task.State.ACTIVE or task.next_run_at is None:
        return
    by_rule = times_of(task, task.next_run_at)
    times = (at for at in islice(by_rule, MOST_TIMES) if at not in skipped)
    at = next(times, None)
    while at is not None:
        following = next(times, None)
        planned = decided(due_at(task, max(at, now)), [at], following)
        for due in (each.due_at for each in planned if each.due_at is not None):
            yield Upcoming(scheduled_for=at, fires_at=max(due, now).astimezone(task.zone))
        at = following


def times_of(task: Task, first: datetime) -> Iterator[datetime]:
    """By the rule, from the task's next time on."""
    try:
        rule = Rule(task.rule)
    except RuleError:  # one that cannot be read any more: the tick ends the task and logs it
        return
    at = placed(due_at(task, first), rule)
    yield at.astimezone(task.zone)
    yield from rule.after(at, task.zone)


def due_at(task: Task, now: datetime) -> Due:
    """As the tick sees the task at that moment, on time."""
    return Due(
        now=now,
        run_at=now,
        rule=task.rule,
        zone=task.zone,
        placed_in=task.placed_in,
        misfire=task.misfire,
        misfire_window=timedelta(seconds=task.misfire_seconds),
        misfire_most=task.misfire_most,
        quiet=None if task.in_quiet_hours else quiet_of(task.tenant),
    )


def rows_of(tasks: Sequence[Task]) -> QuerySet[Occurrence]:
    """Of one tenant or, for who sees all, of several: the index of these rows begins with the tenant."""
    return Occurrence.objects.filter(
        tenant__in={task.tenant_id for task in tasks}, task__in=[task.pk for task in tasks]
    )


def skips_of(tasks: Sequence[Task]) -> Mapping[uuid.UUID, set[datetime]]:
    """The times to come that have a row already: the tick makes none of them again."""
    first = min((task.next_run_at for task in tasks if task.next_run_at is not None), default=None)
    found: dict[uuid.UUID, set[datetime]] = defaultdict(set)
    if first is not None:
        rows = rows_of(tasks).filter(scheduled_for__gte=first)
        for task_id, at in rows.filter(trigger=Occurrence.Trigger.TIME).values_list("task", "scheduled_for"):
            found[task_id].add(at)
    return found


def waits_of(tasks: Sequence[Task], now: datetime) -> Mapping[uuid.UUID, list[Upcoming]]:
    """Those whose time has passed already, but that wait: for the end of the quiet hours, or for another attempt. What
    a runner holds comes now."""
    by_id = {task.pk: task for task in tasks if task.state in (Task.State.ACTIVE, Task.State.DONE)}
    rows = rows_of(list(by_id.values())).filter(state=State.DUE, due_at__isnull=False)
    found: dict[uuid.UUID, list[Upcoming]] = defaultdict(list)
    for task_id, at, due, lease in rows.values_list("task", "scheduled_for", "due_at", "lease_until"):
        zone, fires = by_id[task_id].zone, due if lease is None else now
        if fires is not None:
            found[task_id].append(Upcoming(scheduled_for=at.astimezone(zone), fires_at=fires.astimezone(zone)))
    return found


def running(tasks: Sequence[Task]) -> set[uuid.UUID]:
    """Those of which the assistant is at a time just now."""
    rows = rows_of(tasks).filter(state=Literal(State.RUNNING))
    return set(rows.values_list("task", flat=True))
