"""By what a person is known in text: addresses, names, and passages of what they wrote. Pure, for erasing and proving.

What counts is decided here once: a phone number however it is written, a name as whole words whatever the accents, and
five words in a row of what they said. A single common word never does.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

ERASED = "[erased]"
WORDS_IN_A_ROW = 5
SHORT_TEXT = 12  # letters and digits that a message of fewer words must have to be known again by
PHONE_DIGITS = 7  # an address of fewer is looked for as it is, not as people write phone numbers
LEAST_ADDRESS = 5  # characters; no service has shorter ones, and they would be found everywhere
LOCAL_DIGITS = 9  # people leave the country's digits out
WORD = re.compile(r"\w+")
APART = 5  # characters between two words of a name: a bracket, a full stop, a picture
EVERYDAY = frozenset(  # words that people are called by as well: they begin sentences, or are days, months and cities
    {"will", "may", "mark", "rose", "grace", "hope", "joy", "faith", "april", "june", "august", "summer", "art"}
    | {"rich", "grant", "chase", "guy", "star", "sky", "king", "prince", "angel", "dawn", "page", "miles", "sunny"}
    | {"sol", "luz", "mar", "paz", "cruz", "flor", "cielo", "reyes", "santos", "domingo", "segundo", "nieves"}
    | {"dolores", "consuelo", "socorro", "soledad", "mercedes", "esperanza", "gloria", "victoria", "blanca", "linda"}
)
BETWEEN = r"[\s().\-/]{0,3}"
BEFORE = r"(?<![0-9A-Za-z])"


def folded(text: str) -> str:
    """Without accents, case and the difference of spaces."""
    plain = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    return " ".join(plain.casefold().split())


def unaccented(text: str) -> str:
    """Without accents, as long as the text itself wherever that has one character a letter."""
    return "".join(unicodedata.normalize("NFKD", each)[:1] or each for each in unicodedata.normalize("NFC", text))


def passages(text: str) -> set[int]:
    """Hashes of every five words in a row; of a short message that still says something, of all of its words."""
    words = WORD.findall(folded(text))
    if len(words) >= WORDS_IN_A_ROW:
        return {hash(tuple(words[at : at + WORDS_IN_A_ROW])) for at in range(len(words) - WORDS_IN_A_ROW + 1)}
    letters = sum(map(len, words))
    told = letters >= SHORT_TEXT or (letters >= SHORT_TEXT // 2 and any(map(str.isdigit, "".join(words))))
    return {hash(tuple(words))} if told else set()


def runs(text: str) -> Iterator[int]:
    """The hashes that a text is looked through by: every run of up to five words."""
    words = WORD.findall(folded(text))
    for at in range(len(words)):
        for length in range(1, WORDS_IN_A_ROW + 1):
            if at + length <= len(words):
                yield hash(tuple(words[at : at + length]))


@dataclass(frozen=True, kw_only=True)
class Marks:
    """`names` nobody else bears; `quotes` are hashes of `passages`."""

    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    quotes: frozenset[int] = field(default=frozenset(), repr=False)

    def has_address(self, text: str) -> bool:
        return self._addresses is not None and self._addresses.search(text) is not None

    def has_name(self, text: str) -> bool:
        return self._names is not None and self._names.search(unaccented(text)) is not None

    def has_quote(self, text: str) -> bool:
        return bool(self.quotes) and any(run in self.quotes for run in runs(text))

    def tells(self, text: str, *, names: bool) -> bool:
        """Whether the text is of this person; `names`: also where it does no more than name them."""
        return self.has_address(text) or (names and self.has_name(text)) or self.has_quote(text)

    def cut(self, text: str, *, names: bool) -> str:
        """The text without the lines that are of this person; passages that run over lines take all of it."""
        if not self.tells(text, names=names):
            return text
        lines = text.split("\n")
        kept = [ERASED if self.tells(line, names=names) else line for line in lines]
        rest = "\n".join(one for place, one in enumerate(kept) if one != ERASED or kept[place - 1 : place] != [ERASED])
        return ERASED if self.tells(rest, names=names) else rest

    @cached_property
    def _addresses(self) -> re.Pattern[str] | None:
        return any_of(address_pattern(address) for address in self.addresses)

    @cached_property
    def _names(self) -> re.Pattern[str] | None:
        return any_of(name_pattern(name) for name in self.names)

    @property
    def database_pattern(self) -> str:
        """The addresses as a regular expression of PostgreSQL's: finds every text that `has_address`, also where its
        line breaks stand as \\n; "" where there are none."""
        found = any_of(address_pattern(address).removeprefix(BEFORE) for address in self.addresses)
        return found.pattern if found is not None else ""


def any_of(patterns: Iterable[str]) -> re.Pattern[str] | None:
    joined = "|".join(sorted({pattern for pattern in patterns if pattern}))
    return re.compile(joined) if joined else None


def address_pattern(address: str) -> str:
    """Of a phone number with whatever people put between the digits, also without its country; of others as it is."""
    digits = re.sub(r"[\s().\-/]|^\+", "", address)
    if digits.isdigit() and len(digits) >= PHONE_DIGITS:
        local = digits[-LOCAL_DIGITS:]
        return rf"{BEFORE}\+?[0-9\s().\-/]{{0,8}}{BETWEEN.join(local)}(?![0-9])"
    return rf"{BEFORE}{re.escape(address)}(?![0-9A-Za-z])" if len(address) >= LEAST_ADDRESS else ""


def name_pattern(name: str) -> str:
    """A name of several words in any case; one word only as a name is written."""
    words = WORD.findall(unaccented(name))
    joined = rf"\W{{1,{APART}}}".join(words)
    if len(words) > 1:
        return rf"(?i:(?<!\w){joined}(?!\w))"
    return rf"(?<!\w)(?:{joined}|{words[0].upper()})(?!\w)" if words and len(words[0]) > 2 else ""


def distinct_names(names: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    """The names that are found in none of what other people are called: any other one counts for nobody.

    Nor does one that is an everyday word and nothing else: the lines that hold it are of everything.
    """
    taken = [f" {spoken(other)} " for other in others]
    own = sorted({" ".join(name.split()) for name in names if WORD.search(name)})
    told = (name for name in own if spoken(name) not in EVERYDAY)
    return tuple(name for name in told if not any(f" {spoken(name)} " in other for other in taken))


def spoken(name: str) -> str:
    """Its words, without the marks and pictures that people put beside them."""
    return " ".join(WORD.findall(folded(name)))


def encoded(address: str) -> list[str]:
    """The forms in which a service's own ids carry a phone number: WhatsApp's message ids are base64 of it.

    Where its bytes end within a character, the bits of whatever follows have a part in that: each that can be.
    """
    raw = address.encode()
    if not address.isdigit() or len(raw) < PHONE_DIGITS:
        return []
    forms = []
    for shift in range(3):
        bits = 8 * (shift + len(raw))
        first, last = -(-8 * shift // 6), -(-bits // 6)
        unknown = -bits % 6
        for following in range(1 << unknown):
            after = bytes([following << (8 - unknown)]) if unknown else b""
            forms.append(base64.b64encode(b"\0" * shift + raw + after).decode()[first:last])
    return forms
