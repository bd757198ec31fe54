"""What the prompt cache costs and saves. 2,400 bytes of text are 600 tokens."""

from __future__ import annotations

from typing import Any

import anthropic
import pytest

from simulators.tests.messages_api import CLOCK, KEY, MARK, MARK_1H, Api, assistant, text, user

LONG = "x" * 2400


def cost(answer: dict[str, Any]) -> tuple[int, int, int, int]:
    """Tokens read, written for 5 minutes, written for an hour, paid in full."""
    assert answer["type"] == "message", answer
    usage = answer["usage"]
    written = usage["cache_creation"]
    assert usage["cache_creation_input_tokens"] == sum(written.values())
    five, hour = written["ephemeral_5m_input_tokens"], written["ephemeral_1h_input_tokens"]
    return usage["cache_read_input_tokens"], five, hour, usage["input_tokens"]


def long(mark: dict[str, str] | None = None, letter: str = "x") -> dict[str, Any]:
    block = text(letter * 2400)
    return {**block, "cache_control": mark} if mark else block


def test_the_second_call_reads_what_the_first_wrote(api: Api) -> None:
    messages = [user([long(MARK), text("Hello 12")])]
    assert cost(api.create(messages)) == (0, 600, 0, 2)
    assert cost(api.create(messages)) == (600, 0, 0, 2)


def test_without_a_breakpoint_nothing_is_cached(api: Api) -> None:
    for _ in range(2):
        assert cost(api.create([user([long()])])) == (0, 0, 0, 600)


@pytest.mark.parametrize(
    ("model", "size", "cached"),
    [
        ("claude-sonnet-5-5", 2044, False),
        ("claude-sonnet-5-5", 2045, True),
        ("claude-sonnet-4-6", 4092, False),
        ("claude-sonnet-4-6", 4093, True),
    ],
)
def test_below_the_models_minimum_nothing_is_cached_silently(api: Api, model: str, size: int, *, cached: bool) -> None:
    messages = [user([text("x" * size, cache_control=MARK)])]
    api.create(messages, model=model)
    assert (cost(api.create(messages, model=model))[0] > 0) == cached


def test_a_growing_conversation_pays_for_what_is_new(api: Api) -> None:
    messages: list[Any] = []
    read = 0
    for turn in range(4):
        messages.append(user([long(letter=str(turn))]))
        sent = [*messages[:-1], user([long(MARK, str(turn))])]
        assert cost(api.create(sent)) == (read, 600 + (turn > 0), 0, 0)
        messages.append(assistant("Yes."))
        read += 600 + (turn > 0)


def test_any_earlier_change_loses_all_that_follows(api: Api) -> None:
    system = [long(MARK_1H, "s")]
    api.create([user([long(MARK)])], system=system, tools=[CLOCK])
    assert cost(api.create([user([long(MARK)])], system=system, tools=[CLOCK]))[1:3] == (0, 0)
    changed = {**CLOCK, "description": "Tell the hour"}
    assert cost(api.create([user([long(MARK)])], system=system, tools=[changed]))[0] == 0
    read, five, hour, _ = cost(api.create([user([long(MARK, "y")])], system=system, tools=[CLOCK]))
    assert (read > 600, five, hour) == (True, 600, 0)


def test_one_and_the_same_text_as_another_role_or_cut_elsewhere_is_another_prefix(api: Api) -> None:
    api.create([user([text("a" * 1200), text("b" * 1200, cache_control=MARK)])])
    assert cost(api.create([user([text("a" * 1200 + "b" * 1200, cache_control=MARK)])]))[0] == 0
    assert cost(api.create("Hello", system=[text("a" * 1200), text("b" * 1200, cache_control=MARK)]))[0] == 0


def test_consecutive_messages_of_one_role_are_one_prefix(api: Api) -> None:
    api.create([user([text("a" * 1200), text("b" * 1200, cache_control=MARK)])])
    split = [user("a" * 1200), user([text("b" * 1200, cache_control=MARK)])]
    assert cost(api.create(split))[0] == 600


