"""Counts what was tried and what was stopped, by area, and says so at the end of `make hostile`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.hostile.lanes import Lanes


@pytest.fixture(scope="session")
def lanes() -> Iterator[Lanes]:
    made = Lanes()
    yield made
    made.stop()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Tests that recorded an "area" are attacks, rows of the table; those with a "proof" show that attacks are real."""
    attacks: dict[str, list[float]] = {}
    proofs: Counter[str] = Counter()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, ()):
            told = dict(report.user_properties)
            if "area" in told:
                row = attacks.setdefault(told["area"], [0, 0, 0.0])
                cases = told.get("cases", 1)
                for place, more in enumerate((cases, cases * (outcome == "passed"), told.get("seconds", 0.0))):
                    row[place] += more
            if "proof" in told:
                proofs[told["proof"]] += outcome == "passed"
    if attacks:
        terminalreporter.write_line(f"\n{'area':<42}{'tried':>8}{'stopped':>10}{'seconds':>10}")
    for area, (tried, stopped, seconds) in attacks.items():
        terminalreporter.write_line(f"{area:<42}{tried:>8.0f}{stopped:>10.0f}{seconds:>10.1f}")
    for proof, count in proofs.items():
        terminalreporter.write_line(f"{count} {proof}")
