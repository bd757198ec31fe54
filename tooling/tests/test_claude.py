from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from simulators.anthropic.app import AnthropicDouble
from simulators.common import serve_in_thread
from tooling.claude import ClaudeClient
from tooling.loop import Limits, run
from tooling.request import Section, build
from tooling.tests.servers import Connection, get, post, serving
from tooling.types import Block, ClaudeError, Message, Reply, Step, ToolCall, ToolResult, Usage, UserStep

KEY = "sk-test-1234"
MODEL = "claude-sonnet-5-5"
SECRET = "the person's own words"
TOOLS = [
    {
        "name": "current_time",
        "description": "Tells the time.",
        "input_schema": {"type": "object", "properties": {}, "required": [], "additionalProperties": False},
    }
]


@pytest.fixture(scope="module")
def double() -> Iterator[str]:
    with serve_in_thread(AnthropicDouble()) as url:
        yield url


@pytest.fixture
def url(double: str) -> str:
    post(f"{double}/_sim/reset", {})
    return double


@pytest.fixture
def client(url: str) -> Iterator[ClaudeClient]:
    client = ClaudeClient(KEY, url)
    yield client
    client.close()


def user(words: str = SECRET) -> Message:
    return {"role": "user", "content": [{"type": "text", "text": words}]}


def request(*messages: Message, **more: Any) -> dict[str, Any]:
    return build(model=MODEL, max_tokens=1000, sections=[], tools=TOOLS, messages=messages or [user()], **more)


def answers(url: str, *given: dict[str, Any]) -> None:
    post(f"{url}/_sim/script", {"answers": list(given)})


def fault(url: str, kind: str, **settings: Any) -> None:
    post(f"{url}/_sim/faults", {"faults": [{"kind": kind, **settings}]})


def failure(client: ClaudeClient, *, deadline_seconds: float = 20, **more: Any) -> ClaudeError:
    with pytest.raises(ClaudeError) as caught:
        client.ask(request(**more), deadline_seconds=deadline_seconds)
    shown = f"{caught.value} {caught.value!r} {caught.value.__cause__}"
    assert SECRET not in shown
    assert KEY not in shown
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value


def test_a_reply_comes_whole_and_its_text_in_pieces(client: ClaudeClient, url: str) -> None:
    answers(url, {"text": "It is noon, and the sun is high over the plain.", "thinking": "Look at the clock."})
    pieces: list[str] = []
    reply = client.ask(request(options={"thinking": {"type": "adaptive"}}), deadline_seconds=20, on_text=pieces.append)
    assert [block["type"] for block in reply.content] == ["thinking", "text"]
    assert reply.content[0]["thinking"] == "Look at the clock."
    assert reply.content[0]["signature"]
    assert reply.content[1]["text"] == "".join(pieces) == "It is noon, and the sun is high over the plain."
    assert len(pieces) > 1
    assert (reply.stop_reason, reply.model, reply.unreadable) == ("end_turn", MODEL, ())
    assert reply.request_id.startswith("req_")
    assert reply.usage.input_tokens > 0
    assert reply.usage.output_tokens > 0


def test_the_blocks_are_what_an_unstreamed_answer_would_have_held(client: ClaudeClient, url: str) -> None:
    nested: Block = {
        "caller": {"type": "direct"},
        "type": "tool_use",
        "id": "toolu_1",
        "name": "current_time",
        "input": {"z": [1, {"b": None}], "a": "ñ😀"},
    }
    answers(url, {"content": [{"type": "text", "text": "One moment."}, nested]})
    reply = client.ask(request(), deadline_seconds=20)
    assert reply.content == [{"type": "text", "text": "One moment."}, nested]
    assert list(reply.content[1]["input"]) == ["z", "a"]
    assert reply.stop_reason == "tool_use"


@pytest.mark.parametrize("stop", ["max_tokens", "refusal", "pause_turn", "model_context_window_exceeded"])
def test_every_stop_reason_is_passed_on(client: ClaudeClient, url: str, stop: str) -> None:
    details = {"type": "refusal", "category": "bio", "explanation": None} if stop == "refusal" else None
    answers(url, {"text": "So far", "stop_reason": stop, "stop_details": details})
    reply = client.ask(request(), deadline_seconds=20)
    assert (reply.stop_reason, reply.stop_details) == (stop, details)


