"""What is scheduled is listed without reading what is over, however much that is."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from scheduling.models import Task
from scheduling.outstanding import outstanding
from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope
from tests.fixtures import as_role
from tests.growth.rows import Loader
from tests.growth.watch import Statement, Watch
from tests.growth.world import own_database

pytestmark = pytest.mark.timeout(300)

TENANTS, OVER, OPEN = 5, 4000, 30  # of each tenant: tasks that are over, and those that are not
WAIT, RUN = 2, 1  # of those that are over: their last time waits, or is being done
WHEN = "now() + g * interval '1 minute'"


@pytest.fixture(scope="module")
def tenant(migrated_database: None, django_db_blocker: Any) -> Iterator[uuid.UUID]:
    with django_db_blocker.unblock(), own_database() as admin:
        with as_role("operator"):
            tenants = [Tenant.objects.create(slug=f"t-{n}", name=f"T {n}").pk for n in range(TENANTS)]
        loader = Loader(admin)
        values = {"tenants": tenants, "over": OVER, "all": OVER + OPEN}
        source = "unnest(%(tenants)s::uuid[]) AS tenant, generate_series(1, %(all)s::int) AS g"
        task = {"id": "md5(concat(tenant, g))::uuid", "tenant_id": "tenant", "contact_id": "tenant", "rule": "'x'"}
        state = {
            "state": "CASE WHEN g <= %(over)s::int THEN 'done' ELSE 'active' END",
            "next_run_at": f"CASE WHEN g > %(over)s::int THEN {WHEN} END",
        }
        misfire = {"misfire": "'once'", "misfire_seconds": "3600", "misfire_most": "5"}
        loader.insert("scheduling_task", task | state | misfire, source, values)
        was = {
            "id": "md5(concat('o', tenant, g))::uuid",
            "tenant_id": "tenant",
            "task_id": "md5(concat(tenant, g))::uuid",
            "scheduled_for": "now() - g * interval '1 minute'",
            "began_at": "now() - g * interval '1 minute'",
            "state": f"CASE WHEN g <= {WAIT} THEN 'due' WHEN g <= {WAIT + RUN} THEN 'running' ELSE 'done' END",
            "due_at": f"CASE WHEN g <= {WAIT} THEN now() + interval '1 hour' END",
        }
        loader.insert("scheduling_occurrence", was, source, values)
        admin.execute("VACUUM ANALYZE")
        yield tenants[0]


def listed(tenant: uuid.UUID) -> tuple[list[Task], list[Statement]]:
    watch = Watch()
    with watch.installed(), watch.of("list"), tenant_scope(tenant):
        tasks = list(outstanding(Task.objects.order_by("next_run_at", "pk"))[: OPEN * 2])
    statements = [each for run in watch.seen["list"] for each in run.statements]
    return tasks, [each for each in statements if "scheduling_task" in each.text]


def tasks_read(statement: Statement) -> float:
    read = (node for node in statement.nodes if node.get("Relation Name") == "scheduling_task")
    rows = [(node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"] for node in read]
    return float(sum(rows))


def test_what_is_over_is_neither_listed_nor_read(tenant: uuid.UUID) -> None:
    tasks, [statement] = listed(tenant)
    assert len(tasks) == OPEN + WAIT + RUN
    assert statement.whole_tables == set()
    assert tasks_read(statement) <= 2 * len(tasks), "each is found once, and looked up once"
