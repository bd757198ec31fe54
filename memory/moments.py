"""Dates as a model gives them. Pure."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

SHORT = re.compile(r"\d{4}(?:-\d{2})?")  # a year, a month
EARLIEST, LATEST = 1000, 2200  # the years: beyond 9999, where a zone shifts its end, no date can be read again
OUT_OF_REACH = f"Only years from {EARLIEST} to {LATEST} can be kept. What has no known end is given without one."


def is_in_reach(at: datetime) -> bool:
    return EARLIEST <= at.year <= LATEST


def moment(text: str, zone: ZoneInfo) -> datetime:
    """ "2024", "2024-05", "2024-05-01" or "2024-05-01T18:30": its beginning, in the zone where it has none of its own.

    Raises ValueError, in words that say what is expected.
    """
    given = text.strip()
    if SHORT.fullmatch(given):
        given = f"{given}-01-01"[:10]
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        found = None
    if found is None:
        raise ValueError(f"“{text}” is no date. Write it as 2024-05-01, with a time as 2024-05-01T18:30.")
    if not is_in_reach(found):
        raise ValueError(f"“{text}”: {OUT_OF_REACH}")
    return found if found.tzinfo is not None else found.replace(tzinfo=zone)