def test_a_turn_with_tools_is_taken_by_the_service_and_read_from_the_cache(client: ClaudeClient, url: str) -> None:
    """The whole way: request, loop, client, a service that checks pairing, thinking and breakpoints."""
    answers(
        url,
        {"content": [{"type": "tool_use", "name": "current_time", "input": {}}] * 3, "thinking": "Three clocks."},
        {"content": [{"type": "tool_use", "name": "current_time", "input": {}}], "thinking": "One more."},
        {"text": "It is noon."},
    )
    sections = [Section(name="framework", text="You keep the time. " * 400, group="framework")]
    usages: list[Usage] = []
    steps: list[Step] = [UserStep(message=user())]

    def ask(messages: list[Message]) -> Reply:
        built = build(
            model=MODEL,
            max_tokens=1000,
            sections=sections,
            tools=TOOLS,
            messages=messages,
            options={"thinking": {"type": "adaptive"}},
        )
        reply = client.ask(built, deadline_seconds=20)
        usages.append(reply.usage)
        return reply

    def call_tool(call: ToolCall) -> ToolResult:
        return ToolResult(content=f"{call.name}: noon")

    outcome = run(
        [], list(steps), ask=ask, call_tool=call_tool, record=steps.append, limits=Limits(), clock=time.monotonic
    )
    assert (outcome.text, outcome.tool_calls) == ("It is noon.", 4)
    first, second, third = usages
    assert first.cache_write_1h_tokens > 1000
    assert first.cache_read_tokens == 0
    for before, after in ((first, second), (second, third)):
        cached = before.cache_read_tokens + before.cache_write_1h_tokens + before.cache_write_5m_tokens
        assert after.cache_read_tokens == cached
        assert after.cache_write_5m_tokens > 0


@pytest.mark.parametrize(
    ("kind", "settings", "expected", "permanent"),
    [
        ("overloaded", {}, "overloaded", False),
        ("rate_limit", {"retry_after": 7}, "rate_limited", False),
        ("rate_limit", {"error_code": "enforced_spend_limit_reached"}, "spend_limit", True),
        ("rate_limit", {"error_code": "contract_spend_limit_reached"}, "spend_limit", True),
        ("error", {"status": 500}, "server", False),
        ("error", {"status": 502}, "server", False),
        ("error", {"status": 503}, "overloaded", False),
        ("error", {"status": 408}, "timeout", False),
        ("error", {"status": 409}, "server", False),
        ("error", {"status": 400}, "invalid_request", True),
        ("error", {"status": 400, "error_code": "organization_on_hold"}, "bad_key", True),
        ("error", {"status": 400, "message": "prompt is too long: 1000001 tokens > 1000000"}, "context_full", True),
        ("error", {"status": 400, "message": "Your credit balance is too low to access"}, "spend_limit", True),
        ("error", {"status": 402}, "spend_limit", True),
        ("error", {"status": 401}, "bad_key", True),
        ("error", {"status": 403}, "bad_key", True),
        ("error", {"status": 404}, "invalid_request", True),
        ("error", {"status": 413}, "context_full", True),
        ("timeout", {}, "timeout", False),
        ("drop", {}, "connection", False),
        ("cut", {"after_events": 1}, "server", False),
        ("half_answer", {}, "server", False),
        ("sse_error", {}, "overloaded", False),
        ("sse_error", {"type": "api_error"}, "server", False),
        ("sse_error", {"type": "rate_limit_error"}, "rate_limited", False),
    ],
)
def test_each_failure_has_its_kind(
    client: ClaudeClient, url: str, kind: str, settings: dict[str, Any], expected: str, permanent: bool
) -> None:
    fault(url, kind, **settings)
    error = failure(client)
    assert (error.kind, error.permanent) == (expected, permanent)
    assert error.retry_after == settings.get("retry_after")
    assert client.ask(request(), deadline_seconds=20).stop_reason, "the client goes on working"


