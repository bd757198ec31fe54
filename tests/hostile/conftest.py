"""Counts what was tried and what held, by area, and says so at the end of `make hostile`."""

from __future__ import annotations

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
    """Tests that recorded the property "area" are rows of the table; "seconds" is how long the attempt itself took."""
    table: dict[str, list[float]] = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, ()):
            told = dict(report.user_properties)
            if "area" in told:
                row = table.setdefault(told["area"], [0, 0, 0.0])
                row[0] += 1
                row[1] += outcome == "passed"
                row[2] += told.get("seconds", 0.0)
    if not table:
        return
    terminalreporter.write_line(f"\n{'area':<24}{'tried':>8}{'stopped':>10}{'seconds':>10}")
    for area, (tried, held, seconds) in sorted(table.items()):
        terminalreporter.write_line(f"{area:<24}{tried:>8.0f}{held:>10.0f}{seconds:>10.1f}")
