"""Prompt-cache accounting: what a request reads from the cache, writes to it, and pays in full.

A prefix is cached at a breakpoint (a block with `cache_control`), for one key and one model, if it has the model's
minimum of tokens. A later request looks for the longest cached prefix that ends at one of its own breakpoints or up to
19 blocks before one. Reading refreshes what was read. A change of tool_choice, thinking or the output format leaves
tools and system cached and loses the messages.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from simulators.anthropic import tokens
from simulators.anthropic.prompt import Prompt

LOOKBACK = 20  # blocks looked at for a breakpoint, its own included
SECONDS = {"5m": 300.0, "1h": 3600.0}
PRUNE_EVERY = 4096  # writes


@dataclass(slots=True)
class Entry:
    ttl: float
    expires: float


@dataclass(frozen=True, slots=True)
class Position:
    """The end of a block: the digest and tokens of everything up to it, and its breakpoint's time to live."""

    digest: bytes
    tokens: int
    ttl: str | None


@dataclass(frozen=True, kw_only=True)
class InputUsage:
    full: int
    read: int
    written: dict[str, int]  # tokens by time to live


def positions(prompt: Prompt) -> list[Position]:
    """Where the prompt's blocks end. The digest covers model and key, so that one table serves all."""
    digest = hashlib.blake2b(f"{prompt.key}\0{prompt.model.id}".encode("utf-8", "replace"), digest_size=16)
    settings = [prompt.body.get("tool_choice"), prompt.body.get("thinking")]
    settings.append((prompt.body.get("output_config") or {}).get("format"))
    total, found, in_messages = 0, list[Position](), False
    for section, block in prompt.cache_blocks():
        if not in_messages and section not in {"tools", "system"}:
            in_messages = True
            digest.update(json.dumps(settings).encode())
        encoded = tokens.encode(block)
        digest.update(f"\0{section}\0{len(encoded)}\0".encode())
        digest.update(encoded)
        total += tokens.of_block(block, encoded)
        mark = block.get("cache_control")
        found.append(Position(digest.copy().digest(), total, mark.get("ttl", "5m") if mark else None))
    automatic = prompt.body.get("cache_control")
    if automatic and found:
        last = found[-1]
        found[-1] = Position(last.digest, last.tokens, last.ttl or automatic.get("ttl", "5m"))
    return found


class PromptCache:
    def __init__(self) -> None:
        self._entries: dict[bytes, Entry] = {}
        self._writes = 0

    def clear(self) -> None:
        self._entries.clear()

    def account(self, places: list[Position], *, minimum: int, now: float) -> InputUsage:
        """Read and write the cache for a request answered at `now` (Unix seconds); `minimum` in tokens."""
        marked = [index for index, place in enumerate(places) if place.ttl]
        hit = self._longest_hit(places, marked, now)
        covered = places[hit].tokens if hit is not None else 0
        read, written = covered, {"5m": 0, "1h": 0}
        for index in marked:
            place = places[index]
            if hit is not None and index <= hit:
                self._refresh(place.digest, now)
            elif place.ttl and place.tokens >= minimum:
                written[place.ttl] += place.tokens - covered
                covered = place.tokens
                self._write(place.digest, place.ttl, now)
        return InputUsage(full=places[-1].tokens - covered, read=read, written=written)

    def _longest_hit(self, places: list[Position], marked: list[int], now: float) -> int | None:
        for last in reversed(marked):
            for index in range(last, max(-1, last - LOOKBACK), -1):
                if self._refresh(places[index].digest, now):
                    return index
        return None

    def _refresh(self, digest: bytes, now: float) -> bool:
        entry = self._entries.get(digest)
        if entry is None or entry.expires <= now:
            return False
        entry.expires = now + entry.ttl
        return True

    def _write(self, digest: bytes, ttl: str, now: float) -> None:
        self._entries[digest] = Entry(SECONDS[ttl], now + SECONDS[ttl])
        self._writes += 1
        if self._writes % PRUNE_EVERY == 0:
            self._entries = {key: entry for key, entry in self._entries.items() if entry.expires > now}
