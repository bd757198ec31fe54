"""By what a person is known in text, and what stays of JSON when that is cut out of it."""

from __future__ import annotations

import json

import pytest

from messaging.redaction import body_tells, cut_json, cut_step, emptied, emptied_step
from tenants_app.marks import ERASED, Marks, distinct_names

CALL = {
    "type": "tool_use",
    "id": "toolu_1",
    "name": "remember_fact",
    "input": {"name": "Zoe Quill", "path": "12 Elm Street", "id": "Zoe Quill", "kind": "her", "role": "Zoe Quill"},
}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("María 🌸", "Maria came by"),
        ("José M.", "Then JOSÉ M. paid"),
        ("José M.", "from José M"),
        ("Ana (work)", "wrote to Ana (work) today"),
        ("Zoe Quill", "(zoe  quill)"),
    ],
)
def test_a_name_is_found_with_whatever_stands_beside_it(name: str, text: str) -> None:
    assert Marks(names=(name,)).has_name(text)
    assert not Marks(names=(name,)).has_name(f"x{text.replace(' ', 'x')}x")


def test_a_name_counts_only_where_its_words_are_nobody_elses() -> None:
    assert distinct_names(["María 🌸"], ["María López"]) == ()
    assert distinct_names(["María 🌸"], ["Ana"]) == ("María 🌸",)
    assert distinct_names(["🌸"], []) == ()


def test_an_everyday_word_is_nobodys_mark() -> None:
    assert distinct_names(["May", "Will", "Luz", "May Quill"], []) == ("May Quill",)


def test_nothing_in_a_tools_arguments_is_form() -> None:
    cut = cut_json(CALL, Marks(names=("Zoe Quill",)), names=True)
    assert cut == {**CALL, "input": {**CALL["input"], "name": ERASED, "id": ERASED, "role": ERASED}}  # type: ignore[dict-item]
    assert emptied(CALL) == {**CALL, "input": dict.fromkeys(CALL["input"], ERASED)}


def test_a_body_with_their_number_as_a_number_is_theirs() -> None:
    body = json.dumps({"message": {"from": {"id": 712345678, "first_name": "Zac"}, "text": "4711"}}).encode()
    assert body_tells(body, Marks(addresses=("712345678",)), names=False)
    assert not body_tells(body, Marks(addresses=("712345679",)), names=False)


def test_a_number_that_is_theirs_goes_and_counts_stay() -> None:
    usage = {"input_tokens": 712345678}
    call = {**CALL, "input": {"phone": 712345678, "times": [3, True, 712345678], "usage": 712345678}}
    step = {"kind": "assistant", "content": [call], "usage": usage}
    cut = cut_step(step, Marks(addresses=("712345678",)))
    assert cut["usage"] == usage
    assert cut["content"][0]["input"] == {"phone": ERASED, "times": [3, True, ERASED], "usage": ERASED}
    gone = emptied_step({**step, "unreadable": []})
    assert gone["usage"] == usage
    assert gone["content"][0]["input"] == {"phone": ERASED, "times": [ERASED, True, ERASED], "usage": ERASED}
