"""Which places of the chats answer a question best: one sum of what was found in a place and around it. No Django."""

from __future__ import annotations

import math
import uuid
from collections import defaultdict
from collections.abc import Sequence

from memory.search.types import Candidate, Scored, Statistics
from memory.search.words import Question

# Messages are short: a word counts once, and length matters less than among documents.
K1 = 0.9
B = 0.4
NEXT = 0.5  # what a message is worth to the one after it, which often answers it without repeating its words
PREVIOUS = 0.3
NAMED = 2.0  # a message of somebody whom the question names
NAME_IN_TEXT = 0.3  # who is asked about greets and is greeted all the time: that says little

Place = tuple[uuid.UUID, int]


def rank(question: Question, candidates: Sequence[Candidate], statistics: Statistics) -> list[Scored]:
    """Best first; ties in the order of the chat."""
    names = 0
    for candidate in candidates:
        names |= candidate.spoken
    weights = _weights(question, statistics, names)
    scores: dict[Place, float] = defaultdict(float)
    for candidate in candidates:
        found = _found(candidate, question, weights, statistics.mean_length)
        scores[candidate.chat, candidate.seq] += found + (NAMED if candidate.spoken else 0)
        if found and candidate.source in {"message", "imported"}:
            scores[candidate.chat, candidate.seq + 1] += NEXT * found
            scores[candidate.chat, candidate.seq - 1] += PREVIOUS * found
    ordered = sorted(scores.items(), key=lambda item: (-item[1], str(item[0][0]), item[0][1]))
    return [Scored(chat=chat, seq=seq, score=score) for (chat, seq), score in ordered]


def _weights(question: Question, statistics: Statistics, names: int) -> list[float]:
    """What each term is worth where it stands: rare words say more."""
    weights = []
    for place, (term, frequency) in enumerate(zip(question.terms, statistics.frequency, strict=True)):
        rarity = math.log(1 + (statistics.entries - frequency + 0.5) / (frequency + 0.5)) if frequency else 0.0
        weights.append(max(rarity, 0.0) * term.weight * (NAME_IN_TEXT if names >> place & 1 else 1))
    return weights


def _found(candidate: Candidate, question: Question, weights: Sequence[float], mean_length: float) -> float:
    """BM25 with each asked word counted once, by the best term that stands for it."""
    best: dict[int, float] = {}
    bits = candidate.matched
    while bits:
        place = (bits & -bits).bit_length() - 1
        bits &= bits - 1
        of = question.terms[place].of
        best[of] = max(best.get(of, 0.0), weights[place])
    length = candidate.length / max(mean_length, 1)
    return sum(best.values()) * (K1 + 1) / (1 + K1 * (1 - B + B * length))
