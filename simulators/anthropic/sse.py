"""A message as the service streams it: raw server-sent events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from simulators.anthropic.prompt import Block

PIECE = 40  # characters of text or JSON in one delta
PING = b'event: ping\ndata: {"type": "ping"}\n\n'
_STREAMED_INPUT = {"tool_use", "server_tool_use"}


def event(data: dict[str, Any]) -> bytes:
    return f"event: {data['type']}\ndata: {json.dumps(data)}\n\n".encode()


def events(message: dict[str, Any]) -> list[bytes]:
    """Every event of a whole message, in order; the ping comes after the first block's start, as with the service."""
    usage = message["usage"]
    begun = {**usage, "output_tokens": min(1, usage["output_tokens"])}
    begun.pop("output_tokens_details", None)
    start = {**message, "content": [], "stop_reason": None, "stop_sequence": None, "stop_details": None, "usage": begun}
    stream = [event({"type": "message_start", "message": start})]
    for index, block in enumerate(message["content"]):
        stream += _block(index, block)
    stream.insert(min(2, len(stream)), PING)
    final = {name: message[name] for name in ("stop_reason", "stop_sequence", "stop_details")}
    counted = {
        name: usage[name]
        for name in ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens")
    }
    if "output_tokens_details" in usage:
        counted["output_tokens_details"] = usage["output_tokens_details"]
    stream.append(event({"type": "message_delta", "delta": final, "usage": counted}))
    stream.append(event({"type": "message_stop"}))
    return stream


def _block(index: int, block: Block) -> Iterator[bytes]:
    begun, deltas = _parts(block)
    yield event({"type": "content_block_start", "index": index, "content_block": begun})
    for delta in deltas:
        yield event({"type": "content_block_delta", "index": index, "delta": delta})
    yield event({"type": "content_block_stop", "index": index})


def _parts(block: Block) -> tuple[Block, list[dict[str, str]]]:
    """What the block starts as, and the deltas that make it whole."""
    kind = block["type"]
    if kind == "text":
        return {**block, "text": ""}, [{"type": "text_delta", "text": piece} for piece in _pieces(block["text"])]
    if kind == "thinking":
        deltas = [{"type": "thinking_delta", "thinking": piece} for piece in _pieces(block["thinking"])]
        deltas.append({"type": "signature_delta", "signature": block["signature"]})
        return {"type": "thinking", "thinking": "", "signature": ""}, deltas
    if kind in _STREAMED_INPUT:
        pieces = ["", *_pieces(json.dumps(block["input"]))]
        return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
    return block, []


def _pieces(text: str) -> list[str]:
    """Two pieces at least for what can be cut in two, so that nobody counts on one."""
    size = max(1, min(PIECE, -(-len(text) // 2)))
    return [text[start : start + size] for start in range(0, len(text), size)]
