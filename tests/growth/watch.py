"""What PostgreSQL really does for a piece of the product: every statement with the plan that it ran by.

`auto_explain` sends the plans to the client that runs them, so they are those of the app's role inside its tenant's
scope, those inside the functions with the owner's rights, and those of foreign keys.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakSet

import psycopg
from django.db import connection
from django.db.backends.signals import connection_created
from django.test.utils import CaptureQueriesContext
from psycopg import sql

EXPLAIN = {
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_nested_statements": "on",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_buffers": "on",
    "auto_explain.log_timing": "off",
    "auto_explain.log_triggers": "off",
    "auto_explain.log_format": "json",
    "auto_explain.log_level": "notice",
}


FEW = 12  # pages: so much costs about as much as one look through an index, by PostgreSQL's reckoning


@dataclass(frozen=True)
class Statement:
    """One statement and its plan, as `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)` has it."""

    text: str
    plan: Mapping[str, Any]

    @property
    def nodes(self) -> Iterator[Mapping[str, Any]]:
        waiting = [self.plan]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(node.get("Plans", ()))

    @property
    def pages(self) -> int:
        """Pages of 8 KiB that it touched, but for those of a function, whose statements tell their own."""
        return pages(self.plan) - sum(pages(node) for node in self.nodes if node["Node Type"] == "Function Scan")

    @property
    def whole_tables(self) -> set[str]:
        """Tables that it read from end to end, though they are longer than the few pages for which that is quickest."""
        scans = [node for node in self.nodes if node["Node Type"] == "Seq Scan" and pages(node) > FEW]
        return {node["Relation Name"] for node in scans}

    def __str__(self) -> str:
        return " ".join(self.text.split())[:160]


def pages(node: Mapping[str, Any]) -> int:
    return int(node.get("Shared Hit Blocks", 0) + node.get("Shared Read Blocks", 0))


@dataclass(frozen=True)
class Seen:
    """One run of one piece of the product."""

    queries: tuple[str, ...]  # that the product sent, transaction control included
    statements: tuple[Statement, ...]  # that PostgreSQL ran, those inside functions and keys included

    @property
    def pages(self) -> int:
        return sum(statement.pages for statement in self.statements)

    def __str__(self) -> str:
        lines = [f"{self.pages} pages, {len(self.queries)} queries"]
        lines += [f"  {statement.pages:6} {statement}" for statement in self.statements]
        return "\n".join(lines)


def explain_for(admin: psycopg.Connection[Any], role: str, database: str) -> None:
    """Have sessions of the role in the database, from the next one on, say how they run their statements."""
    for name, value in EXPLAIN.items():
        setting = sql.Identifier(*name.split("."))
        statement = sql.SQL("ALTER ROLE {} IN DATABASE {} SET {} = {}")
        admin.execute(statement.format(sql.Identifier(role), sql.Identifier(database), setting, sql.Literal(value)))


@dataclass
class Watch:
    """Listens to this thread's connections while it is installed, and keeps what was seen by name."""

    seen: dict[str, list[Seen]] = field(default_factory=dict)
    _thread: int = field(default_factory=threading.get_ident)
    _heard: list[Statement] = field(default_factory=list)
    _listening: WeakSet[psycopg.Connection[Any]] = field(default_factory=WeakSet)

    @contextmanager
    def installed(self) -> Iterator[None]:
        connection_created.connect(self._listen)
        try:
            yield
        finally:
            connection_created.disconnect(self._listen)
            for raw in self._listening:
                raw.remove_notice_handler(self._hear)

    def _listen(self, connection: Any, **_: Any) -> None:
        raw = connection.connection  # one of the pool's, which may have been listened to before
        if raw not in self._listening:
            self._listening.add(raw)
            raw.add_notice_handler(self._hear)

    def _hear(self, notice: psycopg.errors.Diagnostic) -> None:
        if threading.get_ident() != self._thread:  # the heartbeat's, say
            return
        _, found, plan = (notice.message_primary or "").partition(" plan:\n")
        if found:
            told = json.loads(plan)
            self._heard.append(Statement(told["Query Text"], told["Plan"]))

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """What runs in the block, in this thread, is kept as one run of `name`."""
        self._heard.clear()
        with CaptureQueriesContext(connection) as captured:
            yield
        queries = tuple(query["sql"] for query in captured.captured_queries)
        self.seen.setdefault(name, []).append(Seen(queries, tuple(self._heard)))
