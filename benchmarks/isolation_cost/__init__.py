"""What row-level security costs on the message's way."""

from benchmarks.isolation_cost.measure import measure

__all__ = ["measure"]
