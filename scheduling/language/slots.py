"""The items of a phrase by kind, taken one after the other: what nobody takes contradicts the rest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar, get_args
from zoneinfo import ZoneInfo

from scheduling.clock import on_the_wall
from scheduling.language.items import Day, Days, Every, EveryDate, Except, TimesPer
from scheduling.language.misread import Misread

Item = TypeVar("Item")
DAYS = get_args(Day)


@dataclass(frozen=True, kw_only=True)
class Now:
    instant: datetime
    wall: datetime
    zone: ZoneInfo
    month_first: bool | None  # of 3/4; None: the language does not tell

    @classmethod
    def at(cls, moment: datetime, zone: ZoneInfo, *, month_first: bool | None) -> Now:
        instant = moment.astimezone(UTC).replace(microsecond=0)
        return cls(instant=instant, wall=on_the_wall(instant, zone), zone=zone, month_first=month_first)


class Slots:
    def __init__(self, items: Iterable[Any]) -> None:
        self._items = list(items)

    def has(self, *kinds: type) -> bool:
        return any(isinstance(item, kinds) for item in self._items)

    def has_cycle(self) -> bool:
        return self.has(Every, Days, EveryDate, TimesPer, Except)

    def all(self, kind: type[Item]) -> list[Item]:
        found = [item for item in self._items if isinstance(item, kind)]
        self._items = [item for item in self._items if not isinstance(item, kind)]
        return found

    def one(self, kind: type[Item]) -> Item | None:
        """What is said twice in the same way is said once."""
        found = self.all(kind)
        if any(each != found[0] for each in found):
            raise Misread("conflict")
        return found[0] if found else None

    def put(self, items: Iterable[Any]) -> None:
        self._items += items

    def days(self) -> list[Any]:
        found = [item for item in self._items if isinstance(item, DAYS)]
        self._items = [item for item in self._items if not isinstance(item, DAYS)]
        return found

    def nothing_left(self) -> None:
        if self._items:
            raise Misread("conflict")
