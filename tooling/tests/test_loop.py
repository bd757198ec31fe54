from __future__ import annotations

from typing import Any

import pytest

from tooling.history import OUTCOME_UNKNOWN, close_history, messages_of
from tooling.loop import CALL_CUT, LIMIT_REACHED, UNREADABLE, Limits
from tooling.parallel import at_once
from tooling.tests.turns import HELLO, LeaseLostError, Turn, assert_valid, reply, text, use
from tooling.types import (
    AssistantStep,
    ClaudeError,
    Message,
    Reply,
    Step,
    ToolCall,
    ToolResult,
    ToolResultStep,
    ToolStartedStep,
)


def calling(*ids: str, **more: Any) -> Reply:
    return reply(*(use(each) for each in ids), stop="tool_use", **more)


def started(call_id: str) -> ToolStartedStep:
    return ToolStartedStep(tool_use_id=call_id, name="current_time", arguments={})


def next_turn_is_valid(turn: Turn, told: str = "Sorry, that did not work.") -> list[Message]:
    closed = [*turn.steps, *close_history(turn.steps, told=told), HELLO]
    messages = messages_of(closed)
    assert_valid(messages)
    return messages


def test_a_plain_answer_ends_the_turn() -> None:
    turn = Turn(reply(text("It is noon.")))
    outcome = turn.run()
    assert (outcome.text, outcome.stop, outcome.replies, outcome.close_session) == ("It is noon.", "done", 1, False)
    assert [step.kind for step in turn.steps] == ["user", "assistant"]
    assert close_history(turn.steps, told="") == []


def test_the_history_of_earlier_turns_comes_first_and_unchanged() -> None:
    history: list[Message] = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": [text("Hello")]}]
    turn = Turn(reply(text("Noon.")), history=history)
    prompts: list[list[Message]] = []

    def ask(messages: list[Message]) -> Reply:
        prompts.append(messages)
        return turn.replies.pop(0)

    turn.run(ask=ask)
    assert prompts == [[*history, HELLO.message]]


def test_a_tool_runs_between_its_two_records_and_its_result_goes_back() -> None:
    turn = Turn(calling("t1"), reply(text("Noon.")))
    outcome = turn.run()
    assert [step.kind for step in turn.steps] == ["user", "assistant", "tool_started", "tool_result", "assistant"]
    assert turn.prompts[1][-1]["content"] == [{"type": "tool_result", "tool_use_id": "t1", "content": "result of t1"}]
    assert (outcome.tool_calls, outcome.usage.output_tokens) == (1, 20)


def test_each_prompt_begins_with_the_one_before() -> None:
    turn = Turn(calling("t1", "t2"), calling("t3"), reply(text("Done.")))
    turn.run()
    for shorter, longer in zip(turn.prompts, turn.prompts[1:], strict=False):
        assert longer[: len(shorter)] == shorter


def test_parallel_results_are_one_message_in_the_calls_order_whatever_finishes_first() -> None:
    turn = Turn(calling("t1", "t2", "t3"), reply(text("Done.")))
    turn.run(run_calls=lambda call, calls: ((each, call(each)) for each in reversed(calls)))
    assert [call.id for call in turn.ran] == ["t3", "t2", "t1"]
    kinds = [step.kind for step in turn.steps]
    assert kinds == ["user", "assistant", *["tool_started"] * 3, *["tool_result"] * 3, "assistant"]
    assert [block["tool_use_id"] for block in turn.prompts[1][-1]["content"]] == ["t1", "t2", "t3"]


def test_parallel_calls_really_run_at_once() -> None:
    import threading

    together = threading.Barrier(3, timeout=20)

    def call_tool(call: ToolCall) -> ToolResult:
        together.wait()
        return ToolResult(content=call.id)

    turn = Turn(calling("t1", "t2", "t3"), reply(text("Done.")))
    assert turn.run(run_calls=at_once, call_tool=call_tool).stop == "done"
    assert {step.content for step in turn.results().values()} == {"t1", "t2", "t3"}


def test_a_lost_lease_ends_the_turn_before_the_tool_runs() -> None:
    turn = Turn(calling("t1"))
    turn.fail_record = lambda step: isinstance(step, ToolStartedStep)
    with pytest.raises(LeaseLostError):
        turn.run()
    assert turn.ran == []


def test_a_lost_lease_ends_the_turn_before_the_next_question() -> None:
    turn = Turn(calling("t1"))
    turn.fail_record = lambda step: isinstance(step, ToolResultStep)
    with pytest.raises(LeaseLostError):
        turn.run()
    assert len(turn.prompts) == 1


def test_an_error_of_claude_leaves_the_turn_to_be_resumed() -> None:
    def fail(_messages: list[Message]) -> Reply:
        raise ClaudeError("overloaded", "HTTP 529", retry_after=3)

    turn = Turn()
    with pytest.raises(ClaudeError):
        turn.run(ask=fail)
    assert turn.steps == [HELLO]


