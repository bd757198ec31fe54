"""The order in which places of chats are found."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from memory.search.scoring import rank
from memory.search.types import Candidate, Source, Statistics, Term
from memory.search.words import Question

CHAT = uuid.UUID(int=1)
OTHER_CHAT = uuid.UUID(int=2)
NOON = datetime(2025, 3, 4, 12, 0, tzinfo=UTC)
NAME, HOUSE, ROOF = 1, 2, 4  # bits of the asked words
QUESTION = Question(terms=tuple(Term(word=word, of=of) for of, word in enumerate(["nora", "house", "roof"])))


def said(
    seq: int,
    matched: int,
    *,
    chat: uuid.UUID = CHAT,
    length: int = 10,
    spoken: int = 0,
    asked: int = 0,
    timed: bool = False,
    at: datetime | None = None,
    source: Source = "message",
) -> Candidate:
    moment = at or NOON + timedelta(minutes=seq)
    return Candidate(uuid.uuid4(), source, chat, seq, moment, length, matched, spoken, asked, timed)


def order(
    *candidates: Candidate, question: Question = QUESTION, frequency: Sequence[int] = (50, 20, 20)
) -> list[tuple[uuid.UUID, int]]:
    frequency = [*frequency, *[5] * (len(question.terms) - len(frequency))]
    found = rank(question, candidates, Statistics(entries=1000, mean_length=10.0, frequency=frequency))
    assert [place.score for place in found] == sorted((place.score for place in found), reverse=True)
    return [(place.chat, place.seq) for place in found]


def first(*candidates: Candidate, question: Question = QUESTION, frequency: Sequence[int] = (50, 20, 20)) -> int:
    return order(*candidates, question=question, frequency=frequency)[0][1]


def test_two_of_the_words_are_better_than_one() -> None:
    assert first(said(10, HOUSE), said(20, HOUSE | ROOF), said(30, ROOF)) == 20


def test_a_rare_word_is_better_than_a_common_one() -> None:
    assert first(said(10, HOUSE), said(20, ROOF), frequency=(50, 400, 3)) == 20


def test_one_word_is_enough_to_be_found() -> None:
    assert (CHAT, 10) in order(said(10, HOUSE))


def test_a_short_message_that_says_it_is_better_than_a_long_one() -> None:
    assert first(said(10, HOUSE, length=80), said(20, HOUSE, length=10)) == 20


def test_but_one_that_says_next_to_nothing_is_not() -> None:
    assert first(said(10, HOUSE, length=2), said(20, HOUSE, length=10)) == 20


def test_the_message_after_a_question_is_found_before_the_question() -> None:
    places = order(said(10, HOUSE | ROOF, asked=HOUSE | ROOF), said(11, 0))
    assert places[:2] == [(CHAT, 11), (CHAT, 10)]


def test_the_message_after_a_statement_is_not() -> None:
    assert order(said(10, HOUSE | ROOF), said(11, 0))[:2] == [(CHAT, 10), (CHAT, 11)]


def test_a_neighbour_from_another_day_is_none() -> None:
    places = order(said(10, HOUSE | ROOF, asked=HOUSE | ROOF), said(11, 0, at=NOON + timedelta(days=3)))
    assert (CHAT, 11) not in places


def test_the_speaker_whom_the_question_names_comes_first() -> None:
    assert first(said(10, HOUSE), said(20, HOUSE, spoken=NAME)) == 20


def test_a_greeting_by_name_does_not_count_for_much() -> None:
    greeting = said(20, NAME | HOUSE)  # "Nora! How is the house?"
    assert first(greeting, said(30, HOUSE | ROOF), said(40, 0, spoken=NAME)) == 30


def test_a_name_that_nobody_who_speaks_has_is_a_word_like_others() -> None:
    assert first(said(10, HOUSE), said(20, NAME | HOUSE)) == 20


def test_a_chat_of_the_named_comes_before_other_chats() -> None:
    elsewhere = said(10, HOUSE, chat=OTHER_CHAT)
    assert order(elsewhere, said(20, HOUSE), said(50, 0, spoken=NAME))[0] == (CHAT, 20)


def test_messages_that_say_a_time_are_better_when_one_is_asked_for() -> None:
    wanting = Question(terms=QUESTION.terms, wants_time=True)
    plain, timed = said(10, HOUSE), said(20, HOUSE, timed=True)
    assert first(plain, timed, question=wanting) == 20
    assert first(plain, timed) == 10


def test_messages_of_the_month_or_soon_after_are_better_when_it_is_named() -> None:
    in_june = Question(terms=QUESTION.terms, months=frozenset({6}), years=frozenset({2025}))
    year_before = said(10, HOUSE, at=datetime(2024, 6, 10, tzinfo=UTC))
    then = said(20, HOUSE, at=datetime(2025, 6, 10, tzinfo=UTC))
    soon_after = said(30, HOUSE, at=datetime(2025, 7, 5, tzinfo=UTC))
    assert [seq for _, seq in order(year_before, then, soon_after, question=in_june) if seq % 10 == 0] == [20, 30, 10]


def test_what_the_conversation_is_about_tells_two_places_apart() -> None:
    """Both say "roof"; beside the first, further away than a neighbour, the house is spoken of."""
    about_the_house = [said(10, HOUSE), said(14, ROOF)]
    assert first(said(50, ROOF), said(46, 0), *about_the_house, frequency=(50, 500, 20)) == 14


def test_a_stand_in_counts_less_and_never_twice() -> None:
    question = Question(terms=(*QUESTION.terms, Term(word="home", weight=0.6, of=1)))
    home = 8
    assert first(said(10, home), said(20, HOUSE), question=question) == 20
    once, both = (
        rank(question, [said(10, bits)], Statistics(entries=1000, mean_length=10, frequency=[50, 20, 20, 5]))[0]
        for bits in (HOUSE, HOUSE | home)
    )
    assert once.score == both.score


def test_a_rare_stand_in_for_a_common_word_is_not_rarer_than_it() -> None:
    question = Question(terms=(*QUESTION.terms, Term(word="dwelling", weight=0.6, of=1)))
    assert first(said(10, 8), said(20, HOUSE), question=question, frequency=(50, 400, 20, 1)) == 20


def test_paragraphs_and_facts_stand_beside_messages_and_have_no_neighbours() -> None:
    document = said(1, HOUSE | ROOF, chat=OTHER_CHAT, source="document")
    fact = said(0, HOUSE | ROOF | NAME, chat=uuid.UUID(int=3), source="fact")
    places = order(document, fact, said(10, HOUSE), said(20, 0, spoken=NAME))
    assert places[0] == (uuid.UUID(int=3), 0)  # about her
    assert order(document, said(10, HOUSE))[0] == (OTHER_CHAT, 1)
    assert (OTHER_CHAT, 2) not in places


def test_ties_keep_the_order_of_the_chat() -> None:
    assert [seq for _, seq in order(said(30, HOUSE), said(10, HOUSE), said(20, HOUSE)) if seq % 10 == 0] == [10, 20, 30]


def test_nothing_found_is_nothing_ranked() -> None:
    assert order() == []


def test_no_more_places_are_given_than_wanted() -> None:
    many = [said(10 * number, HOUSE | (ROOF if number == 7 else 0)) for number in range(50)]
    found = rank(QUESTION, many, Statistics(entries=1000, mean_length=10, frequency=[50, 20, 20]), most=3)
    assert [place.seq for place in found] == [70, 0, 10]
