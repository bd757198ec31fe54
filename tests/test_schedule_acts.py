"""What a scheduled task did is done once: not again after a failed turn, and not twice at the same time."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from messaging import handover
from messaging.models import Work
from scheduling import acting, changes
from scheduling.changes import ScheduleError
from scheduling.models import Occurrence, Task
from tenants_app.scope import tenant_scope
from tests.house import House, wait_for
from tests.schedules import State, again, agenda, asked, carry, chat, meets, now, run, states
from tests.test_handover import let_the_pause_end
from tests.test_turns import make_due

REMEMBERS = {
    "content": [
        {
            "type": "tool_use",
            "name": "remember_fact",
            "input": {"subject": "the lender", "predicate": "name", "value": "Ana"},
        }
    ]
}
LOOKS = {"content": [{"type": "tool_use", "name": "current_time", "input": {}}]}
FAULT = {"error": {"status": 400, "type": "invalid_request_error", "message": "No."}}


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ((REMEMBERS, FAULT), State.FAILED),  # it has acted
        ((LOOKS, FAULT), State.DUE),
        (({"content": [], "stop_reason": "refusal"},), State.FAILED),  # it would be refused again
    ],
)
def test_a_failed_turn_is_begun_anew_only_where_that_does_nothing_twice(
    house: House, answers: tuple[dict[str, Any], ...], state: str
) -> None:
    task = agenda(house, meets(house))
    house.script(*answers)
    carry(house)
    assert [found for found, _ in states(house)] == [state]
    assert len(asked(house)) == 1 + len(answers)
    is_over = state == State.FAILED
    assert again(house, task).state == (Task.State.DISABLED if is_over else Task.State.DONE)
    assert len(house.sent()) == (2 if is_over else 1), "its person hears of it at once"


@pytest.mark.parametrize(("first", "is_again"), [(REMEMBERS, False), (LOOKS, True)])
def test_a_task_that_the_team_overtook_is_done_later_only_where_it_had_not_acted(
    house: House, first: dict[str, Any], is_again: bool
) -> None:
    agenda(house, meets(house))
    run()
    house.script(first, {"error": {"status": 529}})
    house.work()
    with tenant_scope(house.tenant):
        assert Work.objects.get(kind=Work.Kind.TURN, busy=True)
    handover.take(chat(house), "operator:olivia")
    make_due(house)
    carry(house)
    let_the_pause_end(house)
    house.script({"text": "Nothing today."})
    carry(house)
    assert states(house) == [(State.DONE, "") if is_again else (State.SKIPPED, acting.WITH_TEAM)]
    assert house.sent() == ["Hi Alice.", *(["Nothing today."] if is_again else [])]


def test_a_task_that_acts_after_the_team_took_over_is_not_done_again(house: House) -> None:
    agenda(house, meets(house))
    run()
    house.script({**REMEMBERS, "delay": 1.0}, {"text": "Done."})
    thread = threading.Thread(target=house.work)
    thread.start()
    wait_for(lambda: len(asked(house)) == 2)
    handover.take(chat(house), "operator:olivia")
    thread.join()
    let_the_pause_end(house)
    carry(house)
    assert states(house) == [(State.SKIPPED, acting.WITH_TEAM)]
    assert len(asked(house)) == 3


def test_no_two_times_of_a_task_are_done_at_once(house: House) -> None:
    due = now().replace(second=0, microsecond=0) - timedelta(minutes=2)
    task = agenda(house, meets(house), rule="cron 0 0 1 1 *", due=due)
    run()
    with tenant_scope(house.tenant):
        later = Occurrence.objects.create(
            tenant=house.tenant, task=task, scheduled_for=due + timedelta(minutes=1), due_at=now()
        )
        with pytest.raises(ScheduleError):
            changes.run_now(Task.objects.get(pk=task.pk), by="test")
    run()
    assert states(house) == [(State.RUNNING, ""), (State.DUE, acting.AT_ANOTHER)]
    with tenant_scope(house.tenant):
        Occurrence.objects.exclude(pk=later.pk).update(state=State.DUE, due_at=now() + timedelta(hours=1))
    let_waits_end_of(house, later)
    assert states(house)[1] == (State.DUE, acting.AT_ANOTHER), "the one before is to be tried again first"
    with tenant_scope(house.tenant):
        Occurrence.objects.exclude(pk=later.pk).update(state=State.DONE, due_at=None)
    let_waits_end_of(house, later)
    assert states(house)[1] == (State.RUNNING, "")


def let_waits_end_of(house: House, occurrence: Occurrence) -> None:
    with tenant_scope(house.tenant):
        Occurrence.objects.filter(pk=occurrence.pk).update(due_at=now())
    run()
