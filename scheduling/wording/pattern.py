"""What a cron line or an RRULE means, as far as people have words for it. No Django."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise, product
from typing import Literal

from cronsim import CronSim

from scheduling.rules.recurrence import Recurrence
from scheduling.rules.rrule import RRule

Clock = tuple[int, int]  # hour and minute
Unit = Literal["day", "week", "month", "year"]

WORKING_DAYS = (0, 1, 2, 3, 4)
MOST_LISTED = 6  # times of a day
LAST = -1
ALL_HOURS, ALL_MONTHS, ALL_DAYS = 24, 12, 31


@dataclass(frozen=True, kw_only=True)
class Times:
    """At these times of the day; or every so many minutes or hours, maybe from one time to another."""

    at: Sequence[Clock] = ()
    minutes: int = 0
    hours: int = 0
    minute: int = 0  # of each hour
    window: tuple[Clock, Clock] | None = None  # its first and its last time


@dataclass(frozen=True, kw_only=True)
class Days:
    """Each nth day, week, month or year, and which days of it. -1 is the last one."""

    unit: Unit = "day"
    interval: int = 1
    weekdays: Sequence[int] = ()  # Monday is 0
    month_days: Sequence[int] = ()
    nth: Sequence[tuple[int, int]] = ()  # weekday, and the how manieth of the month
    working_day: int = 0  # the how manieth working day of the month; 0: that is not meant
    months: Sequence[int] = ()  # only in these

    @property
    def is_every_day(self) -> bool:
        return self == Days()


@dataclass(frozen=True, kw_only=True)
class Pattern:
    days: Days
    times: Times
    start: datetime | None = None  # by the wall clock
    until: datetime | None = None


def of_cron(line: str) -> Pattern | None:
    sim = CronSim(line, datetime(2000, 1, 1))  # noqa: DTZ001 -- a wall clock's
    days, times = days_of_cron(sim), times_in(sim.minutes, sim.hours)
    return Pattern(days=days, times=times) if days is not None and times is not None else None


def days_of_cron(sim: CronSim) -> Days | None:
    months = () if len(sim.months) == ALL_MONTHS else tuple(sorted(sim.months))
    weekdays = {((day - 1) % 7) for day in sim.weekdays if isinstance(day, int)}
    counted = [day for day in sim.weekdays if isinstance(day, tuple)]
    nth = sorted(((day - 1) % 7, LAST if which == CronSim.LAST else which) for day, which in counted)
    any_weekday, any_day = len(weekdays) == 7, len(sim.days) == ALL_DAYS
    if any_day and any_weekday:
        return Days(months=months)
    if any_weekday and sim.days == {CronSim.LAST_WEEKDAY}:
        return Days(unit="month", working_day=LAST, months=months)
    if any_weekday:
        numbers = {LAST if day == CronSim.LAST else day for day in sim.days}
        return in_year(sorted_days(numbers), months) if min(numbers) >= LAST else None
    if not any_day or (weekdays and nth):
        return None
    if nth:
        return Days(unit="month", nth=nth, months=months)
    return Days(unit="week", weekdays=sorted(weekdays), months=months)


def in_year(month_days: Sequence[int], months: Sequence[int]) -> Days:
    is_one_day = len(months) == 1 and len(month_days) == 1
    return Days(unit="year" if is_one_day else "month", month_days=month_days, months=months)


def sorted_days(numbers: Iterable[int]) -> list[int]:
    """Those counted from the end stand last."""
    return sorted(numbers, key=lambda day: (day < 0, day))


def of_rrule(line: str) -> Pattern | None:
    rule = RRule.parse(line)
    recurrence = rule.recurrence
    is_short = recurrence.frequency in ("HOURLY", "MINUTELY")
    if rule.until is not None or (rule.is_real_time and not is_short):
        return None
    days, times = days_of(recurrence), short_times_of(recurrence) if is_short else times_of(recurrence)
    if days is None or times is None:
        return None
    start = None if rule.is_real_time else recurrence.start
    until = None if rule.is_real_time else recurrence.until
    if rule.is_real_time and recurrence.until is not None:
        return None
    return Pattern(days=days, times=times, start=start, until=until)


def times_of(recurrence: Recurrence) -> Times | None:
    clocks = len(recurrence.hours) * len(recurrence.minutes)
    return None if recurrence.positions and clocks > 1 else times_in(recurrence.minutes, recurrence.hours)


def short_times_of(recurrence: Recurrence) -> Times | None:
    """Of hours and minutes that are counted through from the first time on."""
    hours, minutes = sorted(recurrence.hours), recurrence.minutes
    if recurrence.positions or (hours and recurrence.interval > 1 and recurrence.frequency == "HOURLY"):
        return None
    if recurrence.frequency == "HOURLY":
        minute = next(iter(minutes), 0)
        if len(minutes) != 1:
            return None
        return times_in(minutes, hours) if hours else Times(hours=recurrence.interval, minute=minute)
    if minutes or (hours and (60 % recurrence.interval or steps(hours) != 1 or recurrence.start.minute)):
        return None
    last = 60 - recurrence.interval
    return Times(minutes=recurrence.interval, window=((hours[0], 0), (hours[-1], last)) if hours else None)


def days_of(recurrence: Recurrence) -> Days | None:
    if recurrence.year_days or recurrence.weeks:
        return None
    plain = sorted(day for day, which in recurrence.weekdays if which == 0)
    nth = sorted((day, which) for day, which in recurrence.weekdays if which != 0)
    months, month_days = tuple(sorted(recurrence.months)), sorted_days(recurrence.month_days)
    if (month_days and recurrence.weekdays) or (plain and nth):
        return None
    unit = UNITS[recurrence.frequency]
    interval = 1 if recurrence.frequency in ("HOURLY", "MINUTELY") else recurrence.interval
    if recurrence.positions:
        return chosen(plain, sorted(recurrence.positions), interval, months) if unit == "month" else None
    if unit == "week":
        return Days(unit=unit, interval=interval, weekdays=plain, months=months)
    if unit == "day" and not (plain or month_days):
        return Days(interval=interval, months=months)
    return of_months(unit, interval, plain, nth, month_days, months)


UNITS: dict[str, Unit] = {
    "YEARLY": "year",
    "MONTHLY": "month",
    "WEEKLY": "week",
    "DAILY": "day",
    "HOURLY": "day",
    "MINUTELY": "day",
}


def of_months(
    unit: Unit,
    interval: int,
    plain: Sequence[int],
    nth: Sequence[tuple[int, int]],
    month_days: Sequence[int],
    months: Sequence[int],
) -> Days | None:
    if plain:
        return Days(unit="week", weekdays=plain, months=months) if interval == 1 else None
    if nth and unit != "year":
        return Days(unit="month", interval=interval, nth=nth, months=months) if in_reach(nth) else None
    if nth:
        return Days(unit="month", nth=nth, months=months) if months and interval == 1 and in_reach(nth) else None
    if any(day < LAST for day in month_days):
        return None
    if unit == "year" and interval > 1:
        is_one_day = len(months) == 1 and len(month_days) == 1
        return Days(unit="year", interval=interval, month_days=month_days, months=months) if is_one_day else None
    if unit == "day" and interval > 1:
        return None
    return (
        in_year(month_days, months)
        if interval == 1
        else Days(unit="month", interval=interval, month_days=month_days, months=months)
    )


def in_reach(nth: Sequence[tuple[int, int]]) -> bool:
    return all(which == LAST or 1 <= which <= 5 for _, which in nth)


def chosen(plain: Sequence[int], positions: Sequence[int], interval: int, months: Sequence[int]) -> Days | None:
    """Which of a month's Mondays, or of its working days."""
    if len(plain) == 1:
        nth = [(plain[0], which) for which in positions]
        return Days(unit="month", interval=interval, nth=nth, months=months) if in_reach(nth) else None
    if tuple(plain) == WORKING_DAYS and len(positions) == 1 and positions[0] in (LAST, 1, 2, 3, 4, 5):
        return Days(unit="month", interval=interval, working_day=positions[0], months=months)
    return None


