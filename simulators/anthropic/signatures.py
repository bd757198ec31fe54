"""Thinking blocks are signed, and sent back they must be what was given, where it was given.

The signature is a keyed digest of the thinking's text, so it holds over a restart of the double. Which thinking came
with a tool call is remembered for the last `REMEMBERED` calls, and so are paused turns.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

REMEMBERED = 50_000
_KEY = b"the double's own, and no secret"
_NONCE = 9


def sign(thinking: str) -> str:
    return _signature(thinking, secrets.token_bytes(_NONCE))


def is_signed(thinking: str, signature: str) -> bool:
    try:
        nonce = base64.b64decode(signature, validate=True)[:_NONCE]
    except ValueError:
        return False
    return hmac.compare_digest(_signature(thinking, nonce).encode(), signature.encode())


def _signature(thinking: str, nonce: bytes) -> str:
    digest = hmac.digest(_KEY, nonce + thinking.encode(), "sha256")
    return base64.b64encode(nonce + digest).decode()


class Emitted:
    """What this double has answered, as far as later requests are held to it."""

    def __init__(self) -> None:
        self._thinking: OrderedDict[str, tuple[str, ...]] = OrderedDict()  # signatures by the id of a tool_use
        self._paused: OrderedDict[bytes, None] = OrderedDict()

    def clear(self) -> None:
        self._thinking.clear()
        self._paused.clear()

    def remember(self, content: Sequence[Mapping[str, Any]], stop_reason: str) -> None:
        signatures = tuple(block["signature"] for block in content if block["type"] == "thinking")
        if signatures:
            for block in content:
                if block["type"] == "tool_use":
                    self._thinking[block["id"]] = signatures
            while len(self._thinking) > REMEMBERED:
                self._thinking.popitem(last=False)
        if stop_reason == "pause_turn":
            self._paused[_digest(content)] = None
            while len(self._paused) > REMEMBERED:
                self._paused.popitem(last=False)

    def thinking_with(self, tool_use_id: str) -> tuple[str, ...]:
        """The signatures that came with a tool call; () where none did or it is not remembered."""
        return self._thinking.get(tool_use_id, ())

    def was_paused(self, content: object) -> bool:
        return isinstance(content, list) and _digest(content) in self._paused


def _digest(content: Sequence[Mapping[str, Any]]) -> bytes:
    bare = [{key: value for key, value in block.items() if key != "cache_control"} for block in content]
    return hashlib.blake2b(json.dumps(bare, sort_keys=True).encode(), digest_size=16).digest()
