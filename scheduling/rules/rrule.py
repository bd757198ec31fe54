"""The text of an RRULE, checked part by part against RFC 5545, section 3.3.10."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice
from typing import get_args

from scheduling.clock import on_the_wall, place
from scheduling.rules.errors import FIRST_YEAR, LAST_YEAR, RuleError
from scheduling.rules.recurrence import Frequency, Numbers, Recurrence

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WEEKDAY = re.compile(rf"([+-]?\d{{1,2}})?({'|'.join(WEEKDAYS)})", re.ASCII)
START = re.compile(r"(\d{8}T\d{6})(Z?)", re.ASCII)
UNTIL = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?", re.ASCII)
MOST = 10_000  # times that a COUNT may give: they are counted out, once
NUMBERS = {  # the largest, and whether they may be counted from the end
    "BYMONTH": (12, False),
    "BYMONTHDAY": (31, True),
    "BYYEARDAY": (366, True),
    "BYWEEKNO": (53, True),
    "BYSETPOS": (366, True),
    "BYHOUR": (23, False),
    "BYMINUTE": (59, False),
    "BYSECOND": (59, False),
}
FROM_ZERO = {"BYHOUR", "BYMINUTE", "BYSECOND"}
OTHERS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY"}
NOT_WITH = {  # what means nothing at a frequency
    "BYWEEKNO": {"MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"},
    "BYYEARDAY": {"MONTHLY", "WEEKLY", "DAILY"},
    "BYMONTHDAY": {"WEEKLY"},
}


@dataclass(frozen=True)
class RRule:
    recurrence: Recurrence
    is_real_time: bool  # by lengths of time from an instant on, whatever the clocks show
    until: datetime | None  # an instant

    @classmethod
    def parse(cls, text: str) -> RRule:
        first, _, rule = text.partition(" ")
        found = START.fullmatch(first)
        if found is None:
            raise RuleError(f"“{first}” is no first time. Write it as 20260313T120000.")
        parts, start, is_real_time = _parts(rule), _wall(found[1]), bool(found[2])
        until, wall_until = _until(parts.get("UNTIL"), is_real_time=is_real_time)
        recurrence = replace(_recurrence(parts, start), until=wall_until)
        return cls(_counted(recurrence, parts), is_real_time, until)

    def after(self, moment: datetime, zone: tzinfo) -> Iterator[datetime]:
        """Times that may repeat one, or be no later than `moment` where the clock was put back. In order."""
        clock = UTC if self.is_real_time else zone
        for wall in self.recurrence.walls(on_the_wall(moment, clock)):
            found = place(wall, clock)
            if self.until and found > self.until:
                return
            yield found


def _wall(digits: str) -> datetime:
    try:
        found = datetime.strptime(digits, "%Y%m%dT%H%M%S")  # noqa: DTZ007 -- a wall clock's
    except ValueError as error:
        raise RuleError(f"“{digits}” is no date and time.") from error
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise RuleError(f"“{digits}” is not between {FIRST_YEAR} and {LAST_YEAR}.")
    return found


def _parts(rule: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in rule.upper().split(";"):
        name, _, value = part.partition("=")
        if name not in OTHERS and name not in NUMBERS:
            raise RuleError(f"“{part}” is no part of a rule.")
        if name in parts:
            raise RuleError(f"{name} stands there twice.")
        parts[name] = value
    if "COUNT" in parts and "UNTIL" in parts:
        raise RuleError("Either COUNT or UNTIL ends a rule, not both.")
    return parts


def _recurrence(parts: dict[str, str], start: datetime) -> Recurrence:
    frequency = _frequency(parts)
    numbers = {name: _numbers(name, parts[name]) if name in parts else frozenset() for name in NUMBERS}
    weekdays = _weekdays(parts["BYDAY"], frequency, parts) if "BYDAY" in parts else frozenset()
    months, month_days = numbers["BYMONTH"], numbers["BYMONTHDAY"]
    if not (weekdays or month_days or numbers["BYYEARDAY"] or numbers["BYWEEKNO"]):
        if frequency == "YEARLY":
            months = months or frozenset({start.month})
        if frequency in {"YEARLY", "MONTHLY"}:
            month_days = frozenset({start.day})
        if frequency == "WEEKLY":
            weekdays = frozenset({(start.weekday(), 0)})
    is_short = frequency in {"HOURLY", "MINUTELY"}
    return Recurrence(
        start=start,
        frequency=frequency,
        interval=_number("INTERVAL", parts.get("INTERVAL", "1"), 1, 1_000_000),
        months=months,
        month_days=month_days,
        year_days=numbers["BYYEARDAY"],
        weeks=numbers["BYWEEKNO"],
        weekdays=weekdays,
        hours=numbers["BYHOUR"] or frozenset(() if is_short else {start.hour}),
        minutes=numbers["BYMINUTE"] or frozenset(() if frequency == "MINUTELY" else {start.minute}),
        seconds=numbers["BYSECOND"] or frozenset({start.second}),
        positions=numbers["BYSETPOS"],
        week_start=_week_start(parts.get("WKST", "MO")),
    )


def _frequency(parts: dict[str, str]) -> Frequency:
    wanted = parts.get("FREQ", "")
    for frequency in get_args(Frequency):
        if frequency == wanted:
            for name, frequencies in NOT_WITH.items():
                if name in parts and frequency in frequencies:
                    raise RuleError(f"{name} means nothing with FREQ={frequency}.")
            return frequency  # type: ignore[no-any-return]
    raise RuleError(f"FREQ is one of {', '.join(get_args(Frequency))}, not “{wanted}”.")


def _number(name: str, text: str, least: int, most: int) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,7}", text) or not least <= int(text) <= most:
        raise RuleError(f"{name} is “{text}”, not a number from {least} to {most}.")
    return int(text)


def _numbers(name: str, text: str) -> Numbers:
    most, from_end = NUMBERS[name]
    found = frozenset(_number(name, each, -most if from_end else 0, most) for each in text.split(","))
    if 0 in found and name not in FROM_ZERO:
        raise RuleError(f"{name} counts from 1.")
    return found


def _weekdays(text: str, frequency: Frequency, parts: dict[str, str]) -> frozenset[tuple[int, int]]:
    return frozenset(_weekday(each, frequency, parts) for each in text.split(","))


def _weekday(text: str, frequency: Frequency, parts: dict[str, str]) -> tuple[int, int]:
    found = WEEKDAY.fullmatch(text)
    if found is None:
        raise RuleError(f"“{text}” is no weekday: write MO, or 1MO and -1MO for the first and last.")
    if found[1] is None:
        return WEEKDAYS.index(found[2]), 0
    if frequency not in {"YEARLY", "MONTHLY"} or "BYWEEKNO" in parts:
        raise RuleError(f"“{text}”: weekdays are counted within months and years only.")
    which = _number("BYDAY", found[1], -53, 53)
    if which == 0:
        raise RuleError(f"“{text}”: weekdays are counted from 1.")
    return WEEKDAYS.index(found[2]), which


def _week_start(text: str) -> int:
    if text not in WEEKDAYS:
        raise RuleError(f"WKST is a weekday, not “{text}”.")
    return WEEKDAYS.index(text)


def _until(text: str | None, *, is_real_time: bool) -> tuple[datetime | None, datetime | None]:
    """As an instant, and by the wall clock: one of them at most. A date alone includes its whole day."""
    if text is None:
        return None, None
    found = UNTIL.fullmatch(text)
    if found is None:
        raise RuleError(f"UNTIL is “{text}”, not a time like 20260601T235959 or a date like 20260601.")
    wall = _wall(f"{found[1]}T{found[2] or '235959'}")
    if is_real_time and not found[3]:
        raise RuleError("UNTIL needs a Z, as the first time has one.")
    return (wall.replace(tzinfo=UTC), None) if found[3] and not is_real_time else (None, wall)


def _counted(recurrence: Recurrence, parts: dict[str, str]) -> Recurrence:
    """With the last time in place of a COUNT, so that later ones are found without counting from the first."""
    wanted = _number("COUNT", parts["COUNT"], 1, MOST) if "COUNT" in parts else 1
    times = list(islice(recurrence.walls(recurrence.start - timedelta(seconds=1)), wanted))
    if not times:
        raise RuleError("It never happens.")
    return replace(recurrence, until=times[-1]) if "COUNT" in parts else recurrence
