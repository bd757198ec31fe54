"""The one table at the end, and the JSON beside it."""

from __future__ import annotations

import itertools
import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.results import Aim, Row, Samples

WIDTH = 118
HEADS = ("", "product", "peer", "", "ratio", "aim", "")
MARKS = {"met": "met", "missed": "MISSED", "skipped": "skipped", "shown": ""}


def keep(
    directory: Path,
    started: float,
    facts: Mapping[str, str],
    rows: Sequence[Row],
    failed: Sequence[str],
    *,
    quick: bool,
) -> Path:
    """Write the JSON of a run; its name is the UTC time at which the run began."""
    began = datetime.fromtimestamp(started, UTC)
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{began:%Y-%m-%dT%H%M%SZ}.json"
    document = {
        "began": began.isoformat(timespec="seconds"),
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "quick": quick,
        "machine": dict(facts),
        "failed": list(failed),
        "rows": [as_json(row) for row in rows],
    }
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def as_json(row: Row) -> dict[str, Any]:
    return {
        "group": row.group,
        "name": row.name,
        "measured": row.measured,
        "unit": row.unit,
        "value": row.value,
        **samples_json("", row.samples),
        "peer": row.peer,
        "peer_value": row.peer_value,
        **samples_json("peer_", row.peer_samples),
        "ratio": row.ratio,
        "aim": aim_words(row.aim, row.unit),
        "verdict": row.verdict,
        "skipped": row.skipped,
        "note": row.note,
        "extra": row.extra,
    }


def samples_json(prefix: str, samples: Samples | None) -> dict[str, Any]:
    if samples is None:
        return {}
    return {f"{prefix}samples": list(samples.values), f"{prefix}spread": round(samples.spread, 4)}


def render(facts: Mapping[str, str], rows: Sequence[Row], failed: Sequence[str], *, quick: bool) -> str:
    """Plain text for a terminal, rows under the headings of their groups."""
    lines = ["", " · ".join(f"{name} {value}" for name, value in facts.items()), ""]
    if quick:
        lines += ["A quick run: it tries the machinery, its figures mean nothing.", ""]
    for group, members in itertools.groupby(rows, key=lambda row: row.group):
        lines += [*section(group, list(members)), ""]
    if failed:
        lines += [f"Did not run (see above): {', '.join(failed)}", ""]
    return "\n".join(lines) + "\n"


def section(group: str, rows: Sequence[Row]) -> Iterator[str]:
    cells = [HEADS, *(cells_of(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADS))]
    yield group
    yield "─" * min(WIDTH, sum(widths) + 2 * (len(widths) - 1))
    for line in cells:
        yield "  ".join(
            pad(text, width, column) for column, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
    for measured in dict.fromkeys(row.measured for row in rows):
        yield from wrapped(measured)
    for note in dict.fromkeys(text for row in rows for text in (row.skipped, row.note) if text):
        yield from wrapped(note)


def pad(text: str, width: int, column: int) -> str:
    """Names to the left, numbers to the right."""
    return text.rjust(width) if column in {1, 3, 4} else text.ljust(width)


def cells_of(row: Row) -> tuple[str, ...]:
    return (
        row.name,
        figure(row.samples, row.unit) if row.samples else "–",
        row.peer,
        figure(row.peer_samples, row.unit) if row.peer_samples else "",
        f"{row.ratio:.2f}" if row.ratio is not None else "",
        aim_words(row.aim, row.unit),
        MARKS[row.verdict],
    )


def figure(samples: Samples, unit: str) -> str:
    """The median with its spread: "812 ±3 % requests/s"."""
    spread = f" ±{samples.spread * 100:.0f} %" if len(samples.values) > 1 else ""
    return f"{number(samples.median)}{spread} {unit}"


def number(value: float) -> str:
    """Three digits that count."""
    size = abs(value)
    return (
        f"{value:,.0f}"
        if size >= 100
        else f"{value:.1f}"
        if size >= 10
        else f"{value:.2f}"
        if size >= 0.1
        else f"{value:.3g}"
    )


def aim_words(aim: Aim | None, unit: str) -> str:
    if aim is None:
        return ""
    sign = "≥" if aim.least else "≤"
    return f"{sign} {number(aim.bound)} × peer" if aim.of == "ratio" else f"{sign} {number(aim.bound)} {unit}"


def wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="  ")
