"""What a question becomes before the index is asked."""

from __future__ import annotations

import pytest

from memory.search.vocabulary import forms_of, root, said_for, vocabulary
from memory.search.words import FORM, LIKE, MAX_TERMS, terms, understand


def standing_for(query: str, word: str, language: str = "en") -> set[str]:
    """What is looked up in the word's place."""
    found = terms(query, language)
    [asked] = [term for term in found if term.word == word]
    return {other for term in found if term.of == asked.of and term is not asked for other in term.word.split()}


def test_asked_words_come_first_and_weigh_most() -> None:
    found = terms("Where did Nora buy it?", "en")
    assert [term.word for term in found if term.weight == 1] == ["where", "did", "nora", "buy", "it"]
    assert [term.of for term in found[:5]] == [0, 1, 2, 3, 4]
    assert {term.weight for term in found[5:]} <= {FORM, LIKE}


@pytest.mark.parametrize(
    ("query", "word", "expected"),
    [
        ("When did she buy it?", "buy", {"bought", "purchase"}),
        ("When was it purchased?", "purchased", {"buy", "bought"}),
        ("How are the kids?", "kids", {"children", "son", "daughter"}),
        ("Which pets does he have?", "pets", {"dog", "cat"}),
        ("What does the house cost?", "cost", {"price", "paid"}),
    ],
)
def test_english_words_lead_to_what_people_say_instead(query: str, word: str, expected: set[str]) -> None:
    assert expected <= standing_for(query, word)


@pytest.mark.parametrize(
    ("query", "word", "expected"),
    [
        ("¿Dónde encontró Marcos el perro?", "encontro", {"encontrar", "encuentra"}),
        ("¿Cuánto costó el coche?", "coche", {"carro", "auto"}),
        ("¿Qué médico la operó?", "medico", {"doctor"}),
    ],
)
def test_so_do_spanish_ones_whatever_their_accents(query: str, word: str, expected: set[str]) -> None:
    assert expected <= standing_for(query, word, "es")


def test_a_word_is_never_given_for_itself() -> None:
    for language in ("en", "es"):
        known = vocabulary(language)
        for word in {word for group in known.forms.values() for word in group}:
            assert word not in forms_of(word, language)
            assert root(word, language) not in {root(other, language) for other in said_for(word, language)}


def test_both_tables_are_folded() -> None:
    for language in ("en", "es"):
        known = vocabulary(language)
        words = [word for group in (*known.forms.values(), *known.alike.values()) for word in group]
        assert [word for word in words if not (word.isascii() and word.isalpha() and word.islower())] == []
        assert len(known.months) == 12


@pytest.mark.parametrize(
    ("word", "other"),
    [("parties", "party"), ("movies", "movie"), ("planned", "plan"), ("houses", "house"), ("hiking", "hike")],
)
def test_regular_endings_do_not_hide_a_word_from_the_tables(word: str, other: str) -> None:
    assert root(word, "en") == root(other, "en")


@pytest.mark.parametrize(("word", "other"), [("luces", "luz"), ("casas", "casa"), ("perros", "perra")])
def test_nor_do_spanish_ones(word: str, other: str) -> None:
    assert root(word, "es") == root(other, "es")


@pytest.mark.parametrize(
    ("query", "language"),
    [
        ("When did they move?", "en"),
        ("What month was the sale?", "en"),
        ("How long has she been ill?", "en"),
        ("¿Cuándo se mudaron?", "es"),
        ("¿En qué fecha firmó?", "es"),
        ("¿Cuánto tiempo tardó?", "es"),
    ],
)
def test_a_question_for_a_time_is_known_as_one(query: str, language: str) -> None:
    assert understand(query, language).wants_time


@pytest.mark.parametrize(
    ("query", "language"), [("Who sold it?", "en"), ("How many rooms?", "en"), ("¿Quién es Ana?", "es")]
)
def test_and_others_are_not(query: str, language: str) -> None:
    assert not understand(query, language).wants_time


def test_months_and_years_are_read() -> None:
    question = understand("Who called in March 2024?", "en")
    assert question.months == {3}
    assert question.years == {2024}
    assert understand("¿Qué vendió en mayo?", "es").months == {5}


@pytest.mark.parametrize("query", ["May I see the lease?", "Will Ann come?", "Can we meet?"])
def test_the_word_that_opens_a_question_is_neither_month_nor_name(query: str) -> None:
    question = understand(query, "en")
    assert question.months == frozenset()
    assert {"may", "will", "can"}.isdisjoint(term.word for term in question.terms)


def test_a_pasted_letter_is_cut_and_keeps_what_was_asked() -> None:
    words = [f"word{number}" for number in range(200)]
    assert [term.word for term in terms(" ".join(words), "en")] == words[:MAX_TERMS]


@pytest.mark.parametrize("query", ["", "   ", "?!", "🙂"])
def test_nothing_asked_is_nothing_looked_up(query: str) -> None:
    assert understand(query, "en").terms == ()
