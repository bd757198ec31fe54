"""When something is to happen, apart from the words in which it was said: a rule and its next times. No Django."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

Kind = Literal["once", "recurring"]


class RuleError(ValueError):
    """It is no rule; says why."""


@dataclass(frozen=True)
class Rule:
    """One or more lines of text; what one line says and what another says both hold.

    `at 2026-03-12T09:00:00` a time by the wall clock of the schedule's zone, `at 2026-03-11T15:20:00Z` an instant;
    `cron 0 9 * * 1-5`;
    `rrule 20260313T120000 FREQ=WEEKLY;INTERVAL=2;BYDAY=FR` from a first wall-clock time on (RFC 5545), or, with a Z
    behind that time, from an instant on in lengths of real time.
    """

    text: str

    @property
    def kind(self) -> Kind:
        raise NotImplementedError

    def after(self, moment: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """The times that are later than `moment`, in order, each with the zone's offset; maybe without end."""
        raise NotImplementedError
