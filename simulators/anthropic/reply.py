"""An answer made ready: ids and signatures given, text cut at what the request allows, tokens counted."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulators.anthropic import tokens
from simulators.anthropic.cache import InputUsage
from simulators.anthropic.prompt import Block, Prompt
from simulators.anthropic.signatures import sign


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What an author (the script or the stand-in) wants answered; None leaves a choice to the double."""

    content: list[Block]
    stop_reason: str | None = None
    stop_sequence: str | None = None
    stop_details: dict[str, Any] | None = None
    delay: float | None = None  # seconds before the first token
    chunk_delay: float | None = None  # seconds between pieces of the stream
    usage: dict[str, Any] = field(default_factory=dict)  # replaces what the double would count


@dataclass(frozen=True, kw_only=True)
class Reply:
    """The message as the service would give it, whole."""

    message: dict[str, Any]
    delay: float
    chunk_delay: float

    @property
    def content(self) -> list[Block]:
        content: list[Block] = self.message["content"]
        return content


def compose(prompt: Prompt, draft: Draft, used: InputUsage, *, delay: float, chunk_delay: float) -> Reply:
    """`delay` and `chunk_delay` hold where the draft has none."""
    thinking = prompt.body.get("thinking") or {}
    content = [_completed(block, thinking) for block in draft.content if not _unwanted(block, thinking)]
    stop_reason, stop_sequence = draft.stop_reason, draft.stop_sequence
    if stop_reason is None:
        content, stop_reason, stop_sequence = _fit(content, prompt)
    message = {
        "id": "msg_" + secrets.token_hex(12),
        "type": "message",
        "role": "assistant",
        "model": prompt.model.id,
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": stop_sequence,
        "stop_details": draft.stop_details,
        "usage": {**_usage(used, content), **draft.usage},
    }
    return Reply(
        message=message,
        delay=delay if draft.delay is None else draft.delay,
        chunk_delay=chunk_delay if draft.chunk_delay is None else draft.chunk_delay,
    )


def _unwanted(block: Block, thinking: Mapping[str, Any]) -> bool:
    return block["type"] == "thinking" and thinking.get("type") == "disabled"


def _completed(block: Block, thinking: Mapping[str, Any]) -> Block:
    match block["type"]:
        case "tool_use":
            given = {"type": "tool_use", "id": "toolu_" + secrets.token_hex(12), **block}
            return {"caller": {"type": "direct"}, **given}
        case "server_tool_use":
            return {"type": "server_tool_use", "id": "srvtoolu_" + secrets.token_hex(12), **block}
        case "thinking":
            text = "" if thinking.get("display") == "omitted" else block["thinking"]
            return {"type": "thinking", "thinking": text, "signature": block.get("signature") or sign(text)}
        case _:
            return block


def _fit(content: list[Block], prompt: Prompt) -> tuple[list[Block], str, str | None]:
    """Cut the text at the first stop sequence and at max_tokens, and say why it ends."""
    fitted: list[Block] = []
    left: int = prompt.body["max_tokens"]
    stops = prompt.body.get("stop_sequences") or []
    if left == 0:
        return [], "max_tokens", None
    for block in content:
        if block["type"] == "text":
            text, stop = _before_stop(block["text"], stops)
            cut = text.encode()[: left * tokens.BYTES_PER_TOKEN].decode(errors="ignore")
            fitted += [{**block, "text": cut}] if cut else []
            if cut != text:
                return fitted, "max_tokens", None
            if stop is not None:
                return fitted, "stop_sequence", stop
        else:
            fitted.append(block)
        left -= tokens.of_output([block])
        if left <= 0 and block is not content[-1]:
            return fitted, "max_tokens", None
    called = any(block["type"] == "tool_use" for block in fitted)
    return fitted, "tool_use" if called else "end_turn", None


def _before_stop(text: str, stops: list[str]) -> tuple[str, str | None]:
    found = [(text.index(stop), stop) for stop in stops if stop in text]
    if not found:
        return text, None
    place, stop = min(found)
    return text[:place], stop


def _usage(used: InputUsage, content: list[Block]) -> dict[str, Any]:
    usage: dict[str, Any] = {
        "input_tokens": used.full,
        "cache_creation_input_tokens": sum(used.written.values()),
        "cache_read_input_tokens": used.read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": used.written["5m"],
            "ephemeral_1h_input_tokens": used.written["1h"],
        },
        "output_tokens": tokens.of_output(content),
        "service_tier": "standard",
    }
    if thought := [block for block in content if block["type"] == "thinking"]:
        usage["output_tokens_details"] = {"thinking_tokens": tokens.of_output(thought)}
    return usage
