"""Which places of the chats answer a question best: one sum of what was found in a place and around it. No Django.

The constants were set on the dialogues of benchmarks/recall, so that none of the four gains at another's cost; around
them the recall changes little.
"""

from __future__ import annotations

import math
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from memory.search.types import Candidate, Scored, Statistics
from memory.search.words import Question

# BM25 for messages: a word counts once, and length matters less than among documents.
K1 = 0.9
B = 0.4
# What a message gives to itself and to those around it, by what it states and by what it asks. A question is answered
# by the next message, mostly in other words, and is itself rarely the answer to another.
STEPS = ((0, 1.0, 0.6), (1, 0.35, 1.0), (2, 0.25, 0.25), (-1, 0.25, 0.25), (-2, 0.05, 0.05))
PAUSE = 6 * 3600.0  # seconds, after which a chat is about something else
# The messages around a place tell what it is about: of each asked word the nearest that has it.
AROUND = 0.2
FADING = tuple((step, 0.8 ** abs(step)) for step in range(-6, 7))
LOOKED_AROUND = 200  # best places: further down a fifth more does not bring one among the first
# What is known of a message raises or lowers everything that was found there.
NAMED = 1.5  # said by somebody whom the question names, or a note about them
NAMED_CHAT = 1.0  # in a chat of theirs
TIMED = 0.5  # says a time, and the question wants one
DATED = 0.5  # of the month or the year that the question names
BRIEF = -0.5  # says next to nothing
BRIEF_WORDS = 8
NAME_IN_TEXT = 0.3  # whom the question names greets and is greeted all the time: that says little

CHATS = frozenset({"message", "imported"})


@dataclass(frozen=True, slots=True)
class Found:
    """What of the question stands in a message, before its length counts."""

    words: Mapping[int, float]  # by asked word, the best term that stands for it
    stated: float
    asked: float  # of words that stand in its questions only


class Entry(NamedTuple):  # thousands are made for a question, and a tuple is made fastest
    candidate: Candidate
    found: Found
    share: float  # BM25's for its length
    moment: float  # seconds


@dataclass(frozen=True, slots=True)
class Chat:
    """Its entries by their place. A document or a fact is one in which nothing stands beside anything else."""

    id: uuid.UUID
    talks: bool
    entries: dict[int, Entry] = field(default_factory=dict)
    named: set[int] = field(default_factory=set)  # places of those whom the question names


def rank(
    question: Question, candidates: Sequence[Candidate], statistics: Statistics, *, most: int = 1000
) -> list[Scored]:
    """Best first; ties in the order of the chat. Neighbours of what was found count where they are candidates too."""
    chats = by_chat(question, candidates, statistics)
    places = []
    for number, chat in enumerate(chats):
        for seq, value in direct(chat).items():
            factor = prior(chat, seq, question)
            places.append((-value * factor, number, seq, factor))
    places.sort()
    closer = [
        (worth - AROUND * factor * context(chats[number], seq), number, seq, factor)
        for worth, number, seq, factor in places[:LOOKED_AROUND]
    ]
    best = [*sorted(closer), *places[LOOKED_AROUND:most]][:most]  # it only adds: these stay the first
    return [Scored(chat=chats[number].id, seq=seq, score=-worth) for worth, number, seq, _ in best]


def by_chat(question: Question, candidates: Sequence[Candidate], statistics: Statistics) -> list[Chat]:
    names = 0
    for candidate in candidates:
        names |= candidate.spoken
    weights = term_weights(question, statistics, names)
    mean_length = max(statistics.mean_length, 1.0)
    known: dict[tuple[int, int], Found] = {}  # many messages have the same words of the question
    chats: dict[uuid.UUID, Chat] = {}
    for candidate in candidates:
        bits = (candidate.matched, candidate.asked)
        found = known.get(bits)
        if found is None:
            found = known[bits] = found_by(*bits, question, weights)
        chat = chats.get(candidate.chat)
        if chat is None:
            chat = chats[candidate.chat] = Chat(candidate.chat, candidate.source in CHATS)
        share = (K1 + 1) / (1 + K1 * (1 - B + B * candidate.length / mean_length))
        chat.entries[candidate.seq] = Entry(candidate, found, share, candidate.at.timestamp())
        if candidate.spoken or (not chat.talks and candidate.matched & names):
            chat.named.add(candidate.seq)
    return sorted(chats.values(), key=lambda chat: chat.id.int)


def term_weights(question: Question, statistics: Statistics, names: int) -> list[float]:
    """What each term says where it stands: the rarer the more, but a stand-in never more than what it stands for.

    `names`: bits of the terms that name somebody who speaks.
    """
    commonest: dict[int, int] = defaultdict(int)
    for term, frequency in zip(question.terms, statistics.frequency, strict=True):
        commonest[term.of] = max(commonest[term.of], min(frequency, statistics.entries))
    weights = []
    for place, (term, frequency) in enumerate(zip(question.terms, statistics.frequency, strict=True)):
        common = commonest[term.of]
        rarity = math.log(1 + (statistics.entries - common + 0.5) / (common + 0.5)) if frequency else 0.0
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
    return Found(words, sum(words.values()) - in_questions, in_questions)


def direct(chat: Chat) -> dict[int, float]:
    """What was found in each place and right beside it; after a pause begins another conversation."""
    sums: dict[int, float] = defaultdict(float)
    entries = chat.entries
    for seq, entry in entries.items():
        stated, asked = entry.share * entry.found.stated, entry.share * entry.found.asked
        if not stated and not asked:
            continue
        if not chat.talks:
            sums[seq] += stated
            continue
        for step, stating, asking in STEPS:
            other = entries.get(seq + step)
            if other is not None and abs(other.moment - entry.moment) <= PAUSE:
                sums[seq + step] += stating * stated + asking * asked
    return sums


def context(chat: Chat, seq: int) -> float:
    """Of each asked word, what the nearest message that has it is worth here."""
    if not chat.talks:
        return 0.0
    here = chat.entries[seq]
    best: dict[int, float] = {}
    for step, fading in FADING:
        other = chat.entries.get(seq + step)
        if other is None or not other.found.words or abs(other.moment - here.moment) > PAUSE:
            continue
        share = fading * other.share
        for of, worth in other.found.words.items():
            if share * worth > best.get(of, 0.0):
                best[of] = share * worth
    return sum(best.values())


def prior(chat: Chat, seq: int, question: Question) -> float:
    """By what everything found in the place is multiplied."""
    factor = 1 + NAMED_CHAT if chat.named else 1.0
    entry = chat.entries[seq]
    if seq in chat.named:
        factor *= 1 + NAMED
    if question.wants_time and entry.candidate.timed:
        factor *= 1 + TIMED
    if chat.talks and entry.candidate.length < BRIEF_WORDS:
        factor *= 1 + BRIEF
    if (question.months or question.years) and is_dated(entry.candidate, question):
        factor *= 1 + DATED
    return factor


def is_dated(candidate: Candidate, question: Question) -> bool:
    """Of that time, or said within two weeks after it, when people tell of it."""
    return any(
        (not question.months or moment.month in question.months)
        and (not question.years or moment.year in question.years)
        for moment in (candidate.at, candidate.at - timedelta(days=14))
    )
