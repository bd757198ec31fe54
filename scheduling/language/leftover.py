"""What is left of a phrase when its times are found: words of time among it make it an error.

They would be lost silently. A word of time may stand in what is to be done where that is plain: "the Friday meeting",
"call room 9", "plan the week".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import groupby, pairwise
from typing import Any, Literal, get_args

from scheduling.language.items import (
    Ahead,
    Clock,
    Day,
    Days,
    DaysOfMonth,
    Edge,
    Every,
    EveryDate,
    EveryInterval,
    Nth,
    Part,
)
from scheduling.language.misread import Misread
from scheduling.language.text import Text

Kind = Literal["item", "around", "word", "attribute"]
OFTEN = (Every, EveryInterval, Days, EveryDate)
DATED = (*OFTEN, *get_args(Day), Ahead)
TIMED = (Clock, Part, Ahead, EveryInterval)

# Left over, these are lost words of time wherever they stand.
# fmt: off
ALWAYS = (
    "CLOCKLIKE",
    "EVERY",
    "TIME",
    "ISO",
    "SLASHED",
    "RELATIVE",
    "THISPART",
    "POINT",
    "ADVERB",
    "TWOFOLD",
    "MARK",
    "WEEKDAYS",
    "DAYSET",
    "DAYSETS",
    "EVERYDAY",
    "AGO",
    "PARTS",
    "EXCEPT",
    "OCLOCK",
    "GONE",
    "ALTERNATE",
    "AFTERNEXT",
    "WEEKEND",
    "QUARTERS",
    "COUPLE",
)
# fmt: on
QUANTIFIERS = (
    "INT",
    "TENS",
    "ONES",
    "ONE",
    "EVERY",
    "NEXT",
    "LAST",
    "OTHER",
    "PER",
    "COUPLE",
    "HALF",
    "ORDINAL",
    "ORDINALWORD",
    "DECIMAL",
    "IN",
    "HOURS",
    "TIMES",
)  # fmt: skip
LONG_WEEKDAYS = (
    *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    *("martes", "miercoles", "jueves", "viernes", "sabado", "domingo"),
)
LONG_MONTHS = (
    *("january", "february", "august", "september", "october", "november", "december"),
    *("febrero", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)
TIME_WORDS = (
    *(
        *LONG_WEEKDAYS,
        "lunes",
        "today",
        "tomorrow",
        "tonight",
        "morning",
        "evening",
        "afternoon",
        "midnight",
        "weekend",
    ),
    *("weekday", "manana", "medianoche", "mediodia", "semana", "noche"),
)
LONG_ALONE, ALIKE_ALONE, LONG_MIXED = 4, 0.8, 4
LIKE_A_WEEKDAY = re.compile(r"\w{2,}[snre]day")  # "Blursday": whatever it is, it says when
LONG_BESIDE, ALIKE_BESIDE = 5, 0.85
UNLIKE = {"money", "mooring", "dominio", "manzana"}  # no misspelt day, near as they are
LONG_WORD, ALIKE = 6, 0.83  # so many letters, and so near to each other, as difflib measures it
MOST_HOURS, MOST_YEARS = 24, 9999
NUMBERS = ("INT", "TENS", "ONES", "DECIMAL", "ORDINAL", "ORDINALWORD", "HOURMINUTE", "MILITARY", "ZEROHOUR")


@dataclass(frozen=True)
class Piece:
    kind: Kind
    start: int
    end: int
    items: tuple[Any, ...] = ()


def check_around(text: Text, piece: Piece, since: int) -> None:
    """What stands beside a time may change it: "about 5", "before noon", "9 or 10"."""
    if text.ends(piece.start, "OR", since=since) or text.has(piece.end, "OR"):
        raise Misread("or", text.slice(piece.start, min(piece.end + 2, len(text))))
    if text.has(piece.start, "INT") and text.has(piece.start + 1, "INPART") and text.has(piece.start - 1, "PLAIN"):
        raise Misread("left", text.slice(piece.start - 1, piece.end))  # "show house 12 in the afternoon"
    if text.ends(piece.start, "BENDING", "ORDINALWORD", "ORDINAL", since=since):
        raise Misread("left", text.slice(piece.start - 1, piece.end))


def check_attribute(text: Text, piece: Piece, items: list[Any]) -> None:
    needed = {"day": DATED, "time": TIMED, "often": OFTEN}[piece.items[-1]]
    is_monthly = any(_is_every_month(item) for item in items)
    is_reminder = any(text.has(at, "REMINDER") for at in range(len(text)))
    if not any(isinstance(item, needed) for item in items) and not (
        piece.items[-1] == "often" and (is_reminder or is_monthly)
    ):
        raise Misread("attribute", text.slice(piece.start, piece.end))


def _is_every_month(item: Any) -> bool:
    return (isinstance(item, (Nth, DaysOfMonth)) and item.of == "every") or (
        isinstance(item, Edge) and item.which == "every"
    )


def check_word(text: Text, at: int, pieces: list[Piece], items: list[Any]) -> None:
    words = text.slice(at, at + 1)
    _check_name(text, at, pieces, items)
    if text.has(at, "VAGUE") or (text.has(at, "EVENT") and _is_when(text, at, items)):
        raise Misread(
            "vague", text.slice(at, max(text.lexemes[at].get(name, (0, 0))[1] for name in ("VAGUE", "EVENT")))
        )
    if text.has(at, *ALWAYS) or any(is_time(text, at) for is_time in (_is_hour, _is_half, _is_of_the_clock, _is_often)):
        raise Misread("left", text.slice(max(at - 1, 0), min(at + 2, len(text))))
    if text.has(at, "UNIT") and not text.has(at, "WEAK") and _is_length(text, at, pieces):
        raise Misread("left", words)
    if text.has(at, "NEXT") and not text.ends(at, "DETERMINER") and not text.has(at, "DETERMINER"):
        raise Misread("left", words)
    if text.has(at, *NUMBERS) and not text.has(at, "ONE"):
        _check_number(text, at, pieces, items)
    if text.has(at, "WEAK"):
        if text.has(at, "WEEKDAY", "MONTH") and any(piece.kind == "item" and piece.start == at + 1 for piece in pieces):
            raise Misread("left", words)
        return
    if text.has(at, "PART") or (text.has(at, "MONTH", "WEEKDAY") and not _is_named(text, at, pieces, items)):
        raise Misread("attribute", words)


def _check_name(text: Text, at: int, pieces: list[Piece], items: list[Any]) -> None:
    """What looks like a name and may be a time: "9 Oak Street", "febuary 20", "FREQ=DAILY"."""
    if text.has(at, "HOUSE") and _is_hour_too(text, at, pieces, items):
        raise Misread("left", text.slice(at, at + 1))
    is_weekday = text.has(at, "PLAIN") and LIKE_A_WEEKDAY.fullmatch(text.tokens[at].text)
    if text.tokens[at].text == "=" or is_weekday or _is_misspelt_month(text, at):
        raise Misread("left", text.slice(max(at - 1, 0), min(at + 2, len(text))))


def _is_hour_too(text: Text, at: int, pieces: list[Piece], items: list[Any]) -> bool:
    """ "Tomorrow at 9 Oak Street showing", not "the showing at 9 Oak Street tomorrow"."""
    if text.lexemes[at]["HOUSE"][0] not in range(1, MOST_HOURS + 1) or any(isinstance(item, Clock) for item in items):
        return False
    is_at = text.ends(at, "AT", "LAS")
    before = next((piece for piece in pieces if piece.end == at - is_at), None)
    return before is None or before.kind == "item" or (is_at and before.kind == "around")


def _is_named(text: Text, at: int, pieces: list[Piece], items: list[Any]) -> bool:
    """ "Call June tomorrow": a month's name is somebody's where a day was said; not "all Mondays of June"."""
    if not any(isinstance(item, DATED) for item in items) or not text.has(at - 1, "PLAIN", "LINK", "DETERMINER"):
        return False
    return not any(piece.kind == "item" and text.has(piece.end, "OF") and piece.end == at - 1 for piece in pieces)


def _is_when(text: Text, at: int, items: list[Any]) -> bool:
    """ "On Christmas", "at sunset", not "buy gifts for Christmas"."""
    first = at - 1 if text.has(at - 1, "DETERMINER") else at
    said_when = text.ends(first, "OPENING", "EVERY", "NEXT") or text.ends(at, "OPENING", "EVERY", "NEXT")
    return said_when or not any(isinstance(item, DATED) for item in items)


def _is_length(text: Text, at: int, pieces: list[Piece]) -> bool:
    """ "A week", "of the week", not "plan the week"."""
    start = at
    words = {
        index for piece in pieces if piece.kind in {"word", "attribute"} for index in range(piece.start, piece.end)
    }
    while start - 1 in words:
        start -= 1
    return text.ends(at, *QUANTIFIERS) or not any(text.has(index, "PLAIN") for index in range(start, at))


def _is_hour(text: Text, at: int) -> bool:
    """ "At 5ish"."""
    return text.tokens[at].kind == "mixed" and text.ends(at, "AT", "LAS", "IN")


def _is_often(text: Text, at: int) -> bool:
    """ "Twice"."""
    return bool(text.lexemes[at].get("ONCE", (0, 0))[0] > 1)


def _is_half(text: Text, at: int) -> bool:
    """ "In a week and a half", not "half of the payment"."""
    return text.has(at, "HALF") and not text.has(text.lexemes[at]["HALF"][1], "PLAIN", "DETERMINER", "LINK", "COUNTED")


def _is_of_the_clock(text: Text, at: int) -> bool:
    """ "In the am", not "I am"."""
    return text.has(at, "MERIDIEM") and not (at and text.tokens[at - 1].text in {"i", "who"})


def _check_number(text: Text, at: int, pieces: list[Piece], items: list[Any]) -> None:
    """A number belongs to the task where something is counted, or where the hour has been said."""
    is_range = text.ends(at, "WINDOWTO") and any(piece.kind == "item" and piece.end == at - 1 for piece in pieces)
    if is_range or text.ends(at, "AT", "LAS", "UNTIL", "BETWEEN", "EVERY", "IN"):
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


def check_openings(text: Text, pieces: list[Piece]) -> None:
    """Nothing is done "at sunset" or "when Bob calls": a task that begins so is a time that was not understood."""
    for before, piece in pairwise([None, *pieces]):
        if piece is None or piece.kind != "word" or (before and before.kind in {"word", "attribute"}):
            continue
        if before and before.kind == "item" and any(text.has(piece.start + at, "ELSEWHERE") for at in range(3)):
            raise Misread("left", text.slice(piece.start, min(piece.start + 3, len(text))))
        is_first = before is None or text.has(before.start, "REMINDER", "COURTESY")
        if text.has(piece.start, "CONDITION") or (is_first and text.has(piece.start, "OPENING")):
            raise Misread("left", text.slice(piece.start, min(piece.start + 3, len(text))))


def check_runs(text: Text, pieces: list[Piece]) -> None:
    """What is to be done has a word of its own, and does not begin with one that changes the time."""
    items = [piece for piece in pieces if piece.kind == "item"]
    begins, ends = {piece.start for piece in items}, {piece.end for piece in items}
    for is_left, run in groupby(pieces, key=lambda piece: piece.kind in {"word", "attribute"}):
        parts = list(run)
        start, end = parts[0].start, parts[-1].end
        if is_left and ((start in ends and _is_nearly_a_day(text, start)) or (end in begins and _bends(text, end))):
            raise Misread("left", text.slice(start, end))
        if not is_left or all(text.tokens[at].kind == "sign" for at in range(start, end)):
            continue
        is_task = any(_has_content(text, piece) for piece in parts) or text.ends(start, "LINK")
        if not is_task or text.has(start, "MODIFIER") or _is_misspelt(text, start, end):
            raise Misread("left", text.slice(start, end))


def _has_content(text: Text, piece: Piece) -> bool:
    is_short = text.tokens[piece.start].kind == "mixed" and len(text.tokens[piece.start].text) < LONG_MIXED  # x2
    return piece.kind == "attribute" or (text.has(piece.start, "PLAIN", "COUNTED") and not is_short)


def _is_misspelt(text: Text, start: int, end: int) -> bool:
    """ "Toningt" alone beside a time."""
    word = text.tokens[start].text
    if end > start + 1:
        return False
    is_short = text.tokens[start].kind == "mixed" and word[0].isdigit()  # "2nite"
    if is_short or len(word) < LONG_ALONE:
        return is_short
    is_cut = any(month.startswith(word) for month in LONG_MONTHS)  # "decem"
    return is_cut or bool(get_close_matches(word, (*TIME_WORDS, *LONG_MONTHS), 1, ALIKE_ALONE))


def _is_nearly_a_day(text: Text, at: int) -> bool:
    """ "Tomorrow at 9 mondy call Bob"."""
    word = text.tokens[at].text
    if not text.has(at, "PLAIN") or len(word) < LONG_BESIDE or word in UNLIKE:
        return False
    return bool(get_close_matches(word, TIME_WORDS, 1, ALIKE_BESIDE))


def _bends(text: Text, end: int) -> bool:
    """Directly before a time: "call Bob mondy at 9", "London time tomorrow at 9"."""
    is_place = (
        text.has(end - 1, "ELSEWHERE") and text.has(end - 2, "PLAIN") and text.slice(end - 2, end - 1)[0].isupper()
    )
    return is_place or _is_nearly_a_day(text, end - 1)


def _is_misspelt_month(text: Text, at: int) -> bool:
    """ "Febuary 20"."""
    word = text.tokens[at].text
    is_dated = text.has(at + 1, "INT", "ORDINAL") or text.has(at - 1, "ORDINAL", "OF")
    return is_dated and len(word) >= LONG_WORD and bool(get_close_matches(word, LONG_MONTHS, 1, ALIKE))


def check_typos(text: Text, pieces: list[Piece], items: list[Any]) -> None:
    """Where no day was understood, "wensday" was one."""
    if any(isinstance(item, DATED) for item in items):
        return
    for piece in pieces:
        word = text.tokens[piece.start].text
        if piece.kind == "word" and len(word) >= LONG_WORD and get_close_matches(word, LONG_WEEKDAYS, 1, ALIKE):
            raise Misread("left", text.slice(piece.start, piece.end))


def nothing(text: Text, pieces: list[Piece]) -> Misread:
    for piece in pieces:
        if piece.kind == "attribute":
            return Misread("attribute", text.slice(piece.start, piece.end))
        for at in range(piece.start, piece.end):
            if text.has(at, "OR") and text.has(at - 1, *NUMBERS) and text.has(at + 1, *NUMBERS):
                return Misread("or", text.slice(at - 1, at + 2))
            for name in ("VAGUE", "EVENT"):
                if text.has(at, name):
                    return Misread("vague", text.slice(at, text.lexemes[at][name][1]))
    return Misread("nothing")
