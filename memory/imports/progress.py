"""How far a long reading is: a bar on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable

WIDTH = 30  # characters
REDRAWN = 0.2  # seconds
LINE_AFTER = 10.0  # seconds


class Progress:
    """Writes where `terminal` says whether lines can be drawn over. Of what is done at once nothing is written."""

    def __init__(self, write: Callable[[str], None], size: int, *, terminal: bool) -> None:
        self._write = write
        self._size = max(size, 1)
        self._bar = terminal
        self._pause = REDRAWN if terminal else LINE_AFTER
        self._next = time.monotonic() + self._pause
        self._drawn = False

    def at(self, position: int, messages: int) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + self._pause
        share = min(position / self._size, 1.0)
        if self._bar:
            done = round(share * WIDTH)
            bar = "█" * done + "·" * (WIDTH - done)
            self._write(f"\r\x1b[K{bar} {share:4.0%}  {messages:,} messages")
            self._drawn = True
        else:
            self._write(f"{share:.0%}, {messages:,} messages\n")

    def clear(self) -> None:
        """Take the bar away, so that other lines can follow."""
        if self._drawn:
            self._write("\r\x1b[K")
            self._drawn = False
