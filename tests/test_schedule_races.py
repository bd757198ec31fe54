"""Tickers and runners that meet, a fault in one of many, a stepped database clock: nothing twice, nothing lost."""

from __future__ import annotations

import os
import uuid
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import DataError, OperationalError

from scheduling import acting, plans, reminding, ticking
from scheduling.claims import LeaseLost, Rounds, renew
from scheduling.models import Occurrence, Task
from tenants_app.deletion import delete_tenant
from tenants_app.models import OperatorAlert
from tenants_app.scope import tenant_scope
from tests.fixtures import as_role
from tests.house import House
from tests.schedules import (
    CHICAGO,
    HOURLY,
    REMINDER,
    Clock,
    State,
    again,
    carry,
    days_on,
    let_waits_end,
    make,
    meets,
    now,
    occurrences,
    reminders,
    states,
)
from tests.test_deliveries import drain
from tests.test_turns import set_tenant


@pytest.fixture(autouse=True)
def in_chicago(house: House) -> None:
    set_tenant(house, timezone=CHICAGO.key)


# --- races ------------------------------------------------------------------------------------------------------------


def test_two_tickers_share_the_tasks_and_neither_waits(house: House) -> None:
    conversation = meets(house)
    for number in range(3):
        make(house, conversation, title=str(number))
    with psycopg.connect(os.environ["DATABASE_URL"]) as other:
        assert len(other.execute("SELECT task_id FROM scheduling_due(2)").fetchall()) == 2
        assert ticking.tick() == 1
        other.rollback()
    carry(house)
    assert len(reminders(house)) == 3


def test_who_lost_the_lease_does_nothing(house: House) -> None:
    make(house, meets(house))
    ticking.tick()
    [claim] = Rounds().claim()
    assert Rounds().claim() == []
    with tenant_scope(house.tenant):
        Occurrence.objects.update(due_at=now())  # the lease is over
    [later] = Rounds().claim()
    assert later.epoch > claim.epoch
    with pytest.raises(LeaseLost):
        acting.act(claim)
    assert renew([claim]) == set()
    assert renew([later]) == {later.occurrence_id}
    acting.act(later)
    with pytest.raises(LeaseLost):
        acting.act(later)
    drain(house)
    assert reminders(house) == [REMINDER]


def test_a_put_off_occurrence_is_not_done_under_the_claim_that_put_it_off(house: House) -> None:
    make(house, meets(house), kind=Task.Kind.TASK)
    set_tenant(house, owner_paused_at=now())
    ticking.tick()
    [claim] = Rounds().claim()
    acting.act(claim)
    set_tenant(house, owner_paused_at=None)
    with pytest.raises(LeaseLost):
        acting.act(claim)
    assert states(house) == [(State.DUE, acting.TENANT_PAUSED)]


def test_a_task_whose_times_cannot_be_told_ends_and_holds_up_no_other(house: House) -> None:
    conversation = meets(house)
    broken = make(house, conversation, rule="whenever")
    strange = make(house, conversation, timezone="No/Where")
    make(house, conversation)
    carry(house)
    assert reminders(house) == [REMINDER]
    for task in (again(house, broken), again(house, strange)):
        assert (task.state, task.next_run_at) == (Task.State.DISABLED, None)
        assert task.state_reason.startswith("Its times cannot be told any more:")
    with tenant_scope(house.tenant):
        assert OperatorAlert.objects.filter(kind="schedule.disabled").exists()


