"""A million scheduled tasks, and ten thousand of them due in the same minute."""

from benchmarks.schedules.measure import measure

__all__ = ["measure"]
