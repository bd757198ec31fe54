"""Whether this machine can hold a script: one run in which each layer has something to stop. No Django."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Layer:
    """`stopped` is what was tried and how it ended; `how_to_get` is empty where the layer works."""

    name: str
    works: bool
    stopped: str
    how_to_get: str = ""
