"""What the database gives without a product around it, rows claimed fifty at a time: no Django, no rules, no leases.

And the rows of django-celery-beat, for its own scheduler: a time of day each, as people's schedules have.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, LiteralString

import psycopg

BATCH = 50
TASKS: tuple[LiteralString, LiteralString] = (
    "SELECT id FROM scheduling_task WHERE next_run_at <= now() ORDER BY next_run_at LIMIT 50 FOR UPDATE SKIP LOCKED",
    "UPDATE scheduling_task SET next_run_at = now() + interval '1 day' WHERE id = ANY(%s)",
)
OCCURRENCES: tuple[LiteralString, LiteralString] = (
    "SELECT id FROM scheduling_occurrence WHERE due_at <= now() LIMIT 50 FOR UPDATE SKIP LOCKED",
    "UPDATE scheduling_occurrence SET due_at = now() + interval '300 seconds' WHERE id = ANY(%s)",
)

ENTRIES: tuple[LiteralString, LiteralString] = (
    """
    INSERT INTO django_celery_beat_crontabschedule (minute, hour, day_of_week, day_of_month, month_of_year, timezone)
    SELECT m, h, '*', '*', '*', 'UTC' FROM generate_series(0, 59) AS m, generate_series(0, 23) AS h
    """,
    """
    INSERT INTO django_celery_beat_periodictask (
        name, task, args, kwargs, queue, headers, enabled, one_off, total_run_count, last_run_at, date_changed,
        description, crontab_id
    )
    SELECT 'reminder ' || n, 'bench.remind', '[]', '{}', 'bench', '{}', true, false, 0, now(), now(), '', c.id
    FROM generate_series(1, %s) AS n
    JOIN (
        SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM django_celery_beat_crontabschedule
        WHERE minute ~ '^[0-9]+$' AND hour ~ '^[0-9]+$'
    ) AS c ON c.place = n %% (60 * 24)
    """,
)
# Of those whose hour is near, as the scheduler reads no others.
ENTRIES_DUE: LiteralString = """
    UPDATE django_celery_beat_periodictask SET last_run_at = now() - interval '1 day' WHERE id IN (
        SELECT p.id FROM django_celery_beat_periodictask p JOIN django_celery_beat_crontabschedule c
        ON c.id = p.crontab_id
        WHERE p.task = 'bench.remind' AND c.hour IN (
            SELECT extract(hour FROM now() AT TIME ZONE 'UTC' + n * interval '1 hour')::text
            FROM generate_series(-1, 1) AS n
        )
        LIMIT %s
    )
"""


def claim(connection: psycopg.Connection[Any], statements: tuple[LiteralString, LiteralString]) -> int:
    """Until nothing is left; how many there were."""
    select, update = statements
    connection.execute("SET synchronous_commit = off")
    total = 0
    while True:
        with connection.transaction():
            ids = [row[0] for row in connection.execute(select)]
            if ids:
                connection.execute(update, [ids])
        total += len(ids)
        if len(ids) < BATCH:
            return total


def rate(connections: list[psycopg.Connection[Any]], statements: tuple[LiteralString, LiteralString]) -> float:
    """Rows a second, all connections at once."""
    began = time.perf_counter()
    with ThreadPoolExecutor(len(connections)) as threads:
        total = sum(threads.map(lambda each: claim(each, statements), connections))
    return total / (time.perf_counter() - began)


def look(connection: psycopg.Connection[Any]) -> float:
    """Milliseconds of a transaction that finds nothing due."""
    began = time.perf_counter()
    with connection.transaction():
        connection.execute(TASKS[0]).fetchall()
    return 1000 * (time.perf_counter() - began)
