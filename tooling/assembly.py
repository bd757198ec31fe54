"""Puts a streamed reply together from its raw events, block by block, changing nothing.

Works on the decoded JSON of the events, not on the SDK's models, which reorder keys and add fields. No SDK, no Django.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from tooling.types import Block, Reply, Usage

logger = logging.getLogger(__name__)

# The deltas that append to a string of their block, by their type: the key is the same in delta and block.
TEXT_DELTAS = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}


class Assembler:
    """Feed it every event of one stream in order; `reply()` once `complete`."""

    def __init__(self) -> None:
        self._blocks: dict[int, Block] = {}
        self._pieces: dict[int, dict[str, list[str]]] = {}  # strings still growing, by block and key
        self._unreadable: list[str] = []
        self._message: Mapping[str, Any] = {}
        self._stop_reason: str | None = None
        self._stop_details: dict[str, Any] | None = None
        self._usage: dict[str, Any] = {}

    @property
    def complete(self) -> bool:
        """The stop reason has come, and with it the final usage; all blocks were closed before it."""
        return self._stop_reason is not None

    @property
    def usage(self) -> Usage | None:
        """What the service has reported so far; None before its first event."""
        return usage_of(self._usage) if self._usage else None

    def feed(self, event: Mapping[str, Any]) -> str:
        """Take one event in; gives the text it added, "" for most. Raises LookupError for events that make no sense."""
        match event["type"]:
            case "message_start":
                self._message = event["message"]
                self._usage = dict(event["message"].get("usage") or {})
            case "content_block_start":
                self._blocks[event["index"]] = dict(event["content_block"])
                self._pieces[event["index"]] = {}
            case "content_block_delta":
                return self._feed_delta(event["index"], event["delta"])
            case "content_block_stop":
                self._close(event["index"])
            case "message_delta":
                self._stop_reason = event["delta"].get("stop_reason") or self._stop_reason
                self._stop_details = event["delta"].get("stop_details") or self._stop_details
                # Counts are running totals; what a delta leaves out or gives as null keeps its earlier value.
                self._usage |= {key: value for key, value in (event.get("usage") or {}).items() if value is not None}
        return ""

    def _feed_delta(self, index: int, delta: Mapping[str, Any]) -> str:
        kind = delta["type"]
        pieces = self._pieces[index]
        if kind in TEXT_DELTAS:
            key = TEXT_DELTAS[kind]
            pieces.setdefault(key, []).append(delta[key])
            return str(delta["text"]) if kind == "text_delta" else ""
        if kind == "input_json_delta":
            pieces.setdefault("input", []).append(delta["partial_json"])
        elif kind == "citations_delta":
            block = self._blocks[index]
            block["citations"] = [*(block.get("citations") or []), delta["citation"]]
        else:
            logger.warning("claude.unknown_delta", extra={"delta": kind, "block": self._blocks[index].get("type")})
        return ""

    def _close(self, index: int) -> None:
        block = self._blocks[index]
        for key, pieces in self._pieces.pop(index).items():
            joined = "".join(pieces)
            if key != "input":
                block[key] = whole(str(block.get(key) or "") + joined)
            elif joined.strip():
                self._set_input(block, joined)

    def _set_input(self, block: Block, text: str) -> None:
        try:
            arguments = json.loads(text, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            arguments = None
        if isinstance(arguments, dict):
            block["input"] = arguments
        else:
            self._unreadable.append(block.get("id", ""))
            block["input"] = {}

    def reply(self, request_id: str) -> Reply:
        for index in list(self._pieces):  # a block that the stream left open
            self._close(index)
        return Reply(
            content=[self._blocks[index] for index in sorted(self._blocks)],
            stop_reason=self._stop_reason or "",
            stop_details=self._stop_details,
            usage=usage_of(self._usage),
            model=str(self._message.get("model", "")),
            request_id=request_id,
            unreadable=tuple(self._unreadable),
        )


def usage_of(counts: Mapping[str, Any]) -> Usage:
    """The service's usage object as ours. Cache writes without a breakdown by lifetime count as 5-minute writes."""
    writes = counts.get("cache_creation_input_tokens") or 0
    writes_1h = (counts.get("cache_creation") or {}).get("ephemeral_1h_input_tokens") or 0
    return Usage(
        input_tokens=counts.get("input_tokens") or 0,
        output_tokens=counts.get("output_tokens") or 0,
        cache_read_tokens=counts.get("cache_read_input_tokens") or 0,
        cache_write_5m_tokens=max(writes - writes_1h, 0),
        cache_write_1h_tokens=writes_1h,
    )


def whole(text: str) -> str:
    """The text with surrogate pairs that were split over two events made one; lone halves, which no request could
    carry back, become U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