def test_one_call_is_one_request_whatever_happens(client: ClaudeClient, url: str) -> None:
    fault(url, "overloaded")
    failure(client)
    calls = [call for call in get(f"{url}/_sim/journal")["calls"] if call["path"] == "/v1/messages"]
    assert len(calls) == 1


def test_a_cut_stream_tells_what_was_billed_so_far(client: ClaudeClient, url: str) -> None:
    fault(url, "cut", after_events=3)
    seen = failure(client).usage_seen
    assert seen is not None
    assert seen.input_tokens > 0


def test_what_the_service_said_is_kept_for_operators(client: ClaudeClient) -> None:
    orphan = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_x", "content": SECRET}]}
    with pytest.raises(ClaudeError) as caught:
        client.ask(request(orphan), deadline_seconds=20)
    assert (caught.value.kind, caught.value.status, caught.value.permanent) == ("invalid_request", 400, True)
    assert "toolu_x" in caught.value.detail
    assert "toolu_x" not in str(caught.value)
    assert caught.value.request_id.startswith("req_")


def test_a_revoked_key_is_a_bad_key(client: ClaudeClient, url: str) -> None:
    post(f"{url}/_sim/accounts", {"key": KEY, "status": "revoked"})
    assert failure(client).kind == "bad_key"
    with pytest.raises(ClaudeError) as caught:
        client.models()
    assert (caught.value.kind, caught.value.permanent) == ("bad_key", True)


def test_the_models_of_a_key_are_listed(client: ClaudeClient) -> None:
    assert MODEL in client.models()


@pytest.mark.parametrize("key", ["", "two words", "line\nbreak", "schlüssel"])
def test_a_key_that_is_none_is_refused_at_once(key: str) -> None:
    with pytest.raises(ClaudeError) as caught:
        ClaudeClient(key)
    assert caught.value.kind == "bad_key"
    assert not key or key not in str(caught.value)


def test_nobody_at_the_address_is_a_connection_failure() -> None:
    with serving(lambda _connection: None) as port:
        pass
    client = ClaudeClient(KEY, f"http://127.0.0.1:{port}")
    assert failure(client).kind == "connection"
    client.close()


def test_a_silent_service_is_given_up_at_the_deadline(client: ClaudeClient, url: str) -> None:
    fault(url, "hang", seconds=30)
    assert failure(client, deadline_seconds=0.3).kind == "timeout"


def test_a_lone_surrogate_from_a_tool_does_not_stop_the_call(client: ClaudeClient, url: str) -> None:
    assert client.ask(request(user("half a pair \ud83d")), deadline_seconds=20).stop_reason == "end_turn"
    sent = get(f"{url}/_sim/journal")["calls"][-1]["body"]
    assert sent["messages"][0]["content"][0]["text"] == "half a pair \ufffd"


def test_what_a_listener_raises_ends_the_call_and_comes_through(client: ClaudeClient, url: str) -> None:
    answers(url, {"text": "It is noon."})

    def listen(_text: str) -> None:
        raise ValueError("lease lost")

    with pytest.raises(ValueError, match="lease lost"):
        client.ask(request(), deadline_seconds=20, on_text=listen)


def test_a_connection_is_used_again_once_its_answer_was_read() -> None:
    events = [START, *block(0, {"type": "text", "text": "Noon."}), END, STOP]
    connections: list[Connection] = []

    def serve(connection: Connection) -> None:
        connections.append(connection)
        for _ in range(3):
            connection.chunked(*events)
            connection.next_request()

    with serving(serve) as port:
        client = ClaudeClient(KEY, f"http://127.0.0.1:{port}")
        for _ in range(3):
            client.ask(request(), deadline_seconds=20)
        client.close()
    assert len(connections) == 1