def test_an_hours_and_five_minutes_breakpoints_are_told_apart(api: Api) -> None:
    asked: dict[str, Any] = {"messages": [user([long(MARK)])], "system": [long(MARK_1H, "s"), text("and so on")]}
    assert cost(api.create(**asked)) == (0, 603, 600, 0)
    api.control("clock", {"advance_seconds": 301})
    assert cost(api.create(**asked)) == (600, 603, 0, 0)
    api.control("clock", {"advance_seconds": 3601})
    assert cost(api.create(**asked)) == (0, 603, 600, 0)


def test_reading_refreshes(api: Api) -> None:
    messages = [user([long(MARK)])]
    api.create(messages)
    for _ in range(3):
        api.control("clock", {"advance_seconds": 200})
        assert cost(api.create(messages))[0] == 600


@pytest.mark.parametrize(("between", "read"), [(18, 600), (19, 600), (20, 0)])
def test_the_cache_looks_back_over_twenty_blocks(api: Api, between: int, read: int) -> None:
    api.create([user([long(MARK)])])
    more = [text("more") for _ in range(between - 1)] + [text("last", cache_control=MARK)]
    assert cost(api.create([user([long(), *more])]))[0] == read


def test_a_second_breakpoint_bridges_more_than_twenty_blocks(api: Api) -> None:
    api.create([user([long(MARK)])])
    more = [text("more") for _ in range(40)] + [text("last", cache_control=MARK)]
    assert cost(api.create([user([long(MARK), *more])])) == (600, 41, 0, 0)


def test_the_cache_belongs_to_one_key_and_one_model(api: Api) -> None:
    messages = [user([long(MARK)])]
    api.create(messages)
    assert cost(api.create(messages, model="claude-opus-5-5"))[0] == 0
    headers = {"x-api-key": "sk-other", "anthropic-version": "2026-10-21"}
    body = {"model": "claude-sonnet-5-5", "max_tokens": 10, "messages": messages}
    assert api.raw(body, headers=headers).json()["usage"]["cache_read_input_tokens"] == 0
    assert api.raw(body, headers={**headers, "x-api-key": KEY}).json()["usage"]["cache_read_input_tokens"] == 600


def test_tool_choice_and_thinking_lose_the_messages_and_keep_the_system(api: Api) -> None:
    asked: dict[str, Any] = {"messages": [user([long(MARK)])], "system": [long(MARK_1H, "s")], "tools": [CLOCK]}
    api.create(**asked)
    for change in ({"tool_choice": {"type": "none"}}, {"thinking": {"type": "disabled"}}):
        read, five, hour, full = cost(api.create(**asked, **change))
        assert (five, hour, full) == (600, 0, 0)
        assert 600 < read < 700


def test_top_level_cache_control_marks_the_last_block(api: Api) -> None:
    assert cost(api.create([user([long(), long(None, "y")])], cache_control=MARK)) == (0, 1200, 0, 0)
    assert cost(api.create([user([long(), long(None, "y")])], cache_control=MARK)) == (1200, 0, 0, 0)


def test_a_refused_call_writes_nothing(api: Api) -> None:
    messages = [user([long(MARK)])]
    api.fault("overloaded")
    api.create(messages)
    api.script({"error": {"status": 500}})
    api.create(messages)
    assert cost(api.create(messages)) == (0, 600, 0, 0)


def test_a_stream_reports_the_same_usage(api: Api, sdk: anthropic.Anthropic) -> None:
    messages = [user([long(MARK)])]
    api.create(messages)
    asked: dict[str, Any] = {"model": "claude-sonnet-5-5", "max_tokens": 10, "messages": messages}
    with sdk.messages.create(**asked, stream=True) as stream:
        events: list[Any] = list(stream)
    assert events[0].type == "message_start"
    usage = events[0].message.usage
    assert (usage.cache_read_input_tokens, usage.cache_creation_input_tokens, usage.input_tokens) == (600, 0, 0)
    assert events[-2].type == "message_delta"
    assert events[-2].usage.cache_read_input_tokens == 600


def test_images_and_tool_results_have_their_tokens(api: Api) -> None:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "eA=="}}
    assert cost(api.create([user([image])]))[3] == 1600
    call = {"type": "tool_use", "id": "a", "name": "current_time", "input": {}}
    answered = [user("Hi"), assistant([call]), user([{"type": "tool_result", "tool_use_id": "a", "content": [image]}])]
    assert cost(api.create(answered, tools=[CLOCK]))[3] > 1600
