"""`python -m benchmarks.isolation_cost.probe`: the same reads with and without row-level security, and storing.

Asked {"capture": [[tenant, conversation], …]} it begins a turn in each and keeps the SELECTs of the context with their
values. Asked {"reads": times, "without": URL of a role that no policy binds} it repeats them under both roles in turns
and answers {"on": […], "off": […]}, milliseconds a context. Asked {"store": [[tenant, conversation], …], "name"} it
stores a message in each and answers the milliseconds of each.
"""

from __future__ import annotations

import enum
import os
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import django
import psycopg

from benchmarks.assembly.probe import begin_one, event_of, route_of
from benchmarks.isolation_cost.without import explicit
from benchmarks.probe import serve

Statement = tuple[str, Any]


class Reads:
    """The statements of each captured context, and the two connections to repeat them on."""

    def __init__(self) -> None:
        self.contexts: list[tuple[str, list[Statement]]] = []
        self._connections: dict[str, psycopg.Connection[Any]] = {}

    def capture(self, tenant: str, conversation: str) -> int:
        """Begin a turn and keep its SELECTs; answers how many."""
        from django.db import connection

        seen: list[Statement] = []

        def note(execute: Callable[..., Any], statement: str, values: Any, many: bool, context: Any) -> Any:
            if statement.startswith("SELECT ") and "set_config" not in statement:
                seen.append((statement, plain(values)))
            return execute(statement, values, many, context)

        begin_one(
            uuid.UUID(tenant),
            uuid.UUID(conversation),
            new=False,
            name=f"capture {conversation}",
            watch=lambda: connection.execute_wrapper(note),
        )
        self.contexts.append((tenant, seen))
        return len(seen)

    def repeat(self, times: int, without: str) -> dict[str, list[float]]:
        on, off = self._connect(os.environ["DATABASE_URL"]), self._connect(without)
        taken: dict[str, list[float]] = {"on": [], "off": []}
        for place in range(times):
            tenant, statements = self.contexts[place % len(self.contexts)]
            rewritten = [(explicit(statement, tenant), values) for statement, values in statements]
            taken["on"].append(read(on, statements, tenant))
            taken["off"].append(read(off, rewritten, None))
        return taken

    def _connect(self, url: str) -> psycopg.Connection[Any]:
        if url not in self._connections:
            self._connections[url] = psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor)
        return self._connections[url]


def plain(values: Any) -> Any:
    """Choices as the text they stand for: Django does so when it binds."""
    return [each.value if isinstance(each, enum.Enum) else each for each in values or ()]


def read(connection: psycopg.Connection[Any], statements: Sequence[Statement], tenant: str | None) -> float:
    """Milliseconds of one transaction with all the reads; `tenant` None: the statements name it themselves."""
    began = time.perf_counter()
    with connection.transaction():
        if tenant is not None:
            connection.execute("SELECT set_config('app.tenant_id', %s, true)", [tenant])
        for statement, values in statements:
            connection.execute(statement.encode(), values).fetchall()
    return 1000 * (time.perf_counter() - began)


def store(conversations: Sequence[tuple[str, str]], name: str) -> list[float]:
    from messaging.inbox import store_message

    taken: list[float] = []
    for place, (tenant, conversation) in enumerate(conversations):
        route, chat = route_of(uuid.UUID(tenant), uuid.UUID(conversation))
        event = event_of(chat, f"{name} {place}")
        began = time.perf_counter()
        store_message(route, event, b"{}")
        taken.append(1000 * (time.perf_counter() - began))
    return taken


reads = Reads()


def answer(request: dict[str, Any]) -> Any:
    if "capture" in request:
        return sum(reads.capture(*each) for each in request["capture"])
    if "reads" in request:
        return reads.repeat(request["reads"], request["without"])
    return store(request["store"], request["name"])


if __name__ == "__main__":
    django.setup()
    from django.utils.module_loading import autodiscover_modules

    autodiscover_modules("tools", "context")
    serve(answer)
