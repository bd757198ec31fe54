"""The engine of the schedules finds what is due by index, however many tasks there are and were."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from scheduling import pruning, reminding, settling, ticking
from scheduling.claims import Rounds, free_silent
from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope
from tests.fixtures import as_role
from tests.growth.rows import Loader
from tests.growth.watch import Seen, Statement, Watch
from tests.growth.world import own_database

pytestmark = pytest.mark.timeout(300)

TENANTS, EACH = 20, 1000  # tasks, each with an occurrence that was; 60 of them run
RUNNING = 60
LATER = "now() + interval '1 day' + g * interval '1 second'"
PIECES: dict[str, Callable[[], Any]] = {
    "tick": ticking.tick,
    "claim": Rounds().claim,
    "ended": settling.settle_ended,
    "wait": ticking.seconds_to_next,
    "silent": free_silent,
    "old": pruning.batch,
}
# By what index each finds its rows: the statement it stands in, and the piece that asks it.
FOUND_BY = [
    ("tick", "FROM scheduling_task t JOIN tenants_app_tenant n", "task_due"),
    ("tick", "FROM scheduling_task t JOIN tenants_app_tenant n", "occurrence_unique"),
    ("tick", "INSERT INTO scheduling_occurrence", "scheduling_task_pkey"),
    ("tick", "UPDATE scheduling_task t", "scheduling_task_pkey"),
    ("claim", "o.due_at <= v_now AND o.tenant_id > v_tenant", "occurrence_due"),
    ("claim", "WITH picked AS MATERIALIZED", "occurrence_due"),
    ("ended", "WHERE o.state = 'running'", "occurrence_running"),
    ("wait", "min(t.next_run_at)", "task_due"),
    ("silent", "o.lease_until < v_now + p_lease - p_silent", "occurrence_leased"),
    ("old", "o.id < v_made", "scheduling_occurrence_pkey"),
]


class Schedules:
    """Many tasks, next to nothing of which is due."""

    def __init__(self, admin: psycopg.Connection[Any]) -> None:
        self.admin = admin
        with as_role("operator"):
            self.tenants = [Tenant.objects.create(slug=f"t-{n}", name=f"T {n}").pk for n in range(TENANTS)]

    def fill(self) -> None:
        loader = Loader(self.admin)
        values = {"tenants": self.tenants, "each": EACH}
        source = "unnest(%(tenants)s::uuid[]) AS tenant, generate_series(1, %(each)s::int) AS g"
        task = {"id": "md5(concat(tenant, g))::uuid", "tenant_id": "tenant", "contact_id": "tenant"}
        of_task = {"rule": "'cron 0 9 * * *'", "state": "'active'", "next_run_at": LATER, "placed_in": "'UTC'"}
        with_misfire = {"misfire": "'once'", "misfire_seconds": "3600", "misfire_most": "5"}
        loader.insert("scheduling_task", task | of_task | with_misfire, source, values)
        was = {
            "id": "md5(concat('o', tenant, g))::uuid",
            "tenant_id": "tenant",
            "task_id": "md5(concat(tenant, g))::uuid",
            "scheduled_for": "now() - g * interval '1 hour'",
            "began_at": "now() - g * interval '1 hour'",
            "trigger": "'time'",
            "state": f"CASE WHEN g <= {RUNNING / TENANTS} THEN 'running' ELSE 'done' END",
            "message_id": "md5(concat('m', tenant, g))::uuid",
        }
        loader.insert("scheduling_occurrence", was, source, values)
        chat = {"tenant_id": "tenant", "conversation_id": "tenant"}
        said = {"account_id": "tenant", "direction": "'in'", "kind": "'task'", "seq": "g", "sent_at": "now()"}
        turn_id = "md5(concat('t', tenant, g))::uuid"
        message = {"id": "md5(concat('m', tenant, g))::uuid", "turn_id": turn_id}
        loader.insert("messaging_message", chat | said | message, source, values)
        status = f"CASE WHEN g <= {RUNNING / TENANTS} THEN 'open' ELSE 'answered' END"
        turn = {"id": turn_id, "conversation_id": turn_id, "number": "g", "status": status, "began_at": "now()"}
        loader.insert("messaging_turn", {"tenant_id": "tenant"} | turn, source, values)

    def make_due(self) -> None:
        """One task of each tenant: fewer than one tick takes."""
        made = "UPDATE scheduling_task SET next_run_at = now() - interval '1 second' WHERE id IN "
        chosen = "(SELECT DISTINCT ON (tenant_id) id FROM scheduling_task ORDER BY tenant_id, id)"
        self.admin.execute(f"{made}{chosen}".encode())


@pytest.fixture(scope="module")
def schedules(migrated_database: None, django_db_blocker: Any) -> Iterator[Schedules]:
    with django_db_blocker.unblock(), own_database() as admin:
        made = Schedules(admin)
        for _ in range(8):  # the connections keep their plans of when there was nothing
            look(made)
        made.fill()
        admin.execute("VACUUM ANALYZE")
        yield made


def look(schedules: Schedules) -> dict[str, list[Seen]]:
    """Each piece, first with nothing due and then with one task of each tenant."""
    watch = Watch()
    with watch.installed():
        for due in (False, True):
            if due:
                schedules.make_due()
            for name, act in PIECES.items():
                with watch.of(name):
                    act()
    return watch.seen


def statements(seen: dict[str, list[Seen]], piece: str) -> list[Statement]:
    return [statement for run in seen[piece] for statement in run.statements]


def indexes(statement: Statement) -> set[str]:
    return {node["Index Name"] for node in statement.nodes if "Index Name" in node}


def otherwise(seen: dict[str, list[Seen]]) -> list[tuple[str, str, str]]:
    """What is found in another way than by the index that is meant for it."""
    missing = []
    for piece, text, index in FOUND_BY:
        found = [each for each in statements(seen, piece) if text in each.text]
        if not found or any(index not in indexes(each) for each in found):
            missing.append((piece, text, index))
    return missing


def test_what_is_due_is_found_by_its_index(schedules: Schedules) -> None:
    assert otherwise(look(schedules)) == []


def test_nothing_is_read_from_end_to_end(schedules: Schedules) -> None:
    seen = look(schedules)
    whole = {table for piece in PIECES for each in statements(seen, piece) for table in each.whole_tables}
    assert whole == set()


def test_a_look_with_nothing_due_touches_few_pages(schedules: Schedules) -> None:
    idle = {piece: runs[0].pages for piece, runs in look(schedules).items()}
    assert max(idle[piece] for piece in ("tick", "claim", "wait")) < 20, idle
    assert idle["silent"] < 100, idle  # a page or two for each that somebody holds, from looks before
    assert idle["ended"] < RUNNING * 10, idle


def test_what_was_sent_lately_is_counted_without_a_look_at_what_was_sent_before(schedules: Schedules) -> None:
    """By the time in the index: of a tenant's whole history only the newest is read."""
    tenant = schedules.tenants[0]
    values: dict[str, Any] = {"tenant": tenant, "occurrence": tenant, "epoch": 1, "chat": tenant}
    with tenant_scope(tenant), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {reminding.FACTS}", values)
        plan = cursor.fetchone()[0]
    whole = Statement(reminding.FACTS, (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])
    found = [node for node in whole.nodes if node.get("Alias") == "b"]
    assert [node.get("Index Name") for node in found] == ["occurrence_begun"]
    assert all("began_at" in node["Index Cond"] for node in found), found


def test_a_missing_index_would_be_noticed(schedules: Schedules) -> None:
    definition = "CREATE INDEX task_due ON scheduling_task (next_run_at) WHERE next_run_at IS NOT NULL"
    schedules.admin.execute("DROP INDEX task_due")
    try:
        seen = look(schedules)
    finally:
        schedules.admin.execute(definition.encode())
    assert {(piece, index) for piece, _, index in otherwise(seen)} >= {("tick", "task_due"), ("wait", "task_due")}
