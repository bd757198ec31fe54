"""Quiet hours: what is scheduled into them waits until they end. No Django."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduling.clock import place, shown


@dataclass(frozen=True)
class Quiet:
    """From one time of the day to another, by the clock of the zone; maybe past midnight."""

    begins: time
    ends: time
    zone: ZoneInfo

    def until(self, moment: datetime) -> datetime | None:
        """When the quiet hours that the moment falls into end; None where it falls into none."""
        local = moment.astimezone(self.zone)
        clock = local.time().replace(tzinfo=None)
        if self.begins < self.ends:
            inside, ends_tomorrow = self.begins <= clock < self.ends, False
        else:
            ends_tomorrow = clock >= self.begins
            inside = (ends_tomorrow or clock < self.ends) and self.begins != self.ends
        if not inside:
            return None
        day = local.date() + timedelta(days=1 if ends_tomorrow else 0)
        ends = datetime.combine(day, self.ends)
        found = place(ends, self.zone)
        return found if found > moment else shown(ends.replace(tzinfo=self.zone, fold=1), self.zone)  # in a second hour

    def lasted(self, begins: datetime, ends: datetime) -> timedelta:
        """How long of the time between two moments was quiet."""
        total = timedelta()
        day = begins.astimezone(self.zone).date() - timedelta(days=1)
        while (start := place(datetime.combine(day, self.begins), self.zone)) < ends:
            until = self.until(start)
            if until is not None:
                total += max(min(until, ends) - max(start, begins), timedelta())
            day += timedelta(days=1)
        return total
