"""A clock that wakes those who wait on it when time is advanced through the control API."""

from __future__ import annotations

import asyncio

from simulators.common.clock import Clock


class WakingClock(Clock):
    def __init__(self) -> None:
        super().__init__()
        self._waiters: set[asyncio.Future[None]] = set()

    def advance(self, seconds: float) -> None:
        super().advance(seconds)
        for waiter in tuple(self._waiters):
            if not waiter.done():
                waiter.set_result(None)

    async def sleep_until(self, moment: float) -> None:
        """Wait until the clock shows `moment` (Unix seconds), skipped time included."""
        while (left := moment - self.now()) > 0:
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.add(waiter)
            try:
                await asyncio.wait([waiter], timeout=left)
            finally:
                self._waiters.discard(waiter)
                waiter.cancel()
