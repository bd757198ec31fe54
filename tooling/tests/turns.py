"""A scripted model and a recorder for turns, in plain Python: the loop's doors, not its insides."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from tooling.history import messages_of
from tooling.loop import Limits, Outcome, run
from tooling.types import (
    Block,
    Message,
    Reply,
    Step,
    ToolCall,
    ToolResult,
    ToolResultStep,
    ToolStartedStep,
    Usage,
    UserStep,
)

HELLO = UserStep(message={"role": "user", "content": [{"type": "text", "text": "What time is it?"}]})


def text(words: str) -> Block:
    return {"type": "text", "text": words}


def use(call_id: str, name: str = "current_time", **arguments: Any) -> Block:
    return {"type": "tool_use", "id": call_id, "name": name, "input": arguments}


def reply(*content: Block, stop: str = "end_turn", tokens: int = 10, **more: Any) -> Reply:
    return Reply(content=list(content), stop_reason=stop, usage=Usage(output_tokens=tokens), **more)


class LeaseLostError(Exception):
    pass


class Turn:
    """Runs one turn against a queue of replies, noting every prompt, every call that ran and every step recorded."""

    def __init__(self, *replies: Reply, steps: Sequence[Step] = (HELLO,), history: Sequence[Message] = ()) -> None:
        self.replies = list(replies)
        self.steps = list(steps)
        self.history = list(history)
        self.prompts: list[list[Message]] = []
        self.ran: list[ToolCall] = []
        self.now = 0.0
        self.fail_record: Callable[[Step], bool] = lambda _step: False

    def ask(self, messages: list[Message]) -> Reply:
        assert_valid(messages)
        self.prompts.append(json.loads(json.dumps(messages)))
        return self.replies.pop(0)

    def call_tool(self, call: ToolCall) -> ToolResult:
        assert ToolStartedStep(tool_use_id=call.id, name=call.name, arguments=call.arguments) in self.steps
        self.ran.append(call)
        return ToolResult(content=f"result of {call.id}")

    def record(self, step: Step) -> None:
        if self.fail_record(step):
            raise LeaseLostError
        self.steps.append(step)

    def run(self, **more: Any) -> Outcome:
        limits = more.pop("limits", Limits())
        return run(
            self.history,
            list(self.steps),
            ask=more.pop("ask", self.ask),
            call_tool=more.pop("call_tool", self.call_tool),
            record=self.record,
            limits=limits,
            clock=lambda: self.now,
            **more,
        )

    def results(self) -> dict[str, ToolResultStep]:
        return {step.tool_use_id: step for step in self.steps if isinstance(step, ToolResultStep)}

    def messages(self) -> list[Message]:
        return messages_of(self.steps)


def assert_valid(messages: Sequence[Message]) -> None:
    """What the service demands of a history: a user message last, and each tool_use answered once, right after it."""
    assert messages[-1]["role"] == "user"
    waiting: list[str] = []
    for message in messages:
        assert message["content"], "an empty message"
        if message["role"] == "user":
            answered = [block["tool_use_id"] for block in message["content"] if block["type"] == "tool_result"]
            assert sorted(answered) == sorted(waiting)
            waiting = []
        else:
            assert not waiting, "an assistant message between a call and its result"
            assert message["content"][-1]["type"] != "thinking"
            waiting = [block["id"] for block in message["content"] if block["type"] == "tool_use"]
    assert not waiting