@pytest.mark.parametrize("died_after", range(1, 11))
def test_a_turn_that_died_anywhere_goes_on_as_if_it_had_not(died_after: int) -> None:
    """Every prefix of the steps leads to the same prompts, and no tool that has a result runs again."""
    script = [calling("t1", "t2"), calling("t3"), reply(text("Done."))]
    whole = Turn(*script)
    whole.run()
    steps = whole.steps[:died_after]
    replayed = sum(isinstance(step, AssistantStep) for step in steps)
    resumed = Turn(*script[replayed:], steps=steps)
    outcome = resumed.run(repeatable=lambda _name: True)
    assert outcome.text == "Done."
    assert resumed.messages() == whole.messages()
    finished = {step.tool_use_id for step in steps if isinstance(step, ToolResultStep)}
    assert {call.id for call in resumed.ran} == {"t1", "t2", "t3"} - finished


def test_a_started_call_is_never_repeated_unless_its_tool_is_repeatable() -> None:
    steps: list[Step] = [HELLO, AssistantStep(reply=calling("t1", "t2")), started("t1")]
    turn = Turn(reply(text("I do not know whether it went out.")), steps=steps)
    outcome = turn.run(repeatable=lambda name: name == "other")
    assert [call.id for call in turn.ran] == ["t2"]
    assert turn.results()["t1"].content == OUTCOME_UNKNOWN
    assert turn.results()["t1"].is_error
    assert outcome.stop == "done"


def test_a_repeatable_call_runs_again_without_a_second_start() -> None:
    turn = Turn(reply(text("Noon.")), steps=[HELLO, AssistantStep(reply=calling("t1")), started("t1")])
    turn.run(repeatable=lambda name: name == "current_time")
    assert [call.id for call in turn.ran] == ["t1"]
    assert sum(isinstance(step, ToolStartedStep) for step in turn.steps) == 1


def test_a_cut_text_is_continued_once_and_read_as_one() -> None:
    turn = Turn(reply(text("It is twel"), stop="max_tokens"), reply(text("ve o'clock.")))
    outcome = turn.run()
    assert (outcome.text, outcome.stop) == ("It is twelve o'clock.", "done")
    assert [message["role"] for message in turn.prompts[1]] == ["user", "assistant", "user"]


def test_a_text_cut_twice_ends_with_what_is_there() -> None:
    turn = Turn(reply(text("A very "), stop="max_tokens"), reply(text("long tale"), stop="max_tokens"))
    outcome = turn.run()
    assert (outcome.text, outcome.stop, len(turn.prompts)) == ("A very long tale", "cut", 2)
    next_turn_is_valid(turn)


def test_a_call_that_was_cut_does_not_run() -> None:
    cut = reply(text("Sure."), use("t1"), use("t2"), stop="max_tokens", unreadable=("t2",))
    turn = Turn(cut, reply(text("Done.")))
    assert turn.run().stop == "done"
    assert turn.ran == []
    assert {step.content for step in turn.results().values()} == {CALL_CUT}


def test_a_call_cut_twice_leaves_a_valid_history() -> None:
    turn = Turn(reply(use("t1"), stop="max_tokens"), reply(use("t2"), stop="max_tokens"))
    assert turn.run().stop == "cut"
    assert turn.ran == []
    next_turn_is_valid(turn)


def test_thinking_cut_before_any_text_is_not_sent_back_alone() -> None:
    turn = Turn(reply({"type": "thinking", "thinking": "Hm", "signature": ""}, stop="max_tokens"), reply(text("Noon.")))
    assert turn.run().text == "Noon."


def test_unreadable_arguments_are_answered_and_do_not_run() -> None:
    turn = Turn(calling("t1", "t2", unreadable=("t1",)), reply(text("Done.")))
    turn.run()
    assert [call.id for call in turn.ran] == ["t2"]
    assert turn.results()["t1"].content == UNREADABLE


def test_thinking_goes_back_exactly_as_it_came() -> None:
    thinking = {"type": "thinking", "thinking": "…", "signature": "abc=="}
    redacted = {"type": "redacted_thinking", "data": "xyz"}
    turn = Turn(reply(thinking, redacted, text("One moment."), use("t1"), stop="tool_use"), reply(text("Noon.")))
    assert turn.run().text == "Noon."
    assert turn.prompts[1][1] == {"role": "assistant", "content": [thinking, redacted, text("One moment."), use("t1")]}


def test_a_paused_turn_is_sent_back_unchanged() -> None:
    paused = [text("Searching."), {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}}]
    turn = Turn(reply(*paused, stop="pause_turn"), reply(text("Found it.")))
    prompts: list[list[Message]] = []

    def ask(messages: list[Message]) -> Reply:
        prompts.append(messages)
        return turn.replies.pop(0)

    outcome = turn.run(ask=ask)
    assert prompts[1] == [HELLO.message, {"role": "assistant", "content": paused}]
    assert (outcome.text, outcome.close_session) == ("Searching.\n\nFound it.", False)


