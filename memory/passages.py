"""Finding the lines in which something is said, whatever its case, accents, emphasis and spacing. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

EMPHASIS = frozenset("*_`~")
UNCERTAIN = re.compile(r"[*_`~]|[^\x00-\x7f]")
SPACES = re.compile(r"\s+")
WORD = re.compile(r"[^\W_]+")
BETWEEN = "[*_`~]*"  # the letters of a word
# Latin 1 and usual punctuation, but for the letters and digits of Latin 1 that are written small or as fractions
BEYOND = r"[^\u0001-\u00a9\u00ab-\u00ac\u00ae-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf-\u00ff\u2010-\u2027\u20ac]"


def folded(text: str) -> str:
    """Without case, accents, Markdown's emphasis and doubled spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold()).casefold()
    return SPACES.sub(" ", UNCERTAIN.sub(_kept, plain)).strip()


def _kept(found: re.Match[str]) -> str:
    return "" if _says_nothing(found[0]) else found[0]


def _says_nothing(character: str) -> bool:
    return character in EMPHASIS or unicodedata.category(character) in ("Mn", "Cf")


def _placed(text: str) -> Iterator[tuple[str, int]]:
    """Each character of the folded text with the place that it comes from."""
    was_space = False
    for place, original in enumerate(text):
        for character in unicodedata.normalize("NFKD", original.casefold()).casefold():
            if _says_nothing(character):
                continue
            is_space = character.isspace()
            if not (is_space and was_space):
                yield (" " if is_space else character), place
            was_space = is_space


class Passages:
    """What is to be found. A passage is found as whole words: "Ana" is not said in "banana"."""

    def __init__(self, words: Sequence[str]) -> None:
        self._wanted = sorted({key for each in words if (key := folded(each))}, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_whole, self._wanted))) if self._wanted else None

    def __bool__(self) -> bool:
        return bool(self._wanted)

    def stand_in(self, text: str) -> bool:
        return self.stand_in_folded(folded(text))

    def stand_in_folded(self, text: str) -> bool:
        return bool(self._pattern and self._pattern.search(text))

    def rest_of(self, text: str) -> str:
        """What else is said, folded."""
        return self._pattern.sub(" ", folded(text)) if self._pattern else folded(text)

    def without(self, text: str) -> str:
        """The text without every line that holds one of them or a part of one."""
        if self._pattern is None or not self.stand_in(text):
            return text
        pairs = list(_placed(text))
        found = list(self._pattern.finditer("".join(character for character, _ in pairs)))
        lines = text.split("\n")
        gone: set[int] = set()
        for match in found:
            first, last = pairs[match.start()][1], pairs[match.end() - 1][1]
            gone.update(range(text.count("\n", 0, first), text.count("\n", 0, last) + 1))
        return "\n".join(line for number, line in enumerate(lines) if number not in gone)


def likely(words: Sequence[str]) -> str:
    """PostgreSQL's pattern for texts that may say one of them: all that do, and few others.

    They have its longest word, however Latin 1 spells it, or characters beyond that, whose spellings are not listed.
    """
    longest = [max(WORD.findall(folded(each)), key=len, default="") for each in words]
    return "|".join([*map(_spelled, longest), BEYOND])


def _spelled(word: str) -> str:
    spellings: dict[str, str] = {}
    for each in map(chr, range(0x21, 0x100)):
        spellings[folded(each)] = spellings.get(folded(each), "") + (each if each.isalnum() else "")
    letters = BETWEEN.join(f"[{spellings.get(letter) or letter}]" for letter in word)
    double = BETWEEN.join([f"[{spellings['s']}]"] * 2)
    return letters.replace(double, f"(?:{double}|ß)")


def _whole(passage: str) -> str:
    before = r"(?<!\w)" if passage[0].isalnum() else ""
    after = r"(?!\w)" if passage[-1].isalnum() else ""
    return f"{before}{re.escape(passage)}{after}"
