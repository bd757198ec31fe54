"""A phrase parted into what it says of time and what is to be done.

Time may stand at the beginning, in the middle and at the end. What is left over is what is to be done, and is looked
through for words of time that the grammar found no place for: those make it an error, for they would be lost silently.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scheduling.language.leftover import (
    DATED,
    TIMED,
    Piece,
    check_around,
    check_attribute,
    check_openings,
    check_runs,
    check_typos,
    check_word,
    nothing,
)
from scheduling.language.misread import Misread
from scheduling.language.notation import Memo
from scheduling.language.text import Text
from scheduling.language.vocabulary import Speech

NO_LINKS = ("PUNCTUATION", "COURTESY", "REMINDER")


@dataclass(frozen=True, kw_only=True)
class Heard:
    """The items in groups that "and" parts: "every weekday at 8:30 and every Saturday at 10"."""

    groups: tuple[tuple[Any, ...], ...]
    subject: str


def part(text: Text, speech: Speech) -> Heard:
    pieces = list(_pieces(text, speech))
    if not any(piece.kind == "item" for piece in pieces):
        raise nothing(text, pieces)
    items = [item for piece in pieces for item in piece.items]
    last_item = 0
    for piece in pieces:
        if piece.kind == "item":
            check_around(text, piece, last_item)
            last_item = piece.end
        if piece.kind == "attribute":
            check_attribute(text, piece, items)
        if piece.kind == "word":
            check_word(text, piece.start, pieces, items)
    check_openings(text, pieces)
    check_runs(text, pieces)
    check_typos(text, pieces, items)
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
    if not items:  # "evening at 7", "morning"
        begins = last is None or last.kind == "around"
        items = speech.grammar.read("leading_part", text, memo, at)
        if begins and not items:
            found = speech.grammar.read("bare_part", text, memo, at)
            items = {end: values for end, values in found.items() if end == len(text)}
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
    if text.has(at, "ANSWER") and text.has(text.lexemes[at]["ANSWER"][1], "COMMA"):  # "no, tomorrow at 9"
        return text.lexemes[at]["ANSWER"][1] + 1
    names = ("COURTESY", "REMINDER", "LINK", "PUNCTUATION", "AND")
    return max((text.lexemes[at][name][1] for name in names if name in text.lexemes[at]), default=at)


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
    linked = 0  # where the links begin that lead to this piece: "tell me … to go home"
    for piece in pieces:
        if piece.kind in {"word", "attribute"}:
            if runs and runs[-1][1] == piece.start:
                runs[-1] = (runs[-1][0], piece.end)
            else:
                runs.append((linked if runs else piece.start, piece.end))
        elif piece.kind == "item" or text.has(piece.start, *NO_LINKS):
            linked = piece.end
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
