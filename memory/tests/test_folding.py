"""What is the same in other words, and what only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.folding import is_near, predicate_key, subject_key, value_key
from memory.predicates import SEVERAL, SINGLE, holds_several


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("$450,000", "450k"),
        ("$450,000", "450.000 dólares"),
        ("450 mil", "450000"),
        ("1.5M €", "1,500,000 euros"),
        ("a red house", "Red House."),
        ("Café del Río", "cafe rio"),
        ("+1 (555) 010-0001", "+15550100001"),
        ("likes the red wines from Rioja", "likes red wine from Rioja"),
        ("in Austin", "Austin"),
        ("C++.", "c++"),
        ("Ana.Lopez@example.com.", "ana.lopez@example.com"),
        ("well-known e-mail", "Well known e mail"),
    ],
)
def test_the_same(one: str, other: str) -> None:
    assert is_near(one, other)
    assert is_near(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("$450,000", "$455,000"),
        ("450k $", "450k €"),
        ("5", "-5"),
        ("2.5 rooms", "25 rooms"),
        ("3 boys, 2 girls", "2 boys, 3 girls"),
        ("eats meat", "does not eat meat"),
        ("vegetarian", "not vegetarian"),
        ("come carne", "nunca come carne"),
        ("2024-05-01", "2024-05-02"),
        ("May 5", "June 5"),
        ("at 5 pm", "at 5 am"),
        (
            "lives at the north end of Oak Street beside the old red mill",
            "lives at the south end of Oak Street beside the old red mill",
        ),
        ("Marina", "Martina"),
        ("👍", "🎉"),
        ("450 m", "450 million"),
        ("A+", "A-"),
        ("blood group AB-, says Ana", "blood group AB+, says Ana"),
        ("C++", "C#"),
        ("C++", "C"),
        ("ana.lopez@example.com", "ana_lopez@example.com"),
        ("from Madrid to Paris", "from Paris to Madrid"),
    ],
)
def test_not_the_same(one: str, other: str) -> None:
    assert not is_near(one, other)
    assert value_key(one) != value_key(other)


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_has_a_key_and_likeness_goes_both_ways(one: str, other: str) -> None:
    assert len(value_key(one)) == 64
    assert is_near(one, other) == is_near(other, one)


def test_keys_fold() -> None:
    assert subject_key("  María-José  LÓPEZ ") == "maria jose lopez"
    assert predicate_key("Is living in") == predicate_key("living_in")
    assert predicate_key("is") == "is"


def test_the_table_does_not_contradict_itself() -> None:
    assert not SEVERAL & SINGLE
    assert holds_several(predicate_key("Le gusta")) is True
    assert holds_several(predicate_key("budget")) is False
    assert holds_several(predicate_key("favourite colour")) is None
