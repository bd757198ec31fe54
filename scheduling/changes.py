"""What can be done about scheduled tasks, by whoever asks for it: Claude's tools, commands and the admin.

Inside the tenant's scope. Rows are locked in the order conversation, tenant, task, occurrence. The tenant's lock makes
those who count its tasks wait for each other, and lets its messages come in meanwhile.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from memory.content import clean
from messaging.models import Conversation
from scheduling.acting import locked
from scheduling.clock import on_the_wall
from scheduling.clock import place as at_wall
from scheduling.language import parse
from scheduling.models import Occurrence, Task
from scheduling.now import database_now
from scheduling.rules import Rule
from tenants_app import audit
from tenants_app.literals import Literal
from tenants_app.models import Contact, Tenant
from tenants_app.models.tenant import validate_timezone

SHORTEST = timedelta(minutes=5)  # between two times of a task
SAME_AGAIN = timedelta(minutes=2)  # the same task asked for within this is the one there is
LONGEST_TITLE, LONGEST_WORDS, LONGEST_PHRASE = 200, 2000, 500
LONGEST_OWN_TITLE = 60  # of a title that is made of the task's words
ASKED = "Asked to skip it."
MOVED = "Its time was changed."
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)

POLICY = ("in_quiet_hours", "misfire", "misfire_seconds", "misfire_most")  # as they are called here and there

State, Kind = Task.State, Task.Kind


class ScheduleError(ValueError):
    """It cannot be done: what was wrong, and what to do. `code` is the language's own, or "". `advice` is for Claude
    alone. `from_outside`: it quotes words that nobody of the business wrote."""

    def __init__(self, message: str, code: str = "", *, advice: str = "", from_outside: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.advice = advice
        self.from_outside = from_outside


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A task as somebody wants it."""

    when: str  # in their own words
    what: str = ""  # "": what `when` says beside the time
    kind: str = Kind.REMINDER
    title: str = ""
    zone: str = ""  # "": the tenant's
    conversation: Conversation | None = None  # None: where the person is
    in_quiet_hours: bool = False
    misfire: str | None = None  # None, of each of the three: as any task begins
    misfire_seconds: int | None = None
    misfire_most: int | None = None
    tainted: bool = False


