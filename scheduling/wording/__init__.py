"""Rules and times in people's words, in English and Spanish. No Django.

What a rule has no words for is given as it stands, never told as something simpler.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from types import ModuleType
from zoneinfo import ZoneInfo

from scheduling.rules import Rule
from scheduling.rules.rule import At
from scheduling.wording import english, spanish
from scheduling.wording.pattern import Pattern, of_cron, of_rrule

LANGUAGES: dict[str, ModuleType] = {"en": english, "es": spanish}
READERS = {"cron": of_cron, "rrule": of_rrule}

__all__ = ["day_and_time", "in_words"]


def in_words(text: str, language: str, zone: ZoneInfo, now: datetime) -> str:
    """The rule, whose times are those of the zone. When it begins is told until it has begun. Raises RuleError."""
    Rule(text)
    own = _words(language)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return str(own.both([_line(line, own, zone, now) for line in lines]))


def day_and_time(at: datetime, language: str) -> str:
    """As it stands in a list, in the zone that it bears: “Thu 2026-03-12 9:00”."""
    own = _words(language)
    return f"{own.WEEKDAYS[at.weekday()][:3]} {at:%Y-%m-%d} {own.clock((at.hour, at.minute))}"


def _words(language: str) -> ModuleType:
    return LANGUAGES.get(language.partition("-")[0].lower(), english)


def _line(line: str, own: ModuleType, zone: ZoneInfo, now: datetime) -> str:
    kind, _, rest = line.partition(" ")
    if kind == "at":
        at = At.parse(rest.strip()).time
        return str(own.once(at.astimezone(zone) if at.tzinfo else at))
    pattern = READERS[kind](rest.strip())
    return str(own.fallback(line) if pattern is None else own.words(_begun(pattern, zone, now)))


def _begun(pattern: Pattern, zone: ZoneInfo, now: datetime) -> Pattern:
    has_begun = pattern.start is None or pattern.start.date() <= now.astimezone(zone).date()
    return replace(pattern, start=None) if has_begun else pattern
