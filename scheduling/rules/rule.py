from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from itertools import chain, dropwhile, islice, pairwise, takewhile
from typing import Literal, Protocol

from scheduling.clock import place, shown
from scheduling.rules.cron import Cron
from scheduling.rules.errors import FIRST_YEAR, LAST_YEAR, RuleError
from scheduling.rules.rrule import RRule

Kind = Literal["once", "recurring"]
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z?", re.ASCII)
LONGEST = 2_000  # characters
MOST_LINES = 20
YEAR = timedelta(days=366)
NEAR = timedelta(hours=1)
SAMPLE = 300  # times of a line: more than there are in a day when they are five minutes apart
FEW = 10


class Line(Protocol):
    def after(self, moment: datetime, zone: tzinfo) -> Iterator[datetime]:
        """Times that may repeat one, or be no later than `moment` where the clock was put back. In order."""


@dataclass(frozen=True)
class At:
    """One time: by the wall clock of a zone that is not known yet, or an instant."""

    time: datetime

    @classmethod
    def parse(cls, text: str) -> At:
        if not MOMENT.fullmatch(text):
            raise RuleError(
                f"“{text}” is no time. Write it as 2026-03-12T09:00:00, with a Z at the end if it is UTC's."
            )
        try:
            time = datetime.fromisoformat(text)
        except ValueError as error:
            raise RuleError(f"There is no “{text}”.") from error
        if not FIRST_YEAR <= time.year <= LAST_YEAR:
            raise RuleError(f"“{text}” is not between {FIRST_YEAR} and {LAST_YEAR}.")
        return cls(time)

    def after(self, moment: datetime, zone: tzinfo) -> Iterator[datetime]:
        yield self.time if self.time.tzinfo else place(self.time, zone)


@dataclass(frozen=True)
class Rule:
    """One or more lines of text; what one line says and what another says both hold.

    `at 2026-03-12T09:00:00` a time by the wall clock of the schedule's zone, `at 2026-03-11T15:20:00Z` an instant;
    `cron 0 9 * * 1-5`;
    `rrule 20260313T120000 FREQ=WEEKLY;INTERVAL=2;BYDAY=FR` from a first wall-clock time on (RFC 5545), or, with a Z
    behind that time, from an instant on in lengths of real time.
    What is no rule, or never happens, raises RuleError.

    A time that the clocks leave out comes right after the gap, one that they show twice comes the first time. A cron
    line whose minutes or hours begin with a star comes whenever the clocks show it, as Debian's cron does it: every
    15 minutes stays every 15 minutes. Times that fall on one instant are one.
    """

    text: str
    _lines: tuple[Line, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.text) > LONGEST:
            raise RuleError(f"A rule has {LONGEST:,} characters at most.")
        lines = tuple(_line(line.strip()) for line in self.text.splitlines() if line.strip())
        if not 0 < len(lines) <= MOST_LINES:
            raise RuleError(f"A rule has 1 to {MOST_LINES} lines.")
        object.__setattr__(self, "_lines", lines)

    @property
    def kind(self) -> Kind:
        """ "once" for a single `at` line. A rule that has ended is still a recurring one."""
        return "once" if len(self._lines) == 1 and isinstance(self._lines[0], At) else "recurring"

    def after(self, moment: datetime, zone: tzinfo) -> Iterator[datetime]:
        """The times that are later than `moment`, in order, each with the zone's offset; maybe without end."""
        latest = moment.astimezone(UTC)
        for found in heapq.merge(*(line.after(latest, zone) for line in self._lines)):
            if found > latest:
                latest = found
                yield shown(found, zone)

    def next_after(self, moment: datetime, zone: tzinfo) -> datetime | None:
        return next(self.after(moment, zone), None)

    def shortest_gap(self, zone: tzinfo, after: datetime) -> timedelta | None:
        """The shortest time between two of its times in the year to come; None if there is but one, or none.

        Of each line it looks at the first 300 times and at what other lines have around some of them: enough to tell a
        rule that is too frequent. The clocks are not changed here, which would bring times together.
        """
        clock = timezone(after.astimezone(zone).utcoffset() or timedelta())
        samples = [list(islice(_between(line, after, after + YEAR, clock), SAMPLE)) for line in self._lines]
        times = set().union(*samples)
        if len(self._lines) > 1:
            for found in chain.from_iterable(sample[:FEW] for sample in samples):
                begins = max(after, found - NEAR)
                times.update(*(_between(line, begins, found + NEAR, clock) for line in self._lines))
        return min((later - earlier for earlier, later in pairwise(sorted(times))), default=None)


def _between(line: Line, begins: datetime, ends: datetime, zone: tzinfo) -> Iterator[datetime]:
    later = dropwhile(lambda each: each <= begins, line.after(begins, zone))
    return takewhile(lambda each: each <= ends, later)


@lru_cache(maxsize=2048)
def _line(text: str) -> Line:
    name, _, rest = text.partition(" ")
    if name not in PARSERS:
        raise RuleError(f"“{name}” begins no line of a rule: it is {', '.join(PARSERS)}.")
    return PARSERS[name](rest.strip())


PARSERS: dict[str, Callable[[str], Line]] = {"at": At.parse, "cron": Cron.parse, "rrule": RRule.parse}
