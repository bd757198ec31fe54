"""Waking one thread at the earliest of the times that others asked for."""

from __future__ import annotations

import heapq
import threading
import time


class Alarm:
    def __init__(self) -> None:
        self._times: list[float] = []
        self._changed = threading.Condition()

    def set(self, seconds: float) -> None:
        """Ring in so many seconds, beside all that was asked for before."""
        with self._changed:
            heapq.heappush(self._times, time.monotonic() + seconds)
            self._changed.notify()

    def wait(self, seconds: float) -> None:
        """Until it rings, so long at the most. What has rung by then is done with."""
        until = time.monotonic() + seconds
        with self._changed:
            while (now := time.monotonic()) < until and not (self._times and self._times[0] <= now):
                self._changed.wait(min([until, *self._times[:1]]) - now)
            while self._times and self._times[0] <= time.monotonic():
                heapq.heappop(self._times)
