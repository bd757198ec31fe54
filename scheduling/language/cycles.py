"""Which days come again: of every week, month or year, as the parts of an RRULE."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from scheduling.language.days import as_month_day
from scheduling.language.items import (
    ALL_DAYS,
    WORKDAYS,
    Clock,
    Days,
    DaysOfMonth,
    Edge,
    Every,
    EveryDate,
    Except,
    MonthAlone,
    MonthDay,
    Nth,
    NumericDate,
    TimesPer,
    Weekday,
)
from scheduling.language.misread import Misread
from scheduling.language.slots import Now, Slots

NAMES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
QUARTERS, QUARTER_ENDS = (1, 4, 7, 10), (3, 6, 9, 12)
LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, kw_only=True)
class Cycle:
    frequency: Literal["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]
    interval: int = 1
    weekdays: frozenset[int] = frozenset()
    ordinals: tuple[int, ...] = ()  # of the weekdays in a month
    days: tuple[int, ...] = ()  # of the month
    months: tuple[int, ...] = ()
    is_end: bool = False  # of a week or month, which is in the afternoon

    @property
    def rrule(self) -> str:
        parts = [f"FREQ={self.frequency}"]
        if self.interval > 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.months:
            parts.append(f"BYMONTH={_joined(self.months)}")
        if self.days:
            parts.append(f"BYMONTHDAY={_joined(self.days)}")
        names = [NAMES[day] for day in sorted(self.weekdays)]
        if len(names) == 1 and self.ordinals:
            names = [f"{ordinal}{names[0]}" for ordinal in self.ordinals]
        elif self.ordinals:
            parts.append(f"BYSETPOS={_joined(self.ordinals)}")
        if names:
            parts.append(f"BYDAY={','.join(names)}")
        return ";".join(parts)

    @property
    def cron(self) -> str | None:
        """Its last three fields, where they can say it."""
        if self.interval > 1 or self.ordinals or any(day < 0 for day in self.days):
            return None
        return f"{_joined(self.days) or '*'} {_joined(self.months) or '*'} {_weekdays(self.weekdays)}"


def _joined(numbers: tuple[int, ...]) -> str:
    return ",".join(str(number) for number in numbers)


def _weekdays(weekdays: frozenset[int]) -> str:
    if weekdays == WORKDAYS:
        return "1-5"
    return ",".join(str(day) for day in sorted((day + 1) % 7 for day in weekdays)) or "*"


def cycles(slots: Slots, now: Now, *, is_interval: bool = False) -> Iterator[Cycle]:
    """All of them hold: "every March 1 and June 1" is two."""
    every, per = slots.one(Every), slots.one(TimesPer)
    excepted = slots.all(Except)
    said = [*slots.all(Days), *slots.all(EveryDate), *slots.days()]
    if per:
        _check_count(per, slots, said)
        every = every or Every(number=1, unit=per.unit)
    found = list(_found(every, said, now)) if every or said else []
    if not found:
        if not is_interval:
            raise Misread("conflict")
        found = [Cycle(frequency="DAILY")]
    yield from (_without(cycle, excepted) for cycle in found)


def _check_count(per: TimesPer, slots: Slots, said: list[Any]) -> None:
    """ "Twice a day" is clear where two times are said."""
    clocks = slots.all(Clock)
    slots.put(clocks)
    counts = {
        "day": sum(len(clock.times) for clock in clocks),
        "week": sum(len(each.weekdays) for each in said if isinstance(each, Days)),
        "month": sum(len(each.days) for each in said if isinstance(each, DaysOfMonth)),
        "year": sum(len(each.dates) for each in said if isinstance(each, EveryDate)),
    }
    if counts.get(per.unit) != per.number:
        raise Misread("how_often")


def _found(every: Every | None, said: list[Any], now: Now) -> Iterator[Cycle]:
    kinds = {type(each) for each in said}
    if not said and every:
        yield _alone(every)
    elif kinds <= {Days, Weekday}:
        yield _weekly(every, said)
    elif kinds <= {DaysOfMonth}:
        yield _monthly(every, tuple(sorted({day for each in said for day in each.days})))
    elif kinds <= {Nth} and len(said) == 1:
        yield _nth(every, said[0])
    elif kinds <= {EveryDate, MonthDay, NumericDate, MonthAlone}:
        yield from _yearly(every, said, now)
    elif kinds <= {Edge} and len(said) == 1:
        yield _edge(every, said[0])
    else:
        raise Misread("conflict")


def _alone(every: Every) -> Cycle:
    """Without a day: the first of the week, the month, the quarter, the year."""
    match every.unit:
        case "day":
            return Cycle(frequency="DAILY", interval=every.number)
        case "week":
            return Cycle(frequency="WEEKLY", interval=every.number, weekdays=frozenset((0,)))
        case "month":
            return Cycle(frequency="MONTHLY", interval=every.number, days=(1,))
        case "quarter":
            return Cycle(frequency="MONTHLY", days=(1,), months=_quarters(every))
        case "year":
            return Cycle(frequency="YEARLY", interval=every.number, days=(1,), months=(1,))


def _quarters(every: Every) -> tuple[int, ...]:
    if every.number not in {1, 2}:
        raise Misread("together")
    return QUARTERS[:: every.number]


def _weekly(every: Every | None, said: list[Any]) -> Cycle:
    if any(isinstance(each, Weekday) and each.which != "coming" for each in said):
        raise Misread("conflict")
    sets = [each.weekdays if isinstance(each, Days) else frozenset((each.weekday,)) for each in said]
    weekdays = frozenset[int]().union(*sets)
    weeks = {each.weeks for each in said if isinstance(each, Days)} | {1}
    if every and every.unit == "week":
        weeks |= {every.number}
    elif every and every != Every(number=1, unit="day"):
        raise Misread("conflict")
    intervals = weeks - {1}
    if len(intervals) > 1 or (
        intervals and any(isinstance(each, Days) and each.weeks == 1 for each in said) and not every
    ):
        raise Misread("conflict")
    return Cycle(frequency="WEEKLY", interval=max(weeks), weekdays=weekdays)


def _monthly(every: Every | None, days: tuple[int, ...]) -> Cycle:
    if every is None or every.unit == "month":
        return Cycle(frequency="MONTHLY", interval=every.number if every else 1, days=days)
    if every.unit == "quarter":
        return Cycle(frequency="MONTHLY", days=days, months=_quarters(every))
    raise Misread("conflict")


def _nth(every: Every | None, said: Nth) -> Cycle:
    months = _nth_months(every, said)
    interval = every.number if every and every.unit in {"month", "year"} else 1
    frequency: Literal["MONTHLY", "YEARLY"] = "YEARLY" if every and every.unit == "year" and interval > 1 else "MONTHLY"
    if frequency == "YEARLY":
        raise Misread("together")
    if any(not -31 <= ordinal <= 31 or not ordinal for ordinal in said.ordinals):
        raise Misread("impossible")
    if said.weekdays == ALL_DAYS:
        return Cycle(frequency="MONTHLY", interval=interval, days=said.ordinals, months=months)
    if any(abs(ordinal) > (5 if len(said.weekdays) == 1 else 23) for ordinal in said.ordinals):
        raise Misread("impossible")
    return Cycle(frequency="MONTHLY", interval=interval, weekdays=said.weekdays, ordinals=said.ordinals, months=months)


def _nth_months(every: Every | None, said: Nth) -> tuple[int, ...]:
    is_last = all(ordinal < 0 for ordinal in said.ordinals)
    unit = every.unit if every else None
    if unit not in {None, "month", "quarter", "year"} or said.of in {"this", "next", "some"}:
        raise Misread("conflict")
    if said.of == "loose" and unit not in {"month", "quarter"}:
        raise Misread("conflict")
    if said.of == "quarter" or unit == "quarter":
        return QUARTER_ENDS if is_last else QUARTERS
    if said.of in {"year", "month"}:
        if said.year is not None or (said.of == "month" and unit != "year"):
            raise Misread("conflict")
        return (said.month or (12 if is_last else 1),)
    if unit == "year":
        raise Misread("conflict")
    return ()


def _yearly(every: Every | None, said: list[Any], now: Now) -> Iterator[Cycle]:
    if every and every.unit != "year":
        raise Misread("conflict")
    if not every and any(not isinstance(each, EveryDate) for each in said):
        raise Misread("conflict")
    for month, day in _dates(said, now):
        if day > LONGEST_MONTHS[month - 1]:
            raise Misread("impossible")
        yield Cycle(frequency="YEARLY", interval=every.number if every else 1, days=(day,), months=(month,))


def _dates(said: list[Any], now: Now) -> Iterator[tuple[int, int]]:
    for each in said:
        if isinstance(each, EveryDate):
            yield from each.dates
        elif isinstance(each, MonthAlone):
            yield each.month, 1
        else:
            date = as_month_day(each, now.month_first) if isinstance(each, NumericDate) else each
            if date.year is not None:
                raise Misread("conflict")
            yield date.month, date.day


def _edge(every: Every | None, said: Edge) -> Cycle:
    if said.month or not (said.which == "every" or (every == Every(number=1, unit=said.unit) and said.which == "the")):
        raise Misread("conflict")
    is_end = said.edge == "end"
    match said.unit:
        case "day":
            return Cycle(frequency="DAILY", is_end=is_end)
        case "week":
            return Cycle(frequency="WEEKLY", weekdays=frozenset((4 if is_end else 0,)), is_end=is_end)
        case "month":
            return Cycle(frequency="MONTHLY", days=(-1 if is_end else 1,), is_end=is_end)
        case "quarter":
            months = QUARTER_ENDS if is_end else QUARTERS
            return Cycle(frequency="MONTHLY", days=(-1 if is_end else 1,), months=months, is_end=is_end)
        case "year":
            return Cycle(frequency="YEARLY", days=(31 if is_end else 1,), months=(12 if is_end else 1,), is_end=is_end)


def _without(cycle: Cycle, excepted: list[Except]) -> Cycle:
    if not excepted:
        return cycle
    if cycle.interval > 1 or cycle.ordinals or cycle.days:
        raise Misread("together")
    left = (cycle.weekdays or ALL_DAYS) - frozenset[int]().union(*(each.weekdays for each in excepted))
    if not left:
        raise Misread("never")
    return Cycle(frequency="WEEKLY", weekdays=left)
