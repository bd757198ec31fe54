"""RRULEs (RFC 5545) by the wall clock.

dateutil's rrule is not used: it always begins to look at the first time, years ago, and where the parts of a rule never
meet it looks until the year 9999, for minutes. The tests hold this one to the same answers.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import product
from typing import Literal

from scheduling.rules.errors import LAST_YEAR

Frequency = Literal["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"]
Numbers = frozenset[int]
DAY = timedelta(days=1)
PATIENCE = 20_000  # periods without a time, after which none is expected: 55 years of days
LENGTHS = {"HOURLY": timedelta(hours=1), "MINUTELY": timedelta(minutes=1)}


@dataclass(frozen=True, kw_only=True)
class Recurrence:
    """What stands in the rule, or follows from its first time. An empty set restricts nothing."""

    start: datetime
    frequency: Frequency
    hours: Numbers
    minutes: Numbers
    seconds: Numbers
    interval: int = 1
    until: datetime | None = None  # the last time that may be
    months: Numbers = frozenset()
    month_days: Numbers = frozenset()  # negative ones from the end, as with all that follow
    year_days: Numbers = frozenset()
    weeks: Numbers = frozenset()
    weekdays: frozenset[tuple[int, int]] = frozenset()  # Monday is 0; the how manieth of its month or year, 0 is any
    positions: Numbers = frozenset()  # among the times of a period
    week_start: int = 0

    def walls(self, after: datetime) -> Iterator[datetime]:
        """The times later than `after`."""
        periods = self._short_periods(after) if self.frequency in LENGTHS else self._long_periods(after)
        empty = 0  # periods, one after the other
        for period in periods:
            empty = 0 if period else empty + 1
            if empty > PATIENCE:
                return
            for found in period:
                if self.until and found > self.until:
                    return
                if found > after and found >= self.start:
                    yield found

    def _long_periods(self, after: datetime) -> Iterator[list[datetime]]:
        """The times of each year, month, week or day that the interval leaves, from that of `after` on."""
        times = [time(*each) for each in sorted(product(self.hours, self.minutes, self.seconds))]
        first, last = self._number_of(self.start.date()), self._number_of(date(LAST_YEAR, 12, 31))
        passed = max(0, self._number_of(after.date()) - first) // self.interval
        for number in range(first + passed * self.interval, last + 1, self.interval):
            yield self._chosen([datetime.combine(day, at) for day in self._days_of(number) for at in times])

    def _short_periods(self, after: datetime) -> Iterator[list[datetime]]:
        """The times of each hour or minute that the interval leaves, from that of `after` on."""
        step = self.interval * LENGTHS[self.frequency]
        origin = self.start.replace(second=0, minute=0 if self.frequency == "HOURLY" else self.start.minute)
        number = max(0, (after - origin) // step)
        while (at := origin + number * step).year <= LAST_YEAR:
            resume = self._resume(at)
            if resume is None:
                minutes = self.minutes if self.frequency == "HOURLY" else {at.minute}
                times = sorted(product(minutes, self.seconds))
                yield self._chosen([at.replace(minute=minute, second=second) for minute, second in times])
                number += 1
            else:
                yield []
                number = -((origin - resume) // step)

    def _resume(self, at: datetime) -> datetime | None:
        """From when on there may be a period of the rule, where that at `at` is none."""
        if not self._has_day(at.date()):
            return datetime.combine(at.date() + DAY, time())
        if self.hours and at.hour not in self.hours:
            return at.replace(minute=0) + LENGTHS["HOURLY"]
        if self.frequency == "MINUTELY" and self.minutes and at.minute not in self.minutes:
            return at + LENGTHS["MINUTELY"]
        return None

    def _chosen(self, found: list[datetime]) -> list[datetime]:
        if not self.positions:
            return found
        indexes = (each - 1 if each > 0 else each + len(found) for each in self.positions)
        return [found[index] for index in sorted(set(indexes)) if 0 <= index < len(found)]

    def _number_of(self, day: date) -> int:
        """Years, months, weeks and days are counted through."""
        if self.frequency == "YEARLY":
            return day.year
        if self.frequency == "MONTHLY":
            return day.year * 12 + day.month - 1
        if self.frequency == "WEEKLY":
            return (day.toordinal() - 1 - self.week_start) // 7
        return day.toordinal()

    def _days_of(self, number: int) -> Iterator[date]:
        if self.frequency == "YEARLY":
            spans = [_month(number, month) for month in sorted(self.months) or range(1, 13)]
        elif self.frequency == "MONTHLY":
            spans = [_month(number // 12, number % 12 + 1)]
        elif self.frequency == "WEEKLY":
            spans = [(date.fromordinal(number * 7 + 1 + self.week_start), 7)]
        else:
            spans = [(date.fromordinal(number), 1)]
        days = (first + timedelta(days=index) for first, length in spans for index in range(length))
        return (day for day in days if self._has_day(day))

    def _has_day(self, day: date) -> bool:
        return (
            (not self.months or day.month in self.months)
            and (not self.month_days or _either_way(day.day, _length_of_month(day), self.month_days))
            and (not self.weekdays or self._has_weekday(day))
            and (not self.year_days or _either_way(_day_of_year(day), _length_of_year(day), self.year_days))
            and (not self.weeks or _either_way(*self._week_of(day), self.weeks))
        )

    def _has_weekday(self, day: date) -> bool:
        if (day.weekday(), 0) in self.weekdays:
            return True
        of_year = self.frequency == "YEARLY" and not self.months
        index = _day_of_year(day) if of_year else day.day
        left = (_length_of_year(day) if of_year else _length_of_month(day)) - index
        return not self.weekdays.isdisjoint({(day.weekday(), (index + 6) // 7), (day.weekday(), -(left // 7) - 1)})

    def _week_of(self, day: date) -> tuple[int, int]:
        """The number of its week, and of the last week of the year that this week is counted to."""
        middle = self._middle_of_week(day)
        return _week_number(middle), _week_number(self._middle_of_week(date(middle.year, 12, 28)))

    def _middle_of_week(self, day: date) -> date:
        """A week is counted to the year in which four of its days lie."""
        return day + timedelta(days=3 - (day.weekday() - self.week_start) % 7)


def _either_way(index: int, length: int, wanted: Numbers) -> bool:
    return index in wanted or index - length - 1 in wanted


def _month(year: int, month: int) -> tuple[date, int]:
    return date(year, month, 1), calendar.monthrange(year, month)[1]


def _length_of_month(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _length_of_year(day: date) -> int:
    return 365 + calendar.isleap(day.year)


def _day_of_year(day: date) -> int:
    return day.toordinal() - date(day.year, 1, 1).toordinal() + 1


def _week_number(middle: date) -> int:
    return (_day_of_year(middle) + 6) // 7
