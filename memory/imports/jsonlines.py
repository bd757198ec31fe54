"""JSON lines: {"id", "speaker", "text", "at"}, one message a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TextIO
from zoneinfo import ZoneInfo

from memory.imports.items import LONGEST_ID, Broken, Item, LeftOut, check_year, placed, said

LONGEST_LINE = 4_000_000  # characters


def read(file: TextIO, zone: ZoneInfo) -> Iterator[Item]:
    """`zone` is that of times without an offset."""
    for number, line in enumerate(_lines(file), start=1):
        if not line.strip():
            continue
        try:
            yield _item(line, zone)
        except ValueError as error:
            yield Broken(where=f"line {number}", why=str(error))


def _lines(file: TextIO) -> Iterator[str]:
    """Each line; of one that is longer than any message could be, as much as shows that."""
    while line := file.readline(LONGEST_LINE + 1):
        yield line
        while len(line) > LONGEST_LINE and not line.endswith("\n"):
            line = file.readline(LONGEST_LINE + 1)


def _item(line: str, zone: ZoneInfo) -> Item:
    """Raises ValueError for what is no message."""
    if len(line) > LONGEST_LINE:
        raise ValueError(f"is longer than {LONGEST_LINE:,} characters")
    try:
        found = json.loads(line)
    except RecursionError:
        raise ValueError("is no JSON that a message could be") from None
    except ValueError as error:
        raise ValueError(f"is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise ValueError("is no object")  # noqa: TRY004 - all refusals alike
    speaker, text = _string(found, "speaker"), _string(found, "text")
    identifier, at = _identifier(found), _time(_string(found, "at"), zone)
    if not text.strip():
        return LeftOut(why="empty messages")
    return said(id=identifier, speaker=speaker, text=text, at=at)


def _string(found: dict[str, object], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str):
        why = f'has no "{name}"' if value is None else f'has a "{name}" that is no string'
        raise ValueError(why)  # noqa: TRY004
    return value


def _identifier(found: dict[str, object]) -> str:
    value = found.get("id")
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise ValueError('has no "id"' if value is None or value == "" else 'has an "id" that is no string')
    if len(identifier := str(value)) > LONGEST_ID:
        raise ValueError(f'has an "id" of more than {LONGEST_ID} characters')
    return identifier


def _time(text: str, zone: ZoneInfo) -> datetime:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError('has an "at" that is no time in ISO 8601, such as 2025-03-04T09:12:00') from None
    check_year(at)
    return placed(at, zone) if at.tzinfo is None else at.astimezone(UTC)
