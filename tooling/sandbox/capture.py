"""What comes out of a run while it lasts, bounded. No Django."""

from __future__ import annotations

import os
import selectors
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

_CHUNK = 64 * 1024


@dataclass(kw_only=True)
class Stream:
    """The beginning of what was written to a pipe, and how much it was in all."""

    kept: int
    data: bytearray = field(default_factory=bytearray)
    total: int = 0

    def take(self, chunk: bytes) -> None:
        self.total += len(chunk)
        self.data += chunk[: max(0, self.kept - len(self.data))]

    @property
    def dropped(self) -> int:
        return self.total - len(self.data)


class Pipes:
    """The reading ends of a run's pipes, owned from `add` on, and what else it waits for."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._open: set[int] = set()

    def add(self, descriptor: int, stream: Stream) -> None:
        os.set_blocking(descriptor, False)
        self._open.add(descriptor)
        self._selector.register(descriptor, selectors.EVENT_READ, partial(self._read, descriptor, stream))

    def once(self, descriptor: int, callback: Callable[[], None]) -> None:
        """Calls it when the descriptor, which stays the caller's, first becomes readable."""
        self._selector.register(descriptor, selectors.EVENT_READ, partial(self._call, descriptor, callback))

    @property
    def ended(self) -> bool:
        """Nobody is left who could write."""
        return not self._open

    def wait(self, seconds: float) -> None:
        """Takes what is there, having waited for it at most so long."""
        for key, _ in self._selector.select(seconds):
            key.data()

    def _read(self, descriptor: int, stream: Stream) -> None:
        chunk = os.read(descriptor, _CHUNK)
        if chunk:
            stream.take(chunk)
        else:
            self._forget(descriptor)

    def _call(self, descriptor: int, callback: Callable[[], None]) -> None:
        self._selector.unregister(descriptor)
        callback()

    def _forget(self, descriptor: int) -> None:
        self._selector.unregister(descriptor)
        self._open.discard(descriptor)
        os.close(descriptor)

    def close(self) -> None:
        for descriptor in tuple(self._open):
            self._forget(descriptor)
        self._selector.close()
