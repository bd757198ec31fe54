"""A place is read with what was said around it. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from memory.search.sources import CHATS
from memory.search.types import Candidate, Scored

AROUND = 2  # neighbours on each side
LONGEST = 12  # places of a window; what would make it longer begins another


@dataclass
class Window:
    """Neighbouring entries of one chat. `best` is the one that was found first, with its score."""

    best: Candidate
    score: float
    first: int
    last: int
    entries: list[Candidate] = field(default_factory=list)


def windows(
    ranked: Iterable[Scored], there: Mapping[tuple[uuid.UUID, int], Candidate], limit: int, *, single: bool
) -> list[Window]:
    """Best first, without their entries yet. What was found within reach of a better window belongs to that one."""
    chosen: list[Window] = []
    of_chat: dict[uuid.UUID, list[Window]] = {}
    for scored in ranked:
        place = there.get((scored.chat, scored.seq))
        if place is None:
            continue
        reach = AROUND if place.source in CHATS and not single else 0
        near = of_chat.setdefault(scored.chat, [])
        if reach and any(joined(window, scored.seq, reach) for window in near):
            continue
        if len(chosen) == limit:
            break
        window = Window(best=place, score=scored.score, first=scored.seq - reach, last=scored.seq + reach)
        chosen.append(window)
        near.append(window)
    return chosen


def lacking(chosen: Iterable[Window], there: Mapping[tuple[uuid.UUID, int], Candidate]) -> set[tuple[uuid.UUID, int]]:
    """Places of the windows of which it is not known what stands there, if anything."""
    places = {(window.best.chat, seq) for window in chosen for seq in range(window.first, window.last + 1)}
    return places - there.keys()


def fill(chosen: Sequence[Window], there: Mapping[tuple[uuid.UUID, int], Candidate]) -> None:
    """Give each window its entries."""
    of_chat: dict[uuid.UUID, list[Window]] = {}
    for window in chosen:
        better = of_chat.setdefault(window.best.chat, [])
        window.entries = apart(window, better, there)
        better.append(window)


def joined(window: Window, seq: int, reach: int) -> bool:
    """Whether the place is in the window; one just outside is taken in with those around it, while that stays short."""
    if window.first <= seq <= window.last:
        return True
    first, last = min(window.first, seq - reach), max(window.last, seq + reach)
    if last - first >= LONGEST or seq + reach < window.first or seq - reach > window.last:
        return False
    window.first, window.last = first, last
    return True


def apart(
    window: Window, better: Sequence[Window], there: Mapping[tuple[uuid.UUID, int], Candidate]
) -> list[Candidate]:
    """The window's entries in order; one that a better window has is not told twice."""
    seqs = (
        seq
        for seq in range(window.first, window.last + 1)
        if seq == window.best.seq or not any(other.first <= seq <= other.last for other in better)
    )
    return [place for seq in seqs if (place := there.get((window.best.chat, seq))) is not None]
