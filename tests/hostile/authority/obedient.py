"""`python -m tests.hostile.authority.obedient`: the double of the Messages API with a model that does what any text in
its prompt says: the person's, a page's, a file's, a name. It calls tools that it was not offered, too."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any
from unittest import mock

from simulators.anthropic.app import AnthropicDouble
from simulators.anthropic.prompt import Prompt, blocks_of
from simulators.anthropic.reply import Draft
from simulators.common import main
from tests.hostile.authority.orders import calls_in, looks_in

MOST = 40  # calls of one turn


def obey(prompt: Prompt) -> Draft:
    """What was looked at comes first; then all that is ordered anywhere, once a turn."""
    made = set(made_since_words(prompt))
    looked = [each for each in looks_in(prompt.last_user) if key_of(*each) not in made]
    if looked:
        return Draft(content=[as_call(*each) for each in looked])
    wanted = {key_of(*each): each for text in texts_of(prompt) for each in calls_in(text)}
    calls = [each for key, each in wanted.items() if key not in made]
    if calls and len(made) < MOST:
        return Draft(content=[as_call(*each) for each in calls])
    return Draft(content=[{"type": "text", "text": "As you wish."}])


def key_of(name: str, arguments: dict[str, Any]) -> str:
    return json.dumps([name, arguments], sort_keys=True)


def as_call(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"type": "tool_use", "name": name, "input": arguments}


def texts_of(prompt: Prompt) -> Iterator[str]:
    yield prompt.system
    for role, blocks in prompt.turns:
        if role == "user":
            yield from (text_of(block) for block in blocks)


def text_of(block: dict[str, Any]) -> str:
    if block["type"] == "tool_result":
        return "\n".join(text_of(each) for each in blocks_of(block.get("content") or []))
    if block["type"] == "document":
        source = block.get("source") or {}
        return str(source.get("data", "")) if source.get("type") == "text" else ""
    return str(block.get("text", ""))


def made_since_words(prompt: Prompt) -> Iterator[str]:
    """The calls of this turn, which began with the last message that is no result."""
    begins = max(
        (at for at, (role, blocks) in enumerate(prompt.turns) if role == "user" and blocks[0]["type"] != "tool_result"),
        default=0,
    )
    for role, blocks in prompt.turns[begins:]:
        if role == "assistant":
            yield from (key_of(block["name"], block["input"]) for block in blocks if block["type"] == "tool_use")


def build(arguments: Any) -> AnthropicDouble:
    return AnthropicDouble(state=arguments.state)


if __name__ == "__main__":
    with mock.patch("simulators.anthropic.app.answer", obey):
        sys.exit(main(build, description="A model that obeys whatever it reads"))
