"""What the parts of a phrase say about time, one by one, before it is known what they mean together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Literal

PartName = Literal["morning", "afternoon", "evening", "night", "small_hours", "noon"]
UnitName = Literal["day", "week", "month", "quarter", "year"]
WORKDAYS = frozenset(range(5))
WEEKEND = frozenset((5, 6))
ALL_DAYS = frozenset(range(7))


class Point(Enum):
    """Times of a day that have a name: hour, minute."""

    FIRST_THING = (8, 0, "first thing")
    NOON = (12, 0, "noon")
    END_OF_DAY = (17, 0, "end of day")
    MIDNIGHT = (0, 0, "midnight")


@dataclass(frozen=True, kw_only=True)
class Time:
    """A time as it was said: 8 is "bare" and may be of the morning or the evening, 8am, 08:00 and 20:00 are not."""

    hour: int
    minute: int = 0
    second: int = 0
    is_bare: bool = False
    part: PartName | None = None
    is_midnight: bool = False  # the one to come, where today was said
    other_hour: int | None = None  # "a las 8 y 20" may also list two hours
    has_meridiem: bool = False


@dataclass(frozen=True, kw_only=True)
class Clock:
    times: tuple[Time, ...]


@dataclass(frozen=True, kw_only=True)
class Part:
    name: PartName
    is_today: bool = False


@dataclass(frozen=True, kw_only=True)
class Window:
    first: Time
    last: Time


@dataclass(frozen=True, kw_only=True)
class HourMark:
    """Of every hour the same minute."""

    minute: int


@dataclass(frozen=True, kw_only=True)
class Length:
    months: int = 0
    days: int = 0
    seconds: int = 0

    def __add__(self, other: Length) -> Length:
        return Length(
            months=self.months + other.months, days=self.days + other.days, seconds=self.seconds + other.seconds
        )


@dataclass(frozen=True, kw_only=True)
class Ahead:
    length: Length


@dataclass(frozen=True, kw_only=True)
class Offset:
    """Before (-1) or after (1) what else is said."""

    length: Length
    sign: int


@dataclass(frozen=True)
class Gone:
    """What lies in the past by its words: "last Friday", "an hour ago"."""


# Days


@dataclass(frozen=True, kw_only=True)
class RelativeDay:
    offset: int


Which = Literal["coming", "later", "next", "after_next", "week_later"]


@dataclass(frozen=True, kw_only=True)
class Weekday:
    weekday: int
    which: Which = "coming"
    is_single: bool = False  # "el lunes": one Monday, not Mondays


@dataclass(frozen=True, kw_only=True)
class MonthDay:
    month: int
    day: int
    year: int | None = None


@dataclass(frozen=True, kw_only=True)
class NumericDate:
    """3/4: which is the month depends on the language."""

    first: int
    second: int
    year: int | None = None


@dataclass(frozen=True, kw_only=True)
class OnDate:
    date: date


@dataclass(frozen=True, kw_only=True)
class OnInstant:
    text: str


@dataclass(frozen=True, kw_only=True)
class MonthAlone:
    month: int


Of = Literal["coming", "this", "next", "every"]


@dataclass(frozen=True, kw_only=True)
class DaysOfMonth:
    days: tuple[int, ...]
    of: Of = "coming"


@dataclass(frozen=True, kw_only=True)
class Nth:
    """The first Monday, the last day or the last business day of a month."""

    ordinals: tuple[int, ...]
    weekdays: frozenset[int]  # one: that weekday; five: business days; seven: any day
    of: Of | Literal["month", "quarter", "year", "some", "loose"] = "every"  # loose: of what another word says
    month: int | None = None
    year: int | None = None


@dataclass(frozen=True, kw_only=True)
class Period:
    """Its first day if nothing else is said."""

    unit: UnitName | Literal["weekend"]
    which: Literal["this", "next", "after_next", "the"]


@dataclass(frozen=True, kw_only=True)
class Edge:
    edge: Literal["start", "end"]
    unit: UnitName
    which: Literal["this", "next", "every", "the"]
    month: int | None = None
    year: int | None = None


# What comes again


@dataclass(frozen=True, kw_only=True)
class Every:
    number: int
    unit: UnitName


@dataclass(frozen=True, kw_only=True)
class EveryInterval:
    """A length of real time."""

    seconds: int


@dataclass(frozen=True, kw_only=True)
class Days:
    weekdays: frozenset[int]
    weeks: int = 1  # 2: of every other week


@dataclass(frozen=True, kw_only=True)
class EveryDate:
    """Of every year."""

    dates: tuple[tuple[int, int], ...]  # month and day


@dataclass(frozen=True, kw_only=True)
class TimesPer:
    number: int
    unit: UnitName


@dataclass(frozen=True)
class TwoMeanings:
    """Words that are used for two things: "bimonthly", "every second Tuesday"."""


Day = RelativeDay | Weekday | MonthDay | NumericDate | OnDate | MonthAlone | DaysOfMonth | Nth | Period | Edge


@dataclass(frozen=True, kw_only=True)
class Start:
    at: tuple[object, ...]  # days, times or a length ahead


@dataclass(frozen=True, kw_only=True)
class Until:
    at: tuple[object, ...]
    is_before: bool = False  # "until May" ends with April, and "until next month" with this one


@dataclass(frozen=True, kw_only=True)
class During:
    length: Length


@dataclass(frozen=True, kw_only=True)
class Count:
    number: int


@dataclass(frozen=True, kw_only=True)
class Except:
    weekdays: frozenset[int]
