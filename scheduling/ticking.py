"""The tick: tasks whose time has come get their occurrences and their next times. Any number of tickers at once."""

from __future__ import annotations

import json
import logging
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from django.db import connection, transaction

from scheduling.plans import Plan, Planned, due_of, plan
from scheduling.rules import RuleError
from tenants_app import audit
from tenants_app.faults import fault
from tenants_app.ids import new_id
from tenants_app.models import Tenant
from tenants_app.scope import RELAXED, begin, tenant_scope

logger = logging.getLogger(__name__)

BATCH = 50


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A task whose times cannot be told."""

    tenant_id: uuid.UUID
    task_id: uuid.UUID
    why: str


def tick() -> int:
    """Take up to 50 tasks that are due and that no other ticker holds; how many they were.

    It need not reach the disk by itself: one that is lost is done again, and what runs because of it takes it along.
    """
    broken: list[Broken] = []
    try:
        with transaction.atomic():
            begin(RELAXED)
            due = rows_due()
            if due:
                broken = fire(due)
                fault("in_tick")
    finally:
        connection.close()
    for one in broken:
        alert(one)
    if due:
        fault("after_tick")
    return len(due)


def rows_due() -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM scheduling_due(%s)", [BATCH])
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def fire(due: list[dict[str, Any]]) -> list[Broken]:
    tasks, occurrences, broken = [], [], []
    for row in due:
        found = planned(row)
        if isinstance(found, Broken):
            broken.append(found)
            tasks.append(task_row(row, None, found.why))
            continue
        tasks.append(task_row(row, found.next_run_at))
        occurrences += [occurrence_row(row, each) for each in found.occurrences]
    with connection.cursor() as cursor:
        cursor.execute("SELECT scheduling_fire(%s, %s)", [json.dumps(tasks), json.dumps(occurrences)])
    return broken


def planned(row: dict[str, Any]) -> Plan | Broken:
    """What cannot be planned ends its task, and does not hold up the others."""
    try:
        return plan(due_of(row))
    except (RuleError, ZoneInfoNotFoundError) as error:
        why = f"Its times cannot be told any more: {error}"
        logger.warning("task.unplanned", extra={"task": str(row["task_id"])})
    except Exception as error:  # the edge between one task and the others of its batch, which would get no further
        why = f"Its times cannot be told: {type(error).__name__} in the product; see its log."
        logger.exception("task.unplanned", extra={"task": str(row["task_id"])})
    return Broken(tenant_id=row["tenant_id"], task_id=row["task_id"], why=why[:300])


def task_row(row: dict[str, Any], following: datetime | None, broken: str = "") -> dict[str, Any]:
    return {
        "id": str(row["task_id"]),
        "was": row["run_at"].isoformat(),
        "next_run_at": following.isoformat() if following is not None else None,
        "placed_in": row["zone"],
        "broken": broken,
    }


def occurrence_row(row: dict[str, Any], planned: Planned) -> dict[str, Any]:
    return {
        "id": str(new_id()),
        "task_id": str(row["task_id"]),
        "scheduled_for": planned.scheduled_for.isoformat(),
        "last_for": planned.last_for.isoformat() if planned.last_for is not None else None,
        "times": planned.times,
        "state": "due" if planned.due_at is not None else "skipped",
        "reason": planned.reason,
        "due_at": planned.due_at.isoformat() if planned.due_at is not None else None,
    }


def alert(broken: Broken) -> None:
    """The task stands as disabled in its lists; where this is lost, that is how it is seen."""
    with tenant_scope(broken.tenant_id):
        tenant = Tenant.objects.filter(pk=broken.tenant_id).first()
        if tenant is not None:
            audit.alert(tenant, "schedule.disabled", f"A scheduled task was disabled: {broken.why}")


def seconds_to_next() -> float | None:
    """Until the next task is due; None where there is none."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT scheduling_wait()")
            found: float | None = cursor.fetchone()[0]
            return found
    finally:
        connection.close()
