"""What a phrase says about time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from scheduling.rules import Rule

Error = Literal["unrecognized", "past", "ambiguous", "too_frequent"]
Language = Literal["en", "es", "auto"]


@dataclass(frozen=True, kw_only=True)
class Parsed:
    phrase: str
    rule: Rule | None = None  # None: an error
    subject: str = ""  # what is to be done, as it was said
    error: Error | None = None
    hint: str = ""  # to whoever said it: what was not understood and how it can be said


def parse(phrase: str, *, now: datetime, zone: ZoneInfo, language: Language = "auto") -> Parsed:
    """Never a guess: what is not fully understood is an error. `now` is aware."""
    raise NotImplementedError
