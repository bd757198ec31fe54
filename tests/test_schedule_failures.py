"""Scheduled tasks that fail: tried again in silence, told of once, disabled in the end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from scheduling import ticking
from scheduling.models import Task
from scheduling.outcomes import MOST_FAILURES, MOST_TURNS
from tenants_app.models import OperatorAlert
from tenants_app.scope import tenant_scope
from tests.house import House
from tests.schedules import (
    Clock,
    State,
    again,
    agenda,
    asked,
    carry,
    let_waits_end,
    meets,
    now,
    occurrences,
    states,
    words_of,
)
from tests.test_turns import set_tenant

DOWN = "http://127.0.0.1:9"


def fail_once(house: House, settings: Any) -> None:
    """One attempt, while Claude cannot be reached."""
    good = settings.ANTHROPIC_BASE_URL
    settings.ANTHROPIC_BASE_URL = DOWN
    carry(house)
    settings.ANTHROPIC_BASE_URL = good


def test_a_failed_turn_is_tried_again_without_a_word_and_success_resets(house: House, settings: Any) -> None:
    settings.TURN_GIVE_UP_SECONDS = 0
    task = agenda(house, meets(house), rule="cron 0 0 1 1 *")
    with tenant_scope(house.tenant):
        Task.objects.update(failures=2)
    for attempt in range(1, MOST_TURNS):
        fail_once(house, settings)
        [row] = occurrences(house)
        assert row.due_at is not None
        assert row.began_at is not None
        assert (row.state, row.attempts) == (State.DUE, attempt)
        wait = (row.due_at - row.began_at).total_seconds()
        assert wait > 0.79 * 30 * 2 ** (attempt - 1)
        carry(house)
        assert len(occurrences(house)) == 1, "it is not tried before its time"
        let_waits_end(house)
    assert house.sent() == ["Hi Alice."]
    house.script({"text": "Nothing today."})
    carry(house)
    assert house.sent() == ["Hi Alice.", "Nothing today."]
    assert "This is attempt 3; the one before failed." in words_of(asked(house)[-1])
    assert [(row.state, row.attempts, row.output) for row in occurrences(house)] == [(State.DONE, 3, "Nothing today.")]
    assert again(house, task).failures == 0


def test_after_its_last_attempt_its_person_is_told_once_and_after_the_third_time_it_is_disabled(
    house: House, settings: Any, clock: Clock
) -> None:
    settings.TURN_GIVE_UP_SECONDS = 0
    conversation = meets(house)
    first = (now() + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    task = agenda(house, conversation, due=first, rule="cron 0 9 * * *")
    for day in range(MOST_FAILURES):
        clock.be(first + timedelta(days=day))
        ticking.tick()
        with tenant_scope(house.tenant):
            [row] = occurrences(house)[day:]
            type(row).objects.filter(pk=row.pk).update(attempts=MOST_TURNS - 1)
        fail_once(house, settings)
        assert states(house)[day][0] == State.FAILED
    task = again(house, task)
    assert (task.state, task.failures, task.next_run_at) == (Task.State.DISABLED, MOST_FAILURES, None)
    told = "I could not carry out “Agenda”, which was due at 09:00. I try again at its next time."
    stopped = "I could not carry out “Agenda” and have stopped trying. Tell me to start it again, or to delete it."
    assert house.sent() == ["Hi Alice.", told, told, stopped]
    with tenant_scope(house.tenant):
        assert OperatorAlert.objects.filter(kind="schedule.disabled").count() == 1


def test_a_single_task_that_failed_for_good_is_disabled_at_once(house: House, settings: Any) -> None:
    settings.TURN_GIVE_UP_SECONDS = 0
    task = agenda(house, meets(house))
    ticking.tick()
    with tenant_scope(house.tenant):
        type(occurrences(house)[0]).objects.update(attempts=MOST_TURNS - 1)
    fail_once(house, settings)
    assert again(house, task).state == Task.State.DISABLED
    assert len(house.sent()) == 2


def test_a_retry_does_not_count_against_the_days_limit_again(house: House, settings: Any) -> None:
    settings.TURN_GIVE_UP_SECONDS = 0
    set_tenant(house, proactive_limit=1)
    agenda(house, meets(house))
    fail_once(house, settings)
    let_waits_end(house)
    house.script({"text": "Nothing today."})
    carry(house)
    assert states(house) == [(State.DONE, "")]


def test_an_assistant_that_had_nothing_to_say_has_done_it(house: House) -> None:
    agenda(house, meets(house))
    house.script({"content": []})
    carry(house)
    assert [(row.state, row.output) for row in occurrences(house)] == [(State.DONE, "")]
    assert house.sent() == ["Hi Alice."]
