from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tooling.history import messages_of
from tooling.types import (
    AssistantStep,
    ClaudeError,
    Reply,
    Step,
    ToolResultStep,
    ToolStartedStep,
    Usage,
    UserStep,
    dumps,
    loads,
    step_from_json,
)

NASTY = "NUL \x00, half a pair \ud83d, line separator \u2028, emoji 😀, ñ"

STEPS: list[Step] = [
    UserStep(message={"role": "user", "content": [{"type": "text", "text": NASTY}]}),
    AssistantStep(
        reply=Reply(
            content=[{"type": "tool_use", "id": "t1", "name": "n", "input": {"z": NASTY, "a": 1.0, "m": None}}],
            stop_reason="tool_use",
            stop_details={"type": "refusal"},
            usage=Usage(input_tokens=1, output_tokens=2, cache_read_tokens=3, cache_write_1h_tokens=4),
            model="claude",
            request_id="req_1",
            unreadable=("t1",),
        )
    ),
    ToolStartedStep(tool_use_id="t1", name="n", arguments={"z": NASTY, "a": [1]}),
    ToolResultStep(tool_use_id="t1", content=[{"type": "text", "text": NASTY}], is_error=True),
    ToolResultStep(tool_use_id="t2", content="made", offers=({"kind": "reaction", "emoji": NASTY},)),
]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.kind)
def test_a_step_survives_being_stored(step: Step) -> None:
    line = dumps(step)
    assert line.isascii()
    assert "\x00" not in line
    assert loads(line) == step
    assert dumps(loads(line)) == line
    assert step_from_json(step.to_json()) == step


def test_claude_gets_nothing_of_what_is_offered_and_a_result_without_offers_is_stored_as_ever() -> None:
    call = {"type": "tool_use", "id": "t2", "name": "n", "input": {}}
    asked: list[Step] = [AssistantStep(reply=Reply(content=[call], stop_reason="tool_use"))]
    offering = ToolResultStep(tool_use_id="t2", content="made", offers=({"kind": "reaction", "emoji": "👍"},))
    plain = ToolResultStep(tool_use_id="t2", content="made")
    assert json.dumps(messages_of([*asked, offering])) == json.dumps(messages_of([*asked, plain]))
    assert dumps(plain) == '{"kind":"tool_result","tool_use_id":"t2","content":"made","is_error":false}'


def test_messages_are_the_same_bytes_after_storage() -> None:
    stored = [loads(dumps(step)) for step in STEPS]
    assert json.dumps(messages_of(stored)) == json.dumps(messages_of(STEPS))
    assert '"z": ' in json.dumps(messages_of(stored)).split('"a"')[0]


@given(st.text(alphabet=st.characters(codec=None)))
def test_any_text_survives(words: str) -> None:
    step = ToolResultStep(tool_use_id="t", content=words)
    assert loads(dumps(step)) == step


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        step_from_json({"kind": "later"})


def test_usage_adds_up() -> None:
    one = Usage(input_tokens=1, output_tokens=2, cache_read_tokens=3, cache_write_5m_tokens=4, cache_write_1h_tokens=5)
    total = one + one
    assert (total.prompt_tokens, total.total_tokens, total.fresh_tokens) == (26, 30, 24)


def test_the_services_wording_stays_out_of_an_errors_text() -> None:
    error = ClaudeError("invalid_request", "HTTP 400", detail="messages.1: 'the secret text'")
    assert "secret" not in f"{error} {error!r}"
