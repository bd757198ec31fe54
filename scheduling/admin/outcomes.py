"""What became of the times of tasks, as operators see it: in a word, with a colour, how late and how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from scheduling import plans
from scheduling.acting import quiet_for
from scheduling.lately import AS_WANTED
from scheduling.models import Occurrence

State, Trigger = Occurrence.State, Occurrence.Trigger
TOO_LATE = "too late."  # so ends the reason of what waited until it was not worth it any more
MISSED = Q(state=State.SKIPPED) & (Q(reason__in=(plans.LATE, plans.OVERTAKEN)) | Q(reason__endswith=TOO_LATE))
FILTERS = {  # what a list can be narrowed to
    "failed": ("failed", Q(state=State.FAILED)),
    "missed": ("missed", MISSED),
    "skipped": ("skipped", Q(state=State.SKIPPED) & ~MISSED),
    "done": ("done", Q(state=State.DONE)),
    "running": ("running", Q(state=State.RUNNING)),
    "due": ("waiting", Q(state=State.DUE)),
}
COLOURS: dict[str, str | None] = {
    "done": "success",
    "done late": "warning",
    "failed": "danger",
    "missed": "danger",
    "overdue": "danger",
    "skipped": None,
    "left out": "warning",
    "running": "info",
    "held by a runner": "info",
    "waits": "primary",
    "tried again": "warning",
}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    word: str  # one of COLOURS
    late: timedelta | None  # None: on time, or not begun
    took: timedelta | None

    @property
    def colour(self) -> str | None:
        return COLOURS[self.word]

    @property
    def shown_late(self) -> str:
        return "" if self.late is None else lasting(self.late)

    @property
    def shown_took(self) -> str:
        return "" if self.took is None else lasting(self.took)


def outcome(row: Occurrence, now: datetime) -> Outcome:
    """It comes with its task and the task's tenant."""
    late = lateness(row)
    took = row.ended_at - row.began_at if row.began_at and row.ended_at and row.state != State.SKIPPED else None
    return Outcome(word=word_for(row, late, now), late=late, took=took)


def word_for(row: Occurrence, late: timedelta | None, now: datetime) -> str:
    if row.state == State.DONE:
        return "done" if late is None else "done late"
    if row.state == State.SKIPPED:
        if row.reason in (plans.LATE, plans.OVERTAKEN) or row.reason.endswith(TOO_LATE):
            return "missed"
        return "skipped" if row.reason in AS_WANTED else "left out"
    return waiting(row, now) if row.state == State.DUE else row.state


def waiting(row: Occurrence, now: datetime) -> str:
    if row.lease_until is not None and row.lease_until > now:
        return "held by a runner"
    if is_overdue(row.due_at, now):
        return "overdue"
    return "tried again" if row.attempts else "waits"


def lateness(row: Occurrence) -> timedelta | None:
    """How long after its time it began; the quiet hours, which put it off, do not count."""
    if row.began_at is None or row.trigger == Trigger.ASKED or row.state == State.SKIPPED:
        return None
    quiet = quiet_for(row.task)
    due = (quiet.until(row.scheduled_for) if quiet is not None else None) or row.scheduled_for
    late = row.began_at - due
    return late if late > plans.GRACE else None


def is_overdue(due: datetime | None, now: datetime) -> bool:
    """Nothing has taken it up though it was to be: does anything run?"""
    return due is not None and now - due > plans.GRACE


UNITS: Sequence[tuple[str, int]] = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def lasting(time: timedelta) -> str:
    """Its two largest units: “2 h 5 min”; tenths of a second below ten."""
    seconds = max(time.total_seconds(), 0.0)
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole, parts = round(seconds), []
    for unit, size in UNITS:
        count, whole = divmod(whole, size)
        parts.append(f"{count} {unit}" if count else "")
    first = next(at for at, part in enumerate(parts) if part)
    return " ".join(part for part in parts[first : first + 2] if part)
