"""Which places of the chats answer a question best: one sum of what was found in a place and around it. No Django.

The constants were set on the dialogues of benchmarks/recall, so that none of the four gains at another's cost; around
them the recall changes little.
"""

from __future__ import annotations

import math
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from memory.search.types import Candidate, Scored, Statistics
from memory.search.words import Question

# BM25 for messages: a word counts once, and length matters less than among documents.
K1 = 0.9
B = 0.4
# What a message gives to itself and to those around it. A question is answered by the next message, mostly in other
# words, and is itself rarely the answer to another.
ASKING = {0: 0.6, 1: 1.0, 2: 0.25, -1: 0.25, -2: 0.05}
STATING = {0: 1.0, 1: 0.35, 2: 0.25, -1: 0.25, -2: 0.05}
PAUSE = timedelta(hours=6)  # after it a chat is about something else
# The messages around a place tell what it is about: of each asked word the nearest that has it.
AROUND = 0.2
REACH = 6  # messages to either side
FADING = 0.8  # from one to the next
LOOKED_AROUND = 300  # best places: further down a fifth more does not bring one among the first
# What is known of a message raises or lowers everything that was found there.
NAMED = 1.5  # said by somebody whom the question names, or a note about them
NAMED_CHAT = 1.0  # in a chat of theirs
TIMED = 0.4  # says a time, and the question wants one
DATED = 0.5  # of the month or the year that the question names
BRIEF = -0.3  # says next to nothing
BRIEF_WORDS = 6
NAME_IN_TEXT = 0.3  # whom the question names greets and is greeted all the time: that says little

CHATS = frozenset({"message", "imported"})
Place = tuple[uuid.UUID, int]


@dataclass(frozen=True, slots=True)
class Found:
    """What of the question stands in a message, in BM25's terms before its length."""

    words: Mapping[int, float]  # by asked word, the best term that stands for it
    stated: float
    asked: float  # of words that stand in its questions only


@dataclass(frozen=True, kw_only=True)
class Matches:
    question: Question
    candidates: Mapping[Place, Candidate]
    found: Mapping[Place, Found]
    names: int  # bits of the terms that name somebody who speaks
    named_chats: frozenset[uuid.UUID]
    mean_length: float


def rank(question: Question, candidates: Sequence[Candidate], statistics: Statistics) -> list[Scored]:
    """Best first; ties in the order of the chat. Neighbours of what was found are among the places."""
    matches = match(question, candidates, statistics)
    near = spread(matches)
    worth = {place: value * prior(place, matches) for place, value in near.items()}
    for place in sorted(worth, key=worth.__getitem__, reverse=True)[:LOOKED_AROUND]:
        worth[place] += AROUND * context(place, matches) * prior(place, matches)
    ordered = sorted(worth.items(), key=lambda item: (-item[1], item[0]))
    return [Scored(chat=chat, seq=seq, score=score) for (chat, seq), score in ordered]


def match(question: Question, candidates: Sequence[Candidate], statistics: Statistics) -> Matches:
    names = 0
    for candidate in candidates:
        names |= candidate.spoken
    weights = term_weights(question, statistics, names)
    known: dict[tuple[int, int], Found] = {}  # many messages have the same words of the question
    found = {}
    for candidate in candidates:
        bits = (candidate.matched, candidate.asked)
        if bits not in known:
            known[bits] = found_by(*bits, question, weights)
        found[candidate.chat, candidate.seq] = known[bits]
    return Matches(
        question=question,
        candidates={(candidate.chat, candidate.seq): candidate for candidate in candidates},
        found=found,
        names=names,
        named_chats=frozenset(candidate.chat for candidate in candidates if candidate.spoken),
        mean_length=max(statistics.mean_length, 1.0),
    )


def term_weights(question: Question, statistics: Statistics, names: int) -> list[float]:
    """What each term says where it stands: the rarer the more."""
    weights = []
    for place, (term, frequency) in enumerate(zip(question.terms, statistics.frequency, strict=True)):
        rarity = math.log(1 + (max(statistics.entries - frequency, 0) + 0.5) / (frequency + 0.5)) if frequency else 0.0
        weights.append(rarity * term.weight * (NAME_IN_TEXT if names >> place & 1 else 1.0))
    return weights


def found_by(matched: int, asked: int, question: Question, weights: Sequence[float]) -> Found:
    words: dict[int, float] = {}
    only_asked: dict[int, bool] = {}
    while matched:
        place = (matched & -matched).bit_length() - 1
        matched &= matched - 1
        of = question.terms[place].of
        if weights[place] > words.get(of, 0.0):
            words[of] = weights[place]
            only_asked[of] = bool(asked >> place & 1)
    in_questions = sum(worth for of, worth in words.items() if only_asked[of])
    return Found(words=words, stated=sum(words.values()) - in_questions, asked=in_questions)


def spread(matches: Matches) -> dict[Place, float]:
    """What was found in each place and right beside it."""
    sums: dict[Place, float] = defaultdict(float)
    for place, candidate in matches.candidates.items():
        found = matches.found[place]
        if not found.words:
            continue
        full = saturated(candidate, matches.mean_length)
        if candidate.source not in CHATS:
            sums[place] += full * found.stated
            continue
        for step, stating in STATING.items():
            beside = (candidate.chat, candidate.seq + step)
            if step == 0 or together(candidate, matches.candidates.get(beside)):
                sums[beside] += full * (stating * found.stated + ASKING[step] * found.asked)
    return sums


def saturated(candidate: Candidate, mean_length: float) -> float:
    return (K1 + 1) / (1 + K1 * (1 - B + B * candidate.length / mean_length))


def together(one: Candidate, other: Candidate | None) -> bool:
    """In one conversation, as far as known."""
    return other is None or abs(one.at - other.at) <= PAUSE


def context(place: Place, matches: Matches) -> float:
    """Of each asked word, what the nearest message that has it is worth here."""
    chat, seq = place
    here = matches.candidates.get(place)
    if here is not None and here.source not in CHATS:
        return 0.0
    best: dict[int, float] = {}
    for step in range(-REACH, REACH + 1):
        other = matches.candidates.get((chat, seq + step))
        if other is None or not (here is None or together(here, other)):
            continue
        share = FADING ** abs(step) * saturated(other, matches.mean_length)
        for of, worth in matches.found[chat, seq + step].words.items():
            best[of] = max(best.get(of, 0.0), share * worth)
    return sum(best.values())


def prior(place: Place, matches: Matches) -> float:
    """By what everything found in the place is multiplied. Of a neighbour that is no candidate only the chat is known."""
    factor = 1 + NAMED_CHAT if place[0] in matches.named_chats else 1.0
    candidate = matches.candidates.get(place)
    if candidate is None:
        return factor
    question = matches.question
    in_chat = candidate.source in CHATS
    if candidate.spoken or (not in_chat and candidate.matched & matches.names):
        factor *= 1 + NAMED
    if question.wants_time and candidate.timed:
        factor *= 1 + TIMED
    if in_chat and candidate.length < BRIEF_WORDS:
        factor *= 1 + BRIEF
    if (question.months or question.years) and is_dated(candidate, question):
        factor *= 1 + DATED
    return factor


def is_dated(candidate: Candidate, question: Question) -> bool:
    """Of that month, or said in the two weeks after it, when people tell of it."""
    moments = (candidate.at, candidate.at - timedelta(days=14))
    return any(
        (not question.months or moment.month in question.months)
        and (not question.years or moment.year in question.years)
        for moment in moments
    )
