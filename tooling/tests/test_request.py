"""A tiny model of the prompt cache, as the service documents it, shows what a session's requests would hit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tooling.request import Section, build
from tooling.tests.turns import HELLO, Turn, reply, text, use
from tooling.types import Message, Reply

SECTIONS = [
    Section(name="framework", text="You are an assistant.", group="framework"),
    Section(name="identity", text="The owner is Ana.", group="folder"),
    Section(name="boundaries", text="Never call before nine.", group="folder"),
    Section(name="directives", text="Answer in one line.", group="directives"),
]
TOOLS = [
    {"name": "current_time", "description": "…", "input_schema": {"type": "object", "properties": {}}},
    {"name": "fetch_url", "description": "…", "input_schema": {"type": "object", "properties": {}}},
]
LOOKBACK = 20
BREAKPOINTS = 4


class Cache:
    """Entries are written at breakpoints only, and found in the 20 blocks that end at one."""

    def __init__(self) -> None:
        self.entries: set[str] = set()

    def send(self, request: dict[str, Any]) -> tuple[int, int]:
        """Blocks read from the cache, and blocks in all."""
        blocks, marks = flatten(request)
        assert len(marks) <= BREAKPOINTS
        ttls = [blocks_ttl for _, blocks_ttl in marks]
        assert ttls == sorted(ttls), "an hour's entry may not follow one of five minutes"
        prefixes = [json.dumps(blocks[: end + 1]) for end in range(len(blocks))]
        read = 0
        for end, _ in marks:
            hits = [at + 1 for at in range(max(end - LOOKBACK + 1, 0), end + 1) if prefixes[at] in self.entries]
            read = max(read, *hits, 0)
        self.entries |= {prefixes[end] for end, _ in marks}
        return read, len(blocks)


def flatten(request: dict[str, Any]) -> tuple[list[Any], list[tuple[int, str]]]:
    blocks: list[Any] = []
    marks: list[tuple[int, str]] = []
    tagged = [("tool", each) for each in request.get("tools", [])] + [("sys", each) for each in request["system"]]
    tagged += [(message["role"], block) for message in request["messages"] for block in message["content"]]
    for role, block in tagged:
        bare = {key: value for key, value in block.items() if key != "cache_control"}
        if "cache_control" in block:
            assert bare["type"] not in ("thinking", "redacted_thinking")
            marks.append((len(blocks), block["cache_control"]["ttl"]))
        blocks.append([role, bare])
    return blocks, marks


def request_of(messages: list[Message]) -> dict[str, Any]:
    return build(model="m", max_tokens=1000, sections=SECTIONS, tools=TOOLS, messages=messages)


def requests_of(*replies: Reply, history: list[Message] | None = None) -> list[dict[str, Any]]:
    turn = Turn(*replies, history=history or [])
    requests: list[dict[str, Any]] = []

    def ask(messages: list[Message]) -> Reply:
        requests.append(json.loads(json.dumps(request_of(messages))))
        return turn.ask(messages)

    turn.run(ask=ask)
    return requests


def test_breakpoints_stand_at_framework_folder_last_end_and_end() -> None:
    first, second = requests_of(reply(use("t1"), stop="tool_use"), reply(text("Done.")))
    assert [block.get("cache_control", {}).get("ttl") for block in first["system"]] == ["1h", None, "1h", None]
    assert not any("cache_control" in tool for tool in first["tools"])
    marked = [
        (index, position)
        for index, message in enumerate(second["messages"])
        for position, block in enumerate(message["content"])
        if "cache_control" in block
    ]
    assert marked == [(0, 0), (2, 0)]


def test_every_call_reads_all_of_the_one_before_even_after_thirty_parallel_calls() -> None:
    many = [use(f"t{number}") for number in range(30)]
    thinking = {"type": "thinking", "thinking": "…", "signature": "s"}
    requests = requests_of(
        reply(thinking, *many, stop="tool_use"),
        reply(use("u1"), stop="tool_use"),
        reply(text("It is"), stop="max_tokens"),
        reply(text(" noon.")),
    )
    cache = Cache()
    before = 0
    for request in requests:
        read, total = cache.send(request)
        assert read == before
        before = total
    assert len(requests) == 4


def test_the_next_turn_reads_the_last_prompt_of_the_one_before() -> None:
    cache = Cache()
    history: list[Message] = []
    before = 0
    for number in range(12):
        turn = Turn(reply(text(f"Answer {number}")), history=history)
        request = requests_of(reply(text(f"Answer {number}")), history=history)[0]
        read, before_next = cache.send(request)
        assert read == before
        before = before_next
        turn.run()
        history = [*history, *turn.messages()]


def test_a_pause_is_read_whole() -> None:
    paused = [text("Searching."), {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}}]
    replies = [reply(*paused, stop="pause_turn"), reply(text("Found."))]
    cache = Cache()
    sizes: list[tuple[int, int]] = []

    def ask(messages: list[Message]) -> Reply:
        sizes.append(cache.send(request_of(messages)))
        return replies.pop(0)

    turn = Turn()
    turn.run(ask=ask)
    assert sizes[1][0] == sizes[0][1]


def test_the_stored_messages_are_not_touched() -> None:
    messages: list[Message] = [HELLO.message, {"role": "assistant", "content": [text("Hi")]}, HELLO.message]
    before = json.dumps(messages)
    request_of(messages)
    build(model="m", max_tokens=1, sections=[], tools=TOOLS, messages=messages)
    assert json.dumps(messages) == before
    assert not any("cache_control" in tool for tool in TOOLS)


def test_without_a_framework_the_tools_carry_the_breakpoint() -> None:
    request = build(model="m", max_tokens=1, sections=[], tools=TOOLS, messages=[HELLO.message])
    assert request["tools"][-1]["cache_control"] == {"type": "ephemeral", "ttl": "1h"}
    assert "system" not in request


def test_sections_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="order"):
        build(model="m", max_tokens=1, sections=[SECTIONS[1], SECTIONS[0]], tools=[], messages=[HELLO.message])


def test_a_string_and_its_block_are_the_same_prompt() -> None:
    as_string = request_of([{"role": "user", "content": "Hi"}])
    as_blocks = request_of([{"role": "user", "content": [text("Hi")]}])
    assert as_string == as_blocks


def test_options_are_passed_on() -> None:
    request = build(
        model="m",
        max_tokens=1,
        sections=[],
        tools=[],
        messages=[HELLO.message],
        options={"thinking": {"type": "adaptive"}},
    )
    assert request["thinking"] == {"type": "adaptive"}
    assert "tools" not in request
