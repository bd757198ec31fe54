"""What the clocks of a zone show, and when. No Django."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache


def place(wall: datetime, zone: tzinfo) -> datetime:
    """When the zone's clocks show `wall`: the first time of two; right after the gap where they never do."""
    instant = bearing(wall, zone).astimezone(UTC)
    if on_the_wall(instant, zone) != wall:
        instant = _change_between(wall.replace(tzinfo=zone, fold=1).astimezone(UTC), instant, zone)
    return shown(instant, zone)


def shown(instant: datetime, zone: tzinfo) -> datetime:
    """The instant with its offset in place of the zone.

    Two times that bear the same ZoneInfo compare and subtract by what the clocks show, and in an hour that happens
    twice equal no time of another zone at all.
    """
    return instant.astimezone(timezone(instant.astimezone(zone).utcoffset() or timedelta()))


def on_the_wall(instant: datetime, zone: tzinfo) -> datetime:
    return bearing(instant.astimezone(zone), None)


def bearing(wall: datetime, zone: tzinfo | None) -> datetime:
    """With another zone, the clock as it is, and the first time of two. Five times as fast as replace()."""
    return datetime.combine(wall, time(wall.hour, wall.minute, wall.second, wall.microsecond), zone)


def steady(instant: datetime, zone: tzinfo) -> tuple[timedelta, datetime]:
    """The offset at an instant, and until when (at most the end of the year) it stays: that instant is UTC's."""
    year = instant.astimezone(UTC).year
    ends = (each for each in _changes(zone, year) if each > instant)
    offset = instant.astimezone(zone).utcoffset() or timedelta()
    return offset, next(ends, datetime(year + 1, 1, 1, tzinfo=UTC))


@lru_cache(maxsize=4096)
def _changes(zone: tzinfo, year: int) -> tuple[datetime, ...]:
    """The instants at which the zone's offset becomes another. It looks once a day: none comes and goes in one."""
    first = datetime(year, 1, 1, tzinfo=UTC)
    days = [first + timedelta(days=day) for day in range(367)]
    offsets = [day.astimezone(zone).utcoffset() for day in days]
    return tuple(
        _change_between(days[i - 1], days[i], zone) for i in range(1, len(days)) if offsets[i] != offsets[i - 1]
    )


def _change_between(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """The first second with another offset than `before` has. Both are instants in UTC."""
    before = before.replace(microsecond=0)
    old = before.astimezone(zone).utcoffset()
    seconds = range(int((after - before).total_seconds()) + 1)
    passed = bisect_left(
        seconds, True, key=lambda second: (before + timedelta(seconds=second)).astimezone(zone).utcoffset() != old
    )
    return before + timedelta(seconds=passed)
