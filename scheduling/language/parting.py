"""A phrase parted into what it says of time and what is to be done.

Time may stand at the beginning, in the middle and at the end. What is left over is what is to be done, and is looked
through for words of time that the grammar found no place for: those make it an error, for they would be lost silently.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from typing import Any, Literal, get_args

from scheduling.language.items import Ahead, Clock, Day, Days, Every, EveryDate, EveryInterval, Part
from scheduling.language.misread import Misread
from scheduling.language.notation import Memo
from scheduling.language.text import Text
from scheduling.language.vocabulary import Speech

Kind = Literal["item", "around", "word", "attribute"]
OFTEN = (Every, EveryInterval, Days, EveryDate)
DATED = (*OFTEN, *get_args(Day), Ahead)
TIMED = (Clock, Part, Ahead, EveryInterval)

# Left over, these are lost words of time wherever they stand.
ALWAYS = ("EVERY", "TIME", "ISO", "SLASHED", "RELATIVE", "THISPART", "POINT", "ADVERB", "TWOFOLD", "MARK", "WEEKDAYS",
          "DAYSET", "DAYSETS", "EVERYDAY", "AGO", "PARTS", "EXCEPT", "OCLOCK", "GONE", "ALTERNATE", "AFTERNEXT",
          "WEEKEND", "QUARTERS", "COUPLE")  # fmt: skip
QUANTIFIERS = ("INT", "TENS", "ONES", "ONE", "EVERY", "NEXT", "LAST", "OTHER", "PER", "COUPLE", "HALF", "ORDINAL",
               "ORDINALWORD", "DECIMAL", "IN", "HOURS", "TIMES")  # fmt: skip
LONG_WEEKDAYS = (
    *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    *("martes", "miercoles", "jueves", "viernes", "sabado", "domingo"),
)
LONG_WORD, ALIKE = 6, 0.83  # so many letters, and so near to each other, as difflib measures it
MOST_HOURS, MOST_YEARS = 24, 9999
NUMBERS = ("INT", "TENS", "ONES", "DECIMAL", "ORDINAL", "ORDINALWORD", "HOURMINUTE", "MILITARY", "ZEROHOUR")


@dataclass(frozen=True)
class Piece:
    kind: Kind
    start: int
    end: int
    items: tuple[Any, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Heard:
    """The items in groups that "and" parts: "every weekday at 8:30 and every Saturday at 10"."""

    groups: tuple[tuple[Any, ...], ...]
    subject: str


def part(text: Text, speech: Speech) -> Heard:
    pieces = list(_pieces(text, speech))
    if not any(piece.kind == "item" for piece in pieces):
        raise _nothing(text, pieces)
    items = [item for piece in pieces for item in piece.items]
    last_item = 0
    for piece in pieces:
        if piece.kind == "item":
            _check_around(text, piece, last_item)
            last_item = piece.end
        if piece.kind == "attribute":
            _check_attribute(text, piece, items)
        if piece.kind == "word":
            _check_word(text, piece.start, pieces, items)
    _check_openings(text, pieces)
    _check_typos(text, pieces, items)
    return Heard(groups=tuple(_groups(text, pieces)), subject=_subject(text, pieces))


def _pieces(text: Text, speech: Speech) -> Iterator[Piece]:
    memo: Memo = {}
    at = 0
    last: Piece | None = None
    while at < len(text):
        last = _piece(text, speech, memo, at, last)
        yield last
        at = last.end


def _piece(text: Text, speech: Speech, memo: Memo, at: int, last: Piece | None) -> Piece:
    items = speech.grammar.read("item", text, memo, at)
    if not items and last and last.kind == "item":
        items = speech.grammar.read("bare_part", text, memo, at)
    end = max(items, default=at)
    attributes = speech.grammar.read("attribute", text, memo, at)
    if attributes and _is_attribute(text, at, max(attributes), end, last):
        return Piece("attribute", at, max(attributes), attributes[max(attributes)])
    around = _around(text, at, last)
    if end > at and end >= around and not _is_weak(text, at, end, last):
        return Piece("item", at, end, _flat(items[end]))
    if around > at:
        return Piece("around", at, around)
    return Piece("word", at, at + 1)


def _flat(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(item for value in values for item in (value if isinstance(value, tuple) else (value,)))


def _is_attribute(text: Text, at: int, end: int, item_end: int, last: Piece | None) -> bool:
    """ "The Friday meeting", "tomorrow's agenda", "la agenda de mañana": the time is part of what is to be done."""
    if text.has(at, "OF", "PARTOF"):  # "de mañana": of something that was named
        if text.ends(at + 1, "BENDING", "VAGUE"):
            return False
        return bool(last and last.kind in {"word", "attribute"}) and end >= item_end
    if text.has(at, "ADVERB") and not (last and last.kind == "word"):
        return False  # "daily standup" begins with how often; "send monthly reports" does not say so
    return end > item_end


def _is_weak(text: Text, at: int, end: int, last: Piece | None) -> bool:
    """ "Sun" and "may" are words of time only where nothing else can be meant."""
    if end > at + 1 or not text.has(at, "WEAK") or (last and last.kind == "item"):
        return False
    return (last is not None and last.kind == "word") or text.has(end, "PLAIN")


def _around(text: Text, at: int, last: Piece | None) -> int:
    """Where the courtesy, the request for a reminder or the link that begins here ends."""
    if last and last.kind in {"word", "attribute"}:
        return at
    names = ("COURTESY", "REMINDER", "LINK", "PUNCTUATION", "AND")
    return max((text.lexemes[at][name][1] for name in names if name in text.lexemes[at]), default=at)


def _check_around(text: Text, piece: Piece, since: int) -> None:
    """What stands beside a time may change it: "about 5", "before noon", "9 or 10"."""
    if text.ends(piece.start, "OR", since=since) or text.has(piece.end, "OR"):
        raise Misread("or", text.slice(piece.start, min(piece.end + 2, len(text))))
    if text.ends(piece.start, "BENDING", "ORDINALWORD", "ORDINAL", since=since):
        raise Misread("left", text.slice(piece.start - 1, piece.end))


def _check_attribute(text: Text, piece: Piece, items: list[Any]) -> None:
    needed = {"day": DATED, "time": TIMED, "often": OFTEN}[piece.items[-1]]
    is_reminder = any(text.has(at, "REMINDER") for at in range(len(text)))
    if not any(isinstance(item, needed) for item in items) and not (piece.items[-1] == "often" and is_reminder):
        raise Misread("attribute", text.slice(piece.start, piece.end))


def _check_word(text: Text, at: int, pieces: list[Piece], items: list[Any]) -> None:
    words = text.slice(at, at + 1)
    if text.has(at, "VAGUE") or (text.has(at, "EVENT") and _is_when(text, at, items)):
        raise Misread(
            "vague", text.slice(at, max(text.lexemes[at].get(name, (0, 0))[1] for name in ("VAGUE", "EVENT")))
        )
    is_inexact_hour = text.tokens[at].kind == "mixed" and text.ends(at, "AT", "LAS", "IN")  # at 5ish
    if (
        is_inexact_hour
        or text.has(at, *ALWAYS)
        or (text.has(at, "UNIT") and not text.has(at, "WEAK") and text.ends(at, *QUANTIFIERS))
    ):
        raise Misread("left", text.slice(max(at - 1, 0), min(at + 2, len(text))))
    if _is_half(text, at) or _is_of_the_clock(text, at) or text.lexemes[at].get("ONCE", (0, 0))[0] > 1:
        raise Misread("left", words)
    if text.has(at, "NEXT") and not text.ends(at, "DETERMINER") and not text.has(at, "DETERMINER"):
        raise Misread("left", words)
    if text.has(at, *NUMBERS) and not text.has(at, "ONE"):
        _check_number(text, at, items)
    if text.has(at, "WEAK"):
        if text.has(at, "WEEKDAY", "MONTH") and any(piece.kind == "item" and piece.start == at + 1 for piece in pieces):
            raise Misread("left", words)
        return
    needed = DATED if text.has(at, "MONTH", "WEEKDAY") else TIMED if text.has(at, "PART") else ()
    if needed and not any(isinstance(item, needed) for item in items):
        raise Misread("attribute", words)


def _is_when(text: Text, at: int, items: list[Any]) -> bool:
    """ "On Christmas", "at sunset", not "buy gifts for Christmas"."""
    first = at - 1 if text.has(at - 1, "DETERMINER") else at
    said_when = text.ends(first, "OPENING", "EVERY", "NEXT") or text.ends(at, "OPENING", "EVERY", "NEXT")
    return said_when or not any(isinstance(item, DATED) for item in items)


def _is_half(text: Text, at: int) -> bool:
    """ "In a week and a half", not "half of the payment"."""
    return text.has(at, "HALF") and not text.has(text.lexemes[at]["HALF"][1], "PLAIN", "DETERMINER", "LINK", "COUNTED")


def _is_of_the_clock(text: Text, at: int) -> bool:
    """ "In the am", not "I am"."""
    return text.has(at, "MERIDIEM") and not (at and text.tokens[at - 1].text in {"i", "who"})


def _check_number(text: Text, at: int, items: list[Any]) -> None:
    """A number belongs to the task where something is counted, or where the hour has been said."""
    if text.ends(at, "AT", "LAS", "UNTIL", "BETWEEN", "EVERY", "IN"):
        raise Misread("left", text.slice(at - 1, at + 1))
    if text.has(at + 1, "PLAIN", "COUNTED"):
        return
    number = text.lexemes[at].get("INT", (0, 0))[0]
    if number > MOST_YEARS:
        return  # a telephone's, an account's
    is_timed = any(isinstance(item, (Clock, Ahead, EveryInterval)) for item in items)
    is_of_task = text.has(at - 1, "PLAIN", "COUNTED") or (text.has(at - 1, "LINK") and not text.has(at - 1, "AND"))
    if not (is_of_task and (number > MOST_HOURS or is_timed)):
        raise Misread("left", text.slice(at, at + 1))


def _check_openings(text: Text, pieces: list[Piece]) -> None:
    """Nothing is done "at sunset" or "when Bob calls": a task that begins so is a time that was not understood."""
    for before, piece in pairwise([None, *pieces]):
        if piece is None or piece.kind != "word" or (before and before.kind in {"word", "attribute"}):
            continue
        if before and before.kind == "item" and any(text.has(piece.start + at, "ELSEWHERE") for at in range(3)):
            raise Misread("left", text.slice(piece.start, min(piece.start + 3, len(text))))
        is_first = before is None or text.has(before.start, "REMINDER", "COURTESY")
        if text.has(piece.start, "CONDITION") or (is_first and text.has(piece.start, "OPENING")):
            raise Misread("left", text.slice(piece.start, min(piece.start + 3, len(text))))


def _check_typos(text: Text, pieces: list[Piece], items: list[Any]) -> None:
    """Where no day was understood, "wensday" was one."""
    if any(isinstance(item, DATED) for item in items):
        return
    for piece in pieces:
        word = text.tokens[piece.start].text
        if piece.kind == "word" and len(word) >= LONG_WORD and get_close_matches(word, LONG_WEEKDAYS, 1, ALIKE):
            raise Misread("left", text.slice(piece.start, piece.end))


def _nothing(text: Text, pieces: list[Piece]) -> Misread:
    for piece in pieces:
        if piece.kind == "attribute":
            return Misread("attribute", text.slice(piece.start, piece.end))
        for at in range(piece.start, piece.end):
            for name in ("VAGUE", "EVENT"):
                if text.has(at, name):
                    return Misread("vague", text.slice(at, text.lexemes[at][name][1]))
    return Misread("nothing")


def _groups(text: Text, pieces: list[Piece]) -> Iterator[tuple[Any, ...]]:
    """A new one begins with a day and a time of its own, behind "and" or a comma."""
    parted: list[tuple[bool, list[Any]]] = [(False, [])]
    for piece in pieces:
        if piece.kind == "around" and text.has(piece.start, "AND", "COMMA"):
            parted.append((text.has(piece.start, "AND"), []))
        parted[-1][1].extend(piece.items if piece.kind == "item" else ())
    group: list[Any] = []
    for is_and, more in parted:
        if _is_timed(group) and any(isinstance(item, DATED) for item in more):
            if _is_timed(more):
                yield tuple(group)
                group = []
            elif is_and:
                raise Misread("conflict")
        group += more
    yield tuple(group)


def _is_timed(items: list[Any]) -> bool:
    return any(isinstance(item, TIMED) for item in items)


def _subject(text: Text, pieces: list[Piece]) -> str:
    runs: list[tuple[int, int]] = []
    for piece in pieces:
        if piece.kind in {"word", "attribute"}:
            if runs and runs[-1][1] == piece.start:
                runs[-1] = (runs[-1][0], piece.end)
            else:
                runs.append((piece.start, piece.end))
    said = " ".join(text.slice(start, _trimmed(text, start, end)) for start, end in runs).strip(" ,.;:-–—(")
    return said[1:-1] if said[:1] + said[-1:] in {'""', "“”", "«»"} and len(said) > 1 else said


def _trimmed(text: Text, start: int, end: int) -> int:
    """Where what is to be done ends, without a "please" or an "and" behind it."""
    while end > start:
        begins = next((at for at in range(start, end) if _ends_politely(text, at, end)), None)
        if begins is None:
            return end
        end = begins
    return end


def _ends_politely(text: Text, at: int, end: int) -> bool:
    return any(
        text.lexemes[at].get(name, (None, 0))[1] == end for name in ("COURTESY", "PUNCTUATION", "AND", "REMINDER")
    )
