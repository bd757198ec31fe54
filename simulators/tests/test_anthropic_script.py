"""Scripted answers and scripted trouble."""

from __future__ import annotations

import asyncio
import io
import threading
from typing import Any

import aiohttp
import anthropic
import httpx2
import pytest
import requests

from simulators.tests.messages_api import CLOCK, HEADERS, MODEL, Api, call, user

ASKED: dict[str, Any] = {"model": MODEL, "max_tokens": 1000, "messages": [user("Hello")]}


def words(answer: dict[str, Any]) -> str:
    return "".join(block["text"] for block in answer["content"])


def read(client: anthropic.Anthropic, seen: list[str] | None = None) -> list[str]:
    """The types of the events that came, in `seen` also where the stream breaks off; raises what the SDK raises."""
    seen = [] if seen is None else seen
    with client.messages.create(stream=True, **ASKED) as stream:
        seen.extend(event.type for event in stream)
    return seen


def test_answers_are_taken_in_order_and_then_the_stand_in_speaks(api: Api) -> None:
    api.script({"text": "one"}, {"text": "two", "times": 2}, {"text": "three"})
    assert [words(api.create()) for _ in range(4)] == ["one", "two", "two", "three"]
    assert "stand-in" in words(api.create())


def test_answers_find_the_calls_they_are_for(api: Api) -> None:
    api.script({"text": "opus", "match": {"model": "claude-opus-5-5"}})
    api.script({"text": "shop"}, match={"system_contains": "flower shop"}, times="always")
    api.script({"text": "key"}, match={"key": "sk-ant-test", "last_user_contains": "roses"})
    api.script({"text": "clock"}, match={"tools_contains": "current_time"})
    assert words(api.create(system=[{"type": "text", "text": "You serve a flower shop."}])) == "shop"
    assert words(api.create(system="You serve a flower shop.")) == "shop"
    assert words(api.create("Any roses?")) == "key"
    assert words(api.create(tools=[CLOCK])) == "clock"
    assert words(api.create(model="claude-opus-5-5")) == "opus"
    pending = requests.get(f"{api.url}/_sim/script", timeout=10).json()["answers"]
    assert [(answer["text"], answer["times"]) for answer in pending] == [("shop", "always")]
    requests.delete(f"{api.url}/_sim/script", timeout=10)
    assert "stand-in" in words(api.create(system="You serve a flower shop."))


def test_a_result_can_be_waited_for(api: Api) -> None:
    api.script({"text": "done: {{tool_result}}", "match": {"tool_results": "current_time"}}, {"content": [call("a")]})
    first = api.create(tools=[CLOCK])
    result = {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "noon"}]}
    messages = [user("Hello"), {"role": "assistant", "content": first["content"]}, user([result])]
    assert words(api.create(messages, tools=[CLOCK])) == "done: noon"


def test_echo_gives_the_persons_words_without_the_context(api: Api) -> None:
    api.script({"echo": True}, {"text": "You said {{last_user}}!"})
    context = {"type": "text", "text": "<context now='noon'>\nThe sender is Ana.\n</context>"}
    told = [user([context, {"type": "text", "text": "one"}, {"type": "text", "text": "two"}])]
    assert words(api.create(told)) == "one\ntwo"
    assert words(api.create(told)) == "You said one\ntwo!"


def test_usage_can_be_scripted(api: Api) -> None:
    api.script({"text": "x", "usage": {"input_tokens": 123_456, "output_tokens": 99}})
    usage = api.create()["usage"]
    assert (usage["input_tokens"], usage["output_tokens"], usage["cache_read_input_tokens"]) == (123_456, 99, 0)


