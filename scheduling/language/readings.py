"""What each production of the grammar gives: the items of items.py. None refuses a reading that makes no sense."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any, get_args

from scheduling.language.items import (
    ALL_DAYS,
    WORKDAYS,
    Ahead,
    Clock,
    Count,
    Days,
    DaysOfMonth,
    During,
    Edge,
    Every,
    EveryDate,
    EveryInterval,
    Except,
    Gone,
    HourMark,
    Length,
    MonthAlone,
    MonthDay,
    Nth,
    NumericDate,
    Offset,
    OnDate,
    OnInstant,
    Part,
    Period,
    Point,
    RelativeDay,
    Start,
    Time,
    TimesPer,
    TwoMeanings,
    UnitName,
    Until,
    Weekday,
    Which,
    Window,
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
MOST = 10**7  # of any unit: more reaches beyond all calendars


def _length(number: float, unit: str) -> Length | None:
    """Halves only of what has whole ones: of a year and of a day, not of a month or a week."""
    one = LENGTHS[unit] if unit != "day" or number == int(number) else Length(seconds=DAY)
    counts = [number * each for each in (one.months, one.days, one.seconds)]
    if number > MOST or any(count != int(count) for count in counts):
        return None
    months, days, seconds = (int(count) for count in counts)
    return Length(months=months, days=days, seconds=seconds)


def _sum(*lengths: Length) -> Length:
    return sum(lengths[1:], lengths[0])


# Times of day


def _time(said: tuple[int, int, int, bool], meridiem: str | None = None) -> Time | None:
    hour, minute, second, is_exact = said
    if meridiem:
        return _with_meridiem(hour, meridiem, minute, second)
    return Time(hour=hour, minute=minute, second=second, is_bare=not is_exact and 1 <= hour <= NOON)


def _with_meridiem(hour: int, meridiem: str, minute: int = 0, second: int = 0) -> Time | None:
    if not 1 <= hour <= NOON:
        return None
    on = hour % NOON + (NOON if meridiem == "pm" else 0)
    return Time(hour=on, minute=minute, second=second, has_meridiem=True)


def _hour(hour: int | Point, meridiem: str | None = None) -> Time | None:
    if isinstance(hour, Point):
        return _point(hour)
    if meridiem:
        return _with_meridiem(hour, meridiem)
    return Time(hour=hour, is_bare=1 <= hour <= NOON) if hour < HOURS else None


def _point(point: Point) -> Time:
    return Time(hour=point.value[0], minute=point.value[1], is_midnight=point is Point.MIDNIGHT)


def _words(hour: int, minute: int, meridiem: str | None = None) -> Time | None:
    return _moved(_hour(hour, meridiem), minute)


def _moved(time: Time | None, minutes: int) -> Time | None:
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


def _said(time: Time, part: Any = None) -> Time:
    return time if part is None else replace(time, part=part)


def _single_or_list(hour: int, minutes: int, marked: str | None = None) -> Time | None:
    time = _moved(_hour(hour), minutes)
    return time and replace(time, other_hour=minutes if marked and minutes < HOURS else None)


# Days


def _month_day(month: int, day: int, year: int | None = None) -> MonthDay | None:
    return MonthDay(month=month, day=day, year=year) if 1 <= day <= LAST_DAY else None


def _iso(text: str) -> Any:
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


def _slashed(numbers: tuple[int, ...]) -> Any:
    if numbers[0] > LAST_DAY:  # 2026/03/20
        return _iso("-".join(str(each) for each in numbers)) if len(numbers) == len("ymd") else None
    year = numbers[2] if len(numbers) == len("dmy") else None
    return NumericDate(first=numbers[0], second=numbers[1], year=2000 + year if year and year < 100 else year)


def _weekday(which: Which) -> Callable[[int], Weekday]:
    return lambda weekday: Weekday(weekday=weekday, which=which)


def _period(which: Any, unit: str) -> Period | None:
    if which not in {"this", "next", "after_next", "the"}:
        which, unit = unit, which
    return Period(unit=unit, which=which) if unit in {"week", "month", "quarter", "year"} else None  # type: ignore[arg-type]


def _edge(*said: str) -> Edge | None:
    edge, which, unit = said if said[0] in {"start", "end"} else (said[1], said[0], said[2])
    if which in LENGTHS:  # "a fin del mes que viene"
        which, unit = unit, which
    return Edge(edge=edge, which=which, unit=unit) if unit in get_args(UnitName) else None  # type: ignore[arg-type]


def _nth_days(day: int | str) -> frozenset[int]:
    return {"day": ALL_DAYS, "business": WORKDAYS}.get(day, frozenset((day,)))  # type: ignore[call-overload,no-any-return]


def _nth(ordinals: tuple[int, ...], day: frozenset[int], which: Any = "some") -> Any:
    return TwoMeanings() if which == "some" else Nth(ordinals=ordinals, weekdays=day, of=which)


def _nth_of_month(ordinals: tuple[int, ...], day: frozenset[int], month: int, year: int | None = None) -> Nth:
    return Nth(ordinals=ordinals, weekdays=day, of="month", month=month, year=year)


def _every_nth(ordinals: tuple[int, ...], day: int) -> Any:
    """ "Every first Monday" is one of a month; every second one may be every other."""
    if len(ordinals) == 1 and ordinals[0] not in {1, -1}:
        return TwoMeanings()
    return Nth(ordinals=ordinals, weekdays=frozenset((day,)))


def _days_of_month(*said: Any) -> DaysOfMonth | None:
    *days, which = said if isinstance(said[-1], str) else (*said, "every")
    numbers = days[0] if isinstance(days[0], tuple) else tuple(days)
    return DaysOfMonth(days=numbers, of=which) if all(1 <= day <= LAST_DAY or day == -1 for day in numbers) else None


# What comes again


def _every(number: int | str, unit: str) -> Any:
    many = int(number)
    if not 0 < many < MOST:
        return None
    if unit == "night":
        return Every(number=1, unit="day"), Part(name="night")
    if LENGTHS[unit].seconds:
        return EveryInterval(seconds=many * LENGTHS[unit].seconds)
    base, factor = CALENDAR[unit]
    return Every(number=many * factor, unit=base)  # type: ignore[arg-type]


def _every_length(length: Length) -> Any:
    if length.days or length.months or not length.seconds:
        return None
    return EveryInterval(seconds=length.seconds)


def _union(*said: int | frozenset[int]) -> frozenset[int]:
    return frozenset().union(*(each if isinstance(each, frozenset) else {each} for each in said))


def _span(first: int, last: int) -> frozenset[int]:
    return frozenset((first + at) % 7 for at in range((last - first) % 7 + 1))


def _plain_days(*said: int | frozenset[int]) -> Days | None:
    if len(said) == 1 and isinstance(said[0], int):
        return None
    return Days(weekdays=_union(*said))


def _every_days(number: int | str, weekdays: frozenset[int]) -> Days | None:
    return Days(weekdays=weekdays, weeks=int(number)) if 0 < int(number) < MOST else None


def _dates(*said: MonthDay) -> EveryDate | None:
    return None if any(each.year for each in said) else EveryDate(dates=tuple((each.month, each.day) for each in said))


def _alternate(of: int | str) -> Any:
    return _every(2, of) if isinstance(of, str) else Days(weekdays=frozenset((of,)), weeks=2)


def _times_per(number: int, unit: str) -> Any:
    if number == 1:
        return _every(1, unit)
    return TimesPer(number=number, unit=unit) if unit in get_args(UnitName) else TwoMeanings()  # type: ignore[arg-type]


def _part_of_every_day(part: Any) -> tuple[Every, Part]:
    return Every(number=1, unit="day"), Part(name=part)


def _flat(*items: Any) -> tuple[Any, ...]:
    found: list[Any] = []
    for item in items:
        found += item if isinstance(item, tuple) else (item,)
    return tuple(found)


ACTIONS: dict[str, Callable[..., Any]] = {
    "number": lambda *parts: sum(parts),
    "whole": _length,
    "partly": _length,
    "halved": lambda unit: _length(0.5, unit),
    "and_half": lambda number, unit: _length(number + 0.5, unit),
    "and_quarter": lambda *said: _length((said[0] if len(said) > 1 else 1) + 0.25, said[-1]),
    "one_and_half": lambda unit: _length(1.5, unit),
    "couple": _length,
    "quarters": lambda minutes: Length(seconds=60 * minutes),
    "hours": lambda minutes: Length(seconds=60 * minutes),
    "length": _sum,
    "time": _time,
    "hour_meridiem": _with_meridiem,
    "oclock": _hour,
    "military": lambda said: Time(hour=said[0], minute=said[1]),
    "hour_minute": lambda said: Time(hour=said[0], minute=said[1], is_bare=1 <= said[0] <= NOON),
    "zero_hour": lambda hour: Time(hour=hour),
    "point": _point,
    "words": _words,
    "words_meridiem": _words,
    "minute_words": lambda *parts: sum(parts) if NOON - 2 <= sum(parts) <= LAST_MINUTE else None,
    "oh_minutes": lambda minute: minute if minute < NOON - 2 else None,
    "hour": _hour,
    "plain_hour": _hour,
    "half_past": lambda time: _moved(time, 30),
    "quarter_past": lambda time: _moved(time, 15),
    "quarter_to": lambda time: _moved(time, -15),
    "minutes_past": lambda minutes, time: _moved(time, minutes),
    "minutes_to": lambda minutes, time: _moved(time, -minutes),
    "quarter_for": lambda time: _moved(time, -15),
    "minutes_for": lambda minutes, time: _moved(time, -minutes),
    "hour_and_half": lambda hour: _moved(_hour(hour), 30),
    "hour_and_quarter": lambda hour: _moved(_hour(hour), 15),
    "hour_and_minutes": _single_or_list,
    "hour_less_quarter": lambda hour: _moved(_hour(hour), -15),
    "hour_less_minutes": lambda hour, minutes: _moved(_hour(hour), -minutes),
    "said_time": _said,
    "first_time": _said,
    "next_time": _said,
    "clock": lambda *times: Clock(times=times),
    "limit_clock": lambda time: Clock(times=(time,)),
    "hour_mark": lambda minute: HourMark(minute=minute) if minute <= LAST_MINUTE else None,
    "window": lambda first, last: Window(first=first, last=last),
    "this_part": lambda part: Part(name=part, is_today=True),
    "in_part": lambda part: Part(name=part),
    "bare_part": lambda part: Part(name=part),
    "ahead": lambda length: Ahead(length=length),
    "ago": lambda length: Gone(),
    "offset": lambda length, sign: Offset(length=LENGTHS[length] if isinstance(length, str) else length, sign=sign),
    "offset_clock": lambda length, sign, time: (Offset(length=length, sign=sign), Clock(times=(time,))),
    "relative": lambda offset: RelativeDay(offset=offset),
    "relative_clock": lambda offset, time: (RelativeDay(offset=offset), Clock(times=(time,))),
    "one_weekday": _weekday("coming"),
    "this_weekday": _weekday("coming"),
    "later_weekday": _weekday("later"),
    "next_weekday": _weekday("next"),
    "after_next": _weekday("after_next"),
    "week_later": _weekday("week_later"),
    "last_weekday": lambda weekday: Gone(),
    "month_first": _month_day,
    "day_first": lambda day, month, year=None: _month_day(month, day, year),
    "month_alone": lambda month, year=None: (
        MonthDay(month=month, day=1, year=year) if year else MonthAlone(month=month)
    ),
    "iso": _iso,
    "slashed": _slashed,
    "weekday_date": lambda weekday, day: _flat(Weekday(weekday=weekday), day),
    "weekday_number": lambda weekday, day: (
        (Weekday(weekday=weekday), DaysOfMonth(days=(day,))) if day <= LAST_DAY else None
    ),
    "this_period": _period,
    "next_period": _period,
    "period_after_next": lambda unit: _period("after_next", unit),
    "weekend": lambda which: Period(unit="weekend", which=which),
    "edge": _edge,
    "named_edge": lambda unit: Edge(edge="end", unit=unit, which="the"),
    "every_edge": lambda unit: Edge(edge="end", unit=unit, which="every"),
    "ordinals": lambda *ordinals: ordinals,
    "nth_day": _nth_days,
    "nth": _nth,
    "nth_of_month": _nth_of_month,
    "nth_every_month": lambda ordinals, day, month: Nth(ordinals=ordinals, weekdays=day, of="year", month=month),
    "nth_quarter": _nth,
    "nth_some": lambda ordinals, day: TwoMeanings(),
    "loose_nth": lambda ordinals, day: Nth(ordinals=ordinals, weekdays=day, of="loose"),
    "every_nth": _every_nth,
    "day_list": lambda *days: days,
    "month_days": _days_of_month,
    "many_days": lambda *days: _days_of_month(*days, "every"),
    "every_month_day": lambda *days: _days_of_month(*days, "every"),
    "single_day": lambda day: DaysOfMonth(days=(day,)) if 1 <= day <= LAST_DAY else None,
    "every_unit": _every,
    "every_ordinal": lambda number, unit: _every(number, unit) if number > 0 else None,
    "every_number": _every,
    "every_length": _every_length,
    "every_part": _part_of_every_day,
    "parts": _part_of_every_day,
    "set_parts": lambda days, part: (Days(weekdays=days), Part(name=part)),
    "gone": Gone,
    "last_period": lambda unit: Gone(),
    "adverb": lambda said: _every(*said),
    "two_meanings": TwoMeanings,
    "semiannual": lambda: Every(number=2, unit="quarter"),
    "times_per": _times_per,
    "span": _span,
    "every_list": _union,
    "every_days": _every_days,
    "plain_days": _plain_days,
    "plural_days": lambda *said: Days(weekdays=_union(*said)),
    "every_date": _dates,
    "every_month": lambda month: EveryDate(dates=((month, 1),)),
    "alternate": _alternate,
    "one_of_each": lambda *weekdays: TwoMeanings(),
    "start": lambda *at: Start(at=_flat(*at)),
    "until": lambda *at: Until(at=_flat(*at)),
    "from_until": lambda first, last: (Start(at=_flat(first)), Until(at=_flat(last))),
    "during": lambda length: During(length=length),
    "count": lambda number: Count(number=number),
    "excepted": lambda weekdays: Except(weekdays=weekdays),
    "attribute": lambda *said: said[-1],
}
