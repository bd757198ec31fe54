"""Recall in a turn: what was said before it is found, and not the question itself."""

from __future__ import annotations

from tests.house import House
from tests.test_memory import call, results
from tests.test_memory_sessions import says


def recalled(house: House, words: str, query: str) -> str:
    house.script(call("recall", query=query), {"text": "I see."})
    house.says(words)
    house.work()
    return results(house)[0]


def test_the_question_is_no_answer(house: House) -> None:
    told = recalled(house, "What does the pomegranate terrace cost?", "pomegranate terrace cost")
    assert told.startswith("Nothing was found.")


def test_what_was_said_right_before_the_question_is_found_without_it(house: House) -> None:
    says(house, "The pomegranate terrace is 450 euros", text="Noted.")
    told = recalled(house, "What does the pomegranate terrace cost?", "pomegranate terrace cost")
    assert "The pomegranate terrace is 450 euros" in told
    assert "What does" not in told


def test_in_the_next_turn_the_question_is_found(house: House) -> None:
    recalled(house, "What does the pomegranate terrace cost?", "pomegranate terrace cost")
    assert "What does the pomegranate" in recalled(house, "Did I ask that?", "pomegranate terrace")
