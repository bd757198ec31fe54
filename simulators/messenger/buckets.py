"""Token buckets: how the doubles keep their services' sending limits."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """`burst` at once, then `per_second` in the long run."""

    burst: float
    per_second: float


class Buckets:
    """One bucket for each key, full at the start."""

    def __init__(self) -> None:
        self._levels: dict[Hashable, tuple[float, float]] = {}

    def clear(self) -> None:
        self._levels.clear()

    def wait(self, key: Hashable, rate: Rate, now: float) -> float:
        """Seconds until the key may send again; 0 where it may now. Takes nothing."""
        level = self._level(key, rate, now)
        if level >= 1:
            return 0.0
        return (1 - level) / rate.per_second if rate.per_second > 0 else 3600.0

    def take(self, key: Hashable, rate: Rate, now: float) -> None:
        self._levels[key] = (self._level(key, rate, now) - 1, now)

    def _level(self, key: Hashable, rate: Rate, now: float) -> float:
        level, at = self._levels.get(key, (rate.burst, now))
        return min(rate.burst, level + (now - at) * rate.per_second)
