"""From the recorded steps of a turn to the exact messages of the Messages API, and back to a history that is valid.

Pure and deterministic: the same steps always give the same bytes, because every later call's prompt begins with them.
"""

from __future__ import annotations

from collections.abc import Sequence

from tooling.types import (
    AssistantStep,
    Block,
    Message,
    Reply,
    Step,
    ToolCall,
    ToolResultStep,
    ToolStartedStep,
    UserStep,
)

CLOSED = "closed"  # stop_reason of the words that our own code adds with `close_history`

NOT_RUN = "Not run: the turn was interrupted before this call began."
OUTCOME_UNKNOWN = (
    "Outcome unknown: the call had begun when the work was interrupted, and it may or may not have taken effect. "
    "It was not repeated. Say so plainly, and check the state before trying it again."
)

THINKING = ("thinking", "redacted_thinking")


def messages_of(steps: Sequence[Step]) -> list[Message]:
    """The messages these steps stand for, the results of one reply's calls as one user message in the calls' order."""
    messages: list[Message] = []
    order: list[str] = []
    results: dict[str, ToolResultStep] = {}

    def flush() -> None:
        blocks = [_result_block(results[call_id]) for call_id in order if call_id in results]
        if blocks:
            messages.append({"role": "user", "content": blocks})
        order.clear()
        results.clear()

    for step in steps:
        if isinstance(step, ToolResultStep):
            results[step.tool_use_id] = step
        elif isinstance(step, UserStep):
            flush()
            messages.append(step.message)
        elif isinstance(step, AssistantStep):
            flush()
            blocks = sendable(step.reply)
            if blocks:
                messages.append({"role": "assistant", "content": blocks})
            order.extend(call.id for call in tool_calls(step.reply))
    flush()
    return messages


def sendable(reply: Reply) -> list[Block]:
    """The reply's blocks as they go back: untouched, save those that the API gives out but refuses to take.

    A refused reply is left out whole: it may end anywhere, and keeping it makes the model refuse again. Blank text and
    a message that ends in thinking are answered with 400. A paused reply must go back unchanged.
    """
    if reply.stop_reason == "refusal":
        return []
    if reply.stop_reason == "pause_turn":
        return reply.content
    blocks = [block for block in reply.content if block.get("type") != "text" or block.get("text", "").strip()]
    while blocks and blocks[-1].get("type") in THINKING:
        blocks.pop()
    return blocks


def tool_calls(reply: Reply) -> list[ToolCall]:
    """The calls of a reply that need a result from us, in order; server tools are not among them."""
    return [
        ToolCall(id=block["id"], name=block["name"], arguments=block["input"])
        for block in sendable(reply)
        if block.get("type") == "tool_use"
    ]


def last_reply(steps: Sequence[Step]) -> Reply | None:
    return next((step.reply for step in reversed(steps) if isinstance(step, AssistantStep)), None)


def started_ids(steps: Sequence[Step]) -> set[str]:
    return {step.tool_use_id for step in steps if isinstance(step, ToolStartedStep)}


def unanswered(steps: Sequence[Step]) -> list[ToolCall]:
    """The calls of the last reply that have no result yet."""
    reply = last_reply(steps)
    answered = {step.tool_use_id for step in steps if isinstance(step, ToolResultStep)}
    return [call for call in tool_calls(reply) if call.id not in answered] if reply else []


def can_continue(steps: Sequence[Step]) -> bool:
    """Whether another turn may follow these steps, once closed, in the same session.

    It may not after a paused reply whose server tools have no result: only the service itself can answer those.
    """
    reply = last_reply(steps)
    if reply is None or reply.stop_reason != "pause_turn":
        return True
    answered = {block.get("tool_use_id") for block in reply.content}
    return all(block["id"] in answered for block in reply.content if block.get("type") == "server_tool_use")


def close_history(steps: Sequence[Step], *, told: str) -> list[Step]:
    """The steps that make an ended turn's history valid for the next turn: [] where it already is.

    Call it for every turn that ends, whatever its outcome, and record what it gives. `told` is what the person was
    told instead of an answer; it becomes the assistant's own words, so that the model knows.
    """
    started = started_ids(steps)
    closing: list[Step] = [
        ToolResultStep(tool_use_id=call.id, content=OUTCOME_UNKNOWN if call.id in started else NOT_RUN, is_error=True)
        for call in unanswered(steps)
    ]
    messages = messages_of([*steps, *closing])
    if told.strip() and messages and messages[-1]["role"] == "user":
        words: Block = {"type": "text", "text": told}
        closing.append(AssistantStep(reply=Reply(content=[words], stop_reason=CLOSED)))
    return closing


def text_of(content: Sequence[Block]) -> str:
    """The text of a reply: neighbouring text blocks (citations split them) joined, others set apart by a blank line."""
    runs: list[str] = []
    follows_text = False
    for block in content:
        is_text = block.get("type") == "text"
        if is_text and follows_text:
            runs[-1] += block["text"]
        elif is_text:
            runs.append(block["text"])
        follows_text = is_text
    return "\n\n".join(run for run in runs if run.strip())


def _result_block(step: ToolResultStep) -> Block:
    block: Block = {"type": "tool_result", "tool_use_id": step.tool_use_id, "content": step.content}
    if step.is_error:
        block["is_error"] = True
    return block
