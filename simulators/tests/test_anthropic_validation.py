"""What the service refuses, the double refuses."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from simulators.tests.messages_api import (
    CLOCK,
    HEADERS,
    MARK,
    MARK_1H,
    MODEL,
    Api,
    assistant,
    call,
    result,
    text,
    user,
)

SCHEMA = {"type": "object", "properties": {}}
OPEN_FORMAT = {"format": {"type": "json_schema", "schema": SCHEMA}}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"temperature": 0.5}, "temperature"),
        ({"top_p": 0.5}, "top_p"),
        ({"top_k": 5}, "top_k"),
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
        ({"max_tokens": 128_001}, "max_tokens: 128001 > 128000"),
        ({"max_tokens": -1}, "max_tokens"),
        ({"max_tokens": "10"}, "max_tokens"),
        ({"max_tokens": True}, "max_tokens"),
        ({"stream": "yes"}, "stream"),
        ({"stop_sequences": [" "]}, "stop_sequences"),
        ({"metadata": {"name": "x"}}, "metadata.name"),
        ({"service_tier": "fast"}, "service_tier"),
        ({"thinking": {"type": "enabled", "budget_tokens": 2000}}, "thinking"),
        ({"thinking": {"type": "adaptive", "budget_tokens": 2000}}, "thinking"),
        ({"thinking": {"type": "sometimes"}}, "thinking"),
        ({"output_config": {"effort": "huge"}}, "output_config.effort"),
        ({"output_config": OPEN_FORMAT}, "additionalProperties"),
        ({"tool_choice": {"type": "auto"}}, "tool_choice may only be specified while providing tools"),
        ({"tool_choice": {"type": "any"}, "tools": [CLOCK]}, "not supported by claude-sonnet-5-5"),
        ({"tool_choice": {"type": "tool", "name": "current_time"}, "tools": [CLOCK]}, "not supported by"),
        ({"system": [text("")]}, "system.0.text.text: text content blocks must be non-empty"),
        ({"system": [{"type": "image", "source": {}}]}, "system.0"),
        ({"system": 5}, "system"),
        ({"tools": [CLOCK, CLOCK]}, "Tool names must be unique"),
        ({"tools": [{**CLOCK, "name": "bad name"}]}, "tools.0.custom.name: String should match pattern"),
        ({"tools": [{**CLOCK, "name": "x" * 129}]}, "tools.0.custom.name"),
        ({"tools": [{**CLOCK, "colour": 1}]}, "tools.0.custom.colour"),
        ({"tools": [{"name": "x"}]}, "tools.0.custom.input_schema: Field required"),
        ({"tools": [{"name": "x", "input_schema": {}}]}, "tools.0.custom.input_schema.type: Field required"),
        ({"tools": [{"name": "x", "input_schema": {"type": "string"}}]}, "Input should be 'object'"),
        ({"tools": [{"name": "x", "input_schema": {**SCHEMA, "anyOf": [{}]}}]}, "anyOf"),
        ({"tools": [{"name": "x", "input_schema": SCHEMA, "strict": True}]}, "additionalProperties"),
        ({"tools": [{"type": "memory_19990101", "name": "memory"}]}, "expected tags"),
        ({"tools": [{"type": "memory_20250818", "name": "notes"}]}, "Input should be 'memory'"),
    ],
)
def test_a_wrong_parameter_is_named(api: Api, body: dict[str, Any], words: str) -> None:
    assert words in api.refused(**body)


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([], "at least one message"),
        ("", "non-empty"),
        ([assistant("Hi")], "first message must use"),
        ([{"role": "robot", "content": "x"}], "messages.0.role"),
        ([{"role": "user", "content": "x", "name": "y"}], "messages.0.name"),
        ([{"role": "user"}], "messages.0.content: Field required"),
        ([user([])], "non-empty content"),
        ([user("Hi"), assistant([]), user("So?")], "non-empty content"),
        ([user([text("")])], "text content blocks must be non-empty"),
        ([user([text(" \n")])], "non-whitespace"),
        ([user([{"type": "text"}])], "messages.0.content.0.text.text: Field required"),
        ([user([text("x", colour=1)])], "Extra inputs"),
        ([user([call("a")])], "Input tag 'tool_use'"),
        ([user("Hi"), assistant([result("a")]), user("x")], "Input tag 'tool_result'"),
        ([user("Hi"), assistant("Well, ")], "prefill"),
        ([user("Hi"), {"role": "system", "content": "x"}], "final message"),
        ([user([{"type": "image", "source": {"type": "base64", "media_type": "image/bmp", "data": "eA=="}}])], "media"),
        ([user([{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "?"}}])], "base64"),
        ([user([{"type": "image", "source": {"type": "url", "url": "ftp://x"}}])], "HTTP"),
        ([user([{"type": "document", "source": {"type": "tape"}}])], "expected tag"),
        ([user([result("a")])], "unexpected `tool_use_id`"),
        ([user("Hi"), assistant([call("a")]), user("So?")], "without `tool_result` blocks immediately after: a"),
        ([user("Hi"), assistant([call("a")]), user([text("So"), result("a")])], "immediately after"),
        ([user("Hi"), assistant([call("a"), call("b")]), user([result("a")])], "immediately after: b"),
        ([user("Hi"), assistant([call("a")]), user([result("a"), result("a")])], "single result"),
        ([user("Hi"), assistant([call("a")]), user([result("a"), result("z")])], "blocks: z"),
        ([user("Hi"), assistant([call("a"), call("a")]), user([result("a")])], "ids must be unique"),
        ([user("Hi"), assistant([call("a b")]), user([result("a b")])], "should match pattern"),
        ([user("Hi"), assistant([call("a")]), user([result("a", [text("")])])], "non-empty"),
        ([user("Hi"), assistant([call("a")]), user([result("a", 5)])], "content"),
        (
            [user("Hi"), assistant([call("a")]), user([result("a")]), assistant([call("a")]), user([result("a")])],
            "ids must be unique",
        ),
        ([user("Hi"), assistant("Yes"), user([result("a")])], "unexpected `tool_use_id`"),
    ],
)
def test_a_wrong_message_is_named(api: Api, messages: Any, words: str) -> None:
    assert words in api.refused(messages, tools=[CLOCK])


@pytest.mark.parametrize(
    "messages",
    [
        [user("a"), user("b"), assistant("c"), assistant([text("d")]), user("e")],
        [
            user("a"),
            assistant([call("x")]),
            assistant([call("y")]),
            user([result("y")]),
            user([result("x"), text("so")]),
        ],
        [
            user("a"),
            assistant([text("b", citations=None), call("x")]),
            user([{"type": "tool_result", "tool_use_id": "x"}]),
        ],
        [user("a"), assistant([call("x")]), user([{**result("x", ""), "is_error": True}])],
        [user("a"), assistant("b"), {"role": "system", "content": "Be brief."}, user("c")],
        [
            user(
                [
                    {
                        "type": "document",
                        "title": "T",
                        "source": {"type": "text", "media_type": "text/plain", "data": "x"},
                    }
                ]
            )
        ],
        [user([{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "eA=="}}])],
        [user("a"), assistant([{"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}])],
    ],
)
def test_what_the_service_takes_is_taken(api: Api, messages: Any) -> None:
    answer = api.create(messages, tools=[{**CLOCK, "strict": False}, {"type": "memory_20250818", "name": "memory"}])
    assert answer["type"] == "message", answer


def test_tool_blocks_need_tools(api: Api) -> None:
    assert "must define tools" in api.refused([user("a"), assistant([call("x")]), user([result("x")])])


@pytest.mark.parametrize(
    ("marks", "words"),
    [
        ([MARK] * 5, "maximum of 4"),
        ([MARK, MARK_1H], "must not come after"),
        ([{"type": "ephemeral", "ttl": "2h"}], "ttl"),
        ([{"type": "eternal"}], "cache_control.type"),
        ([{**MARK, "colour": 1}], "colour"),
    ],
)
def test_wrong_breakpoints_are_refused(api: Api, marks: list[Any], words: str) -> None:
    assert words in api.refused([user([text("x", cache_control=mark) for mark in marks])])


def test_breakpoints_are_counted_and_ordered_over_tools_system_and_messages(api: Api) -> None:
    spread: dict[str, Any] = {
        "tools": [{**CLOCK, "cache_control": MARK_1H}],
        "system": [text("s", cache_control=MARK_1H)],
        "messages": [user([text("a", cache_control=MARK), text("b", cache_control=MARK)])],
    }
    assert api.create(**spread)["type"] == "message"
    assert "maximum of 4" in api.refused(**spread, cache_control=MARK)
    spread["tools"] = [{**CLOCK, "cache_control": MARK}]
    assert "must not come after" in api.refused(**spread)
    thought = {"type": "thinking", "thinking": "x", "signature": "x", "cache_control": MARK}
    assert "cache_control" in api.refused([user("a"), assistant([thought]), user("b")])


@pytest.mark.parametrize("missing", ["model", "messages", "max_tokens"])
def test_a_missing_field_is_named(api: Api, missing: str) -> None:
    body = {"model": MODEL, "max_tokens": 10, "messages": [user("x")]}
    del body[missing]
    answer = api.raw(body)
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, f"{missing}: Field required")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"{", "not valid JSON"),
        (b'{"a": NaN}', "not valid JSON"),
        (b"[]", "dictionary"),
        (b'{"model": "\xff"}', "not valid JSON"),
        (b'{"model": "\\ud83d"}', "surrogate"),
        (b"[" * 100_000, "not valid JSON"),
    ],
)
def test_what_is_not_json_is_refused(api: Api, raw: bytes, words: str) -> None:
    answer = requests.post(f"{api.url}/v1/messages", data=raw, headers=HEADERS, timeout=10)
    assert answer.status_code == 400
    assert words in answer.json()["error"]["message"]


def test_an_escaped_pair_of_surrogates_is_a_character(api: Api) -> None:
    api.script({"echo": True})
    assert api.create("👋")["content"] == [text("👋")]


def test_unknown_models_are_404(api: Api) -> None:
    answer = api.create(model="claude-2")
    assert answer["error"] == {"type": "not_found_error", "message": "model: claude-2"}


@pytest.mark.parametrize("version", [None, "2020-01-01"])
def test_the_version_header_is_required(api: Api, version: str | None) -> None:
    headers = {"x-api-key": "k"} | ({"anthropic-version": version} if version else {})
    answer = api.raw({"model": MODEL, "max_tokens": 10, "messages": [user("x")]}, headers=headers)
    assert answer.status_code == 400
    assert "anthropic-version" in answer.json()["error"]["message"]


def test_older_models_take_what_the_new_refuse(api: Api) -> None:
    old: dict[str, Any] = {"model": "claude-haiku-4-5", "max_tokens": 3000}
    assert api.create([user("Hi"), assistant("Well,")], **old)["type"] == "message"
    assert api.create(**old, thinking={"type": "enabled", "budget_tokens": 2000})["type"] == "message"
    assert "budget_tokens" in api.refused(**old, thinking={"type": "enabled", "budget_tokens": 3000})
    assert "trailing whitespace" in api.refused([user("Hi"), assistant("Well, ")], **old)
    forced = {"tool_choice": {"type": "tool", "name": "current_time"}, "tools": [CLOCK]}
    assert api.create(model="claude-haiku-5-5", **forced)["type"] == "message"


def thought(api: Api) -> list[dict[str, Any]]:
    api.script({"thinking": "I need the time.", "content": [call("t1"), call("t2")]})
    content: list[dict[str, Any]] = api.create(tools=[CLOCK])["content"]
    assert [block["type"] for block in content] == ["thinking", "tool_use", "tool_use"]
    return content


def test_thinking_goes_back_as_it_came(api: Api) -> None:
    content = thought(api)
    answered = user([result("t1"), result("t2")])

    def sent(blocks: list[dict[str, Any]]) -> dict[str, Any]:
        return api.create([user("Hello"), assistant(blocks), answered], tools=[CLOCK])

    assert sent(content)["type"] == "message"
    changed = [{**content[0], "thinking": "I need no time."}, *content[1:]]
    assert "Invalid `signature`" in sent(changed)["error"]["message"]
    forged = [{**content[0], "signature": "Zm9yZ2Vk"}, *content[1:]]
    assert "Invalid `signature`" in sent(forged)["error"]["message"]
    assert "cannot be modified" in sent(content[1:])["error"]["message"]


def test_thinking_of_another_reply_does_not_stand_in(api: Api) -> None:
    content = thought(api)
    api.script({"thinking": "I need the time.", "text": "So."})
    other = api.create()["content"][0]
    assert other["thinking"] == content[0]["thinking"]
    messages = [user("Hello"), assistant([other, *content[1:]]), user([result("t1"), result("t2")])]
    assert "cannot be modified" in api.refused(messages, tools=[CLOCK])


def test_a_paused_turn_goes_back_unchanged_and_goes_on(api: Api) -> None:
    api.script({"text": "Still looking.", "stop_reason": "pause_turn"}, {"text": "Found it."})
    paused = api.create()
    assert api.create([user("Hello"), assistant(paused["content"])])["content"] == [text("Found it.")]
    assert "prefill" in api.refused([user("Hello"), assistant([text("Still looking")])])
