"""What a run of a tenant's tool costs over the bare interpreter."""

from benchmarks.sandbox.measure import measure

__all__ = ["measure"]
