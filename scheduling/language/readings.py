"""What each production of the grammar gives: the items of items.py. None refuses a reading that makes no sense."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Literal, get_args

from scheduling.language.items import (
    ALL_DAYS,
    WORKDAYS,
    Clock,
    Days,
    DaysOfMonth,
    Edge,
    Every,
    EveryDate,
    EveryInterval,
    Length,
    MonthAlone,
    MonthDay,
    Nth,
    NumericDate,
    OnDate,
    OnInstant,
    Part,
    Period,
    Point,
    Time,
    TimesPer,
    TwoMeanings,
    UnitName,
    Until,
    Weekday,
    Which,
)

NOON, HOURS, LAST_MINUTE, LAST_DAY = 12, 24, 59, 31
DAY = 24 * 3600  # seconds
CALENDAR = {  # of a unit of the calendar: the unit it is counted in, and how many
    "day": ("day", 1),
    "week": ("week", 1),
    "fortnight": ("week", 2),
    "month": ("month", 1),
    "bimester": ("month", 2),
    "quarter": ("quarter", 1),
    "semester": ("quarter", 2),
    "year": ("year", 1),
}
LENGTHS = {
    "second": Length(seconds=1),
    "minute": Length(seconds=60),
    "hour": Length(seconds=3600),
    "day": Length(days=1),
    "week": Length(days=7),
    "fortnight": Length(days=14),
    "month": Length(months=1),
    "bimester": Length(months=2),
    "quarter": Length(months=3),
    "semester": Length(months=6),
    "year": Length(months=12),
}
PERIODS = {"week", "month", "quarter", "year"}
MOST = 10**7  # of any unit: more reaches beyond all calendars


def length_of(number: float, unit: str) -> Length | None:
    """Halves only of what has whole ones: of a year and of a day, not of a month or a week."""
    one = LENGTHS[unit] if unit != "day" or number == int(number) else Length(seconds=DAY)
    counts = [number * each for each in (one.months, one.days, one.seconds)]
    if number > MOST or any(count != int(count) for count in counts):
        return None
    months, days, seconds = (int(count) for count in counts)
    return Length(months=months, days=days, seconds=seconds)


def total(*lengths: Length) -> Length:
    return sum(lengths[1:], lengths[0])


# Times of day


def clock_time(said: tuple[int, int, int, bool], meridiem: str | None = None) -> Time | None:
    hour, minute, second, is_exact = said
    if meridiem:
        return with_meridiem(hour, meridiem, minute, second)
    return Time(hour=hour, minute=minute, second=second, is_bare=not is_exact and 1 <= hour <= NOON)


def with_meridiem(hour: int, meridiem: str, minute: int = 0, second: int = 0) -> Time | None:
    if not 1 <= hour <= NOON:
        return None
    on = hour % NOON + (NOON if meridiem == "pm" else 0)
    return Time(hour=on, minute=minute, second=second, has_meridiem=True)


def full_hour(hour: int | Point, meridiem: str | None = None) -> Time | None:
    if isinstance(hour, Point):
        return point_of_day(hour)
    if meridiem:
        return with_meridiem(hour, meridiem)
    return Time(hour=hour, is_bare=1 <= hour <= NOON) if hour < HOURS else None


def point_of_day(point: Point) -> Time:
    return Time(hour=point.value[0], minute=point.value[1], is_midnight=point is Point.MIDNIGHT)


def hour_and_minute(hour: int, minute: int, meridiem: str | None = None) -> Time | None:
    return moved(full_hour(hour, meridiem), minute)


def moved(time: Time | None, minutes: int) -> Time | None:
    """So many minutes after or, below zero, before an hour that was said."""
    if time is None or time.minute or not -LAST_MINUTE <= minutes <= LAST_MINUTE:
        return None
    if minutes >= 0:
        return replace(time, minute=minutes)
    if time.is_midnight:
        return Time(hour=HOURS - 1, minute=60 + minutes)
    hour = time.hour - 1
    if time.is_bare:  # "quarter to one" is a quarter to one in the afternoon
        hour = hour or NOON
    return replace(time, hour=hour % HOURS, minute=60 + minutes)


def with_part(time: Time, part: Any = None) -> Time:
    return time if part is None else replace(time, part=part)


def single_or_list(hour: int, minutes: int, marked: str | None = None) -> Time | None:
    time = moved(full_hour(hour), minutes)
    return time and replace(time, other_hour=minutes if marked and minutes < HOURS else None)


# Days


def month_day(month: int, day: int, year: int | None = None) -> MonthDay | None:
    return MonthDay(month=month, day=day, year=year) if 1 <= day <= LAST_DAY else None


def first_of_month(month: int, year: int | None = None) -> MonthDay | MonthAlone:
    return MonthDay(month=month, day=1, year=year) if year else MonthAlone(month=month)


def iso_date(text: str) -> Any:
    text = re.sub(r"\s+(?=[z+-])", "", text).replace(" ", "T").replace("t", "T").upper()
    day, _, clock = text.partition("T")
    try:
        on = date(*(int(each) for each in day.split("-")))
        at = datetime.fromisoformat(f"{on.isoformat()}T{clock}") if clock else None
    except (ValueError, OverflowError):
        return None
    if at is None:
        return OnDate(date=on)
    if at.tzinfo:
        return OnInstant(text=at.isoformat())
    return OnDate(date=on), Clock(times=(Time(hour=at.hour, minute=at.minute, second=at.second),))


def slashed_date(numbers: tuple[int, ...]) -> Any:
    if numbers[0] > LAST_DAY:  # 2026/03/20
        return iso_date("-".join(str(each) for each in numbers)) if len(numbers) == len("ymd") else None
    year = numbers[2] if len(numbers) == len("dmy") else None
    return NumericDate(first=numbers[0], second=numbers[1], year=2000 + year if year and year < 100 else year)


def weekday_of(which: Which) -> Callable[[int], Weekday]:
    return lambda weekday: Weekday(weekday=weekday, which=which)


def period_of(which: Any, unit: str) -> Period | None:
    if which not in {"this", "next", "after_next", "the"}:
        which, unit = unit, which
    return Period(unit=unit, which=which) if unit in PERIODS else None  # type: ignore[arg-type]


def edge_of(*said: str) -> Edge | None:
    edge, which, unit = said if said[0] in {"start", "end"} else (said[1], said[0], said[2])
    if which in LENGTHS:  # "a fin del mes que viene"
        which, unit = unit, which
    return Edge(edge=edge, which=which, unit=unit) if unit in PERIODS else None  # type: ignore[arg-type]


def edge_of_month(edge: Any, month: int, year: int | None = None) -> Edge:
    return Edge(edge=edge, unit="month", which="the", month=month, year=year)


def through_period(period: Period) -> Until | TwoMeanings:
    """Its last day is part of it: before the period after it."""
    after: dict[str, Literal["next", "after_next"]] = {"this": "next", "next": "after_next"}
    if period.which not in after:
        return TwoMeanings()
    return Until(at=(Period(unit=period.unit, which=after[period.which]),), is_before=True)


def nth_days(day: int | str) -> frozenset[int]:
    if isinstance(day, int):
        return frozenset((day,))
    return {"day": ALL_DAYS, "business": WORKDAYS}[day]


def nth_of(ordinals: tuple[int, ...], day: frozenset[int], which: Any = "some") -> Any:
    return TwoMeanings() if which == "some" else Nth(ordinals=ordinals, weekdays=day, of=which)


def nth_of_month(ordinals: tuple[int, ...], day: frozenset[int], month: int, year: int | None = None) -> Nth:
    return Nth(ordinals=ordinals, weekdays=day, of="month", month=month, year=year)


def every_nth(ordinals: tuple[int, ...], day: int) -> Any:
    """ "Every first Monday" is one of a month; every second one may be every other."""
    if len(ordinals) == 1 and ordinals[0] not in {1, -1}:
        return TwoMeanings()
    return Nth(ordinals=ordinals, weekdays=frozenset((day,)))


def days_of_month(*said: Any) -> DaysOfMonth | None:
    *days, which = said if isinstance(said[-1], str) else (*said, "every")
    numbers = days[0] if isinstance(days[0], tuple) else tuple(days)
    return DaysOfMonth(days=numbers, of=which) if all(1 <= day <= LAST_DAY or day == -1 for day in numbers) else None


# What comes again


def every_of(number: int | str, unit: str) -> Any:
    many = int(number)
    if not 0 < many < MOST:
        return None
    if unit == "night":
        return Every(number=1, unit="day"), Part(name="night")
    if LENGTHS[unit].seconds:
        return EveryInterval(seconds=many * LENGTHS[unit].seconds)
    base, factor = CALENDAR[unit]
    return Every(number=many * factor, unit=base)  # type: ignore[arg-type]


def every_length(length: Length) -> Any:
    if length.days or length.months or not length.seconds:
        return None
    return EveryInterval(seconds=length.seconds)


def weekdays_of(*said: int | frozenset[int]) -> frozenset[int]:
    return frozenset().union(*(each if isinstance(each, frozenset) else {each} for each in said))


def weekdays_between(first: int, last: int) -> frozenset[int]:
    return frozenset((first + at) % 7 for at in range((last - first) % 7 + 1))


def plain_days(*said: int | frozenset[int]) -> Days | None:
    if len(said) == 1 and isinstance(said[0], int):
        return None
    return Days(weekdays=weekdays_of(*said))


def every_days(number: int | str, weekdays: frozenset[int]) -> Days | TwoMeanings | None:
    if int(number) > 1 and weekdays == WORKDAYS:
        return TwoMeanings()  # every other one of them, or of every other week
    return Days(weekdays=weekdays, weeks=int(number)) if 0 < int(number) < MOST else None


def dates_of_year(*said: MonthDay) -> EveryDate | None:
    return None if any(each.year for each in said) else EveryDate(dates=tuple((each.month, each.day) for each in said))


def alternate(of: int | str) -> Any:
    return every_of(2, of) if isinstance(of, str) else Days(weekdays=frozenset((of,)), weeks=2)


def times_per(number: int, of: str | tuple[int, str]) -> Any:
    unit = of if isinstance(of, str) else of[1]
    if number == 1:
        return every_of(1, unit)
    return TimesPer(number=number, unit=unit) if unit in get_args(UnitName) else TwoMeanings()  # type: ignore[arg-type]


def part_of_every_day(part: Any) -> tuple[Every, Part]:
    return Every(number=1, unit="day"), Part(name=part)


def flat(*items: Any) -> tuple[Any, ...]:
    found: list[Any] = []
    for item in items:
        found += item if isinstance(item, tuple) else (item,)
    return tuple(found)
