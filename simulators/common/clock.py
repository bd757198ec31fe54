"""The double's time: real time plus what was skipped through the control API."""

from __future__ import annotations

import time


class Clock:
    def __init__(self) -> None:
        self._skipped = 0.0

    def now(self) -> float:
        """Unix seconds."""
        return time.time() + self._skipped

    def advance(self, seconds: float) -> None:
        self._skipped += seconds

    def reset(self) -> None:
        self._skipped = 0.0
