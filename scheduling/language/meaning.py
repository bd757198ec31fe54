"""What the items of a phrase mean together: the text of a rule."""

from __future__ import annotations

from typing import Any

from scheduling.language.items import (
    Days,
    DaysOfMonth,
    Edge,
    Every,
    EveryDate,
    EveryInterval,
    Gone,
    HourMark,
    Nth,
    TimesPer,
    TwoMeanings,
    Window,
)
from scheduling.language.misread import Misread
from scheduling.language.once import once
from scheduling.language.recurring import recurring
from scheduling.language.slots import Now

AGAIN = (Days, Every, EveryDate, EveryInterval, TimesPer)


def mean(groups: tuple[tuple[Any, ...], ...], now: Now) -> str:
    said = [item for group in groups for item in group]
    if any(isinstance(item, TwoMeanings) for item in said):
        raise Misread("two_meanings")
    if any(isinstance(item, Gone) for item in said):
        raise Misread("past")
    if any(_comes_again(item) for item in said):
        return "\n".join(line for group in groups for line in recurring(group, now))
    if any(isinstance(item, (Window, HourMark)) for item in said):
        raise Misread("together")
    if len(groups) > 1:
        raise Misread("conflict")
    return once(said, now)


def _comes_again(item: Any) -> bool:
    match item:
        case DaysOfMonth():
            return item.of == "every"
        case Nth():
            return item.of in {"every", "quarter", "year"}
        case Edge():
            return item.which == "every"
    return isinstance(item, AGAIN)
