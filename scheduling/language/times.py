"""Which hour is meant: 8 is of the morning, and of the evening where that was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import time

from scheduling.language.items import PartName, Time, Window
from scheduling.language.misread import Misread

NOON, DAY = 12, 24 * 60
FIRST_OF_MORNING = 7  # a bare hour from here to noon is of the morning; before it, of the afternoon
MORNING = time(9)
DEFAULTS: dict[PartName, time] = {
    "morning": MORNING,
    "afternoon": time(15),
    "evening": time(18),
    "night": time(20),
    "noon": time(12),
}
HOURS: dict[PartName, frozenset[int]] = {  # that may be said of each part
    "morning": frozenset(range(NOON)),
    "afternoon": frozenset(range(NOON, 21)),
    "evening": frozenset(range(16, 24)),
    "night": frozenset((*range(18, 24), *range(6))),
    "small_hours": frozenset(range(7)),
    "noon": frozenset(range(NOON, 16)),
}


def default(part: PartName | None) -> time:
    if part is None:
        return MORNING
    if part not in DEFAULTS:
        raise Misread("hour")
    return DEFAULTS[part]


def settled(said: Time, part: PartName | None = None) -> time:
    if said.part and part and said.part != part:
        raise Misread("hour")
    part = said.part or part
    if not said.is_bare:
        if part and said.hour not in HOURS[part]:
            raise Misread("hour")
        return time(said.hour, said.minute, said.second)
    return time(_of_part(said.hour, part) if part else _bare(said.hour), said.minute, said.second)


def _bare(hour: int) -> int:
    return hour if FIRST_OF_MORNING <= hour <= NOON else hour + NOON


def _of_part(hour: int, part: PartName) -> int:
    if hour == NOON and part == "morning":
        raise Misread("hour")
    fitting = {hour % NOON, hour % NOON + NOON} & HOURS[part]
    if len(fitting) != 1:
        raise Misread("hour")
    return fitting.pop()


def settled_all(said: Sequence[Time], part: PartName | None = None) -> tuple[time, ...]:
    """In a list. "At 8 and 10pm" may mean both in the evening, "at 9 and 5pm" may not."""
    found = [settled(each, part) for each in said]
    for at, each in enumerate(said[:-1]):
        later = said[at + 1]
        if each.is_bare and not each.part and not part and (later.has_meridiem or later.part):
            inherited = _inherited(each, later)
            if inherited is not None and inherited != found[at] and inherited < found[at + 1]:
                raise Misread("hour")
    return tuple(sorted(set(found)))


def _inherited(said: Time, later: Time) -> time | None:
    try:
        if later.part:
            return settled(said, later.part)
    except Misread:
        return None
    return time(said.hour % NOON + (NOON if later.hour >= NOON else 0), said.minute)


def listed(said: Sequence[Time]) -> Sequence[Time]:
    """ "A las 9 y 17" of every day lists two hours; "a las 8 y 20" may be twenty past eight, too."""
    (only,) = said[:1]
    if len(said) != 1 or only.other_hour is None:
        return said
    if only.other_hour % 5 == 0:
        raise Misread("minutes")
    return (
        replace(only, minute=0, other_hour=None),
        Time(hour=only.other_hour, is_bare=1 <= only.other_hour <= NOON, part=only.part),
    )


def minutes(of: time) -> int:
    return of.hour * 60 + of.minute


def within(window: Window, step: int) -> tuple[time, ...]:
    """From the beginning of the window on, every `step` minutes, as long as it lasts; its end is part of it."""
    first, last = _bounds(window)
    if last < first:
        last += DAY
    return tuple(time(at % DAY // 60, at % 60) for at in range(first, last + 1, step))


def _bounds(window: Window) -> tuple[int, int]:
    first, last = window.first, window.last
    begins, ends = minutes(settled(first)), minutes(settled(last))
    if first.is_bare and not first.part and (last.has_meridiem or last.part):
        inherited = _inherited(first, last)
        if inherited is not None and minutes(inherited) != begins and minutes(inherited) < ends:
            raise Misread("hour")
    if begins < ends:
        return begins, ends
    if last.is_bare and not last.part and begins < ends + DAY // 2 < DAY:
        return begins, ends + DAY // 2  # "from 8 to 8"
    if first.is_bare and not first.part:
        if begins - DAY // 2 >= 0 and not last.is_bare:
            return begins - DAY // 2, ends  # "from 6 to 10am"
        raise Misread("hour")
    return begins, ends  # over midnight
