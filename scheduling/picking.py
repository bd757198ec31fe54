"""Which of a task's times somebody means: “the next one”, “tomorrow”, “Friday at 9”, “next week”. No Django."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from scheduling.clock import on_the_wall
from scheduling.language import Parsed, parse

FAR = 2000  # times that are looked at
ACCENTS = str.maketrans("áéíóú", "aeiou")
NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "una": 1, "uno": 1, "dos": 2,
    "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7,
}  # fmt: skip
COUNT = rf"(?: (?P<count>\d{{1,3}}|{'|'.join(NUMBERS)}))?"
NEXT = (
    re.compile(rf"(?:(?:the|its) )?(?:next|coming){COUNT}(?: (?:ones?|times?))?"),
    re.compile(rf"(?:(?:el|la|los|las|su|sus) )?(?:proxim[oa]s?|siguientes?){COUNT}(?: (?:vez|veces))?"),
    re.compile(r"(?:el|la) que viene"),
)
THIS_WEEK = re.compile(r"this week|esta semana")
NEXT_WEEK = re.compile(r"next week|(?:la )?(?:semana que viene|proxima semana|semana proxima|semana siguiente)")
BEFORE = re.compile(r"^(?:the one (?:on |of )?|(?:el|la) (?:del?|de la) )")
BEHIND = re.compile(r"['’]s(?: one)?$| one$")
LAST_MINUTE = time(23, 59)


class Time(Protocol):
    @property
    def scheduled_for(self) -> datetime:
        """By the rule."""

    @property
    def fires_at(self) -> datetime:
        """When it really comes."""


Some = TypeVar("Some", bound=Time)


def pick(words: str, coming: Iterable[Some], now: datetime, zone: ZoneInfo) -> list[Some] | Parsed:
    """Those of the coming times that are meant, maybe none; or what was not understood of the words."""
    said = bare(words)
    if (count := count_in(said)) is not None:
        return list(islice(coming, count))
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    if THIS_WEEK.fullmatch(said):
        return between(today, monday + timedelta(days=6), coming, zone)
    if NEXT_WEEK.fullmatch(said):
        return between(monday + timedelta(days=7), monday + timedelta(days=13), coming, zone)
    day = day_in(said, now, zone)
    if day is not None:
        return between(day, day, coming, zone)
    parsed = parse(said, now=now, zone=zone)
    at = once(parsed, now, zone)
    if at is None:
        return parsed
    near = (each for each in islice(coming, FAR) if at in (each.scheduled_for, each.fires_at))
    return list(islice(near, 1))


def bare(words: str) -> str:
    folded = " ".join(words.casefold().translate(ACCENTS).split()).strip(" .!?¡¿")
    return BEHIND.sub("", BEFORE.sub("", folded))


def count_in(said: str) -> int | None:
    """“the next one”, “next three”."""
    for pattern in NEXT:
        if (match := pattern.fullmatch(said)) is not None:
            count = match.groupdict().get("count") or "1"
            return NUMBERS.get(count) or int(count)
    return None


def day_in(said: str, now: datetime, zone: ZoneInfo) -> date | None:
    """The day that is meant where no time of the day was said: then one can be added."""
    parsed = parse(f"{said} {LAST_MINUTE:%H:%M}", now=now, zone=zone)
    at = once(parsed, now, zone)
    wall = on_the_wall(at, zone) if at is not None else None
    return wall.date() if wall is not None and wall.time() == LAST_MINUTE and not parsed.subject else None


def once(parsed: Parsed, now: datetime, zone: ZoneInfo) -> datetime | None:
    is_once = parsed.rule is not None and parsed.rule.kind == "once"
    return parsed.rule.next_after(now, zone) if parsed.rule is not None and is_once else None


def between(first: date, last: date, coming: Iterable[Some], zone: ZoneInfo) -> list[Some]:
    """By the day on which they come."""
    found = []
    for each in islice(coming, FAR):
        day = each.fires_at.astimezone(zone).date()
        if day > last:
            break
        if day >= first:
            found.append(each)
    return found
