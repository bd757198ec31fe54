"""What counts as growing: the pages that PostgreSQL touches, piece by piece and statement by statement.

Pages of 8 KiB and not seconds: they are the same on any machine. Ten times the rows make an index deeper by one level
at the most, and that is all that is allowed: half as many pages again from ×10 to ×100, and some for the odd page that
is split. What is small, PostgreSQL may read another way, whole: from ×1 to ×100 three times as many.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from tenants_app.grants import tenant_tables
from tests.growth.watch import Seen

Runs = Mapping[str, Sequence[Seen]]
DEEPER = 1.5
FROM_ONE = 3
STALE = 2
SPLITS = 12  # pages

LITERAL = re.compile(r"'(?:[^']|'')*'|\b\d+\b|\$\d+")


def shape(text: str) -> str:
    """The statement without its values."""
    return " ".join(LITERAL.sub("?", text).split())


def by_statement(runs: Sequence[Seen]) -> dict[str, int]:
    """Pages for each shape of statement, the least of the runs: a page split or a first look is no growth."""
    least: dict[str, int] = {}
    for seen in runs:
        pages: dict[str, int] = {}
        for statement in seen.statements:
            form = shape(statement.text)
            pages[form] = pages.get(form, 0) + statement.pages
        for form, count in pages.items():
            least[form] = min(least.get(form, count), count)
    return least


def pages(runs: Sequence[Seen]) -> int:
    return min(seen.pages for seen in runs)


def more_queries(small: Runs, large: Runs) -> Iterator[str]:
    for name in large:
        before, after = ({len(seen.queries) for seen in runs[name]} for runs in (small, large))
        if before != after:
            yield f"{name}: {sorted(before)} queries became {sorted(after)}"


def more_pages(small: Runs, large: Runs, factor: float) -> Iterator[str]:
    for name in large:
        before, after = pages(small[name]), pages(large[name])
        if after > before * factor + SPLITS:
            yield f"{name}: {before} pages became {after}, {most(small[name], large[name])}"


def most(small: Sequence[Seen], large: Sequence[Seen]) -> str:
    """The statement that grew most."""
    before, after = by_statement(small), by_statement(large)
    form = max(after, key=lambda form: after[form] - before.get(form, 0))
    return f"{before.get(form, 0)} → {after[form]} of them in {form}"


def growing_statements(small: Runs, large: Runs) -> Iterator[str]:
    """Finer than the whole: what still is small beside the rest."""
    for name in large:
        before = by_statement(small[name])
        for form, count in by_statement(large[name]).items():
            if count > before.get(form, 0) * DEEPER + SPLITS:
                yield f"{name}: {before.get(form)} pages became {count}: {form}"


def whole_tables(runs: Runs) -> Iterator[str]:
    """Tenants' tables that are read from end to end."""
    tables = tenant_tables()
    for name, seen in runs.items():
        for statement in (statement for each in seen for statement in each.statements):
            for table in statement.whole_tables & tables:
                yield f"{name} reads all of {table}: {shape(statement.text)}"
