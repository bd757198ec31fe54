"""A single reminder that is due but waits for the end of the quiet hours: seen, paused, left out, deleted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scheduling import acting, ticking
from scheduling.models import Occurrence, Task
from tenants_app.scope import tenant_scope
from tests.house import House
from tests.schedules import State, again, carry, let_waits_end, make, meets, now, occurrences, states
from tests.test_commands import does
from tests.test_schedule_tools import told


@pytest.fixture
def waiting(house: House) -> Task:
    task = make(house, meets(house))
    carry_into_wait(house)
    assert again(house, task).state == Task.State.DONE
    return task


def carry_into_wait(house: House) -> None:
    ticking.tick()
    with tenant_scope(house.tenant):
        [row] = occurrences(house)
        type(row).objects.update(due_at=now() + timedelta(hours=3), reason=acting.QUIET)


@pytest.mark.usefixtures("waiting")
def test_it_is_listed_to_people_and_to_claude(house: House) -> None:
    assert "The lender" in told(house, "list_schedules")[0]
    assert "Next: " in told(house, "list_schedules", containing="lender")[0]
    assert "The lender" in does(house, "/schedule")[0]


def test_paused_it_does_not_come_and_resumed_it_does(house: House, waiting: Task) -> None:
    answer, is_error = told(house, "pause_schedule", schedule="The lender")
    assert (is_error, "Paused" in answer) == (False, True)
    answer, is_error = told(house, "pause_schedule", schedule="The lender", resume=True)
    assert (is_error, "Next: " in answer) == (False, True)
    told(house, "pause_schedule", schedule="The lender")
    let_waits_end(house)
    carry(house)
    assert states(house, waiting) == [(State.SKIPPED, acting.PAUSED)]


def test_while_its_last_time_is_being_done_it_is_not_over(house: House, waiting: Task) -> None:
    with tenant_scope(house.tenant):
        Occurrence.objects.update(state=State.RUNNING, due_at=None, began_at=now())
    assert "Its last time is being done just now." in told(house, "list_schedules")[0]
    assert "Being done just now" in does(house, "/schedule")[0]
    assert again(house, waiting).state == Task.State.DONE


def test_left_out_it_does_not_come(house: House, waiting: Task) -> None:
    assert not told(house, "skip_schedule", schedule="The lender", which="the next one")[1]
    assert [state for state, _ in states(house, waiting)] == [State.SKIPPED]
    assert "no scheduled task" in told(house, "delete_schedule", schedule="The lender")[0], "now it is over"


@pytest.mark.usefixtures("waiting")
def test_deleted_it_is_gone(house: House) -> None:
    assert "Deleted" in told(house, "delete_schedule", schedule="The lender")[0]
    assert occurrences(house) == []
