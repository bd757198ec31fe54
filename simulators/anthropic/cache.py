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

    digest: bytes  # empty where no breakpoint looks back to
    tokens: int
    ttl: str | None


@dataclass(frozen=True, kw_only=True)
class InputUsage:
    full: int
    read: int
    written: dict[str, int]  # tokens by time to live


def positions(prompt: Prompt) -> list[Position]:
    """Where the prompt's blocks end. Digests, which cover model and key, are made only where a lookup may need them."""
    blocks = list(prompt.cache_blocks())
    lives = [(block.get("cache_control") or {"ttl": None}).get("ttl", "5m") for _, block in blocks]
    automatic = prompt.body.get("cache_control")
    if automatic and blocks:
        lives[-1] = lives[-1] or automatic.get("ttl", "5m")
    marked = [index for index, ttl in enumerate(lives) if ttl]
    near = {index for mark in marked for index in range(mark - LOOKBACK + 1, mark + 1)}
    digest = hashlib.blake2b(f"{prompt.key}\0{prompt.model.id}".encode(), digest_size=16)
    total, found, in_messages = 0, list[Position](), False
    for index, (section, block) in enumerate(blocks):
        encoded = tokens.encode(block)
        total += tokens.of_block(block, encoded)
        if not in_messages and section not in {"tools", "system"}:
            in_messages = True
            digest.update(_settings(prompt))
        if marked and index <= marked[-1]:
            digest.update(f"\0{section}\0{len(encoded)}\0".encode() + encoded)
        found.append(Position(digest.copy().digest() if index in near else b"", total, lives[index]))
    return found


def _settings(prompt: Prompt) -> bytes:
    """What tools and system do not depend on and messages do."""
    form = (prompt.body.get("output_config") or {}).get("format")
    return json.dumps([prompt.body.get("tool_choice"), prompt.body.get("thinking"), form]).encode()


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
