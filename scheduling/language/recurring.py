"""What comes again: cron lines where they can say it, else RRULEs from a first time on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any

from scheduling.clock import on_the_wall
from scheduling.language import times
from scheduling.language.cycles import Cycle, cycles
from scheduling.language.days import possible
from scheduling.language.items import (
    Ahead,
    Clock,
    Count,
    During,
    EveryInterval,
    HourMark,
    Length,
    Part,
    Start,
    Until,
    Window,
)
from scheduling.language.misread import Misread
from scheduling.language.once import moved
from scheduling.language.slots import DAYS, Now, Slots
from scheduling.rules import Rule, RuleError

SHORTEST, HOUR, DAY = 5, 60, 24 * 60  # minutes
MOST_TIMES = 1000
MOST_LINES = 20  # of a rule
END_OF_DAY = time(17)
LAST_SECOND = time(23, 59, 59)


@dataclass(frozen=True, kw_only=True)
class Limits:
    start: datetime | None = None  # by the wall clock
    until: datetime | None = None
    length: Length | None = None  # from the first time on
    count: int | None = None

    @property
    def are_none(self) -> bool:
        return self == Limits()


def recurring(items: Iterable[Any], now: Now) -> list[str]:
    """The lines of a rule."""
    slots = Slots(items)
    limits = _limits(slots, now)
    interval = slots.one(EveryInterval)
    if interval:
        return _interval(interval.seconds, slots, limits, now)
    found = list(cycles(slots, now))
    part, clocks = slots.one(Part), slots.all(Clock)
    slots.nothing_left()
    if part and part.is_today:
        raise Misread("conflict")
    lines = [line for cycle in found for line in _lines(cycle, _times_of_day(clocks, part, cycle), limits, now)]
    return _limited(lines, limits, now)


def _times_of_day(clocks: list[Clock], part: Part | None, cycle: Cycle) -> tuple[time, ...]:
    name = part.name if part else None
    if len(clocks) > 1:
        raise Misread("conflict")
    if clocks:
        return times.settled_all(times.listed(clocks[0].times), name)
    return (END_OF_DAY if cycle.is_end and not name else times.default(name),)


# From when to when


def _limits(slots: Slots, now: Now) -> Limits:
    start, until, during, count = slots.one(Start), slots.one(Until), slots.one(During), slots.one(Count)
    if sum(each is not None for each in (until, during, count)) > 1:
        raise Misread("conflict")
    if count and not 0 < count.number <= MOST_TIMES:
        raise Misread("far")
    return Limits(
        start=_start(start, slots, now) if start else None,
        until=_until(until, now) if until else None,
        length=during.length if during else None,
        count=count.number if count else None,
    )


def _start(start: Start, slots: Slots, now: Now) -> datetime:
    inner = Slots(start.at)
    ahead, clock = inner.one(Ahead), inner.one(Clock)
    if ahead:
        begins = moved(now.wall, ahead.length) + timedelta(seconds=ahead.length.seconds)
        return begins if ahead.length.seconds else datetime.combine(begins.date(), time())
    if clock and slots.has(EveryInterval):
        at = times.settled(clock.times[0])
        return _first_later(
            _days(start.at, now) or [now.wall.date() + timedelta(days=each) for each in range(2)], at, now
        )
    if clock:
        slots.put([clock])
    found = _days(start.at, now)
    if not found:
        raise Misread("together")
    if found[0] < now.wall.date():
        raise Misread("past")
    return datetime.combine(found[0], time())


def _until(until: Until, now: Now) -> datetime:
    inner = Slots(until.at)
    ahead, clock = inner.one(Ahead), inner.one(Clock)
    if ahead:
        ends = moved(now.wall, ahead.length) + timedelta(seconds=ahead.length.seconds)
        return ends if ahead.length.seconds else datetime.combine(ends.date(), LAST_SECOND)
    found = [day - timedelta(days=until.is_before) for day in _days(until.at, now)]
    if clock:
        days = found or [now.wall.date() + timedelta(days=each) for each in range(2)]
        return _first_later(days, times.settled(clock.times[0]), now)
    return _first_later(found, LAST_SECOND, now)


def _days(said: Sequence[Any], now: Now) -> list[date]:
    days = [each for each in said if isinstance(each, DAYS)]
    return possible(days, now.wall.date(), month_first=now.month_first) if days else []


def _first_later(days: list[date], at: time, now: Now) -> datetime:
    for day in days:
        if datetime.combine(day, at) > now.wall:
            return datetime.combine(day, at)
    raise Misread("past")


def _limited(lines: list[str], limits: Limits, now: Now) -> list[str]:
    """With an end where only a length or a number of times was said."""
    if limits.count is None and limits.length is None:
        return lines
    rule = checked("\n".join(lines))
    first = rule.next_after(now.instant, now.zone)
    if first is None:
        raise Misread("never")
    if limits.count is not None:
        last = list(islice(rule.after(now.instant, now.zone), limits.count))[-1]
        return [_ending(line, last) for line in lines]
    length = limits.length or Length()
    begins = on_the_wall(first, now.zone)
    if length.seconds:
        ends = now.wall + timedelta(seconds=length.seconds)
        if length.days or length.months or ends < begins:
            raise Misread("together")
    else:
        ends = datetime.combine(moved(begins, length).date() - timedelta(days=1), LAST_SECOND)
    return [_ending(line, ends.replace(tzinfo=now.zone)) for line in lines]


def _ending(line: str, last: datetime) -> str:
    is_real_time = line.split()[1].endswith("Z")
    ends = f"{last.astimezone(UTC):%Y%m%dT%H%M%SZ}" if is_real_time else f"{last:%Y%m%dT%H%M%S}"
    return f"{line};UNTIL={ends}"


def checked(text: str) -> Rule:
    if len(text.splitlines()) > MOST_LINES:
        raise Misread("together")
    try:
        return Rule(text)
    except RuleError as error:
        raise Misread("never") from error


# Times of days


def _lines(cycle: Cycle, at: tuple[time, ...], limits: Limits, now: Now) -> list[str]:
    fields = cycle.cron
    if fields and limits.are_none and not any(each.second for each in at):
        return [f"cron {minutes} {hours} {fields}" for hours, minutes, _ in _grouped(at)]
    start = _first_day(cycle, at, limits, now)
    lines = []
    for hours, minutes, seconds in _grouped(at):
        first = datetime.combine(start, time(int(hours.split(",")[0]), int(minutes.split(",")[0]), seconds))
        by = f"{cycle.rrule};BYHOUR={hours};BYMINUTE={minutes}"
        lines.append(
            f"rrule {first:%Y%m%dT%H%M%S} {by}" + (f";UNTIL={limits.until:%Y%m%dT%H%M%S}" if limits.until else "")
        )
    return lines


def _grouped(at: tuple[time, ...]) -> list[tuple[str, str, int]]:
    """Hours that have the same minutes go in one line."""
    of_hour: dict[tuple[int, int], list[int]] = {}
    for each in at:
        of_hour.setdefault((each.hour, each.second), []).append(each.minute)
    hours: dict[tuple[str, int], list[int]] = {}
    for (hour, second), minutes in of_hour.items():
        hours.setdefault((",".join(str(minute) for minute in sorted(minutes)), second), []).append(hour)
    return [
        (",".join(str(hour) for hour in sorted(found)), minutes, second) for (minutes, second), found in hours.items()
    ]


def _first_day(cycle: Cycle, at: tuple[time, ...], limits: Limits, now: Now) -> date:
    """Every other Friday begins with the coming one."""
    since = max(limits.start or now.wall, now.wall)
    if cycle.interval == 1:
        return since.date()
    once = Cycle(**{**cycle.__dict__, "interval": 1})
    lines = _lines(once, at, Limits(start=since), now)
    found = checked("\n".join(lines)).next_after(now.instant, now.zone)
    if found is None:
        raise Misread("never")
    return on_the_wall(found, now.zone).date()


# Intervals


def _interval(seconds: int, slots: Slots, limits: Limits, now: Now) -> list[str]:
    window, mark = slots.one(Window), slots.one(HourMark)
    has_days = slots.has(*DAYS) or slots.has_cycle()
    days = list(cycles(slots, now, is_interval=True)) if has_days else [Cycle(frequency="DAILY")]
    slots.nothing_left()
    if seconds < SHORTEST * 60:
        raise Misread("frequent")
    if seconds % 60:
        raise Misread("together")
    step = seconds // 60
    at = _steps(step, window, mark)
    if at is None or (limits.start and limits.start.time() != time()):
        if has_days or window or mark:
            raise Misread("together")
        return _limited([_from_now(step, limits, now)], limits, now)
    if limits.are_none and not window and len(days) == 1 and days[0].cron:
        starred = _starred(step, mark)
        if starred:
            return [f"cron {starred} {days[0].cron}"]
    if not has_days and step > HOUR // 2 and step % HOUR and not window:
        return _limited([_aligned(step, limits, now)], limits, now)
    if any(cycle.interval > 1 for cycle in days):
        raise Misread("together")
    return _limited([line for cycle in days for line in _lines(cycle, at, limits, now)], limits, now)


def _steps(step: int, window: Window | None, mark: HourMark | None) -> tuple[time, ...] | None:
    """The times of a day, where they are the same every day: what divides the day is aligned to the clock."""
    if window:
        if mark:
            raise Misread("together")
        return times.within(window, step)
    if mark and step % HOUR:
        raise Misread("together")
    if DAY % step:
        return None
    return tuple(time(at // 60, at % 60) for at in range(mark.minute if mark else 0, DAY, step))


def _starred(step: int, mark: HourMark | None) -> str | None:
    """Minutes and hours of a cron line that follows elapsed time when clocks are changed."""
    minute = str(mark.minute) if mark else "0"
    if HOUR % step == 0:
        return f"*/{step} *" if step < HOUR else f"{minute} *"
    return f"{minute} */{step // HOUR}" if step % HOUR == 0 and step < DAY else None


def _aligned(step: int, limits: Limits, now: Now) -> str:
    start = max(limits.start or now.wall, now.wall)
    ends = f";UNTIL={limits.until:%Y%m%dT%H%M%S}" if limits.until else ""
    if limits.start:
        since = (times.minutes(start.time()) + step - 1) // step * step
        start = datetime.combine(start.date(), time()) + timedelta(minutes=since)
        return f"rrule {start:%Y%m%dT%H%M%S} FREQ=MINUTELY;INTERVAL={step}{ends}"
    return f"rrule {start:%Y%m%d}T000000 FREQ=MINUTELY;INTERVAL={step}{ends}"


def _from_now(step: int, limits: Limits, now: Now) -> str:
    """In lengths of real time."""
    start = limits.start.replace(tzinfo=now.zone).astimezone(UTC) if limits.start else now.instant
    until = limits.until.replace(tzinfo=now.zone).astimezone(UTC) if limits.until else None
    ends = f";UNTIL={until:%Y%m%dT%H%M%SZ}" if until else ""
    frequency = f"FREQ=HOURLY;INTERVAL={step // HOUR}" if step % HOUR == 0 else f"FREQ=MINUTELY;INTERVAL={step}"
    return f"rrule {start:%Y%m%dT%H%M%SZ} {frequency}{ends}"
