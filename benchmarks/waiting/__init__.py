"""Turns that wait for the model at once in one worker process: how many, and what each takes."""

from benchmarks.waiting.measure import measure

__all__ = ["measure"]
