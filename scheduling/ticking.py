"""The tick: tasks whose time has come get their occurrences and their next times. Any number of tickers at once."""

from __future__ import annotations

import json
import logging
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from django.db import connection, transaction

from scheduling.plans import Plan, due_of, plan
from scheduling.rules import RuleError
from tenants_app.faults import fault
from tenants_app.ids import new_id
from tenants_app.scope import RELAXED, begin

logger = logging.getLogger(__name__)

BATCH = 50


def tick() -> int:
    """Take up to 50 tasks that are due and that no other ticker holds; how many they were.

    It need not reach the disk by itself: one that is lost is done again, and what runs because of it takes it along.
    """
    try:
        with transaction.atomic():
            begin(RELAXED)
            due = rows_due()
            if due:
                fire(due)
            fault("in_tick")
    finally:
        connection.close()
    if due:
        fault("after_tick")
    return len(due)


def rows_due() -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM scheduling_due(%s)", [BATCH])
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def fire(due: list[dict[str, Any]]) -> None:
    tasks, occurrences = [], []
    for row in due:
        found = planned(row)
        was, following = row["run_at"].isoformat(), found.next_run_at
        tasks.append(
            {
                "id": str(row["task_id"]),
                "was": was,
                "next_run_at": following.isoformat() if following is not None else None,
                "placed_in": row["zone"],
            }
        )
        occurrences += [
            {
                "id": str(new_id()),
                "task_id": str(row["task_id"]),
                "scheduled_for": each.scheduled_for.isoformat(),
                "last_for": each.last_for.isoformat() if each.last_for is not None else None,
                "times": each.times,
                "state": "due" if each.due_at is not None else "skipped",
                "reason": each.reason,
                "due_at": each.due_at.isoformat() if each.due_at is not None else None,
            }
            for each in found.occurrences
        ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT scheduling_fire(%s, %s)", [json.dumps(tasks), json.dumps(occurrences)])


def planned(row: dict[str, Any]) -> Plan:
    """A rule or zone that cannot be read any more ends its task, and does not hold up the others."""
    try:
        return plan(due_of(row))
    except (RuleError, ZoneInfoNotFoundError) as error:
        logger.exception("task.bad_rule", extra={"task": str(row["task_id"]), "error": str(error)})
        return Plan(next_run_at=None)


def seconds_to_next() -> float | None:
    """Until the next task is due; None where there is none."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT scheduling_wait()")
            found: float | None = cursor.fetchone()[0]
            return found
    finally:
        connection.close()
