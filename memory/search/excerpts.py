"""A long text is cut around the words for which it was found. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from memory.search.words import fold

WORD = re.compile(r"[^\W_]+")
LOOKED_AT = 65_536  # characters: of longer texts no more is in the index
BEFORE = 200  # characters that lead up to the first word
ALIKE = 2  # letters that a word and its stem begin with; only such words are worth stemming
CUT = "…"

Meant: TypeAlias = tuple[int, float]  # the asked word that a word is or stands for, and how surely


def words_like(text: str, lexemes: Iterable[str]) -> set[str]:
    """Words of the text, folded, that may be forms of one of these."""
    beginnings = {lexeme[:ALIKE] for lexeme in lexemes}
    return {word for _, word in words_in(text) if word[:ALIKE] in beginnings}


def words_in(text: str) -> Iterator[tuple[int, str]]:
    """Each with its place."""
    return ((found.start(), fold(found[0])) for found in WORD.finditer(text, 0, LOOKED_AT))


def one_line(text: str) -> str:
    """Accents are a part of their letters, else a word would end before them."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def excerpt(line: str, meant: Mapping[str, Meant], longest: int) -> str:
    """So many characters of the line, where the most of the asked words stand near each other; else its beginning.

    `meant`: by the folded word.
    """
    if len(line) <= longest:
        return line
    spots = [(place, meant[word]) for place, word in words_in(line) if word in meant]
    begin = min(max(densest(spots, longest - BEFORE) - BEFORE, 0), len(line) - longest)
    if begin:
        begin = line.find(" ", begin, begin + BEFORE) + 1 or begin
    end = begin + longest
    if end < len(line):
        end = max(line.rfind(" ", end - BEFORE, end), end - BEFORE)
    return f"{f'{CUT} ' if begin else ''}{line[begin:end]}{f' {CUT}' if end < len(line) else ''}"


def densest(spots: Sequence[tuple[int, Meant]], width: int) -> int:
    """Where the first stretch begins that has the most different words; 0 where there is none."""
    best, most, last = 0, 0.0, 0
    inside: Counter[Meant] = Counter()
    for place, word in spots:
        while last < len(spots) and spots[last][0] < place + width:
            inside[spots[last][1]] += 1
            last += 1
        if (worth := sum(weight for _, weight in inside)) > most:
            best, most = place, worth
        inside[word] -= 1
        inside += Counter()  # drops those that are there no more
    return best
