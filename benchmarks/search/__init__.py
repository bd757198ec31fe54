"""Questions in full sentences, asked where a million messages are."""

from benchmarks.search.measure import measure

__all__ = ["measure"]