@dataclass(frozen=True, kw_only=True)
class Made:
    task: Task
    is_new: bool  # else it was there already


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is to become otherwise of a task; None leaves it as it is."""

    when: str | None = None
    what: str | None = None
    kind: str | None = None
    title: str | None = None
    zone: str | None = None
    conversation: Conversation | None = None
    in_quiet_hours: bool | None = None
    misfire: str | None = None
    misfire_seconds: int | None = None
    misfire_most: int | None = None
    tainted: bool = False  # words from outside have a part in the change


@dataclass(frozen=True, kw_only=True)
class Timing:
    phrase: str
    rule: Rule
    subject: str
    first: datetime


def create(contact: Contact, wish: Wish, *, by: str, now: datetime) -> Made:
    """Raises ScheduleError."""
    if wish.conversation is not None:
        lock_conversation(wish.conversation)
    tenant = lock_tenant(contact.tenant_id)
    task = Task(tenant=tenant, contact=contact, timezone=zone_in(wish.zone))
    timing = timing_of(wish.when, task, now)
    words = instruction_of(wish.what or timing.subject)
    task.kind, task.instruction = wish.kind, words
    task.title = title_of(wish.title or own_title(words))
    task.phrase, task.rule = timing.phrase, timing.rule.text
    task.conversation, task.tainted = wish.conversation, wish.tainted
    set_policy(task, wish)
    task.next_run_at, task.placed_in, task.created_by = timing.first, task.zone_name, by
    already = same_as(task).filter(created_at__gte=now - SAME_AGAIN).select_related("tenant", "contact").first()
    if already is not None:
        return Made(task=already, is_new=False)
    check_room(tenant)
    task.save(force_insert=True)
    audit.record(tenant, by, "schedule.created", subject=str(task.pk))
    return Made(task=task, is_new=True)


def same_as(task: Task) -> QuerySet[Task]:
    """The active tasks that do the same at the same times, in the same place. Their titles may differ."""
    alike = ("tenant", "contact", "conversation", "state", "kind", "rule", "timezone", "instruction", *POLICY)
    return Task.objects.filter(**{name: getattr(task, name) for name in alike})


def change(task: Task, change: Change, *, by: str, now: datetime) -> Task:
    """Raises ScheduleError. A new time sets a task going again that was over or had been disabled."""
    task = lock_task(task, change.conversation)
    was, title = task.zone_name, task.title
    if change.what is not None and change.title is None and title == own_title(task.instruction):
        title = own_title(instruction_of(change.what))
    task.timezone = task.timezone if change.zone is None else zone_in(change.zone)
    task.kind = change.kind or task.kind
    task.instruction = task.instruction if change.what is None else instruction_of(change.what)
    task.title = title if change.title is None else title_of(change.title)
    task.conversation = change.conversation or task.conversation
    task.tainted = task.tainted or change.tainted
    set_policy(task, change)
    if change.when is not None:
        timing = timing_of(change.when, task, now)
        check_kind(task, timing.rule)
        task.phrase, task.rule = timing.phrase, timing.rule.text
        skipped_ahead(task, now).delete()  # they were times of the rule before
        waiting = times_of(task).filter(state=Occurrence.State.DUE, trigger=Occurrence.Trigger.TIME)
        waiting.update(**skipped(now, MOVED))
        if task.state != State.PAUSED:
            set_going(task)
        place(task, now)
    elif task.zone_name != was:
        move_skips(task, was, now)
        place(task, now)
    task.save()
    audit.record(task.tenant, by, "schedule.changed", subject=str(task.pk))
    return task


def pause(task: Task, *, by: str, reason: str = "") -> Task:
    """Raises ScheduleError for one that is over."""
    task = lock_task(task)
    if task.state == State.DONE and not waits(task):
        raise ScheduleError("It is over already: there is nothing to pause.")
    if task.state != State.PAUSED:
        task.state, task.state_reason, task.next_run_at = State.PAUSED, reason[:300], None
        task.save(update_fields=["state", "state_reason", "next_run_at", "changed_at"])
        audit.record(task.tenant, by, "schedule.paused", subject=str(task.pk))
    return task


def resume(task: Task, *, by: str, now: datetime) -> Task:
    """After a pause, or after it was disabled. Raises ScheduleError where it has no further time."""
    task = lock_task(task)
    if task.state == State.ACTIVE:
        return task
    if Rule(task.rule).next_after(now, task.zone) is not None:
        set_going(task)
        place(task, now)
    elif task.state == State.PAUSED and waits(task):  # its last time comes after all
        task.state, task.state_reason = State.DONE, ""
    else:
        raise ScheduleError("Its time has passed, and it has no further one. Give it a new time instead.", "past")
    task.save()
    audit.record(task.tenant, by, "schedule.resumed", subject=str(task.pk))
    return task


def run_now(task: Task, *, by: str) -> Occurrence:
    """Beside its times, which stay as they are. One that waits to run is the one there is. Raises ScheduleError while
    the assistant is at it. The time is the database's: a turn's stands still, and two of a task are never at one."""
    task = lock_task(task)
    waiting = times_of(task).filter(state=Occurrence.State.DUE, trigger=Occurrence.Trigger.ASKED)
    already = waiting.first()
    if already is not None:
        return already
    if times_of(task).filter(state=Literal(Occurrence.State.RUNNING)).exists():
        raise ScheduleError("It is being done just now: its outcome comes by itself.")
    audit.record(task.tenant, by, "schedule.asked_for", subject=str(task.pk))
    now = database_now()
    return Occurrence.objects.create(
        tenant=task.tenant, task=task, scheduled_for=now, due_at=now, trigger=Occurrence.Trigger.ASKED
    )


def skip(task: Task, times: Sequence[datetime], *, by: str, now: datetime) -> None:
    """Leave out these times of the task (by its rule), whether they are to come or wait already."""
    task = lock_task(task)
    waiting = times_of(task).filter(scheduled_for__in=times, state=Occurrence.State.DUE)
    waiting.update(**skipped(now))
    rows = [Occurrence(tenant=task.tenant, task=task, scheduled_for=at, **skipped(now)) for at in times]
    Occurrence.objects.bulk_create(rows, ignore_conflicts=True)
    audit.record(task.tenant, by, "schedule.skipped", subject=str(task.pk), times=[at.isoformat() for at in times])


def unskip(task: Task, times: Sequence[datetime], *, by: str, now: datetime) -> int:
    """Take back that these times are left out; how many of them were."""
    task = lock_task(task)
    count, _ = skipped_ahead(task, now).filter(scheduled_for__in=times).delete()
    if count:
        audit.record(task.tenant, by, "schedule.unskipped", subject=str(task.pk), count=count)
    return count


def delete(task: Task, *, by: str) -> None:
    """With all that is known of its times."""
    task = lock_task(task)
    audit.record(task.tenant, by, "schedule.deleted", subject=str(task.pk))
    Task.objects.filter(pk=task.pk)._raw_delete(using="default")  # the database's own cascade takes its times along


# --- Rows -------------------------------------------------------------------------------------------------------------


def lock_tenant(tenant_id: uuid.UUID) -> Tenant:
    return Tenant.objects.select_for_update(no_key=True).get(pk=tenant_id)


def lock_conversation(conversation: Conversation) -> None:
    """Before the tenant, as everywhere: the task's key to it is checked when the task is written."""
    Conversation.objects.select_for_update(of=("self",)).get(pk=conversation.pk)


def lock_task(task: Task, conversation: Conversation | None = None) -> Task:
    """The task as it stands now. `conversation`: one that it will refer to. Raises ScheduleError where it is gone."""
    if conversation is not None:
        lock_conversation(conversation)
    tenant = lock_tenant(task.tenant_id)
    try:
        found = locked(task.pk)
    except Task.DoesNotExist:
        raise ScheduleError("It is not there any more.") from None
    found.tenant = tenant
    return found


