"""From a message to the reply on the wire, with a model that answers at once."""

from benchmarks.latency.measure import measure

__all__ = ["measure"]
