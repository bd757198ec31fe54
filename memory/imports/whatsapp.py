"""WhatsApp's "Export chat": a text of both platforms, whose lines begin with a date in the phone's own order.

iOS: `[12/31/25, 9:04:11 PM] Nora: …`; Android: `31/12/2025, 21:04 - Nora: …`. Messages have no id: one is made of
minute, speaker and words, so that a longer export of the same chat names each message as the earlier one did.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TextIO
from zoneinfo import ZoneInfo

from memory.imports import whatsapp_words as words
from memory.imports.dates import Dates, Order, local_time
from memory.imports.items import LONGEST_TEXT, Broken, ExportError, Item, LeftOut, name_of, placed, said, unmarked

LONGEST_LINE = 1_000_000  # characters; the rest of a longer one is read as further lines
REMEMBERED = 50_000  # messages among which the same words in the same minute are counted

_HEAD = re.compile(
    r"""(?P<bracket>\[)?(?P<date>\d{1,4}(?P<sep>[./-])[ ]?\d{1,2}(?P=sep)[ ]?\d{1,4})\.?,?[ ]+
    (?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?
    (?:[ ]?(?P<half>[ap])\.?[ ]?m\.?)?
    (?(bracket)[ ]?\]|[ ][-–])[ ]?""",
    re.VERBOSE | re.IGNORECASE,
)
_LONGEST_HEAD = 60
_SPEAKER = re.compile(r"(?P<speaker>[^:\n]{1,200}?):(?: |$)")
_SPACES = str.maketrans({"\u202f": " ", "\u00a0": " "})

Style = tuple[bool, str, bool, bool]  # bracket, separator, seconds, half of the day: one phone writes one


@dataclass(frozen=True, slots=True)
class Head:
    """How a message's first line begins."""

    style: Style
    date: tuple[str, str, str]  # as written
    hour: int
    minute: int
    second: int
    rest: str  # of the line, with its marks


def head_of(line: str) -> Head | None:
    """None for a line that goes on with the message before."""
    start = line[:_LONGEST_HEAD]
    plain = start if start.isascii() else unmarked(start).translate(_SPACES)
    match = _HEAD.match(plain)
    if match is None:
        return None
    hour, half = int(match["hour"]), (match["half"] or "").lower()
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    first, second, third = (part.strip() for part in match["date"].split(match["sep"]))
    return Head(
        style=(bool(match["bracket"]), match["sep"], match["second"] is not None, bool(half)),
        date=(first, second, third),
        hour=hour,
        minute=int(match["minute"]),
        second=int(match["second"] or 0),
        rest=line[match.end() :] if start is plain else _after(line, match.end()),
    )


def _after(line: str, length: int) -> str:
    """What follows the first `length` characters that are no marks."""
    for place, each in enumerate(line):
        if length == 0:
            return line[place:]
        length -= 1 if unmarked(each) else 0
    return ""


def lines_of(file: TextIO) -> Iterator[tuple[int, str]]:
    """Each line with its number, without its end."""
    number, begins = 0, True
    while piece := file.readline(LONGEST_LINE):
        number += begins
        begins = piece.endswith("\n")
        yield number, piece.rstrip("\n")


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How this file is written."""

    order: Order
    styles: frozenset[Style]


def layout_of(file: TextIO, today: date, order: Order | None = None) -> Layout:
    """From the whole file; raises ExportError where nothing in it tells the order of its dates and none is given.

    A line that begins in a style which few others have is something that was pasted into a message.
    """
    styles: dict[Style, Dates] = {}
    for _, line in lines_of(file):
        if (head := head_of(line)) is not None:
            styles.setdefault(head.style, Dates(today, month_first=head.style[1] != ".")).add(head.date)
    if not styles:
        raise ExportError("No message with a date was found in it.")
    most, main = max((dates.count, style) for style, dates in styles.items())
    order = order or styles[main].order()
    common = (
        style
        for style, dates in styles.items()
        if dates.count * 10 > most and dates.count > 1 and dates.evidence[order].impossible < dates.count
    )
    return Layout(order=order, styles=frozenset((main, *common)))


@dataclass(slots=True)
class Open:
    """A message whose lines are still coming."""

    head: Head
    number: int
    lines: list[str]
    length: int = 0

    def add(self, line: str) -> None:
        if self.length <= LONGEST_TEXT:
            self.lines.append(line)
        self.length += len(line) + 1


class Reader:
    def __init__(self, zone: ZoneInfo, layout: Layout) -> None:
        self._zone = zone
        self._layout = layout
        self._seen: OrderedDict[str, int] = OrderedDict()
        self._last: datetime | None = None

    def read(self, file: TextIO) -> Iterator[Item]:
        message: Open | None = None
        for number, line in lines_of(file):
            head = head_of(line)
            if head is not None and head.style in self._layout.styles:
                if message is not None:
                    yield self._item(message)
                message = Open(head, number, [head.rest])
            elif message is not None:
                message.add(line)
            elif unmarked(line).strip():
                yield Broken(where=f"line {number}", why="belongs to no message: no date stands before it")
        if message is not None:
            yield self._item(message)

    def _item(self, message: Open) -> Item:
        head = message.head
        local = local_time(head.date, self._layout.order, head.hour, head.minute, head.second)
        if local is None:
            return Broken(where=f"line {message.number}", why=f"has no time in the order {self._layout.order}")
        found = _SPEAKER.match(head.rest)
        if found is None or words.is_sentence(found["speaker"]):
            return LeftOut(why="notices of WhatsApp")
        message.lines[0] = head.rest[found.end() :]
        raw = "\n".join(message.lines)
        if words.is_notice(found["speaker"], raw):
            return LeftOut(why="notices of WhatsApp")
        if words.is_deleted(raw):
            return LeftOut(why="deleted messages")
        text = words.with_notes(raw)
        if not unmarked(text).strip():
            return LeftOut(why="empty messages")
        self._last = placed(local, self._zone, self._last)
        speaker = name_of(found["speaker"])
        return said(id=self._id(local, speaker, text), speaker=speaker, text=text, at=self._last)

    def _id(self, local: datetime, speaker: str, text: str) -> str:
        basis = f"{local:%Y-%m-%dT%H:%M}\n{speaker}\n{words.without_notes(text)}"
        digest = hashlib.sha256(basis.encode("utf-8", "replace")).hexdigest()[:32]
        count = self._seen.pop(digest, 0) + 1
        self._seen[digest] = count
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return f"wa:{digest}" + (f":{count}" if count > 1 else "")
