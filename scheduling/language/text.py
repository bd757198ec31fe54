"""A phrase as tokens: what each word may mean in a language, and where it stands in what was written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from scheduling.language.houses import houses

Vocabulary = Mapping[str, Mapping[Hashable, str]]  # class → value → phrases, parted by commas
Lexicon = dict[tuple[str, ...], list[tuple[str, Any]]]

LONGEST_PHRASE = 7  # words of the longest phrase of a vocabulary
FRACTION = "\N{FRACTION SLASH}"
FIRST_YEAR = 1900  # of four digits: smaller ones are not read as a year
LAST_HOUR, LAST_MINUTE, NOON = 23, 59, 12

NAMES = {"word", "mixed", "other", "quoted", "house"}  # kinds of tokens that may name anything
NAMES_TOO = {"TELLING", "COUNTED", "HOUSE"}  # classes that leave it so

PATTERN = re.compile(
    r"""
    (?P<quoted>"[^"]*"|“[^”]*”|«[^»]*»)
    |(?P<other>https?://\S+|[^\s@]+@[^\s@]+\.[^\s@]+|[$€£#]\s?\d[\d.,]*[a-z]?|\d[\d.,]*\s?[%€$£]|\+\d[\d\s().-]{5,}\d
        |\d+(?:-\d{3,})+(?![\d-]))
    |(?P<iso>\d{4,}-\d{1,2}-\d{1,2}(?:[t ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s?z|\s?[+-]\d{2}:?\d{2})?)?(?![\w:-]))
    |(?P<fraction>\d{1,2}\N{FRACTION SLASH}\d{1,2}(?!\d))
    |(?P<slashed>\d{1,4}/\d{1,2}(?:/\d{2,4})?(?![\d/])|\d{1,2}(?P<parted>[-.])\d{1,2}(?P=parted)\d{4}(?!\d))
    |(?P<time>\d{1,2}:\d{2}(?::\d{2})?(?!\d)|\d{1,2}h(?:\d{2}(?:m|min)?)?(?![a-z\d]))
    |(?P<dotted>\d+\.\d+(?![\d.])|\d+,\d(?=\s*(?:h|hora|horas|minutos)\b))
    |(?P<mark>:\d{2}(?!\d))
    |(?P<ordinal>\d{1,2}(?:st|nd|rd|th|ero|ro|do|er|to|o|°)(?![a-z]))
    |(?P<number>\d{1,10}(?=(?:am|pm|[ap]\.\s?m|[ap]|hs?|hrs?|m|mins?|s|secs?|seg|d|w|wks?)(?![a-z])|(?![a-z\d])))
    |(?P<meridiem>(?<=[\d\s])[ap]\.\s?m\b\.?|(?<=\d)[ap]m?(?![a-z]))
    |(?P<mixed>\w*\d\w*)
    |(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*)
    |(?P<sign>[^\s'])
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Token:
    text: str  # without accents, in lower case
    start: int  # in what was written
    end: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class Text:
    written: str
    tokens: tuple[Token, ...]
    lexemes: tuple[dict[str, tuple[Any, int]], ...]  # at each token: class → value and the token after its words

    def __len__(self) -> int:
        return len(self.tokens)

    def has(self, at: int, *classes: str) -> bool:
        return 0 <= at < len(self.tokens) and any(name in self.lexemes[at] for name in classes)

    def ends(self, at: int, *classes: str, since: int = 0) -> bool:
        """Whether words of one of these classes end before the token `at`, and none of them before `since`."""
        return any(
            self.lexemes[start].get(name, (None, -1))[1] == at
            for start in range(max(at - 2 * LONGEST_PHRASE, since), at)
            for name in classes
        )

    def slice(self, start: int, end: int) -> str:
        return self.written[self.tokens[start].start : self.tokens[end - 1].end] if start < end else ""


def read(written: str, lexicon: Lexicon) -> Text:
    tokens = tokenize(written)
    return Text(
        written=written,
        tokens=tokens,
        lexemes=tuple(_lexemes(tokens, at, lexicon) for at in range(len(tokens))),
    )


@lru_cache(maxsize=64)
def tokenize(written: str) -> tuple[Token, ...]:
    folded, places = fold(written)
    places.append(len(written))
    tokens: list[Token] = []
    since = 0
    for start, end, number in (
        *houses(folded, lambda at: written[places[at]].isupper()),
        (len(folded), len(folded), 0),
    ):
        tokens += (
            Token(match.group(), places[match.start()], places[match.end() - 1] + 1, str(match.lastgroup))
            for match in PATTERN.finditer(folded, since, start)
            if match.group().strip()
        )
        if start < end:
            tokens.append(Token(str(number), places[start], places[end - 1] + 1, "house"))
        since = end
    return tuple(tokens)


def fold(written: str) -> tuple[str, list[int]]:
    """In lower case without accents, and for each character its place in what was written."""
    characters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(written):
        plain = "'" if character in "’‘`´" else unicodedata.normalize("NFKD", character.casefold())
        plain = f" {plain}" if FRACTION in plain and plain != FRACTION else plain  # ½
        kept = [each for each in plain if not unicodedata.combining(each)]
        characters += kept
        places += [place] * len(kept)
    return "".join(characters), places


def compile_lexicon(*vocabularies: Vocabulary) -> Lexicon:
    lexicon: Lexicon = {}
    for vocabulary in vocabularies:
        for name, meanings in vocabulary.items():
            for value, phrases in meanings.items():
                for phrase in filter(None, phrases.split(",")):
                    words = tuple(token.text for token in tokenize(phrase.strip()))
                    if len(words) > LONGEST_PHRASE:
                        raise ValueError(f"Longer than LONGEST_PHRASE: {phrase}")
                    lexicon.setdefault(words, []).append((name, value))
    return lexicon


def _lexemes(tokens: tuple[Token, ...], at: int, lexicon: Lexicon) -> dict[str, tuple[Any, int]]:
    found = _own(tokens[at], at) | _known(tokens, at, lexicon)
    if tokens[at].kind in NAMES and not found.keys() - NAMES_TOO:
        found["PLAIN"] = (None, at + 1)
    return found


def _known(tokens: tuple[Token, ...], at: int, lexicon: Lexicon) -> dict[str, tuple[Any, int]]:
    """Of each class the longest phrase that begins here; "end-of-day" is read as "end of day"."""
    found: dict[str, tuple[Any, int]] = {}
    words: tuple[str, ...] = ()
    for end in range(at, min(at + 2 * LONGEST_PHRASE, len(tokens))):
        if tokens[end].text in "-–" and words and end + 1 < len(tokens):
            continue
        words = (*words, tokens[end].text)
        if len(words) > LONGEST_PHRASE:
            break
        for name, value in lexicon.get(words, ()):
            found[name] = (value, end + 1)
    return found


def _own(token: Token, at: int) -> dict[str, tuple[Any, int]]:
    """The classes a token has in every language."""
    readings = READINGS.get(token.kind)
    return {name: (value, at + 1) for name, value in readings(token.text)} if readings else {}


def _number(text: str) -> Iterator[tuple[str, Any]]:
    value = int(text)
    if len(text) == len("0900") and value >= FIRST_YEAR:
        yield "YEAR", value
    if len(text) in {len("930"), len("0900")} and value // 100 <= LAST_HOUR and value % 100 <= LAST_MINUTE:
        yield ("MILITARY" if text[0] == "0" else "HOURMINUTE"), (value // 100, value % 100)
    if len(text) > 1 and text[0] == "0" and value <= LAST_HOUR:
        yield "ZEROHOUR", value
    if text[0] != "0" or value == 0 or len(text) == len("09"):
        yield "INT", value


def _time(text: str) -> Iterator[tuple[str, Any]]:
    hour, minute, second = (int(each or 0) for each in (*re.split(r"[:h.]", text.rstrip("min")), 0, 0)[:3])
    if text.count(":") == 0:
        yield "HOURS", hour * 60 + minute
    yield "CLOCKLIKE", None  # also what no clock shows: 9:75
    if hour <= LAST_HOUR and minute <= LAST_MINUTE and second <= LAST_MINUTE:
        yield "TIME", (hour, minute, second, text[0] == "0" or hour > NOON)


def _dotted(text: str) -> Iterator[tuple[str, Any]]:
    yield "DECIMAL", float(text.replace(",", "."))
    if re.fullmatch(r"\d{1,2}\.\d{2}", text):
        yield from (each for each in _time(text) if each[0] == "TIME")


def _sign(text: str) -> Iterator[tuple[str, Any]]:
    if text == ",":
        yield "COMMA", None
    elif text in "-–—":
        yield "DASH", None
    if text in ",.;:!?¿¡()…-–—":
        yield "PUNCTUATION", None


READINGS: dict[str, Callable[[str], Iterator[tuple[str, Any]]]] = {
    "number": _number,
    "time": _time,
    "dotted": _dotted,
    "sign": _sign,
    "house": lambda text: iter([("HOUSE", int(text))]),
    "mark": lambda text: iter([("MARK", int(text[1:])) if int(text[1:]) <= LAST_MINUTE else ("CLOCKLIKE", None)]),
    "ordinal": lambda text: iter([("ORDINAL", int(re.sub(r"\D", "", text)))]),
    "meridiem": lambda text: iter([("MERIDIEM", f"{text[0]}m")]),
    "fraction": lambda _text: iter([("FRACTION", None)]),
    "iso": lambda text: iter([("ISO", text)]),
    "slashed": lambda text: iter([("SLASHED", tuple(int(each) for each in re.split(r"[/.-]", text)))]),
}
