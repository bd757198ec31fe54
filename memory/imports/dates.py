"""In which order the dates of an export stand: decided from all of them, or asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal, get_args

from memory.imports.items import FIRST_YEAR, LAST_YEAR, ExportError

Order = Literal["dmy", "mdy", "ymd"]
ORDERS: Sequence[Order] = get_args(Order)
Written = tuple[str, str, str]
_PLACES: dict[Order, tuple[int, int, int]] = {"dmy": (2, 1, 0), "mdy": (2, 0, 1), "ymd": (0, 1, 2)}  # year, month, day


@lru_cache(maxsize=4096)  # many messages have one date
def day(written: Written, order: Order) -> date | None:
    """None where no day on which somebody wrote is written so. Two digits of a year are of this century."""
    year, month, day_ = (written[place] for place in _PLACES[order])
    if len(year) not in (2, 4) or len(month) > 2 or len(day_) > 2:
        return None
    try:
        found = date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day_))
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None


def local_time(written: Written, order: Order, hour: int, minute: int, second: int) -> datetime | None:
    found = day(written, order)
    if found is None or hour > 23 or minute > 59 or second > 59:
        return None
    return datetime(found.year, found.month, found.day, hour, minute, second)  # noqa: DTZ001 - by the phone's clock


@dataclass(slots=True)
class Evidence:
    """How badly an order fits."""

    impossible: int = 0  # no such day
    backwards: int = 0  # days before the day before
    ahead: int = 0  # days that are yet to come
    last: date | None = None

    def add(self, found: date | None, latest: date) -> None:
        if found is None:
            self.impossible += 1
            return
        self.backwards += self.last is not None and found < self.last - timedelta(days=1)
        self.ahead += found > latest
        self.last = found


@dataclass(slots=True)
class Dates:
    """What a file's dates, added in their turn, tell of their order."""

    today: date
    month_first: bool = True  # it may be: nobody writes it so before a dot
    count: int = 0
    differing: int = 0  # not the same day whether the day or the month comes first
    evidence: dict[Order, Evidence] = field(default_factory=lambda: {order: Evidence() for order in ORDERS})

    def add(self, written: Written) -> None:
        days = {order: day(written, order) for order in ORDERS}
        if len(written[0]) < 4:
            days["ymd"] = None  # two digits in front may be a year only where somebody says so
        self.count += 1
        self.differing += days["dmy"] is None or days["dmy"] != days["mdy"]
        for order, evidence in self.evidence.items():
            evidence.add(days[order], self.today + timedelta(days=2))

    def order(self) -> Order:
        """Raises ExportError where nothing decides.

        What does: a year in front, a number above 12, that a chat goes forward in time, and days yet to come.
        """
        dmy, mdy, ymd = (self.evidence[order] for order in ORDERS)
        if not ymd.impossible and min(dmy.impossible, mdy.impossible) * 10 > self.count:
            return "ymd"
        if not self.differing or not self.month_first:
            return "dmy"
        for kind in ("impossible", "backwards", "ahead"):
            against_dmy, against_mdy = getattr(dmy, kind), getattr(mdy, kind)
            if against_mdy > 4 * against_dmy:
                return "dmy"
            if against_dmy > 4 * against_mdy:
                return "mdy"
        raise ExportError(
            "Nothing in it tells whether the day or the month comes first in its dates. Say with --date-order which it "
            "is: dmy (day, month, year), mdy (month, day, year) or ymd."
        )
