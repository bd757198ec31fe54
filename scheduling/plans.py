"""What is to be done about a task that is due: which of its times run, which are skipped and why. No database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from scheduling.quiet import Quiet
from scheduling.rules import Rule

GRACE = timedelta(minutes=1)  # so long after its time it counts as on time
MOST_TIMES = 5000  # that are looked at in one go; the rest with the next
SINGLY = 20  # skipped times that get a row each; older ones stand in one row together

LATE = "Nothing ran at its time, and it was too late afterwards."
OVERTAKEN = "Nothing ran at its time, and a later one was due already."
QUIET = "It fell into the quiet hours, and a later one does too or comes right after them."


@dataclass(frozen=True, kw_only=True)
class Due:
    """A task whose time has come, with what decides about it."""

    now: datetime
    run_at: datetime  # its `next_run_at`
    rule: str
    zone: ZoneInfo
    placed_in: str  # the zone that `run_at` was found in
    misfire: str
    misfire_window: timedelta
    misfire_most: int
    quiet: Quiet | None = None  # None: it runs at any hour


@dataclass(frozen=True, kw_only=True)
class Planned:
    """An occurrence to be made."""

    scheduled_for: datetime
    due_at: datetime | None  # None: skipped
    reason: str = ""
    last_for: datetime | None = None
    times: int = 1


@dataclass(frozen=True, kw_only=True)
class Plan:
    next_run_at: datetime | None
    occurrences: Sequence[Planned] = field(default_factory=tuple)


def plan(due: Due) -> Plan:
    """Raises RuleError."""
    rule = Rule(due.rule)
    first = due.run_at
    if due.placed_in != due.zone.key:  # the zone changed, and nobody placed it anew
        before = due.run_at - timedelta(days=2)
        first = next((at for at in rule.after(before, due.zone) if at >= due.run_at or rule.kind == "once"), due.run_at)
        if first > due.now:
            return Plan(next_run_at=first)
    times = [first]
    following: datetime | None = None
    for at in islice(rule.after(first, due.zone), MOST_TIMES):
        following = at
        if at > due.now:
            break
        times.append(at)
    if following is not None and following <= due.now:  # there are more, newer ones: they come with the next look
        following = times.pop()
        return Plan(next_run_at=following, occurrences=rows_of([(at, LATE) for at in times]))
    return Plan(next_run_at=following, occurrences=decided(due, times, following))


def decided(due: Due, times: Sequence[datetime], following: datetime | None) -> list[Planned]:
    runs, skipped = chosen(due, times)
    planned = [*rows_of(skipped)]
    for place, at in enumerate(runs):
        later = runs[place + 1] if place + 1 < len(runs) else following
        ends = due.quiet.until(max(at, due.now - GRACE)) if due.quiet is not None else None
        if ends is not None and later is not None and later <= ends:
            planned.append(Planned(scheduled_for=at, due_at=None, reason=QUIET))
        else:
            planned.append(Planned(scheduled_for=at, due_at=ends or at))
    return planned


def chosen(due: Due, times: Sequence[datetime]) -> tuple[list[datetime], list[tuple[datetime, str]]]:
    """Those that run, and those that are skipped with the reason; each in order."""
    on_time = [at for at in times if due.now - at <= GRACE]
    late = [at for at in times if due.now - at > GRACE]
    worth = [at for at in late if due.now - at <= due.misfire_window]
    kept: list[datetime] = []
    if due.misfire == "all":
        kept = worth[-due.misfire_most :]
    elif due.misfire == "once" and not on_time:
        kept = worth[-1:]
    overtaken = due.misfire != "skip" and bool(on_time or kept)
    skipped = [(at, OVERTAKEN if overtaken and at in worth else LATE) for at in late if at not in kept]
    return [*kept, *on_time], skipped


def rows_of(skipped: Sequence[tuple[datetime, str]]) -> list[Planned]:
    oldest = skipped[:-SINGLY]
    rows = [Planned(scheduled_for=at, due_at=None, reason=why) for at, why in skipped[-SINGLY:]]
    if oldest:
        whole = Planned(
            scheduled_for=oldest[0][0], due_at=None, reason=oldest[0][1], last_for=oldest[-1][0], times=len(oldest)
        )
        rows.insert(0, whole)
    return rows


def due_of(row: dict[str, Any]) -> Due:
    """Of a row of `scheduling_due`."""
    quiet = None
    if row["quiet_from"] is not None and row["quiet_until"] is not None and not row["in_quiet_hours"]:
        quiet = Quiet(row["quiet_from"], row["quiet_until"], ZoneInfo(row["tenant_zone"]))
    return Due(
        now=row["now"],
        run_at=row["run_at"],
        rule=row["rule"],
        zone=ZoneInfo(row["zone"]),
        placed_in=row["placed_in"],
        misfire=row["misfire"],
        misfire_window=timedelta(seconds=row["misfire_seconds"]),
        misfire_most=row["misfire_most"],
        quiet=quiet,
    )
