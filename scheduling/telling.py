"""What Claude is told of scheduled tasks: each with its short id, its rule in words, its state and its next times."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db.models import CharField, QuerySet
from django.db.models.functions import Cast

from memory.tags import one_line, one_name
from scheduling import times, wording
from scheduling.changes import ASKED, ScheduleError, skipped_ahead
from scheduling.models import Task
from scheduling.outstanding import outstanding
from scheduling.rules import RuleError
from scheduling.times import Upcoming
from tooling.registry import Role

SHORT = 6  # hexadecimal digits
REFERENCE = re.compile(r"\[?#?([0-9a-fA-F-]{4,36})\]?")
LONGEST_WHAT = 200  # characters
MOST_NAMED = 5
KINDS = {Task.Kind.REMINDER: "reminder", Task.Kind.TASK: "task for you"}


def theirs(role: Role, contact_id: uuid.UUID) -> QuerySet[Task]:
    """The tasks that somebody may see and change: the owner all, staff their own."""
    tasks = Task.objects.select_related("tenant", "contact")
    return tasks if role == "owner" else tasks.filter(contact=contact_id)


def short_id(task: Task) -> str:
    return task.pk.hex[-SHORT:]


def found(tasks: QuerySet[Task], reference: str) -> Task:
    """By its short id, else by its title. Raises ScheduleError where it is none or not one."""
    said = reference.strip().strip("“”\"'")
    match = REFERENCE.fullmatch(said)
    hits: list[Task] = []
    if match is not None:
        digits = match[1].lower().replace("-", "")
        ids = tasks.annotate(digits=Cast("pk", output_field=CharField()))
        hits = [task for task in ids.filter(digits__endswith=digits[-12:])[:MOST_NAMED] if task.pk.hex.endswith(digits)]
    if not hits and said:
        titled = outstanding(tasks).filter(title__icontains=said)
        hits = list(titled.order_by("next_run_at", "pk")[:MOST_NAMED])
        hits = [task for task in hits if task.title.casefold() == said.casefold()] or hits
    if not hits:
        raise ScheduleError(f"There is no scheduled task “{said}”. list_schedules shows those there are.")
    if len(hits) > 1:
        named = "; ".join(f"[{short_id(task)}] “{one_line(task.title, 80)}”" for task in hits)
        tainted = any(task.tainted for task in hits)
        raise ScheduleError(f"Several are meant by “{said}”: {named}. Say which by its id.", from_outside=tainted)
    return hits[0]


def lines_of(tasks: Sequence[Task], now: datetime, contact_id: uuid.UUID) -> Iterator[str]:
    ahead = times.upcoming_of(tasks, now=now)
    running = times.running([task for task in tasks if not ahead[task.pk]])
    for task in tasks:
        yield line_of(task, ahead[task.pk], now, contact_id, is_running=task.pk in running)


def line_of(
    task: Task, ahead: Sequence[Upcoming], now: datetime, contact_id: uuid.UUID, *, is_running: bool = False
) -> str:
    whose = "" if task.contact_id == contact_id else f" for {one_name(task.contact.name) or 'somebody'}"
    said = f"[{short_id(task)}] “{one_line(task.title, 200)}”, a {KINDS[Task.Kind(task.kind)]}{whose}"
    what = one_line(task.instruction, LONGEST_WHAT)
    if what != task.title:
        said += f" (“{what}”)"
    doubt = " Not verified: words from outside had a part in it." if task.tainted else ""
    return f"{said}, {rule_of(task, now)} ({task.zone_name}). {standing(task, ahead, is_running=is_running)}{doubt}"


def rule_of(task: Task, now: datetime) -> str:
    try:
        return wording.in_words(task.rule, "en", task.zone, now)
    except RuleError:
        return f"as “{task.phrase}”"


def standing(task: Task, ahead: Sequence[Upcoming], *, is_running: bool) -> str:
    if task.state == Task.State.PAUSED:
        return "Paused: it does not come until it is resumed."
    if task.state == Task.State.DISABLED:
        return f"Stopped, as it failed too often ({one_line(task.state_reason, 200)}): it does not come until resumed."
    if not ahead:
        return "Its last time is being done just now." if is_running else "Over: it has no further time."
    return f"Next: {', '.join(map(shown, ahead))}."


def shown(time: Upcoming) -> str:
    at = wording.day_and_time(time.fires_at, "en")
    if time.fires_at == time.scheduled_for:
        return at
    return f"{at} (put off from {time.scheduled_for.astimezone(time.fires_at.tzinfo):%H:%M})"


def left_out(task: Task, now: datetime) -> str:
    """The times to come that somebody asked to skip; "" if there are none."""
    rows = skipped_ahead(task, now).filter(reason=ASKED).order_by("scheduled_for")[: MOST_NAMED + 1]
    skipped = [wording.day_and_time(row.scheduled_for.astimezone(task.zone), "en") for row in rows]
    more = ", …" if len(skipped) > MOST_NAMED else ""
    return f"Left out: {', '.join(skipped[:MOST_NAMED])}{more}." if skipped else ""
