"""What makes a list of messages a conversation: roles, tool calls and their results, thinking kept, no prefill."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulators.anthropic.blocks import SERVER_RESULTS, as_list, as_object, check_content, no_extra
from simulators.anthropic.errors import invalid
from simulators.anthropic.models import Model
from simulators.anthropic.prompt import Block, merged
from simulators.anthropic.signatures import Emitted, is_signed

MAX_MESSAGES = 100_000
ROLES = ("user", "assistant", "system")


def check_messages(messages: object, model: Model, emitted: Emitted) -> list[tuple[str, list[Block]]]:
    """Raises ApiError where the service would refuse; otherwise the merged turns."""
    messages = as_list(messages, "messages")
    if not messages:
        raise invalid("messages", "at least one message is required")
    if len(messages) > MAX_MESSAGES:
        raise invalid("messages", f"at most {MAX_MESSAGES} messages are permitted")
    for index, message in enumerate(messages):
        _check_message(message, index, last=index == len(messages) - 1)
    if messages[0]["role"] != "user":
        raise invalid("messages", 'first message must use the "user" role')
    _check_thinking(messages)
    turns = merged(messages)
    _check_tool_calls(turns)
    _check_thinking_kept(turns, emitted)
    _check_end(messages[-1], model, emitted)
    return turns


def _check_message(message: object, index: int, *, last: bool) -> None:
    path = f"messages.{index}"
    message = as_object(message, path)
    for name in ("role", "content"):
        if name not in message:
            raise invalid(f"{path}.{name}", "Field required")
    no_extra(message, {"role", "content"}, path)
    role = message["role"]
    if role not in ROLES:
        raise invalid(f"{path}.role", "Input should be 'user', 'assistant' or 'system'")
    if not message["content"] and not (last and role == "assistant"):
        raise invalid(path, "all messages must have non-empty content except for the optional final assistant message")
    check_content(message["content"], role, f"{path}.content")


def _check_thinking(messages: Sequence[dict[str, Any]]) -> None:
    for index, message in enumerate(messages):
        if message["role"] != "assistant" or isinstance(message["content"], str):
            continue
        for place, block in enumerate(message["content"]):
            if block["type"] == "thinking" and not is_signed(block["thinking"], block["signature"]):
                raise invalid(f"messages.{index}.content.{place}", "Invalid `signature` in `thinking` block")


def _check_tool_calls(turns: Sequence[tuple[str, list[Block]]]) -> None:
    """Every call is answered exactly once, in the very next message, before anything else in it."""
    seen: set[str] = set()
    if results := [block["tool_use_id"] for block in turns[0][1] if block["type"] == "tool_result"]:
        raise _unexpected("messages.0", results)
    for index, (_, blocks) in enumerate(turns):
        calls = [block["id"] for block in blocks if block["type"] == "tool_use"]
        path = f"messages.{index}"
        for call in calls:
            if call in seen:
                raise invalid(path, "`tool_use` ids must be unique")
            seen.add(call)
        following = turns[index + 1][1] if index + 1 < len(turns) else []
        _check_results(calls, following, path)


def _check_results(calls: list[str], following: list[Block], path: str) -> None:
    given = [block["tool_use_id"] for block in following if block["type"] == "tool_result"]
    if not calls and not given:
        return
    if unknown := [result for result in given if result not in calls]:
        raise _unexpected(path, unknown)
    for result in given:
        if given.count(result) > 1:
            raise invalid(
                path,
                f"each tool_use must have a single result. Found multiple `tool_result` blocks with id: {result}",
            )
    leading = {block.get("tool_use_id") for block in following[: len(given)]}
    if missing := [call for call in calls if call not in leading]:
        raise invalid(
            path,
            "`tool_use` ids were found without `tool_result` blocks immediately after: "
            f"{', '.join(missing)}. Each `tool_use` block must have a corresponding `tool_result` block in the next "
            "message.",
        )


def _unexpected(path: str, ids: list[str]) -> Exception:
    return invalid(
        path,
        f"unexpected `tool_use_id` found in `tool_result` blocks: {', '.join(ids)}. Each `tool_result` block must have "
        "a corresponding `tool_use` block in the previous message.",
    )


def _check_thinking_kept(turns: Sequence[tuple[str, list[Block]]], emitted: Emitted) -> None:
    """The thinking that came with a tool call is sent back with it, whole and in order."""
    for index, (role, blocks) in enumerate(turns):
        if role != "assistant":
            continue
        there = iter([block["signature"] for block in blocks if block["type"] == "thinking"])
        wanted: dict[str, None] = {}
        for block in blocks:
            if block["type"] == "tool_use":
                wanted |= dict.fromkeys(emitted.thinking_with(block["id"]))
        if not all(signature in there for signature in wanted):
            raise invalid(
                f"messages.{index}.content",
                "`thinking` or `redacted_thinking` blocks in an assistant message cannot be modified. These blocks "
                "must remain as they were in the original response.",
            )


def _check_end(last: dict[str, Any], model: Model, emitted: Emitted) -> None:
    """A paused turn may be sent back to go on; otherwise an assistant's message at the end is a prefill."""
    if last["role"] == "system":
        raise invalid("messages", 'final message must not use the "system" role')
    if last["role"] != "assistant" or emitted.was_paused(last["content"]):
        return
    content = last["content"]
    if isinstance(content, list) and any(_is_server_tool(block) for block in content):
        return
    if not model.prefill:
        raise invalid(
            "",
            "This model does not support assistant message prefill. The conversation must end with a user message.",
        )
    text = content if isinstance(content, str) else content[-1].get("text", "") if content else ""
    if text != text.rstrip():
        raise invalid("messages", "final assistant content cannot end with trailing whitespace")


def _is_server_tool(block: Block) -> bool:
    return block["type"] == "server_tool_use" or block["type"] in SERVER_RESULTS