def test_an_error_can_be_scripted_whole(api: Api, sdk: anthropic.Anthropic) -> None:
    error = {
        "status": 429,
        "type": "rate_limit_error",
        "message": "Slow down",
        "details": {"error_code": "ramp_limit_exceeded"},
        "headers": {"retry-after": "7"},
    }
    api.script({"error": error})
    with pytest.raises(anthropic.RateLimitError) as caught:
        sdk.messages.create(**ASKED)
    assert caught.value.error_code == "ramp_limit_exceeded"
    assert caught.value.response.headers["retry-after"] == "7"
    assert caught.value.api_message == "Slow down"


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ({}, "needs one of"),
        ({"txt": "x"}, "unknown txt"),
        ({"text": 5}, "text must be a string"),
        ({"text": "x", "stop_reason": "tired"}, "stop_reason must be one of"),
        ({"text": "x", "delay": -1}, "delay"),
        ({"text": "x", "times": 0}, "times"),
        ({"text": "x", "match": {"colour": 1}}, "unknown fact"),
        ({"content": [{"type": "tool_use", "name": "x"}]}, "needs input"),
        ({"content": ["x"]}, "object with a type"),
        ({"error": 500}, "error must be an object"),
    ],
)
def test_a_wrong_answer_is_told_when_it_is_queued(api: Api, answer: dict[str, Any], word: str) -> None:
    refused = requests.post(f"{api.url}/_sim/script", json={"answers": [{"text": "ok"}, answer]}, timeout=10)
    assert refused.status_code == 400
    assert word in refused.json()["error"]
    assert requests.get(f"{api.url}/_sim/script", timeout=10).json() == {"answers": []}


@pytest.mark.parametrize(
    ("fault", "error", "kind"),
    [
        ({"kind": "rate_limit", "retry_after": 2}, anthropic.RateLimitError, "rate_limit_error"),
        ({"kind": "overloaded"}, anthropic.OverloadedError, "overloaded_error"),
        ({"kind": "error"}, anthropic.InternalServerError, "api_error"),
        ({"kind": "error", "status": 503}, anthropic.ServiceUnavailableError, "api_error"),
        ({"kind": "error", "status": 403}, anthropic.PermissionDeniedError, "permission_error"),
        ({"kind": "timeout"}, anthropic.GatewayTimeoutError, "timeout_error"),
    ],
)
def test_refusals(
    api: Api, sdk: anthropic.Anthropic, fault: dict[str, Any], error: type[anthropic.APIStatusError], kind: str
) -> None:
    api.fault(**fault)
    with pytest.raises(error) as caught:
        read(sdk)
    assert caught.value.type == kind
    assert caught.value.response.headers.get("retry-after") == ("2" if kind == "rate_limit_error" else None)
    assert read(sdk)[-1] == "message_stop"
    first, second = api.journal()
    assert (first["fault"], first["status"]) == (fault["kind"], caught.value.status_code)
    assert (second["fault"], second["status"]) == (None, 200)


def test_a_spend_limit_comes_without_retry_after(api: Api, sdk: anthropic.Anthropic) -> None:
    api.fault("rate_limit", error_code="enforced_spend_limit_reached")
    with pytest.raises(anthropic.RateLimitError) as caught:
        sdk.messages.create(**ASKED)
    assert caught.value.error_code == "enforced_spend_limit_reached"
    assert "retry-after" not in caught.value.response.headers


@pytest.mark.parametrize("stream", [False, True])
def test_a_dropped_connection(api: Api, sdk: anthropic.Anthropic, *, stream: bool) -> None:
    api.fault("drop")
    with pytest.raises(anthropic.APIConnectionError):
        sdk.messages.create(**ASKED, stream=stream)


@pytest.mark.parametrize("stream", [False, True])
def test_a_hanging_answer_is_silent_until_the_client_gives_up(api: Api, *, stream: bool) -> None:
    api.fault("hang", seconds=60)
    with api.client(timeout=0.3) as client, pytest.raises(anthropic.APITimeoutError):
        client.messages.create(**ASKED, stream=stream)
    api.fault("hang", seconds=0.01)
    with api.client() as client:
        assert client.messages.create(**ASKED).content


