"""Which entries are worth looking at. Pure.

A question in a full sentence has words that half of a large history says. To fetch all that have one of them would take
seconds; so rare words are looked up alone and common ones only where several meet. What is left out has nothing but one
common word, and would rank last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

MOST = 3000  # entries that are fetched and ranked
ALONE = MOST // 2  # of them for words that need no other beside them
TOGETHER = 2.0  # words of one question meet that much more often than by chance
COMMONEST = 8  # common words that are combined: of more, the rarest


@dataclass(frozen=True, kw_only=True)
class Word:
    """A word of the question as the index has it."""

    query: str  # as a tsquery: any of its stems
    of: int  # the asked word that it is or stands for
    frequency: float  # entries that have it, as far as known


def worth_looking_at(words: Sequence[Word], entries: int) -> str:
    """As a tsquery; "" where nothing can be found."""
    known = sorted((word for word in words if word.query and word.frequency), key=lambda word: word.frequency)
    if sum(word.frequency for word in known) <= MOST:
        return any_of(word.query for word in known)
    alone, room = [], float(ALONE)
    for word in known:
        if word.frequency > room:
            break
        alone.append(word)
        room -= word.frequency
    common = known[len(alone) :]
    met = meetings(common[:COMMONEST], entries, MOST - ALONE + room)
    if not alone and not met:
        return common[0].query
    return any_of([*(word.query for word in alone), *met])


def meetings(common: Sequence[Word], entries: int, room: float) -> list[str]:
    """Two words each, and three where two are said together too often."""
    chosen = []
    for size in (2, 3):
        groups = [group for group in combinations(common, size) if len({word.of for word in group}) == size]
        for expected, group in sorted(((expect(group, entries), group) for group in groups), key=lambda pair: pair[0]):
            if expected > room:
                break
            room -= expected
            chosen.append("(" + " & ".join(f"({word.query})" for word in group) + ")")
        if chosen:
            break
    return chosen


def expect(group: Iterable[Word], entries: int) -> float:
    """How many entries have all of these."""
    expected = float(entries)
    for word in group:
        expected *= min(TOGETHER * word.frequency / entries, 1.0)
    return expected / TOGETHER


def any_of(queries: Iterable[str]) -> str:
    return " | ".join(queries)
