"""The next times that people are told are those at which the tick really has the task come."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling.models import Occurrence, Task
from scheduling.plans import plan
from scheduling.rules import Rule
from scheduling.times import ahead, due_at, running, upcoming_of
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope

NOW = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)  # two days before the clocks change in Chicago
NIGHT = (time(22), time(7))
RULES = [
    "cron 30 8 * * 1-5",
    "cron 0 23 * * *",
    "cron 0 * * * *",
    "cron */30 5-8 * * *",
    "cron 30 2 * * *",
    "cron 0 0,6,7,12 * * *",
    "rrule 20260306T233000 FREQ=DAILY;INTERVAL=2",
    "rrule 20260306T150000Z FREQ=MINUTELY;INTERVAL=90",
    "rrule 20260301T230000 FREQ=DAILY;COUNT=9",
    "at 2026-03-08T02:30:00",
    "at 2026-03-09T23:00:00",
]


def task_of(rule: str, quiet: tuple[time, time] | None, zone: str = "America/Chicago") -> Task:
    tenant = Tenant(slug="acme", timezone=zone)
    if quiet:
        tenant.quiet_from, tenant.quiet_until = quiet
    first = Rule(rule).next_after(NOW, ZoneInfo(zone))
    return Task(tenant=tenant, rule=rule, next_run_at=first, placed_in=zone)


def really(task: Task, count: int, skipped: set[datetime]) -> list[datetime]:
    """By the tick, which looks at the very time each time, and puts off or leaves out as it does."""
    found: list[datetime] = []
    at = task.next_run_at
    while at is not None and len(found) < count:
        done = plan(replace(due_at(task, at), taken=frozenset(skipped)))
        found += [each.due_at for each in done.occurrences if each.due_at is not None]
        at = done.next_run_at
    return found


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("quiet", [None, NIGHT, (time(1), time(3))], ids=["any hour", "night", "small hours"])
@pytest.mark.parametrize("skips", [(), (0,), (1, 2), (0, 1, 2, 3, 4)], ids=str)
def test_what_is_told_is_what_the_tick_does(rule: str, quiet: tuple[time, time] | None, skips: tuple[int, ...]) -> None:
    task = task_of(rule, quiet)
    by_rule = [task.next_run_at, *islice(Rule(rule).after(task.next_run_at or NOW, task.zone), 5)]
    skipped = {at for place, at in enumerate(by_rule) if place in skips and at is not None}
    told = [each.fires_at for each in islice(ahead(task, NOW, skipped), 12)]
    assert told == really(task, 12, skipped)


def test_the_times_stand_in_the_tasks_zone_and_after_the_quiet_hours() -> None:
    first, second = islice(ahead(task_of("cron 0 23 * * *", NIGHT), NOW), 2)
    assert (first.scheduled_for.isoformat(), first.fires_at.isoformat()) == (
        "2026-03-06T23:00:00-06:00",
        "2026-03-07T07:00:00-06:00",
    )
    assert second.fires_at.isoformat() == "2026-03-08T07:00:00-05:00"  # the clocks were changed in that night


def test_a_task_that_nobody_placed_anew_is_told_by_its_new_zone() -> None:
    task = task_of("cron 0 9 * * *", None)
    task.tenant.timezone = "Asia/Tokyo"
    assert next(ahead(task, NOW)).fires_at.isoformat() == "2026-03-07T09:00:00+09:00"


@pytest.mark.parametrize("state", [Task.State.PAUSED, Task.State.DISABLED, Task.State.DONE])
def test_what_does_not_go_has_no_next_times(state: Task.State) -> None:
    task = task_of("cron 0 9 * * *", None)
    task.state = state
    assert list(ahead(task, NOW)) == []


def test_what_a_runner_holds_comes_now_and_what_the_assistant_is_at_is_running(acme: Tenant) -> None:
    with tenant_scope(acme):
        alice = Contact.objects.create(tenant=acme, role=Contact.Role.OWNER, name="Alice")
        values = {"tenant": acme, "contact": alice, "rule": "at 2026-03-06T14:00:00Z", "placed_in": "UTC"}
        held, run, over = (Task.objects.create(**values, title=name, state="done") for name in ("held", "run", "over"))
        due = NOW - timedelta(minutes=5)
        lease = {"due_at": NOW + timedelta(minutes=5), "lease_until": NOW + timedelta(minutes=5)}
        Occurrence.objects.create(tenant=acme, task=held, scheduled_for=due, **lease)
        Occurrence.objects.create(tenant=acme, task=run, scheduled_for=due, state="running", began_at=due)
        tasks = list(Task.objects.select_related("tenant"))
        told = upcoming_of(tasks, 2, NOW)
        assert [each.fires_at for each in told[held.pk]] == [NOW]
        assert (told[run.pk], told[over.pk]) == ([], [])
        assert running(tasks) == {run.pk}


def test_many_tasks_cost_two_queries(acme: Tenant) -> None:
    with tenant_scope(acme):
        alice = Contact.objects.create(tenant=acme, role=Contact.Role.OWNER, name="Alice")
        for hour in range(8, 12):
            at = datetime(2026, 3, 7, hour, tzinfo=UTC)
            Task.objects.create(
                tenant=acme, contact=alice, rule=f"cron 0 {hour} * * *", next_run_at=at, placed_in="UTC", title="x"
            )
        tasks = list(Task.objects.select_related("tenant").order_by("next_run_at"))
        late = NOW - timedelta(minutes=5)
        Occurrence.objects.create(
            tenant=acme, task=tasks[0], scheduled_for=late, due_at=NOW + timedelta(minutes=1), attempts=1
        )
        Occurrence.objects.create(
            tenant=acme, task=tasks[1], scheduled_for=datetime(2026, 3, 7, 9, tzinfo=UTC), state="skipped"
        )
        with CaptureQueriesContext(
            connection,
        ) as queries:
            told = upcoming_of(tasks, 2, NOW)
    assert len(queries) == 2
    assert [f"{each.fires_at:%d %H:%M}" for each in told[tasks[0].pk]] == ["06 15:01", "07 08:00"]
    assert [f"{each.fires_at:%d %H:%M}" for each in told[tasks[1].pk]] == ["08 09:00", "09 09:00"]
