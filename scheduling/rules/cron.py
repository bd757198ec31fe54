"""Cron lines, with what Debian's cron does when clocks are changed.

cronsim finds the wall-clock times that a line means; the zone's clock is added here. Given a time with a zone itself,
it goes back where that time lies in an hour that happens twice, and passes over times after changes of half an hour
(Lord Howe) and such as are not on the hour (St. John's).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from cronsim import CronSim, CronSimError

from scheduling.clock import on_the_wall, place, steady
from scheduling.rules.errors import LAST_YEAR, RuleError

FIELDS = 5


@dataclass(frozen=True)
class Cron:
    sim: CronSim  # never advanced itself
    follows_elapsed_time: bool

    @classmethod
    def parse(cls, text: str) -> Cron:
        fields = text.split()
        if len(fields) != FIELDS:
            raise RuleError("A cron line has five fields: minute, hour, day of month, month, day of week.")
        try:
            sim = CronSim(text, datetime(2000, 1, 1))  # noqa: DTZ001 -- a wall clock's
        except CronSimError as error:
            raise RuleError(f"“{text}” is no cron line: {str(error).lower()}.") from error
        cron = cls(sim=sim, follows_elapsed_time=fields[0].startswith("*") or fields[1].startswith("*"))
        if next(cron.walls(sim.dt), None) is None:
            raise RuleError(f"“{text}” never happens.")
        return cron

    def after(self, moment: datetime, zone: tzinfo) -> Iterator[datetime]:
        """Times that may repeat one, or be no later than `moment` where the clock was put back. In order."""
        if self.follows_elapsed_time:
            return self._elapsed(moment.astimezone(UTC), zone)
        return (place(wall, zone) for wall in self.walls(on_the_wall(moment, zone)))

    def walls(self, wall: datetime) -> Iterator[datetime]:
        """What a clock shows that is never changed, later than `wall`."""
        sim = copy.copy(self.sim)  # parsing costs more than finding a time
        sim.dt = wall.replace(microsecond=0)
        for found in sim:
            if found.year > LAST_YEAR:
                return
            yield found

    def _elapsed(self, moment: datetime, zone: tzinfo) -> Iterator[datetime]:
        """Every time that the clocks show it: none for one they leave out, two for one they show twice."""
        back = timedelta()  # of the times found, the first may be the moment itself when a stretch begins with it
        while moment.year <= LAST_YEAR:
            offset, end = steady(moment, zone)
            for wall in self.walls((moment + offset - back).replace(tzinfo=None)):
                found = wall.replace(tzinfo=UTC) - offset
                if found >= end:
                    break
                yield found
            moment, back = end, timedelta(seconds=1)