def times_in(minutes: Collection[int], hours: Collection[int]) -> Times | None:
    """Of each minute in each hour."""
    of_hour, of_day = sorted(minutes), sorted(hours)
    apart = 60 // len(of_hour)  # where they are as far apart as can be
    is_even = of_hour == list(range(0, 60, apart)) and 60 % apart == 0
    if len(of_day) == ALL_HOURS:
        if len(of_hour) == 1:
            return Times(hours=1, minute=of_hour[0])
        return Times(minutes=apart) if is_even else None
    step = steps(of_day)
    if len(of_hour) == 1 and len(of_day) > 2 and of_day == list(range(0, 24, step or 24)) and 24 % (step or 24) == 0:
        return Times(hours=step, minute=of_hour[0])
    if len(of_hour) * len(of_day) <= MOST_LISTED:
        return Times(at=[(hour, minute) for hour, minute in product(of_day, of_hour)])
    if len(of_hour) == 1 and step:
        return Times(hours=step, window=((of_day[0], of_hour[0]), (of_day[-1], of_hour[0])))
    if is_even and step == 1:
        return Times(minutes=apart, window=((of_day[0], 0), (of_day[-1], 60 - apart)))
    return None


def steps(numbers: Sequence[int]) -> int:
    """How far apart they are, where that is always the same; else 0. One alone is one step wide."""
    found = {later - earlier for earlier, later in pairwise(numbers)} or {1}
    return found.pop() if len(found) == 1 else 0