def test_endless_pauses_stop_at_the_limit_and_close_the_session() -> None:
    paused = {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}}
    turn = Turn()
    outcome = turn.run(ask=lambda _messages: reply(paused, stop="pause_turn"), limits=Limits(max_replies=3))
    assert (outcome.stop, outcome.replies, outcome.close_session) == ("limit_steps", 3, True)


def test_a_refusal_keeps_nothing_of_the_refused_reply() -> None:
    turn = Turn(reply(text("Here is how"), use("t1"), stop="refusal", stop_details={"category": "bio"}))
    outcome = turn.run()
    assert (outcome.text, outcome.stop, turn.ran) == ("", "refused", [])
    messages = next_turn_is_valid(turn, told="I cannot help with that.")
    assert messages[1] == {"role": "assistant", "content": [text("I cannot help with that.")]}


def test_a_full_context_asks_for_a_new_session_however_it_is_told() -> None:
    by_reply = Turn(reply(text("So far"), stop="model_context_window_exceeded")).run()
    assert (by_reply.stop, by_reply.close_session) == ("context_full", True)

    def fail(_messages: list[Message]) -> Reply:
        raise ClaudeError("context_full", "HTTP 400", permanent=True)

    by_error = Turn().run(ask=fail)
    assert (by_error.stop, by_error.close_session, by_error.text) == ("context_full", True, "")


def test_an_unknown_stop_reason_ends_the_turn_and_runs_nothing() -> None:
    turn = Turn(reply(text("Noon."), use("t1"), stop="solar_flare"))
    outcome = turn.run()
    assert (outcome.text, outcome.stop, turn.ran) == ("Noon.", "done", [])
    next_turn_is_valid(turn)


def test_words_beside_the_last_call_count_when_nothing_follows_it() -> None:
    turn = Turn(reply(text("Noted!"), use("t1"), stop="tool_use"), reply(text("")))
    assert turn.run().text == "Noted!"
    next_turn_is_valid(turn)


def test_at_the_limit_of_calls_the_model_answers_with_what_it_has() -> None:
    turn = Turn(calling("t1", "t2", "t3"), reply(text("I got two of three.")))
    outcome = turn.run(limits=Limits(max_tool_calls=2))
    assert [call.id for call in turn.ran] == ["t1", "t2"]
    assert turn.results()["t3"].content == LIMIT_REACHED
    assert (outcome.text, outcome.stop) == ("I got two of three.", "limit_tools")


def test_a_model_that_will_not_stop_calling_is_stopped() -> None:
    turn = Turn(*(calling(f"t{number}") for number in range(9)))
    outcome = turn.run(limits=Limits(max_replies=3))
    assert (outcome.stop, outcome.text, len(turn.prompts)) == ("limit_steps", "", 4)
    assert [call.id for call in turn.ran] == ["t0", "t1"]
    next_turn_is_valid(turn)


def test_the_token_limit_stops_before_the_next_tool() -> None:
    turn = Turn(calling("t1", tokens=500))
    outcome = turn.run(limits=Limits(max_tokens=400))
    assert (outcome.stop, turn.ran) == ("limit_tokens", [])
    next_turn_is_valid(turn)


def test_a_finished_answer_counts_even_past_every_limit() -> None:
    turn = Turn(reply(text("Noon."), tokens=500))
    assert turn.run(limits=Limits(max_tokens=400, max_replies=1)).stop == "done"


def test_past_the_deadline_nothing_more_is_asked_or_run() -> None:
    turn = Turn(calling("t1"))

    def ask(messages: list[Message]) -> Reply:
        turn.now = 31.0
        return turn.ask(messages)

    outcome = turn.run(ask=ask, limits=Limits(deadline=30.0))
    assert (outcome.stop, turn.ran) == ("deadline", [])
    messages = next_turn_is_valid(turn, told="That took too long.")
    assert messages[-2] == {"role": "assistant", "content": [text("That took too long.")]}


def test_an_abandoned_turn_says_which_calls_may_have_taken_effect() -> None:
    steps: list[Step] = [HELLO, AssistantStep(reply=calling("t1", "t2")), started("t1")]
    closing = close_history(steps, told="Sorry, something went wrong.")
    results = {step.tool_use_id: step.content for step in closing if isinstance(step, ToolResultStep)}
    assert results["t1"] == OUTCOME_UNKNOWN
    assert "Not run" in results["t2"]
    assert_valid(messages_of([*steps, *closing, HELLO]))


def test_a_turn_must_begin_with_the_person() -> None:
    with pytest.raises(ValueError, match="begins with"):
        Turn(steps=[]).run()
