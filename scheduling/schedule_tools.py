"""The tools by which Claude schedules: each answers with what holds now and the next times as they will really come."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Literal

from memory.authors import FROM_OUTSIDE
from memory.tags import one_line, one_name
from messaging.models import Conversation
from scheduling import changes, picking, reach, telling, times
from scheduling.changes import Change, ScheduleError, Wish
from scheduling.models import Task
from scheduling.outstanding import outstanding
from scheduling.picking import pick
from scheduling.times import Upcoming
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope
from tooling.registry import ToolContext, ToolError, tool
from tooling.types import ToolResult

MOST_LISTED = 30
MOST_SKIPPED = 100  # times at once
NOT_OTHERS = (
    "Not changed: it is somebody else's, and words from outside are in this talk. Say so; to have it changed they send "
    "/new and say it then."
)
ASK = "Ask them what they mean; don't work out a date or a rule yourself."

Which = Annotated[str, "its id, as list_schedules shows it, or its title"]
When = Annotated[str, "when, in the person's own words, unchanged and whole: code reads them"]
Zone = Annotated[str | None, "IANA name, only where they mean another place's clock"]
Over = Annotated[Literal["here", "other"], "other: to their other chat, where they can always be written to"]
Kind = Annotated[
    Literal["reminder", "task"], "reminder: `what` is sent to them as it is; task: you get `what` then, and do it"
]


@tool(effect="notes")
def create_schedule(
    context: ToolContext,
    when: When,
    what: Annotated[str, "“call the lender”, in their language; of a task, all that you must know then"],
    kind: Kind = "reminder",
    title: str = "",
    timezone: Zone = None,
    send_over: Over = "here",
    in_quiet_hours: bool = False,
) -> ToolResult:
    """Have a reminder come, or a task done, once or again and again, for the person you talk with. Tell them the times
    that the answer shows. in_quiet_hours: only where they want it in quiet hours too."""
    with scheduling(context):
        contact = Contact.objects.get(pk=context.contact_id)
        wish = Wish(
            when=when,
            what=what,
            kind=kind,
            title=title,
            zone=timezone or "",
            conversation=chat_for(context, None, contact, send_over),
            in_quiet_hours=in_quiet_hours,
            tainted=is_tainted(context),
        )
        made = changes.create(contact, wish, by=by(context), now=context.now)
        return stands(context, made.task, "Scheduled: " if made.is_new else "It was scheduled already: ")


@tool(repeatable=True)
def list_schedules(
    context: ToolContext, containing: Annotated[str | None, "only those with these words in them"] = None
) -> ToolResult:
    """What is scheduled, with ids, states and next times."""
    with scheduling(context):
        tasks = outstanding(telling.theirs(context.role, uuid.UUID(context.contact_id)))
        if containing:
            tasks = tasks.filter(title__icontains=containing) | tasks.filter(instruction__icontains=containing)
        rows = list(tasks.order_by("next_run_at", "pk")[: MOST_LISTED + 1])
        shown = rows[:MOST_LISTED]
        lines = [*telling.lines_of(shown, context.now, uuid.UUID(context.contact_id))]
        if len(rows) > MOST_LISTED:
            lines.append("… and more: ask for those containing some words.")
        return ToolResult(
            content="\n".join(lines) or "Nothing is scheduled.", from_outside=any(task.tainted for task in shown)
        )


@tool(effect="notes")
def change_schedule(
    context: ToolContext,
    schedule: Which,
    when: Annotated[str | None, "the whole new time in words: “every weekday at 9”, not “at 9”"] = None,
    what: str | None = None,
    kind: Kind | None = None,
    title: str | None = None,
    timezone: Zone = None,
    send_over: Over | None = None,
    in_quiet_hours: bool | None = None,
) -> ToolResult:
    """Change what is given of something scheduled; the rest stays. To move only one of its times, skip that one and
    create another schedule for it."""
    with scheduling(context):
        task = to_change(context, schedule)
        wanted = Change(
            when=when,
            what=what,
            kind=kind,
            title=title,
            zone=timezone,
            conversation=chat_for(context, task, task.contact, send_over) if send_over else None,
            in_quiet_hours=in_quiet_hours,
            tainted=is_tainted(context),
        )
        return stands(context, changes.change(task, wanted, by=by(context), now=context.now), "It is now: ")


@tool(effect="notes", repeatable=True)
def pause_schedule(context: ToolContext, schedule: Which, resume: bool = False) -> ToolResult:
    """Have something scheduled not come until it is resumed. resume: go on again, also with one that was stopped."""
    with scheduling(context):
        task = to_change(context, schedule)
        if resume:
            return stands(context, changes.resume(task, by=by(context), now=context.now), "It goes on: ")
        return stands(context, changes.pause(task, by=by(context)), "")


@tool(effect="notes")
def skip_schedule(
    context: ToolContext,
    schedule: Which,
    which: Annotated[str, "in their words: “tomorrow”, “the next one”, “next 2”, “next week”, “Friday at 9”"],
    undo: bool = False,
) -> ToolResult:
    """Leave out some of its times, without changing the rest. undo: have those come after all."""
    with scheduling(context):
        task = to_change(context, schedule)
        coming = skipped(task, context) if undo else list_ahead(task, context)
        meant = pick(which, coming, context.now, task.zone)
        if not isinstance(meant, list):
            raise ToolError(f"{meant.error or 'unrecognized'}: {meant.hint} {ASK}")
        if not meant or len(meant) > MOST_SKIPPED:
            why = "None of its times is meant by that." if not meant else "Those are too many: pause it instead."
            line = telling.line_of(task, coming[:3], context.now, task.contact_id)
            raise ToolError(f"{why} {line}", from_outside=task.tainted)
        chosen = [each.scheduled_for for each in meant]
        verb = changes.unskip if undo else changes.skip
        verb(task, chosen, by=by(context), now=context.now)
        days = ", ".join(telling.shown(each) for each in meant)
        return stands(context, task, f"{'Comes after all' if undo else 'Left out'}: {days}.\n")


@tool(effect="notes")
def run_schedule_now(context: ToolContext, schedule: Which) -> ToolResult:
    """Have something scheduled done now, once, beside its times. It comes as a message of its own."""
    with scheduling(context):
        task = to_change(context, schedule)
        changes.run_now(task, by=by(context))
        return stands(context, task, "It comes in a moment, by itself: don't do it here as well. ")


@tool(effect="notes")
def delete_schedule(context: ToolContext, schedule: Which) -> ToolResult:
    """Delete something scheduled for good, where they ask for that."""
    with scheduling(context):
        task = to_change(context, schedule)
        changes.delete(task, by=by(context))
        said = f"Deleted: “{one_line(task.title, 200)}”. It will not come any more."
        return ToolResult(content=said, from_outside=task.tainted)


@contextmanager
def scheduling(context: ToolContext) -> Iterator[None]:
    """The tenant's scope, where what cannot be done is told to Claude and nothing of it stays."""
    try:
        with tenant_scope(uuid.UUID(context.tenant_id)):
            yield
    except ScheduleError as error:
        said = f"{error.code}: {error} {ASK}" if error.code else f"{error} {error.advice}".strip()
        raise ToolError(said, from_outside=error.from_outside) from None


