"""The service's ways, seen through the real SDK and by plain HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import anthropic
import pytest
import requests

from simulators.tests.messages_api import CLOCK, HEADERS, KEY, MODEL, Api, assistant, call, result, user


def streamed(client: anthropic.Anthropic, **body: Any) -> tuple[list[Any], list[Any]]:
    """The raw events, and the blocks put together from them."""
    given: dict[str, Any] = {"model": MODEL, "max_tokens": 1000, "messages": [user("Hello")], **body}
    with client.messages.create(stream=True, **given) as stream:
        events = list(stream)
    blocks: list[Any] = []
    for event in events:
        if event.type == "content_block_start":
            blocks.append({**event.content_block.model_dump(exclude_none=True), "json": ""})
        elif event.type == "content_block_delta":
            delta = event.delta.model_dump()
            kind = delta.pop("type")
            if kind == "input_json_delta":
                blocks[event.index]["json"] += delta["partial_json"]
            else:
                for name, piece in delta.items():
                    blocks[event.index][name] += piece
    return events, blocks


def test_a_whole_answer(api: Api, sdk: anthropic.Anthropic) -> None:
    api.script({"text": "Hi, niño 👋"})
    message = sdk.messages.create(model=MODEL, max_tokens=100, messages=[user("Hello")])
    assert message.to_dict() == {
        "id": message.id,
        "type": "message",
        "role": "assistant",
        "model": MODEL,
        "content": [{"type": "text", "text": "Hi, niño 👋"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "stop_details": None,
        "usage": {
            "input_tokens": 2,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
            "output_tokens": 4,
            "service_tier": "standard",
        },
    }
    assert message._request_id is not None
    assert message._request_id.startswith("req_")


def test_a_streamed_answer_comes_in_pieces_and_in_order(api: Api, sdk: anthropic.Anthropic) -> None:
    given = {"query": "ñandú 👋", "deep": {"list": [1, 2, {"x": None}]}, "long": "x" * 100}
    api.script(
        {
            "thinking": "Let me see what there is to say.",
            "content": [
                {"type": "text", "text": "One moment, I am looking that up for you right now."},
                {"type": "tool_use", "id": "toolu_1", "name": "current_time", "input": given},
                {"type": "tool_use", "name": "current_time", "input": {}},
            ],
        }
    )
    events, blocks = streamed(sdk, tools=[CLOCK])

    kinds = [event.type for event in events]
    assert kinds[:2] == ["message_start", "content_block_start"]
    assert kinds[-2:] == ["message_delta", "message_stop"]
    assert [block["type"] for block in blocks] == ["thinking", "text", "tool_use", "tool_use"]
    assert blocks[0]["thinking"] == "Let me see what there is to say."
    assert blocks[0]["signature"]
    assert blocks[1]["text"] == "One moment, I am looking that up for you right now."
    assert json.loads(blocks[2]["json"]) == given
    assert json.loads(blocks[3]["json"]) == {}
    assert blocks[2]["id"] == "toolu_1"
    assert blocks[3]["id"].startswith("toolu_")
    pieces = [event.delta.partial_json for event in events if getattr(getattr(event, "delta", 0), "partial_json", None)]
    assert len(pieces) >= 5
    start, delta = events[0].message, events[-2]
    assert (start.content, start.stop_reason, start.usage.input_tokens) == ([], None, delta.usage.input_tokens)
    assert delta.delta.stop_reason == "tool_use"
    assert delta.usage.output_tokens > delta.usage.output_tokens_details.thinking_tokens > 0


def test_the_raw_stream_has_a_ping_and_named_events(api: Api) -> None:
    api.script({"text": "Hello"})
    body = {"model": MODEL, "max_tokens": 100, "messages": [user("Hi")], "stream": True}
    answer = api.raw(body)
    assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    names = [line.removeprefix("event: ") for line in answer.text.splitlines() if line.startswith("event: ")]
    assert names[:3] == ["message_start", "content_block_start", "ping"]
    for event in answer.text.removesuffix("\n\n").split("\n\n"):
        name, data = event.split("\n")
        assert json.loads(data.removeprefix("data: "))["type"] == name.removeprefix("event: ")


@pytest.mark.parametrize(
    "stop_reason", ["max_tokens", "stop_sequence", "pause_turn", "refusal", "model_context_window_exceeded"]
)
def test_every_stop_reason_can_be_scripted(api: Api, sdk: anthropic.Anthropic, stop_reason: str) -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": "No."} if stop_reason == "refusal" else None
    api.script({"text": "So", "stop_reason": stop_reason, "stop_details": details}, times=2)
    message = sdk.messages.create(model=MODEL, max_tokens=100, messages=[user("Hello")])
    events, _ = streamed(sdk)
    assert message.stop_reason == events[-2].delta.stop_reason == stop_reason
    assert (message.stop_details and message.stop_details.to_dict()) == details
    assert (events[-2].delta.stop_details and events[-2].delta.stop_details.to_dict()) == details


def test_max_tokens_and_stop_sequences_cut_the_text(api: Api) -> None:
    api.script({"text": "one two three STOP four five"}, times=3)
    cut = api.create(max_tokens=2)
    assert (cut["content"][0]["text"], cut["stop_reason"], cut["usage"]["output_tokens"]) == (
        "one two ",
        "max_tokens",
        2,
    )
    stopped = api.create(stop_sequences=["five", "STOP"])
    assert (stopped["content"][0]["text"], stopped["stop_reason"]) == ("one two three ", "stop_sequence")
    assert stopped["stop_sequence"] == "STOP"
    warmed = api.create(max_tokens=0)
    assert (warmed["content"], warmed["usage"]["output_tokens"]) == ([], 0)


def test_thinking_is_left_out_where_disabled_and_emptied_where_omitted(api: Api) -> None:
    api.script({"thinking": "Hm.", "text": "So."}, times=2)
    assert [block["type"] for block in api.create(thinking={"type": "disabled"})["content"]] == ["text"]
    first, second = api.create(thinking={"type": "adaptive", "display": "omitted"})["content"]
    assert first["thinking"] == ""
    again = [user("Hello"), assistant([first, second]), user("And?")]
    assert api.create(again)["type"] == "message"


@pytest.mark.parametrize("header", ["Authorization", "x-api-key"])
def test_either_header_authenticates(api: Api, header: str) -> None:
    headers = {"anthropic-version": "2023-06-01", header: f"Bearer {KEY}" if header == "Authorization" else KEY}
    body = {"model": MODEL, "max_tokens": 10, "messages": [user("Hi")]}
    assert api.raw(body, headers=headers).status_code == 200
    assert requests.get(f"{api.url}/_sim/accounts", timeout=10).json() == {
        "accounts": [{"key": KEY, "status": "active"}]
    }


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic eA=="}, {"x-api-key": ""}, {"x-api-key": "a b"}])
def test_no_key_is_401_in_the_services_shape(api: Api, headers: dict[str, str]) -> None:
    answer = api.raw({}, headers=headers)
    body = answer.json()
    assert answer.status_code == 401
    assert body["type"] == "error"
    assert body["error"]["type"] == "authentication_error"
    assert body["request_id"] == answer.headers["request-id"]


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        ("revoked", anthropic.AuthenticationError, None),
        ("forbidden", anthropic.PermissionDeniedError, None),
        ("no_credit", anthropic.PaymentRequiredError, None),
        ("spend_limit", anthropic.RateLimitError, "enforced_spend_limit_reached"),
    ],
)
def test_an_account_can_be_in_trouble(
    api: Api, sdk: anthropic.Anthropic, status: str, error: type[anthropic.APIStatusError], code: str | None
) -> None:
    api.control("accounts", {"key": KEY, "status": status})
    with pytest.raises(error) as caught:
        sdk.messages.create(model=MODEL, max_tokens=10, messages=[user("Hi")])
    assert caught.value.error_code == code
    assert "retry-after" not in caught.value.response.headers
    assert caught.value.request_id
    with api.client().copy(api_key="sk-other") as other:
        assert other.messages.create(model=MODEL, max_tokens=10, messages=[user("Hi")]).content
    api.control("accounts", {"key": KEY, "status": "active"})
    assert sdk.messages.create(model=MODEL, max_tokens=10, messages=[user("Hi")]).content


def test_models_are_listed_in_pages(sdk: anthropic.Anthropic) -> None:
    everything = [model.id for model in sdk.models.list(limit=5)]
    assert len(everything) == len(set(everything)) > 15
    assert {"claude-fable-5-2", "claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"} <= set(everything)
    assert sdk.models.retrieve("claude-haiku-5-5").max_input_tokens == 1_000_000
    with pytest.raises(anthropic.NotFoundError):
        sdk.models.retrieve("claude-2")


def test_tokens_are_counted_as_they_are_billed(api: Api, sdk: anthropic.Anthropic) -> None:
    asked: dict[str, Any] = {"messages": [user("¿Qué hora es?" * 20)], "tools": [CLOCK], "system": "Be kind. " * 10}
    counted = sdk.messages.count_tokens(model=MODEL, **asked).input_tokens
    billed = sdk.messages.create(model=MODEL, max_tokens=10, **asked).usage.input_tokens
    assert counted == billed > 100
    refused = api.raw({"model": MODEL, "max_tokens": 1, "messages": [user("x")]}, path="/v1/messages/count_tokens")
    assert refused.status_code == 400


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v1/messages", 405), ("POST", "/v1/complete", 404)])
def test_unknown_ways_are_refused_in_the_services_shape(api: Api, method: str, path: str, status: int) -> None:
    answer = requests.request(method, api.url + path, headers=HEADERS, timeout=10)
    assert (answer.status_code, answer.json()["type"]) == (status, "error")
    assert answer.headers["request-id"] == answer.json()["request_id"]
    assert api.journal()[-1]["status"] == status


def test_more_than_32_mb_is_413(api: Api, sdk: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.ContentTooLargeError):
        sdk.messages.create(model=MODEL, max_tokens=10, messages=[user("x" * (32 << 20))])
    assert api.journal()[-1]["status"] == 413


def test_more_than_the_context_window_is_refused(api: Api) -> None:
    assert "prompt is too long" in api.refused("x" * 4_000_004)


def test_a_tool_is_called_and_its_result_answered_through_the_sdk(api: Api, sdk: anthropic.Anthropic) -> None:
    api.script(
        {"thinking": "I need the time.", "content": [{"type": "tool_use", "name": "current_time", "input": {}}]},
        {"text": "It is {{tool_result}}."},
    )
    messages: list[Any] = [user("What time is it?")]
    first: Any = sdk.messages.create(model=MODEL, max_tokens=100, messages=messages, tools=[CLOCK])
    messages += [first.to_param(), user([result(first.content[1].id, "noon")])]
    second = sdk.messages.create(model=MODEL, max_tokens=100, messages=messages, tools=[CLOCK])
    assert second.content[0].to_dict() == {"type": "text", "text": "It is noon."}


def test_the_journal_keeps_what_was_sent(api: Api, sdk: anthropic.Anthropic) -> None:
    sdk.messages.create(model=MODEL, max_tokens=10, messages=[user("Hi")])
    api.create([user("Hi"), assistant([call("a")])])
    first, second = api.journal()
    assert (first["method"], first["path"], first["status"]) == ("POST", "/v1/messages", 200)
    assert first["headers"]["Authorization"] == f"Bearer {KEY}"
    assert first["body"] == {"model": MODEL, "max_tokens": 10, "messages": [user("Hi")]}
    assert second["status"] == 400


def test_the_command_takes_a_delay_and_keeps_accounts_over_a_restart(tmp_path: Any) -> None:
    command = [sys.executable, "-m", "simulators.anthropic", "--state", str(tmp_path / "state.json"), "--delay", "0.01"]
    for attempt in range(2):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            api = Api(process.stdout.readline().split()[1])
            assert api.control("pace", {}) == {"delay": 0.01, "chunk_delay": 0.0}
            if attempt == 0:
                assert api.create()["type"] == "message"
                api.control("accounts", {"key": KEY, "status": "revoked"})
            else:
                assert api.create()["error"]["type"] == "authentication_error"
            process.terminate()
            assert process.wait(timeout=10) == 0
