"""What is kept of a run that failed, and how a violation is shown with the events that belong to it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stack.settings import ROOT
from tests.faults.checker import Violation
from tests.faults.evidence import EVENTS, Evidence
from tests.faults.installation import Installation
from tests.faults.plan import Plan

MOST_EVENTS = 14
MOST_VIOLATIONS = 20


def keep(evidence: Evidence, violations: list[Violation], installation: Installation, plan: Plan | None = None) -> Path:
    """Write everything into a directory of its own under FAULTS_KEEP (default .data/faults); answers the evidence's."""
    base = Path(os.environ.get("FAULTS_KEEP") or ROOT / ".data" / "faults")
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{evidence.tier.replace(' ', '-')}-seed{evidence.seed}"
    directory = base / name
    directory.mkdir(parents=True, exist_ok=True)
    evidence.save(directory / "evidence.json")
    (directory / "violations.txt").write_text("\n".join(map(str, violations)) + "\n")
    if plan is not None:
        (directory / "plan.json").write_text(json.dumps(plan.to_json(), indent=1))
    shutil.copytree(installation.directory / "logs", directory / "logs", dirs_exist_ok=True)
    for log in installation.servers.directory.glob("*.log"):
        shutil.copy(log, directory / "logs")
    return directory / "evidence.json"


def told(evidence: Evidence, violations: list[Violation]) -> str:
    """Each violation with the tail of the events that name what it names."""
    parts = []
    for violation in violations[:MOST_VIOLATIONS]:
        events = list(trail(evidence, violation))
        parts += [f"✗ {violation}", *(f"    {line}" for line in events[-MOST_EVENTS:])]
    if len(violations) > MOST_VIOLATIONS:
        parts.append(f"… and {len(violations) - MOST_VIOLATIONS} more")
    return "\n".join(parts)


def trail(evidence: Evidence, violation: Violation) -> Iterator[str]:
    rows: list[tuple[float, str]] = []
    for kind in EVENTS:
        for row in getattr(evidence, kind):
            values = asdict(row)
            if any(_names(values, name) for name in violation.where):
                rows.append((row.at, f"{row.at - evidence.began:9.3f} {kind:9} {_line(values)}"))
    yield from (text for _, text in sorted(rows))
    for kind in ("doubts", "failed"):
        for row in getattr(evidence.shown, kind):
            if any(_names(asdict(row), name) for name in violation.where):
                yield f"    shown {kind:9} {_line(asdict(row))}"
    for name, delivery in (evidence.shown.deliveries or {}).items():
        if name in violation.where:
            yield f"    shown delivery  {name} {delivery.status} {delivery.external_id}"


def _names(values: dict[str, Any], name: str) -> bool:
    return any(name == value or (isinstance(value, tuple) and name in value) for value in values.values())


def _line(values: dict[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in values.items() if name != "at" and value not in ("", None, ()))
