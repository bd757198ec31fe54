"""What is to be done about a task that is due: which of its times run, which are skipped and why. No database."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby, islice
from typing import Any
from zoneinfo import ZoneInfo

from scheduling.clock import on_the_wall
from scheduling.clock import place as at_wall
from scheduling.quiet import Quiet
from scheduling.rules import Rule

APART = timedelta(days=2)  # no two clocks lie so far apart
INSTANT = timedelta(seconds=1)
GRACE = timedelta(minutes=1)  # so long after its time it counts as on time
MOST_TIMES = 5000  # that are looked at in one go; the rest with the next
LEFT = 50  # the newest of so many, which the next go looks at again: no policy runs more
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
    taken: AbstractSet[datetime] = frozenset()  # times that have a row already: somebody asked to skip them


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
    first = placed(due, rule)
    if first > due.now:
        return Plan(next_run_at=first)
    times: list[datetime] = [first]
    following: datetime | None = None
    ahead = rule.after(first, due.zone)
    for at in islice(ahead, MOST_TIMES):
        if at > due.now:
            following = at
            break
        times.append(at)
    if len(times) > MOST_TIMES:  # there may be more
        passed = [at for at in times[:-LEFT] if at not in due.taken]
        return Plan(next_run_at=times[-LEFT], occurrences=rows_of(skipped(due, passed, have_later=True)))
    later = following
    if following in due.taken:
        later = next((at for at in islice(ahead, MOST_TIMES) if at not in due.taken), None)
    return Plan(next_run_at=following, occurrences=decided(due, [at for at in times if at not in due.taken], later))


def placed(due: Due, rule: Rule) -> datetime:
    """The task's time; where its zone is another by now and nobody placed it anew, by that one's clock."""
    if due.placed_in == due.zone.key:
        return due.run_at
    before = due.run_at - APART
    if rule.kind == "once":
        return rule.next_after(before, due.zone) or due.run_at
    passed = passed_there(due, rule)
    if passed is not None:
        return passed
    return next((at for at in rule.after(before, due.zone) if at >= due.run_at), due.run_at)


def passed_there(due: Due, rule: Rule) -> datetime | None:
    """The same time of the day by the new clock, where it was earlier: it is late then, and not lost. None for what
    comes so often that its times went on meanwhile."""
    if not due.placed_in:
        return None
    old = ZoneInfo(due.placed_in)
    same = at_wall(on_the_wall(due.run_at, old), due.zone)
    if same >= due.run_at or not is_time(rule, same, due.zone):
        return None
    came = rule.next_after(same - INSTANT, old)
    went_on = came is not None and came < due.run_at and is_time(rule, due.run_at, due.zone)
    return None if went_on else same


def is_time(rule: Rule, at: datetime, zone: ZoneInfo) -> bool:
    return rule.next_after(at - INSTANT, zone) == at


def decided(due: Due, times: Sequence[datetime], following: datetime | None) -> list[Planned]:
    """What becomes of these times, none of which is to come. `following`: the one after them."""
    runs, passed = chosen(due, times)
    planned = [*rows_of(passed)]
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
    passed = late[: len(late) - len(kept)]  # what is kept is the newest of them
    return [*kept, *on_time], skipped(due, passed, have_later=bool(on_time or kept))


def skipped(due: Due, times: Sequence[datetime], *, have_later: bool) -> list[tuple[datetime, str]]:
    """Late times that do not run, each with the reason. `have_later`: a later one runs in their place."""
    overtaken = have_later and due.misfire != "skip"
    return [(at, OVERTAKEN if overtaken and due.now - at <= due.misfire_window else LATE) for at in times]


def rows_of(passed: Sequence[tuple[datetime, str]]) -> list[Planned]:
    """One for each of the newest; of those before, one for as many in a row as have the same reason."""
    rows = []
    for why, group in groupby(passed[:-SINGLY], key=lambda each: each[1]):
        times = [at for at, _ in group]
        last = times[-1] if len(times) > 1 else None
        rows.append(Planned(scheduled_for=times[0], due_at=None, reason=why, last_for=last, times=len(times)))
    return rows + [Planned(scheduled_for=at, due_at=None, reason=why) for at, why in passed[-SINGLY:]]


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
        taken=frozenset(row["taken"] or ()),
    )
