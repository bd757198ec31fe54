"""Reading a valid request: its blocks in the order of the cache, the person's last words, the results of tools."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from simulators.anthropic.models import MODELS, Model

Block = dict[str, Any]

# What the product tells the model beside the person's words, and what it may wrap those words in.
_CONTEXT = re.compile(r"<((?:[a-z]+[-_])?context|written_by_team|system-reminder)\b[^>]*>.*?</\1>", re.DOTALL)
_WRAPPER = re.compile(r"</?message\b[^>]*>")


@dataclass(frozen=True)
class ToolResult:
    tool: str  # the tool's name
    text: str
    is_error: bool
    arguments: Mapping[str, Any]


def blocks_of(content: str | list[Block]) -> list[Block]:
    """A string stands for one text block."""
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def plain_text(content: str | list[Block] | None) -> str:
    """The text of text blocks, a line each."""
    if content is None:
        return ""
    return "\n".join(block["text"] for block in blocks_of(content) if block.get("type") == "text")


def person_text(content: str | list[Block]) -> str:
    """What the person wrote, without the context that the product adds."""
    return _WRAPPER.sub("", _CONTEXT.sub("", plain_text(content))).strip()


def merged(messages: Iterable[Mapping[str, Any]]) -> list[tuple[str, list[Block]]]:
    """The turns as the service sees them: consecutive messages of one role are one."""
    turns: list[tuple[str, list[Block]]] = []
    for message in messages:
        blocks = blocks_of(message["content"])
        if turns and turns[-1][0] == message["role"]:
            turns[-1][1].extend(blocks)
        else:
            turns.append((message["role"], list(blocks)))
    return turns


class Prompt:
    """A validated body of POST /v1/messages, and the key it came with."""

    def __init__(self, body: dict[str, Any], key: str) -> None:
        self.body = body
        self.key = key
        self.model: Model = MODELS[body["model"]]
        self.messages: list[dict[str, Any]] = body["messages"]
        self.tools: list[dict[str, Any]] = body.get("tools") or []
        self.stream: bool = bool(body.get("stream"))

    @cached_property
    def turns(self) -> list[tuple[str, list[Block]]]:
        return merged(self.messages)

    @cached_property
    def system(self) -> str:
        return plain_text(self.body.get("system"))

    @cached_property
    def last_user(self) -> str:
        """The person's words in the newest user turn that has any."""
        for role, blocks in reversed(self.turns):
            if role == "user" and (text := person_text(blocks)):
                return text
        return ""

    @cached_property
    def tool_results(self) -> list[ToolResult]:
        """The results that the last turn brings, [] where it brings none."""
        return self._results_at(len(self.turns) - 1)

    @cached_property
    def results_so_far(self) -> list[ToolResult]:
        """All results since the person's last words, in the order in which they came."""
        last = max(
            (at for at, (role, blocks) in enumerate(self.turns) if role == "user" and person_text(blocks)), default=0
        )
        return [result for at in range(last + 1, len(self.turns)) for result in self._results_at(at)]

    def _results_at(self, at: int) -> list[ToolResult]:
        role, blocks = self.turns[at]
        if role != "user" or at < 1:
            return []
        calls = {block["id"]: block for block in self.turns[at - 1][1] if block["type"] == "tool_use"}
        return [
            ToolResult(
                tool=calls[block["tool_use_id"]]["name"],
                text=plain_text(block.get("content")),
                is_error=bool(block.get("is_error")),
                arguments=calls[block["tool_use_id"]]["input"],
            )
            for block in blocks
            if block["type"] == "tool_result"
        ]

    @cached_property
    def facts(self) -> dict[str, str]:
        """What scripts and faults can match."""
        return {
            "system": self.system,
            "last_user": self.last_user,
            "model": self.model.id,
            "key": self.key,
            "tools": ",".join(tool["name"] for tool in self.tools),
            "tool_results": ",".join(result.tool for result in self.tool_results),
        }

    def cache_blocks(self) -> Iterator[tuple[str, Block]]:
        """(section, block) in the cache's order; the section is "tools", "system" or a message's role."""
        for tool in self.tools:
            yield "tools", tool
        system = self.body.get("system")
        for block in blocks_of(system) if system else ():
            yield "system", block
        for message in self.messages:
            for block in blocks_of(message["content"]):
                yield message["role"], block


FACTS = ("system", "last_user", "model", "key", "tools", "tool_results")
