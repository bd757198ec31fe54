"""Which entries are worth looking at. Pure.

A question in a full sentence has words that half of a large history says. To fetch all that have one of them would take
seconds; so rare words are looked up alone and common ones only where several meet. What is left out has nothing but one
common word, and would rank last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

MOST = 1000  # entries that are fetched
ALONE = MOST // 2  # of them for words that need no other beside them
TOGETHER = 2.0  # words of one question meet that much more often than by chance
COMMONEST = 8  # common words that are paired: of more, the rarest


@dataclass(frozen=True, kw_only=True)
class Word:
    """A word of the question as the index has it."""

    lexemes: Sequence[str]  # any of them is the word
    of: int  # the asked word that it is or stands for
    weight: float = 1.0  # less where it only stands for it
    frequency: float  # entries that have it, as far as known


@dataclass(frozen=True, kw_only=True)
class Fetch:
    """Entries with one of `any`, or with one of the first and one of the second of a pair in `both`."""

    any: Sequence[str] = ()
    both: Sequence[tuple[Sequence[str], Sequence[str]]] = ()

    def __bool__(self) -> bool:
        return bool(self.any or self.both)


def everything(words: Iterable[Word]) -> Fetch:
    return Fetch(any=lexemes_of(words))


def worth_looking_at(words: Sequence[Word], entries: int) -> Fetch:
    known = sorted((word for word in words if word.lexemes and word.frequency), key=lambda word: word.frequency)
    if sum(word.frequency for word in known) <= MOST:
        return everything(known)
    alone: list[Word] = []
    room = float(ALONE)
    for word in known:
        if word.frequency > room:
            break
        alone.append(word)
        room -= word.frequency
    common = known[len(alone) : len(alone) + COMMONEST]
    pairs = meetings(common, entries, MOST - ALONE + room, at_least=0 if alone else 1)
    if not alone and not pairs:
        return everything(common[:1])  # it is cut off at MOST
    return Fetch(any=lexemes_of(alone), both=[(first.lexemes, lexemes_of(others)) for first, others in pairs])


def meetings(common: Sequence[Word], entries: int, room: float, *, at_least: int) -> list[tuple[Word, list[Word]]]:
    """Each word with more frequent ones that are looked for beside it; the rarest meetings first."""
    pairs = [(one, other) for one, other in combinations(common, 2) if differ(one, other)]
    chosen: dict[int, tuple[Word, list[Word]]] = {}
    for one, other in sorted(pairs, key=lambda pair: pair[0].frequency * pair[1].frequency):
        room -= TOGETHER * one.frequency * other.frequency / max(entries, 1)
        if room < 0 and len(chosen) >= at_least:
            break
        chosen.setdefault(id(one), (one, []))[1].append(other)
    return list(chosen.values())


def differ(one: Word, other: Word) -> bool:
    return one.of != other.of and not set(one.lexemes) & set(other.lexemes)


def lexemes_of(words: Iterable[Word]) -> list[str]:
    return list(dict.fromkeys(lexeme for word in words for lexeme in word.lexemes))
