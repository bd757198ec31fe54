"""What comes once: `at` a time by the wall clock, or an instant where a length of real time was said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from scheduling.clock import place
from scheduling.language import times
from scheduling.language.days import plus_months, possible
from scheduling.language.items import (
    Ahead,
    Clock,
    Edge,
    Length,
    MonthDay,
    Offset,
    OnInstant,
    Part,
    RelativeDay,
    Weekday,
)
from scheduling.language.misread import Misread
from scheduling.language.slots import Now, Slots

FARTHEST = timedelta(days=366 * 100)
SMALL_HOURS = 6


def once(items: Iterable[Any], now: Now) -> str:
    slots = Slots(items)
    instant, ahead, offset = slots.one(OnInstant), slots.one(Ahead), slots.one(Offset)
    clock, part, days = slots.one(Clock), slots.one(Part), slots.days()
    slots.nothing_left()
    if sum(each is not None for each in (instant, ahead, offset)) > 1:
        raise Misread("conflict")
    if clock and len(clock.times) > 1:
        raise Misread("conflict")
    if instant:
        if clock or part or days:
            raise Misread("conflict")
        return _instant(datetime.fromisoformat(instant.text), now)
    if ahead:
        return _ahead(ahead.length, clock, part, days, now)
    if offset:
        return _offset(offset, clock, part, days, now)
    return _on(clock, part, days, now)


def _instant(moment: datetime, now: Now) -> str:
    if moment.astimezone(UTC) <= now.instant:
        raise Misread("past")
    return f"at {moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _wall(wall: datetime) -> str:
    return f"at {wall:%Y-%m-%dT%H:%M:%S}"


def moved(wall: datetime, length: Length, sign: int = 1) -> datetime:
    """By days and months of the calendar."""
    if length.months > FARTHEST.days // 30 or length.days > FARTHEST.days or length.seconds > FARTHEST.total_seconds():
        raise Misread("far")
    try:
        return datetime.combine(
            plus_months(wall.date(), sign * length.months) + timedelta(days=sign * length.days), wall.time()
        )
    except OverflowError as error:
        raise Misread("far") from error


def _ahead(length: Length, clock: Clock | None, part: Part | None, days: list[Any], now: Now) -> str:
    if length == Length():
        raise Misread("impossible")
    if days or (length.seconds and (clock or part)) or (part and part.is_today):
        raise Misread("conflict")
    wall = moved(now.wall, length)
    if length.seconds:
        start = place(wall, now.zone) if length.days or length.months else now.instant
        return _instant(start.astimezone(UTC) + timedelta(seconds=length.seconds), now)
    if clock or part:
        wall = datetime.combine(wall.date(), _time(clock, part))
    return _wall(wall)


def _time(clock: Clock | None, part: Part | None, default: time | None = None) -> time:
    name = part.name if part else None
    if clock:
        return times.settled(clock.times[0], name)
    return times.default(name) if name or default is None else default


def _on(clock: Clock | None, part: Part | None, days: list[Any], now: Now) -> str:
    today = now.wall.date()
    default = time(17) if any(isinstance(day, Edge) and day.edge == "end" for day in days) else None
    at = _time(clock, part, default)
    if part and part.is_today:
        days = [*days, RelativeDay(offset=0)]
    is_of_today = RelativeDay(offset=0) in days
    is_midnight_to_come = is_of_today and at == time()
    if days and part and part.name == "night" and at.hour < SMALL_HOURS and not is_midnight_to_come:
        raise Misread("hour")
    coming = [today, today + timedelta(days=1)]
    found = possible(days, today, month_first=now.month_first) if days else coming
    if is_midnight_to_come and (part or (clock and clock.times[0].is_midnight)):
        found = coming[1:]
    return _wall(_coming([datetime.combine(day, at) for day in found], now))


def _coming(found: list[datetime], now: Now) -> datetime:
    """The first that is still to come."""
    for wall in found:
        if wall > now.wall:
            return wall
    raise Misread("past")


def _offset(offset: Offset, clock: Clock | None, part: Part | None, days: list[Any], now: Now) -> str:
    if offset.length == Length() or not (days or clock or part):
        raise Misread("impossible")
    is_today = days == [RelativeDay(offset=0)]
    if offset.length.seconds and not (clock or part):
        raise Misread("together")
    if is_today and not (clock or part):
        return _wall(_coming([moved(now.wall, offset.length, offset.sign)], now))
    at = _time(clock, part)
    found = [datetime.combine(day, at) for day in _anchors(offset, days, now)]
    if offset.length.seconds:
        results = [_shifted(wall, offset, now) for wall in found]
        late = [each for each in results if each > now.instant]
        if not late:
            raise Misread("past")
        return _instant(late[0], now)
    return _wall(_coming([moved(wall, offset.length, offset.sign) for wall in found], now))


def _shifted(wall: datetime, offset: Offset, now: Now) -> datetime:
    anchor = place(moved(wall, replace(offset.length, seconds=0), offset.sign), now.zone)
    return anchor.astimezone(UTC) + timedelta(seconds=offset.sign * offset.length.seconds)


def _anchors(offset: Offset, days: list[Any], now: Now) -> list[date]:
    """The days it is counted from. What comes after a date may be still to come when the date itself has passed."""
    today = now.wall.date()
    if not days:
        return [today + timedelta(days=each) for each in range(2)]
    since = today
    if offset.sign > 0 and all(isinstance(day, MonthDay) for day in days):
        since = moved(now.wall, replace(offset.length, seconds=0), -1).date()
    found = possible(days, since, month_first=now.month_first)
    return found[:1] if all(isinstance(day, Weekday) for day in days) and offset.sign < 0 else found