def test_many_threads_wait_at_once_on_one_client() -> None:
    """The service answers none of them before it has them all, so each must hold a connection of its own."""
    waiting = 300
    together = threading.Barrier(waiting, timeout=60)

    def serve(connection: Connection) -> None:
        together.wait()
        connection.stream(START, END, STOP)

    replies: list[str] = []
    with serving(serve) as port:
        client = ClaudeClient(KEY, f"http://127.0.0.1:{port}")
        threads = [
            threading.Thread(target=lambda: replies.append(client.ask(request(), deadline_seconds=60).stop_reason))
            for _ in range(waiting)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        client.close()
    assert replies == ["end_turn"] * waiting


START = {"type": "message_start", "message": {"model": "m", "usage": {"input_tokens": 5, "output_tokens": 1}}}
END = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}}
STOP = {"type": "message_stop"}


def block(index: int, content: Block, *deltas: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"type": "content_block_start", "index": index, "content_block": content},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def raw(handle: Any) -> Any:
    """What one call gives against a server that does exactly this."""
    with serving(handle) as port:
        client = ClaudeClient(KEY, f"http://127.0.0.1:{port}", read_seconds=20)
        try:
            return client.ask(request(), deadline_seconds=20)
        except ClaudeError as error:
            return error
        finally:
            client.close()


def test_unknown_blocks_and_odd_events_are_kept_or_passed_over() -> None:
    odd = {"type": "hologram", "data": {"z": 1, "a": [True]}}
    redacted = {"type": "redacted_thinking", "data": "opaque"}
    cited: Block = {"type": "text", "text": "", "citations": None}
    citation = {"type": "char_location", "cited_text": "…"}
    events = [
        START,
        {"type": "weather", "sky": "blue"},
        *block(0, odd),
        *block(1, redacted),
        *block(
            2,
            cited,
            {"type": "text_delta", "text": "Half \ud83d"},
            {"type": "text_delta", "text": "\ude00 whole"},
            {"type": "citations_delta", "citation": citation},
        ),
        END,
        STOP,
    ]
    reply = raw(lambda connection: connection.stream(*events))
    assert reply.content == [odd, redacted, {"type": "text", "text": "Half 😀 whole", "citations": [citation]}]
    assert reply.usage == Usage(input_tokens=5, output_tokens=9)


@pytest.mark.parametrize("arguments", ['{"a": 1', "[1]", '{"a": NaN}', "[" * 100_000])
def test_arguments_that_are_no_object_are_marked(arguments: str) -> None:
    use = {"type": "tool_use", "id": "t1", "name": "n", "input": {}}
    events = [START, *block(0, use, {"type": "input_json_delta", "partial_json": arguments}), END, STOP]
    reply = raw(lambda connection: connection.stream(*events))
    assert reply.content == [use]
    assert reply.unreadable == ("t1",)


def test_a_reply_that_is_complete_counts_even_if_the_connection_then_breaks() -> None:
    text: Block = {"type": "text", "text": "Noon."}
    reply = raw(lambda connection: connection.stream(START, *block(0, text), END))
    assert reply.content == [text]


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\n<html",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nevent: message_start\ndata: {nonsense\n\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nevent: message_start\ndata: [1]\n\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nevent: message_start\ndata: {}\n\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n\xff\xfe\n\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
    ],
)
def test_an_answer_that_makes_no_sense_is_a_server_failure(answer: bytes) -> None:
    error = raw(lambda connection: connection.send(answer))
    assert isinstance(error, ClaudeError)
    assert (error.kind, error.permanent) == ("server", False)


@pytest.mark.parametrize("status", ["307 Temporary Redirect", "418 Teapot"])
def test_an_odd_status_is_not_tried_again(status: str) -> None:
    error = raw(lambda connection: connection.answer(b"", status=status, Location="http://127.0.0.1:1/"))
    assert (error.kind, error.permanent) == ("invalid_request", True)


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"])
def test_a_service_that_drips_is_given_up_at_the_deadline(head: bytes) -> None:
    """Each byte would start a read timeout anew; the deadline holds for header and body alike."""
    released = threading.Event()

    def drip(connection: Connection) -> None:
        connection.send(head)
        while not released.wait(0.02):
            connection.send(b"H" if not head else b":")

    with serving(drip) as port:
        client = ClaudeClient(KEY, f"http://127.0.0.1:{port}", read_seconds=20)
        try:
            assert failure(client, deadline_seconds=0.4).kind == "timeout"
        finally:
            released.set()
            client.close()
