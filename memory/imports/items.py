"""What reading an export gives, line by line, and what all formats share: clean text, and times in their zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

LONGEST_TEXT = 100_000  # characters; no messenger takes that much
LONGEST_ID = 300
LONGEST_NAME = 200
FIRST_YEAR, LAST_YEAR = 1970, 2200  # beyond them a clock was not set, and zones run out of the calendar
REPLACEMENT = "\ufffd"
_UNSTORABLE = re.compile("[\ud800-\udfff]")
_MARKS = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")  # unseen: direction and width


class ExportError(Exception):
    """A file that cannot be read, or not without something that the operator says; its message tells which."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """A message."""

    id: str  # the same in every export of the chat
    speaker: str
    text: str
    at: datetime  # aware
    cut: bool = False  # it was longer than LONGEST_TEXT


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOut:
    """Something that nobody said, and what it is, in the plural: "notices of the messenger"."""

    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Broken:
    """Something that cannot be read."""

    where: str  # "line 12", "message 4711"
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Began:
    """What follows was said in this chat. A file of one chat may leave the name to whoever imports it."""

    chat: str


Item = Said | LeftOut | Broken | Began


def storable(text: str) -> str:
    """The text without what PostgreSQL's text cannot hold: NUL goes, half of a surrogate pair becomes U+FFFD."""
    text = text.replace("\x00", "")
    return text if text.isascii() else _UNSTORABLE.sub(REPLACEMENT, text)


def unmarked(text: str) -> str:
    """The text without the unseen marks that messengers put around names and dates."""
    return text if text.isascii() else _MARKS.sub("", text)


def name_of(text: str) -> str:
    """A speaker's name as people read it."""
    return " ".join(unmarked(storable(text)).split()).removeprefix("~").strip()[:LONGEST_NAME]


def said(*, id: str, speaker: str, text: str, at: datetime) -> Said:  # noqa: A002 - the field's own name
    text = storable(text)
    return Said(
        id=storable(id), speaker=name_of(speaker), text=text[:LONGEST_TEXT], at=at, cut=len(text) > LONGEST_TEXT
    )


def check_year(at: datetime) -> None:
    """Raises ValueError for a time that nobody can have written at."""
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise ValueError(f"has a time that is not between {FIRST_YEAR} and {LAST_YEAR}")


def placed(local: datetime, zone: ZoneInfo, after: datetime | None = None) -> datetime:
    """A time by the wall clock as an instant.

    Of the hour that clocks show twice it is the first, unless the message before was later than that. A time that
    clocks leave out in spring becomes the one an hour later, as if they had not been changed yet.
    """
    first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if (
        second > first
        and after is not None
        and first < after - timedelta(minutes=1)
        and second >= after - timedelta(minutes=1)
    ):
        return second
    return first
