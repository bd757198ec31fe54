"""What a run says at its end: one page for people, and the same as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.faults.checker import Violation
from tests.faults.evidence import Evidence
from tests.faults.figures import Spread, counts, replied_at, under_way_at_kills
from tests.faults.histories import Judged
from tests.faults.points import ACTIONS, Done, resumed
from tests.faults.real_settings import ADDED_LIMIT, RESUME_LIMIT, RealSettings

FIRST = (
    "messages",
    "webhook requests",
    "sends",
    "calls of Claude",
    "status reports",
    "tools run",
    "kills",
    "pauses",
    "cuts",
)


@dataclass
class Report:
    """Filled as a run goes on; `problems` are what makes it fail beside violations."""

    seed: int
    replay: str = "make faults"  # the command that does the same again
    seconds: float = 0.0
    counted: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    grid: list[Done] = field(default_factory=list)
    resumed_at_points: Spread | None = None
    resumed_in_histories: Spread | None = None
    real: RealSettings | None = None
    quiet: list[float] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        return bool(self.violations or self.problems)

    def add(self, evidence: Evidence, violations: list[Violation]) -> None:
        self.counted += counts(evidence)
        self.violations += violations
        if evidence.quiet_at is not None:
            self.quiet.append(evidence.quiet_at - evidence.faults_ended)

    def add_points(self, done: list[Done], problems: list[str], judged: Judged) -> None:
        self.add(judged.evidence, judged.violations)
        self.grid = done
        self.resumed_at_points = Spread.of(resumed(done, replied_at(judged.evidence)))
        self.problems += [f"the point was never reached: {row.case}" for row in done if row.fired is None]
        self.problems += problems
        self._hold("resumed after death at the points", self.resumed_at_points)

    def add_histories(self, done: list[Judged]) -> None:
        waits: list[float] = []
        for judged in done:
            self.add(judged.evidence, judged.violations)
            waits += under_way_at_kills(judged.evidence)
        self.resumed_in_histories = Spread.of(waits)
        self._hold("resumed after death in histories", self.resumed_in_histories)

    def add_real(self, real: RealSettings) -> None:
        self.real = real
        self.add(real.evidence, real.violations)
        if real.resumed is None or real.resumed > RESUME_LIMIT:
            self.problems.append(f"with a lease of 30 s the reply came {_seconds(real.resumed)} after the death")
        if real.added is None or real.added[1] > ADDED_LIMIT:
            self.problems.append(f"a lost broker added {_seconds(real.added and real.added[1])} to the 95th percentile")

    def _hold(self, what: str, spread: Spread | None) -> None:
        if spread is not None and spread.most > RESUME_LIMIT:
            self.problems.append(f"{what}: {spread.most:.1f} s, more than {RESUME_LIMIT:.0f} s")

    def text(self) -> str:
        parts = [self._points(), self._counts(), self._times(), self._verdict()]
        return "\n\n".join(part for part in parts if part)

    def _points(self) -> str:
        if not self.grid:
            return ""
        lines = [f"{'crash point':24} {'process':8} " + " ".join(f"{action:>7}" for action in ACTIONS)]
        reached = {(row.case.point, row.case.kind, row.case.action): row.fired is not None for row in self.grid}
        for point, kind in dict.fromkeys((row.case.point, row.case.kind) for row in self.grid):
            marks = (reached.get((point, kind, action)) for action in ACTIONS)
            lines.append(f"{point:24} {kind:8} " + " ".join(f"{MARKS[mark]:>7}" for mark in marks))
        return "\n".join(lines)

    def _counts(self) -> str:
        names = [name for name in FIRST if name in self.counted]
        names += sorted(name for name in self.counted if name not in FIRST)
        return "\n".join(f"{name:24} {self.counted[name]:8,}" for name in names)

    def _times(self) -> str:
        rows = [
            ("resumed after a death at a point", _spread(self.resumed_at_points)),
            ("resumed after a death in a history", _spread(self.resumed_in_histories)),
        ]
        if self.real is not None:
            rows.append(("resumed with the real lease of 30 s", f"{_seconds(self.real.resumed)}"))
            added = self.real.added
            shown = f"p50 {added[0]:+.2f} s, p95 {added[1]:+.2f} s" if added else "not measured"
            rows.append(("added by a lost broker, real settings", f"{shown} (limit {ADDED_LIMIT:.0f} s)"))
        if self.quiet:
            rows.append(("quiet after the last fault", f"at most {max(self.quiet):.1f} s (limit 60 s)"))
        return "\n".join(f"{name:38} {value}" for name, value in rows if value)

    def _verdict(self) -> str:
        lines = [f"✗ {problem}" for problem in self.problems]
        lines.append(f"violations {len(self.violations)}")
        lines.append(f"{self.seconds:.0f} s; the same again: {self.replay}")
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        real = self.real
        return {
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": {"cores": os.cpu_count(), "kernel": platform.release(), "python": platform.python_version()},
            "seed": self.seed,
            "replay": self.replay,
            "seconds": round(self.seconds, 1),
            "counts": dict(self.counted),
            "points": [
                {
                    "point": row.case.point,
                    "process": row.case.kind,
                    "action": row.case.action,
                    "reached": bool(row.fired),
                }
                for row in self.grid
            ],
            "resumed_at_points": asdict(self.resumed_at_points) if self.resumed_at_points else None,
            "resumed_in_histories": asdict(self.resumed_in_histories) if self.resumed_in_histories else None,
            "resumed_with_real_lease": real.resumed if real else None,
            "delay_with_broker": asdict(real.up) if real and real.up else None,
            "delay_without_broker": asdict(real.down) if real and real.down else None,
            "quiet_after": self.quiet,
            "violations": [str(violation) for violation in self.violations],
            "problems": self.problems,
        }

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.to_json(), indent=1) + "\n")


MARKS: dict[bool | None, str] = {True: "✓", False: "never", None: ""}


def _seconds(value: float | None) -> str:
    return f"{value:.1f} s" if value is not None else "never"


def _spread(spread: Spread | None) -> str:
    if spread is None:
        return ""
    return f"p50 {spread.p50:.1f} s, max {spread.most:.1f} s, of {spread.count} messages (limit {RESUME_LIMIT:.0f} s)"
