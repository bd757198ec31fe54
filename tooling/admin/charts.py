"""How the calls of a tool go: counted in the database, and laid out for an SVG of a hundred by a hundred."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Aggregate, Count, DateTimeField, F, Func, IntegerField, Q, QuerySet, Value

from tooling.models import Execution


@dataclass(frozen=True, kw_only=True)
class Period:
    words: str
    lasts: timedelta
    step: timedelta


PERIODS = {
    "1": Period(words="24 hours", lasts=timedelta(days=1), step=timedelta(hours=1)),
    "7": Period(words="7 days", lasts=timedelta(days=7), step=timedelta(hours=6)),
    "30": Period(words="30 days", lasts=timedelta(days=30), step=timedelta(days=1)),
}
HIGH = 100.0  # of the picture, as its width
GAP = 0.2  # of a bar's place
EPOCH = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


class Percentile(Aggregate):
    """The value below which that part of the rows lies: one that is there."""

    function = "percentile_disc"
    template = "%(function)s(%(part)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = IntegerField()

    def __init__(self, expression: str, part: float) -> None:
        super().__init__(expression, part=part)


FIGURES: dict[str, Any] = {
    "runs": Count("pk"),
    "done": Count("pk", filter=Q(outcome=Execution.Outcome.OK)),
    "median": Percentile("ms", 0.5),
    "slow": Percentile("ms", 0.95),
}


@dataclass(frozen=True, kw_only=True)
class Figures:
    """`median` and `slow`, the 95th percentile, are milliseconds."""

    runs: int = 0
    done: int = 0
    median: int = 0
    slow: int = 0

    @property
    def failed(self) -> int:
        return self.runs - self.done

    @property
    def rate(self) -> float:
        """Percent that were done."""
        return 100 * self.done / self.runs if self.runs else 0.0


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A stretch of the time, with its place in the picture."""

    starts_at: datetime
    figures: Figures
    x: float
    width: float
    done_high: float
    failed_high: float

    @property
    def failed_y(self) -> float:
        return HIGH - self.done_high - self.failed_high

    @property
    def done_y(self) -> float:
        return HIGH - self.done_high


@dataclass(frozen=True, kw_only=True)
class Chart:
    whole: Figures
    bars: Sequence[Bar]
    most_runs: int
    slowest: int  # milliseconds, the top of the second picture
    median_line: str  # as the points of a polyline's path
    slow_line: str


def chart_of(tenant_id: uuid.UUID, name: str, days: str, now: datetime) -> Chart:
    """Of Claude's calls of one tool, in one of PERIODS. Two queries, which an index serves."""
    period = PERIODS[days]
    ends = EPOCH + period.step * ((now - EPOCH) // period.step + 1)
    starts = ends - period.lasts
    calls = Execution.objects.filter(tenant=tenant_id, name=name, kind=Execution.Kind.TOOL, started_at__gte=starts)
    whole = figures_in(calls.aggregate(**FIGURES))
    found = steps_of(calls, period.step) if whole.runs else {}
    return laid_out(whole, [(starts + place * period.step) for place in range(period.lasts // period.step)], found)


def steps_of(calls: QuerySet[Execution], step: timedelta) -> dict[datetime, Figures]:
    """By the beginning of each stretch in which there was a call."""
    begins = Func(Value(step), F("started_at"), Value(EPOCH), function="date_bin", output_field=DateTimeField())
    rows = calls.order_by().annotate(begins=begins).values("begins").annotate(**FIGURES)
    return {row["begins"]: figures_in(row) for row in rows}


def figures_in(row: Mapping[str, Any]) -> Figures:
    return Figures(**{name: row[name] or 0 for name in FIGURES})


def laid_out(whole: Figures, times: Sequence[datetime], found: dict[datetime, Figures]) -> Chart:
    figures = [found.get(at, Figures()) for at in times]
    most, slowest = max(each.runs for each in figures) or 1, max(each.slow for each in figures) or 1
    wide = 100.0 / len(times)
    bars = [
        Bar(
            starts_at=at,
            figures=each,
            x=(place + GAP / 2) * wide,
            width=(1 - GAP) * wide,
            done_high=HIGH * each.done / most,
            failed_high=HIGH * each.failed / most,
        )
        for place, (at, each) in enumerate(zip(times, figures, strict=True))
    ]
    medians = line_of([each.median if each.runs else None for each in figures], slowest)
    slow = line_of([each.slow if each.runs else None for each in figures], slowest)
    return Chart(whole=whole, bars=bars, most_runs=most, slowest=slowest, median_line=medians, slow_line=slow)


def line_of(values: Sequence[int | None], top: int) -> str:
    """The `d` of a path, broken where there is nothing; a lone value is a short dash."""
    return " ".join(_strokes(values, top, 100.0 / len(values)))


def _strokes(values: Sequence[int | None], top: int, wide: float) -> Iterator[str]:
    before: int | None = None
    for place, value in enumerate(values):
        if value is not None:
            x, y = (place + 0.5) * wide, HIGH - HIGH * value / top
            start = f"M{x - wide / 4:.2f} {y:.2f} L{x:.2f} {y:.2f}" if before is None else f"L{x:.2f} {y:.2f}"
            after = values[place + 1] if place + 1 < len(values) else None
            yield start if after is not None else f"{start} L{x + wide / 4:.2f} {y:.2f}"
        before = value
