"""Days and months as a tenant's own clock has them: what its budgets are counted by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tenants_app.models.budget import Period


@dataclass(frozen=True, kw_only=True)
class Periods:
    """The day and the month that hold a moment; each ends, in UTC, where the next begins."""

    day: date
    month: date  # its first day
    day_ends: datetime
    month_ends: datetime

    def starts_on(self, period: str) -> date:
        return self.month if period == Period.MONTH else self.day

    def ends(self, period: str) -> datetime:
        return self.month_ends if period == Period.MONTH else self.day_ends


def periods_of(zone: ZoneInfo, now: datetime) -> Periods:
    today = now.astimezone(zone).date()
    month = today.replace(day=1)
    next_month = (month + timedelta(days=31)).replace(day=1)
    return Periods(
        day=today,
        month=month,
        day_ends=midnight(today + timedelta(days=1), zone),
        month_ends=midnight(next_month, zone),
    )


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When the day begins there; where clocks jump over midnight, the moment of the jump."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
