"""Cron lines, with what Debian's cron does when clocks are changed.

cronsim reads the line and knows its days. From there on it is done here: given a time with a zone, cronsim goes back
where that time lies in an hour that happens twice, and passes over times after changes of half an hour (Lord Howe) and
such as are not on the hour (St. John's); and where there are many times in a day, it is twenty times slower.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import product

from cronsim import CronSim, CronSimError

from scheduling.clock import bearing, on_the_wall, place, steady
from scheduling.rules.errors import LAST_YEAR, RuleError

FIELDS = 5
NEVER_CHANGED = datetime(2000, 1, 1)  # noqa: DTZ001 -- a wall clock's
LAST_DAY = date(LAST_YEAR, 12, 31)


@dataclass(frozen=True)
class Cron:
    days: CronSim
    times: tuple[time, ...]
    follows_elapsed_time: bool

    @classmethod
    def parse(cls, text: str) -> Cron:
        fields = text.split()
        if len(fields) != FIELDS:
            raise RuleError("A cron line has five fields: minute, hour, day of month, month, day of week.")
        try:
            sim = CronSim(text, NEVER_CHANGED)
        except CronSimError as error:
            raise RuleError(f"“{text}” is no cron line: {str(error).lower()}.") from error
        times = tuple(time(hour, minute) for hour, minute in product(sorted(sim.hours), sorted(sim.minutes)))
        cron = cls(sim, times, follows_elapsed_time=fields[0].startswith("*") or fields[1].startswith("*"))
        if next(cron.walls(NEVER_CHANGED), None) is None:
            raise RuleError(f"“{text}” never happens.")
        return cron

    def after(self, moment: datetime, zone: tzinfo) -> Iterator[datetime]:
        """Times that may repeat one, or be no later than `moment` where the clock was put back. In order."""
        if self.follows_elapsed_time:
            return self._elapsed(moment.astimezone(UTC), zone)
        return (place(wall, zone) for wall in self.walls(on_the_wall(moment, zone)))

    def walls(self, after: datetime, last: date = LAST_DAY) -> Iterator[datetime]:
        """What a clock shows that is never changed, later than `after`, until the end of the last day."""
        for day in self._days(after.date(), last):
            for at in self.times:
                found = datetime.combine(day, at)
                if found > after:
                    yield found

    def _days(self, first: date, last: date) -> Iterator[date]:
        for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
            year, month = number // 12, number % 12 + 1
            if month not in self.days.months:
                continue
            for index in range(calendar.monthrange(year, month)[1]):
                day = date(year, month, index + 1)
                if first <= day <= last and self.days.match_day(day):
                    yield day

    def _elapsed(self, moment: datetime, zone: tzinfo) -> Iterator[datetime]:
        """Every time that the clocks show it: none for one they leave out, two for one they show twice."""
        back = timedelta()  # where a stretch begins, the moment itself may be the first time
        while moment.year <= LAST_YEAR:
            offset, end = steady(moment, zone)
            shown = bearing(moment + offset - back, None)
            for wall in self.walls(shown, (end + offset).date()):
                found = bearing(wall, UTC) - offset
                if found >= end:
                    break
                yield found
            moment, back = end, timedelta(seconds=1)