def test_a_stream_is_cut_after_so_many_events(api: Api, sdk: anthropic.Anthropic) -> None:
    came = ["message_start", "content_block_start", "content_block_delta"]  # the SDK hides the ping, the third
    for count, expected in ((0, []), (1, came[:1]), (4, came)):
        api.script({"text": "A text of some length, in pieces."})
        api.fault("cut", after_events=count)
        seen: list[str] = []
        with pytest.raises(httpx2.RemoteProtocolError):
            read(sdk, seen)
        assert seen == expected


def download(api: Api, into: io.BytesIO) -> None:
    body = {**ASKED, "stream": True}
    with requests.post(f"{api.url}/v1/messages", json=body, headers=HEADERS, stream=True, timeout=10) as answer:
        into.writelines(answer.iter_content(None))


def test_half_an_answer_ends_within_an_event(api: Api) -> None:
    api.script({"text": "A text of some length, in pieces."})
    api.fault("half_answer")
    got = io.BytesIO()
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        download(api, got)
    assert got.getvalue().startswith(b"event: message_start")
    assert not got.getvalue().endswith(b"\n\n")
    assert b"message_stop" not in got.getvalue()


@pytest.mark.parametrize("kind", ["cut", "half_answer"])
def test_half_a_body_where_nothing_is_streamed(api: Api, sdk: anthropic.Anthropic, kind: str) -> None:
    api.fault(kind)
    with pytest.raises(anthropic.APIConnectionError):
        sdk.messages.create(**ASKED)
    assert sdk.messages.create(**ASKED).content


def test_an_error_in_the_stream_comes_after_a_200(api: Api, sdk: anthropic.Anthropic) -> None:
    api.fault("sse_error", after_events=3)
    seen: list[str] = []
    with pytest.raises(anthropic.APIStatusError) as caught:
        read(sdk, seen)
    assert seen == ["message_start", "content_block_start"]
    assert (caught.value.type, caught.value.status_code) == ("overloaded_error", 200)
    api.fault("sse_error", type="api_error", message="Oops")
    with pytest.raises(anthropic.InternalServerError, match="Oops"):
        sdk.messages.create(**ASKED)


def test_faults_find_the_calls_they_are_for_and_spare_the_invalid(api: Api) -> None:
    api.fault("overloaded", match={"last_user_contains": "boom"}, times=2)
    assert api.create("Hello")["type"] == "message"
    assert api.create("boom", temperature=1)["error"]["type"] == "invalid_request_error"
    assert [api.create("boom")["type"] for _ in range(3)] == ["error", "error", "message"]


def test_hundreds_wait_at_once(api: Api) -> None:
    """Every one of 300 calls is begun while none of the others has ended."""
    api.control("pace", {"delay": 600})

    async def begin(session: aiohttp.ClientSession) -> tuple[bytes, aiohttp.ClientResponse]:
        answer = await session.post(f"{api.url}/v1/messages", json={**ASKED, "stream": True}, headers=HEADERS)
        return await answer.content.readline(), answer

    async def everyone() -> list[bytes]:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            begun = await asyncio.gather(*(begin(session) for _ in range(300)))
            for _, answer in begun:
                answer.close()
            return [line for line, _ in begun]

    assert asyncio.run(everyone()) == [b"event: message_start\n"] * 300


def test_a_paced_stream_is_whole(api: Api, sdk: anthropic.Anthropic) -> None:
    api.script({"text": "In pieces.", "delay": 0.01, "chunk_delay": 0.001})
    assert read(sdk)[-2:] == ["message_delta", "message_stop"]


def test_a_caller_that_leaves_does_not_trouble_the_double(api: Api) -> None:
    api.script({"text": "late", "delay": 60}, {"text": "next"})
    gone = threading.Event()

    def leave() -> None:
        with pytest.raises(requests.exceptions.Timeout):
            requests.post(
                f"{api.url}/v1/messages",
                json=ASKED,
                headers=HEADERS,
                timeout=0.2,
            )
        gone.set()

    threading.Thread(target=leave).start()
    assert gone.wait(10)
    assert words(api.create()) == "next"