def to_change(context: ToolContext, reference: str) -> Task:
    """The task that is meant: not somebody else's where words from outside may be what asks for it."""
    task = task_in(context, reference)
    if is_tainted(context) and task.contact_id != uuid.UUID(context.contact_id):
        raise ToolError(NOT_OTHERS)
    return task


def task_in(context: ToolContext, reference: str) -> Task:
    return telling.found(telling.theirs(context.role, uuid.UUID(context.contact_id)), reference)


def by(context: ToolContext) -> str:
    return f"contact:{context.contact_id}"


def is_tainted(context: ToolContext) -> bool:
    return bool(context.extras.get(FROM_OUTSIDE))


def chat_for(context: ToolContext, task: Task | None, contact: Contact, send_over: str) -> Conversation:
    """`task`: the one there is, which may be somebody else's, whose chat the one that is spoken in is not."""
    here = Conversation.objects.select_related("account").get(pk=context.conversation_id)
    is_theirs = here.is_group or here.contact_id == contact.pk
    if send_over == "here":
        if not is_theirs:
            name = one_name(contact.name) or "somebody else"
            raise ScheduleError(f"It is for {name} and comes in a chat of theirs; it cannot come here.")
        return here
    other = reach.always_open(contact, here if is_theirs or task is None else reach.chat_of(task) or here)
    if other is None:
        raise ScheduleError("They have no other chat in which they can be written to at any time; this is the one.")
    return other


def list_ahead(task: Task, context: ToolContext) -> list[Upcoming]:
    return times.upcoming(task, picking.FAR, context.now)


def skipped(task: Task, context: ToolContext) -> list[Upcoming]:
    rows = changes.skipped_ahead(task, context.now).order_by("scheduled_for")
    at = [row.astimezone(task.zone) for row in rows.values_list("scheduled_for", flat=True)]
    return [Upcoming(scheduled_for=each, fires_at=each) for each in at]


def stands(context: ToolContext, task: Task, begins: str) -> ToolResult:
    """What holds now of the task."""
    ahead = times.upcoming(task, now=context.now)
    [line] = telling.lines_of([task], context.now, uuid.UUID(context.contact_id))
    more = [telling.left_out(task, context.now), quiet_note(task, ahead), reach.note(task, ahead)]
    return ToolResult(content="\n".join([f"{begins}{line}", *filter(None, more)]), from_outside=task.tainted)


def quiet_note(task: Task, ahead: Sequence[Upcoming]) -> str:
    tenant: Tenant = task.tenant
    if (
        tenant.quiet_from is None
        or tenant.quiet_until is None
        or not any(each.scheduled_for != each.fires_at for each in ahead)
    ):
        return ""
    hours = f"{tenant.quiet_from:%H:%M} to {tenant.quiet_until:%H:%M}"
    return f"Quiet hours ({hours}) put it off; in_quiet_hours has it come in them too, if they want that."