def times_of(task: Task) -> QuerySet[Occurrence]:
    """By the index, which begins with the tenant: an operator's role sees the rows of all."""
    return Occurrence.objects.filter(tenant=task.tenant_id, task=task)


def waits(task: Task) -> bool:
    """Whether a time of it has come that waits: for the end of the quiet hours, or for another attempt."""
    return times_of(task).filter(state=Occurrence.State.DUE, due_at__isnull=False).exists()


def skipped_ahead(task: Task, now: datetime) -> QuerySet[Occurrence]:
    """The rows of times to come that somebody asked to skip."""
    return times_of(task).filter(scheduled_for__gt=now, state=Occurrence.State.SKIPPED, trigger=Occurrence.Trigger.TIME)


def skipped(now: datetime, reason: str = ASKED) -> dict[str, Any]:
    """Whoever held it finds that it is not due any more."""
    ended = {"due_at": None, "lease_until": None, "worker": "", "ended_at": now}
    return {"state": Occurrence.State.SKIPPED, "reason": reason, **ended}


def set_going(task: Task) -> None:
    """Raises ScheduleError where there is no room for another active task."""
    if task.state != State.ACTIVE:
        check_room(task.tenant)
    task.state, task.state_reason, task.failures = State.ACTIVE, "", 0


def set_policy(task: Task, wanted: Wish | Change) -> None:
    for name in POLICY:
        if (value := getattr(wanted, name)) is not None:
            setattr(task, name, value)


def place(task: Task, now: datetime) -> None:
    """Find its next time anew, in its zone. One whose only time lies in the past there is due now."""
    if task.state != State.ACTIVE:
        return
    rule = Rule(task.rule)
    found = rule.next_after(EARLIEST if rule.kind == "once" else now, task.zone)
    task.next_run_at, task.placed_in = found, task.zone_name
    if found is None:
        task.state = State.DONE


def move_skips(task: Task, was: str, now: datetime) -> None:
    """Times that are to be left out stay the same times of the day in another zone than they were in."""
    before = ZoneInfo(was) if was else task.zone
    times = skipped_ahead(task, now).values_list("scheduled_for", flat=True)
    moved = {at_wall(on_the_wall(at, before), task.zone) for at in times}
    skipped_ahead(task, now).delete()
    rows = [Occurrence(tenant=task.tenant, task=task, scheduled_for=at, **skipped(now)) for at in moved]
    Occurrence.objects.bulk_create(rows, ignore_conflicts=True)


# --- What may be ------------------------------------------------------------------------------------------------------


def timing_of(when: str, task: Task, now: datetime) -> Timing:
    """What the words say about time, by the task's clock."""
    phrase = clean(when).strip()
    parsed = parse(phrase, now=now, zone=task.zone)
    if parsed.rule is None:
        raise ScheduleError(parsed.hint or "That is no time that can be understood.", parsed.error or "unrecognized")
    first = parsed.rule.next_after(now, task.zone)
    if first is None:
        raise ScheduleError("That has no time to come.", "past")
    gap = parsed.rule.shortest_gap(task.zone, now)
    if gap is not None and gap < SHORTEST:
        minutes = int(SHORTEST.total_seconds() // 60)
        raise ScheduleError(f"Scheduled tasks come every {minutes} minutes at the most.", "too_frequent")
    return Timing(phrase=phrase[:LONGEST_PHRASE], rule=parsed.rule, subject=parsed.subject, first=first)


def check_kind(task: Task, rule: Rule) -> None:
    """“Make it nine” about a task that comes every day says once, and is not meant so."""
    if rule.kind == "once" and Rule(task.rule).kind == "recurring":
        raise ScheduleError(
            f"That is one single time, and the task is one that comes again: it was scheduled as “{task.phrase}”. "
            "Give the whole new schedule in words. To have only one of its times moved, skip that one and make "
            "another task for it.",
            from_outside=task.tainted,
        )


def check_room(tenant: Tenant) -> None:
    count = Task.objects.filter(tenant=tenant, state=State.ACTIVE).count()
    if count >= tenant.max_tasks:
        raise ScheduleError(
            f"{count} scheduled tasks are active, and this business may have {tenant.max_tasks} at once. One of them "
            "has to be deleted or paused first, or whoever runs this assistant can raise the limit."
        )


def instruction_of(text: str) -> str:
    words = clean(text).strip()
    if not words:
        raise ScheduleError("It does not say what is to be done then.", advice="Ask for it.")
    if len(words) > LONGEST_WORDS:
        raise ScheduleError(f"What is to be done takes {LONGEST_WORDS:,} characters at most; this has {len(words):,}.")
    return words


def title_of(text: str) -> str:
    title = " ".join(clean(text).split())
    if not title:
        raise ScheduleError("The title is empty.")
    if len(title) > LONGEST_TITLE:
        raise ScheduleError(f"A title has {LONGEST_TITLE} characters at most.")
    return title


def own_title(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= LONGEST_OWN_TITLE else f"{line[: LONGEST_OWN_TITLE - 1].rstrip()}…"


def zone_in(name: str) -> str:
    if name:
        try:
            validate_timezone(name)
        except ValidationError as error:
            raise ScheduleError(error.messages[0]) from None
    return name
