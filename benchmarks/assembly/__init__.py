"""Putting a turn's context together from tables with a million messages."""

from benchmarks.assembly.measure import measure

__all__ = ["measure"]
