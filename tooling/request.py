"""Builds the request to the Messages API so that every call's prompt begins with the bytes of the one before.

Order: tools, then system (framework, life folder, directives), then messages. The cache allows four breakpoints and
looks for an entry only over the 20 blocks before each, hence: one at the end of the framework (it covers the tools),
one at the end of the life folder, one at the end of the prompt, and one where the last call's prompt ended, so that a
reply with many parallel calls, whose blocks are more than 20, is still found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tooling.types import Block, Message

Group = Literal["framework", "folder", "directives"]
Ttl = Literal["5m", "1h"]

GROUPS: tuple[Group, ...] = ("framework", "folder", "directives")
GROUP_TTLS: Mapping[Group, Ttl] = {"framework": "1h", "folder": "1h"}  # directives are covered by the messages'

UNCACHEABLE = ("thinking", "redacted_thinking")


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the system prompt. Nothing in it may change within a session: no clock, no name of the sender."""

    name: str  # for whoever reads the request; not sent
    text: str
    group: Group


def build(
    *,
    model: str,
    max_tokens: int,
    sections: Sequence[Section],
    tools: Sequence[Mapping[str, Any]],
    messages: Sequence[Message],
    rolling_ttl: Ttl = "5m",
    options: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The request as keyword arguments of `ClaudeClient.ask`.

    `messages` are left untouched: a breakpoint goes on a copy. `options` are further parameters (thinking,
    output_config, metadata); they are part of the prefix too, so keep them for a session's length. Raises ValueError
    for sections that are out of order, which would move the breakpoints.
    """
    request: dict[str, Any] = {"model": model, "max_tokens": max_tokens}
    system = _system(sections)
    marked_tools = [dict(tool) for tool in tools]
    if marked_tools and not any(section.group == "framework" and section.text.strip() for section in sections):
        marked_tools[-1]["cache_control"] = _breakpoint(GROUP_TTLS["framework"])
    if marked_tools:
        request["tools"] = marked_tools
    if system:
        request["system"] = system
    request["messages"] = _marked(messages, rolling_ttl)
    return request | dict(options or {})


def _system(sections: Sequence[Section]) -> list[Block]:
    kept = [section for section in sections if section.text.strip()]
    ranks = [GROUPS.index(section.group) for section in kept]
    if ranks != sorted(ranks):
        raise ValueError(f"sections must come in the order {', '.join(GROUPS)}")
    blocks: list[Block] = []
    for position, section in enumerate(kept):
        block: Block = {"type": "text", "text": section.text}
        ends_group = position + 1 == len(kept) or kept[position + 1].group != section.group
        if ends_group and section.group in GROUP_TTLS:
            block["cache_control"] = _breakpoint(GROUP_TTLS[section.group])
        blocks.append(block)
    return blocks


def _marked(messages: Sequence[Message], ttl: Ttl) -> list[Message]:
    """The messages with every content as a list of blocks, and breakpoints at the end and at the last call's end."""
    blocks_of = [_blocks(message) for message in messages]
    marks = {_last_cacheable(blocks_of, len(messages)), _last_cacheable(blocks_of, _previous_end(messages))}
    marked: list[Message] = []
    for index, message in enumerate(messages):
        blocks = blocks_of[index]
        for _, position in (mark for mark in marks if mark is not None and mark[0] == index):
            copy = {**blocks[position], "cache_control": _breakpoint(ttl)}
            blocks = [*blocks[:position], copy, *blocks[position + 1 :]]
        marked.append({"role": message["role"], "content": blocks})
    return marked


def _previous_end(messages: Sequence[Message]) -> int:
    """How many messages the last call had: all before the last reply, as a reply is the only thing a call adds."""
    replies = [index for index, message in enumerate(messages) if message["role"] == "assistant"]
    return replies[-1] if replies else 0


def _last_cacheable(blocks_of: Sequence[Sequence[Block]], end: int) -> tuple[int, int] | None:
    """Message and position of the last block before message `end` that may carry a breakpoint."""
    for index in range(end - 1, -1, -1):
        for position in range(len(blocks_of[index]) - 1, -1, -1):
            if blocks_of[index][position].get("type") not in UNCACHEABLE:
                return index, position
    return None


def _blocks(message: Message) -> list[Block]:
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


def _breakpoint(ttl: Ttl) -> dict[str, str]:
    return {"type": "ephemeral", "ttl": ttl}
