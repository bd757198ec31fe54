"""What a benchmark hands back. A row is one figure of the product, beside a peer from the same run and an aim."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

Verdict = Literal["met", "missed", "skipped", "shown"]


@dataclass(frozen=True, kw_only=True)
class Samples:
    """Repeated measurements of one thing, in the order they were taken; the middle one is what is reported."""

    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Sequence[float]) -> Samples:
        return cls(values=tuple(values))

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def spread(self) -> float:
        """Half the distance between the quartiles, as a part of the median: 0.05 is ± 5 %."""
        if len(self.values) < 2 or not self.median:
            return 0.0
        low, _, high = statistics.quantiles(self.values, n=4, method="inclusive")
        return (high - low) / 2 / abs(self.median)


@dataclass(frozen=True, kw_only=True)
class Aim:
    """What is to be reached, by the ratio to the peer or by the value itself."""

    bound: float
    least: bool  # True: at least the bound is wanted; False: at most
    of: Literal["ratio", "value"] = "ratio"

    def met(self, ratio: float | None, value: float) -> bool | None:
        """None where there is nothing to compare with."""
        reached = ratio if self.of == "ratio" else value
        if reached is None:
            return None
        return reached >= self.bound if self.least else reached <= self.bound


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table.

    `samples`: the product's. `peer_samples`: the peer's, taken in turns with them (A B A B …), so that noise hits both;
    then `ratio` is the median of the ratios of neighbours. `skipped`: why there is no figure, or no peer.
    """

    group: str  # the heading it stands under: "Webhook ingest"
    name: str  # "1 tenant, 16 at once"
    measured: str  # what the value is, in a sentence
    unit: str  # "requests/s", "ms", "MB", "× ideal"
    samples: Samples | None = None
    peer: str = ""
    peer_samples: Samples | None = None
    aim: Aim | None = None
    note: str = ""
    skipped: str = ""
    extra: dict[str, float] = field(default_factory=dict)  # figures for the JSON and the note: {"p99_ms": 31.0}

    @property
    def value(self) -> float | None:
        return self.samples.median if self.samples else None

    @property
    def peer_value(self) -> float | None:
        return self.peer_samples.median if self.peer_samples else None

    @property
    def ratio(self) -> float | None:
        """The product's over the peer's; neighbours are compared where both were taken equally often."""
        if self.samples is None or self.peer_samples is None or not self.peer_samples.median:
            return None
        ours, theirs = self.samples.values, self.peer_samples.values
        if len(ours) == len(theirs) and all(theirs):
            return statistics.median(one / other for one, other in zip(ours, theirs, strict=True))
        return self.samples.median / self.peer_samples.median

    @property
    def verdict(self) -> Verdict:
        if self.samples is None or (self.skipped and self.peer_samples is None):
            return "skipped"
        met = self.aim.met(self.ratio, self.samples.median) if self.aim else None
        return "shown" if met is None else "met" if met else "missed"


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a benchmark is given. `directory` is its own, empty, on the disk where the installation's data would lie."""

    directory: Path
    quick: bool  # a try of the machinery with few samples: its figures mean nothing
    say: Callable[[str], None]  # one line of progress, to stderr


class Measure(Protocol):
    """`measure` of a benchmark's module. It starts what it needs, and ends it whatever happens."""

    def __call__(self, context: Context) -> list[Row]: ...
