"""Which days are meant, seen from today: those that may be, in order."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import singledispatch
from itertools import islice
from typing import Any, NoReturn

from scheduling.language.items import (
    WEEKEND,
    Day,
    DaysOfMonth,
    Edge,
    MonthAlone,
    MonthDay,
    Nth,
    NumericDate,
    OnDate,
    Period,
    RelativeDay,
    Weekday,
)
from scheduling.language.misread import Misread

WEEK, MONTHS = 7, 12
FRIDAY, SATURDAY = 4, 5
LAST_DAY = 31
LEAP_YEARS = 9  # within so many years there is one
LAST_YEAR = 2199  # what lies beyond is a slip of the pen


def plus_months(day: date, months: int) -> date:
    """The same day of a later month, or its last one."""
    month = day.year * MONTHS + day.month - 1 + months
    return of_month(month // MONTHS, month % MONTHS + 1, day.day)


def of_month(year: int, month: int, day: int) -> date:
    if not 1 <= year <= LAST_YEAR:
        raise Misread("far")
    return date(year, month, min(day, monthrange(year, month)[1]))


def monday(day: date, weeks: int = 0) -> date:
    return day + timedelta(days=WEEK * weeks - day.weekday())


def possible(said: Sequence[Any], today: date, *, month_first: bool | None) -> list[date]:
    """The days that all of what was said may mean, the soonest first. Without any, it is one that does not exist."""
    if not said:
        raise Misread("nothing")
    said = [as_month_day(each, month_first) if isinstance(each, NumericDate) else each for each in said]
    whole = [each for each in said if isinstance(each, Period)]
    parts = [each for each in said if not isinstance(each, Period)]
    if len(whole) > 1:
        raise Misread("conflict")
    if whole and parts:
        return _within(whole[0], parts, today)
    main, *others = whole or sorted(parts, key=lambda each: isinstance(each, Weekday))
    found = list(islice(days(main, today), LEAP_YEARS))
    if not found:
        raise Misread("impossible")
    return [_agreeing(found, each, today) for each in others][-1] if others else found


def _agreeing(found: list[date], other: Any, today: date) -> list[date]:
    """Of days that were said in two ways, such as "Friday, March 20", the first must be the same."""
    if isinstance(other, Weekday):
        if other.which in {"coming", "later"}:
            agreeing = [each for each in found if each.weekday() == other.weekday]
        else:
            agreeing = [each for each in found if each in set(days(other, today))]
    else:
        agreeing = [each for each in found if each in set(islice(days(other, today), LEAP_YEARS))]
    if not agreeing or agreeing[0] != found[0]:
        raise Misread("conflict")
    return agreeing


def as_month_day(said: NumericDate, month_first: bool | None) -> MonthDay:
    """In the order of the language, or in the only one in which it is a date."""
    fitting = {
        first: MonthDay(month=month, day=day, year=said.year)
        for first, month, day in ((True, said.first, said.second), (False, said.second, said.first))
        if 1 <= month <= MONTHS and 1 <= day <= monthrange(2000, month)[1]
    }
    if not fitting:
        raise Misread("impossible")
    if len(set(fitting.values())) == 1:
        return next(iter(fitting.values()))
    if month_first is None:
        raise Misread("order")
    return fitting[month_first]


def _within(period: Period, said: list[Any], today: date) -> list[date]:
    """ "Tuesday of next week", "next month on the 5th", "next year on March 1"."""
    first = next(days(period, today)) if period.which != "this" else _first_of_this(period, today)
    match period.unit, said:
        case "week", [Weekday(weekday=weekday, which="coming" | "next")]:
            return [first + timedelta(days=weekday)]
        case "weekend", [Weekday(weekday=weekday, which="coming" | "next")] if weekday in WEEKEND:
            return [first + timedelta(days=weekday - SATURDAY)]
        case "month", [DaysOfMonth(days=(day,), of="coming")]:
            return [_exact(first.year, first.month, day)]
        case "month", [Nth(of="loose") as nth] if len(nth.ordinals) == 1:
            return list(nth_of_month(first, nth)) or _impossible()
        case "year", [MonthDay(month=month, day=day, year=None)]:
            return [_exact(first.year, month, day)]
        case "year", [MonthAlone(month=month)]:
            return [_exact(first.year, month, 1)]
    raise Misread("conflict")


def _impossible() -> NoReturn:
    raise Misread("impossible")


def _first_of_this(period: Period, today: date) -> date:
    match period.unit:
        case "week":
            return monday(today)
        case "weekend":
            return monday(today) + timedelta(days=SATURDAY)
        case "month":
            return today.replace(day=1)
        case "year":
            return date(today.year, 1, 1)
    raise Misread("conflict")


def _exact(year: int, month: int, day: int) -> date:
    found = of_month(year, month, day)
    if found.day != day:
        raise Misread("impossible")
    return found


@singledispatch
def days(said: Day, today: date) -> Iterator[date]:
    raise Misread("conflict")


@days.register
def _(said: RelativeDay, today: date) -> Iterator[date]:
    yield today + timedelta(days=said.offset)


@days.register
def _(said: OnDate, today: date) -> Iterator[date]:
    yield said.date


@days.register
def _(said: Weekday, today: date) -> Iterator[date]:
    coming = (said.weekday - today.weekday()) % WEEK
    weeks = {"next": 1, "after_next": 2}
    if said.which in weeks:
        yield monday(today, weeks[said.which]) + timedelta(days=said.weekday)
    elif said.which == "week_later":
        yield today + timedelta(days=coming + WEEK)
    else:
        first = coming or (WEEK if said.which == "later" else 0)
        yield today + timedelta(days=first)
        yield today + timedelta(days=first + WEEK)


@days.register
def _(said: MonthDay, today: date) -> Iterator[date]:
    for year in [said.year] if said.year is not None else range(today.year, today.year + LEAP_YEARS):
        found = of_month(year, said.month, said.day)
        if found.day == said.day and (said.year is not None or found >= today):
            yield found


@days.register
def _(said: MonthAlone, today: date) -> Iterator[date]:
    if said.month == today.month:
        raise Misread("conflict")
    yield date(today.year + (said.month < today.month), said.month, 1)


@days.register
def _(said: DaysOfMonth, today: date) -> Iterator[date]:
    if len(said.days) != 1:
        raise Misread("conflict")
    first = today.replace(day=1)
    months = {"this": range(1), "next": range(1, 2)}.get(said.of, range(MONTHS + 1))
    for month in months:
        begins = plus_months(first, month)
        found = of_month(begins.year, begins.month, said.days[0])
        if found.day == said.days[0] and (found >= today or said.of != "coming"):
            yield found


@days.register
def _(said: Nth, today: date) -> Iterator[date]:
    if len(said.ordinals) != 1:
        raise Misread("conflict")
    first = today.replace(day=1)
    if said.of in {"this", "next"}:
        yield from nth_of_month(plus_months(first, 1 if said.of == "next" else 0), said)
    elif said.of == "month" and said.month:
        years = [said.year] if said.year is not None else range(today.year, today.year + LEAP_YEARS)
        for year in years:
            found = nth_of_month(of_month(year, said.month, 1), said)
            yield from (each for each in found if said.year is not None or each >= today)
    else:
        raise Misread("conflict")


def nth_of_month(first: date, said: Nth) -> Iterator[date]:
    last = monthrange(first.year, first.month)[1]
    fitting = [day for day in range(1, last + 1) if first.replace(day=day).weekday() in said.weekdays]
    at = said.ordinals[0]
    if abs(at) <= len(fitting) and at:
        yield first.replace(day=fitting[at - 1 if at > 0 else at])


@days.register
def _(said: Period, today: date) -> Iterator[date]:
    ahead = {"next": 1, "after_next": 2}.get(said.which, 0)
    if said.unit == "weekend":
        yield monday(today, ahead) + timedelta(days=SATURDAY)
        if said.which == "the":
            yield monday(today, 1) + timedelta(days=SATURDAY)
    elif not ahead:
        raise Misread("nothing")
    elif said.unit == "week":
        yield monday(today, ahead)
    else:
        yield first_of(said.unit, today, ahead)


def first_of(unit: str, today: date, ahead: int) -> date:
    if unit == "week":
        return monday(today, ahead)
    length = {"month": 1, "quarter": 3, "year": MONTHS}[unit]
    begins = today.replace(day=1, month=(today.month - 1) // length * length + 1)
    return plus_months(begins, length * ahead)


@days.register
def _(said: Edge, today: date) -> Iterator[date]:
    """The beginning of this week has passed, its end may come; "the" one is the coming one."""
    if said.unit == "day":
        raise Misread("conflict")
    if said.month:
        for year in (today.year, today.year + 1) if said.year is None else (said.year,):
            yield of_month(year, said.month, LAST_DAY if said.edge == "end" else 1)
        return
    ahead = {"this": [0], "next": [1], "the": [0, 1]}.get(said.which, [])
    for each in ahead:
        if said.edge == "start":
            yield first_of(said.unit, today, each)
        elif said.unit == "week":
            yield monday(today, each) + timedelta(days=FRIDAY)
        else:
            yield first_of(said.unit, today, each + 1) - timedelta(days=1)
