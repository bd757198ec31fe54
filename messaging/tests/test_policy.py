"""The one table of authority, line by line, and the words and effects that lead to it."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from messaging.effects import was_told
from messaging.plain_words import clarity_of
from messaging.policy import Question, Refusal, Why, decide
from tooling.registry import Autonomy, Effect, Role

EFFECTS: tuple[Effect, ...] = ("none", "notes", "outward", "spends", "deletes", "identity")
REACHING: tuple[Effect, ...] = ("outward", "spends", "deletes", "identity")
RUNS = None

# role, autonomy, tainted: what becomes of each effect, in the order of EFFECTS, in a chat of one person.
TABLE: list[tuple[Role, Autonomy, bool, tuple[Why | Refusal | None, ...]]] = [
    ("owner", "auto", False, (RUNS,) * 6),
    ("owner", "auto", True, (RUNS, RUNS, *(Why.OUTSIDE,) * 4)),
    ("owner", "confirm", False, (Why.AUTONOMY,) * 6),
    ("owner", "confirm", True, (Why.OUTSIDE,) * 6),
    ("owner", "owner", False, (RUNS,) * 6),
    ("owner", "owner", True, (Why.OUTSIDE,) * 6),
    ("staff", "auto", False, (*(RUNS,) * 5, Refusal.OWNER_ONLY)),
    ("staff", "auto", True, (RUNS, RUNS, *(Why.OUTSIDE,) * 3, Refusal.OWNER_ONLY)),
    ("staff", "confirm", False, (*(Why.AUTONOMY,) * 5, Refusal.OWNER_ONLY)),
    ("staff", "confirm", True, (*(Why.OUTSIDE,) * 5, Refusal.OWNER_ONLY)),
    ("staff", "owner", False, (Refusal.OWNER_ONLY,) * 6),
    ("staff", "owner", True, (Refusal.OWNER_ONLY,) * 6),
    ("customer", "auto", False, (RUNS, RUNS, RUNS, Why.CUSTOMER, Why.CUSTOMER, Refusal.OWNER_ONLY)),
    ("customer", "auto", True, (RUNS, RUNS, RUNS, Why.CUSTOMER, Why.CUSTOMER, Refusal.OWNER_ONLY)),
    ("customer", "confirm", False, (*(Why.AUTONOMY,) * 5, Refusal.OWNER_ONLY)),
    ("customer", "confirm", True, (*(Why.AUTONOMY,) * 5, Refusal.OWNER_ONLY)),
    ("customer", "owner", False, (Refusal.OWNER_ONLY,) * 6),
    ("customer", "owner", True, (Refusal.OWNER_ONLY,) * 6),
]
ROWS = [
    ({"role": role, "autonomy": autonomy, "tainted": tainted, "effect": effect}, verdict)
    for role, autonomy, tainted, verdicts in TABLE
    for effect, verdict in zip(EFFECTS, verdicts, strict=True)
]


def test_the_table_is_whole() -> None:
    asked = {tuple(sorted(case.items())) for case, _ in ROWS}
    roles, autonomies = ("owner", "staff", "customer"), ("auto", "confirm", "owner")
    every = itertools.product(roles, autonomies, (False, True), EFFECTS)
    assert len(asked) == len(list(every))


@pytest.mark.parametrize(("case", "verdict"), ROWS)
def test_what_becomes_of_a_call(case: dict[str, Any], verdict: Why | Refusal | None) -> None:
    assert decide(Question(**case)) == verdict


@pytest.mark.parametrize(("case", "verdict"), ROWS)
def test_nobody_is_asked_in_a_group(case: dict[str, Any], verdict: Why | Refusal | None) -> None:
    wanted = Refusal.IN_GROUP if isinstance(verdict, Why) else verdict
    assert decide(Question(**case, in_group=True)) == wanted


@pytest.mark.parametrize("role", ["owner", "staff"])
def test_in_quiet_hours_the_owner_is_asked(role: Role) -> None:
    assert decide(Question(role=role, effect="outward", in_quiet_hours=True)) == Why.QUIET


@pytest.mark.parametrize(
    ("text", "clarity"),
    [
        *(
            (text, "yes")
            for text in ("yes", "Yes!", "YES.", "Sí", "si", "sí, hazlo", "¡Adelante!", "go ahead", "do it")
        ),
        *((text, "no") for text in ("no", "No.", "Don't do it", "don’t", "no, gracias", "mejor no", "cancel", "stop")),
        *(
            (text, "unclear")
            for text in ("ok", "ok wait", "yes?", "yes but change the price", "no wait", "sí pero luego")
        ),
        *((text, "unclear") for text in ("yes " * 30, "vale", "👍", "wait", "no no yes")),
        *((text, "") for text in ("", "What is the time?", "Nothing", "Yesterday", "Sigue", "Okra", "Cancel my order")),
    ],
)
def test_a_yes_is_a_yes_and_nothing_more(text: str, clarity: str) -> None:
    assert clarity_of(text) == clarity


@pytest.mark.parametrize(
    ("address", "said", "is_told"),
    [
        ("https://a.example/x", "see https://a.example/x please", True),
        ("https://a.example/x", "(https://a.example/x).", True),
        ("https://a.example/x/", "https://a.example/x", True),
        ("https://a.example/x", "https://a.example/x?q=1", False),
        ("https://a.example/x?q=secret", "https://a.example/x", False),
        ("https://a.example/", "https://a.example/x", False),
        ("https://a.example/x", "https://a.example/xyz and https://a.example/x", True),
        ("https://a.example/x", "nothing", False),
        ("", "nothing", False),
        ("https://a.example/" + "x" * 3_000, "https://a.example/" + "x" * 3_000, False),
    ],
)
def test_an_address_that_was_told_tells_nothing(address: str, said: str, is_told: bool) -> None:
    message = {"role": "user", "content": [{"type": "text", "text": said}]}
    assert was_told(address, [message]) is is_told
    assert not was_told(address, [{**message, "role": "assistant"}])


@pytest.mark.parametrize(("tool", "is_told"), [("fetch_url", True), ("remember_fact", False), ("memory", False)])
def test_what_only_repeats_the_assistant_does_not_tell_an_address(tool: str, is_told: bool) -> None:
    address = "https://a.example/?secret"
    called = {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": tool, "input": {}}]}
    result = {"type": "tool_result", "tool_use_id": "1", "content": f"Remembered: {address}"}
    assert was_told(address, [called, {"role": "user", "content": [result]}]) is is_told


def test_what_a_new_session_is_told_of_the_assistants_own_words_does_not_count() -> None:
    recap = "<context>\n</context>\n<earlier_context>\n- you: https://a.example/?secret\n</earlier_context>"
    assert not was_told("https://a.example/?secret", [{"role": "user", "content": [{"type": "text", "text": recap}]}])