def test_a_fault_in_one_is_tried_again_and_holds_up_no_other(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = meets(house)
    bad = make(house, conversation, instruction="bad", due=now() - timedelta(seconds=1))
    make(house, conversation)
    real = acting.words_of

    def words_of(occurrence: Occurrence, task: Task, at: datetime) -> str:
        if task.pk == bad.pk:
            raise ValueError("boom")
        return real(occurrence, task, at)

    with monkeypatch.context() as patched:
        patched.setattr(acting, "words_of", words_of)
        carry(house)
    assert reminders(house) == [REMINDER]
    [row] = occurrences(house, bad)
    assert (row.state, row.attempts, row.reason) == (State.DUE, 1, "ValueError in the product; see its log.")
    let_waits_end(house)
    carry(house)
    assert reminders(house) == [REMINDER, "⏰ Reminder: bad"]


@pytest.mark.parametrize("error", [KeyError("boom"), OperationalError("gone"), DataError("odd")])
def test_what_cannot_even_be_written_down_comes_free_soon_and_holds_up_no_other(
    house: House, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    conversation = meets(house)
    bad = make(house, conversation, instruction="bad", due=now() - timedelta(seconds=1))
    make(house, conversation)
    real = acting.lock

    def lock(occurrence_id: uuid.UUID) -> Any:
        found = real(occurrence_id)
        if found[0].pk == bad.pk:
            raise error
        return found

    with monkeypatch.context() as patched:
        patched.setattr(reminding, "remind", lambda *_: False)  # none is a plain case
        patched.setattr(acting, "lock", lock)
        carry(house)
    assert reminders(house) == [REMINDER]
    [row] = occurrences(house, bad)
    assert (row.state, row.lease_until, row.attempts) == (State.DUE, None, 0)
    assert row.due_at is not None
    assert row.due_at <= now() + timedelta(seconds=10)
    let_waits_end(house)
    carry(house)
    assert reminders(house) == [REMINDER, "⏰ Reminder: bad"]


def test_the_tasks_of_a_tenant_that_is_being_deleted_are_passed_by(house: House) -> None:
    """Else the ticker, which has the task, and who deletes, who has the tenant, would wait for each other."""
    make(house, meets(house))
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as other:
        other.execute("SELECT 1 FROM tenants_app_tenant FOR UPDATE")
        assert ticking.tick() == 0
    with as_role("operator"):
        delete_tenant(house.tenant, "test")
    carry(house)


# --- the database's clock is stepped ----------------------------------------------------------------------------------


def test_two_hours_back_nothing_comes_twice(house: House, clock: Clock) -> None:
    first = days_on(now(), 1, 12)
    task = make(house, meets(house), due=first, rule=HOURLY)
    for hours in range(3):
        clock.be(first + timedelta(hours=hours))
        carry(house)
    assert len(reminders(house)) == 3
    for minutes in range(0, 241, 30):
        clock.be(first + timedelta(minutes=minutes))  # 12:00 again, when it was 14:00
        carry(house)
    assert len(reminders(house)) == 5
    rows = occurrences(house, task)
    assert [row.scheduled_for for row in rows] == [first + timedelta(hours=hours) for hours in range(5)]
    assert {row.state for row in rows} == {State.DONE}


def test_back_in_the_middle_of_the_work_nothing_is_lost_or_comes_twice(house: House, clock: Clock) -> None:
    first = days_on(now(), 1, 12)
    make(house, meets(house), due=first, rule=HOURLY)
    clock.be(first)
    ticking.tick()
    [claim] = Rounds().claim()
    clock.be(first - timedelta(hours=2))
    acting.act(claim)
    drain(house)
    for minutes in range(0, 121, 30):
        clock.be(first + timedelta(minutes=minutes - 120))
        carry(house)
    assert reminders(house) == [REMINDER]


def test_two_hours_forward_the_newest_of_what_passed_runs_and_the_rest_is_skipped(house: House, clock: Clock) -> None:
    first = days_on(now(), 1, 12)
    make(house, meets(house), due=first, rule="cron */30 * * * *")
    clock.be(first - timedelta(minutes=1))
    carry(house)
    clock.be(first + timedelta(hours=2))
    carry(house)
    assert [reason for _, reason in states(house)] == [plans.OVERTAKEN] * 4 + [""]
    assert reminders(house) == [REMINDER]
