"""Reminders that come late, at night or too often: put off, left out, and always with the reason."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from scheduling import acting, plans, ticking
from scheduling.outcomes import OVER_LIMIT
from tenants_app.models import OperatorAlert
from tenants_app.scope import tenant_scope
from tests.house import House
from tests.schedules import (
    CHICAGO,
    HOURLY,
    REMINDER,
    Clock,
    State,
    carry,
    days_on,
    make,
    meets,
    now,
    occurrences,
    reminders,
    states,
)
from tests.test_turns import set_tenant


@pytest.fixture(autouse=True)
def in_chicago(house: House) -> None:
    set_tenant(house, timezone=CHICAGO.key)


def test_late_by_more_than_ten_minutes_it_says_so(house: House, clock: Clock) -> None:
    noon = days_on(now(), 1, 12)
    conversation = meets(house)
    make(house, conversation, due=noon)
    clock.be(noon + timedelta(hours=2))
    carry(house)
    assert reminders(house) == [f"{REMINDER}\n(It was due at 12:00; I could not send it then.)"]


def test_of_the_day_before_it_names_the_date(house: House, clock: Clock) -> None:
    night = days_on(now(), 1, 23)
    make(house, meets(house), due=night)
    clock.be(night + timedelta(hours=2))
    carry(house)
    assert reminders(house) == [f"{REMINDER}\n(It was due at {night:%Y-%m-%d} 23:00; I could not send it then.)"]


def test_too_late_it_is_skipped_with_the_reason(house: House, clock: Clock) -> None:
    noon = days_on(now(), 1, 12)
    make(house, meets(house), due=noon, misfire_seconds=3600)
    clock.be(noon + timedelta(hours=2))
    carry(house)
    assert (reminders(house), states(house)) == ([], [(State.SKIPPED, plans.LATE)])


def test_where_no_runner_came_for_too_long_it_is_skipped(house: House, clock: Clock) -> None:
    noon = days_on(now(), 1, 12)
    make(house, meets(house), due=noon, misfire_seconds=3600)
    clock.be(noon)
    ticking.tick()
    clock.be(noon + timedelta(hours=2))
    carry(house)
    assert (reminders(house), states(house)) == ([], [(State.SKIPPED, plans.LATE)])


def test_quiet_hours_hold_it_until_the_morning(house: House, clock: Clock) -> None:
    conversation = meets(house)
    set_tenant(house, quiet_from=time(22), quiet_until=time(7))
    night = days_on(now(), 1, 23)
    make(house, conversation, due=night)
    clock.be(night + timedelta(seconds=5))
    carry(house)
    assert reminders(house) == []
    [row] = occurrences(house)
    assert (row.state, row.due_at) == (State.DUE, days_on(night, 1, 7))
    clock.be(days_on(night, 1, 7) + timedelta(seconds=1))
    carry(house)
    assert reminders(house) == [f"{REMINDER}\n(It was due at {night:%Y-%m-%d} 23:00, in the quiet hours.)"]


def test_quiet_hours_hold_also_what_no_runner_came_for_before_they_began(house: House, clock: Clock) -> None:
    conversation = meets(house)
    set_tenant(house, quiet_from=time(22), quiet_until=time(7))
    evening = days_on(now(), 1, 21, 58)
    make(house, conversation, due=evening, misfire_seconds=3600)
    clock.be(evening)
    ticking.tick()
    clock.be(evening + timedelta(hours=1))
    carry(house)
    assert reminders(house) == []
    assert [(row.state, row.attempts, row.due_at, row.reason) for row in occurrences(house)] == [
        (State.DUE, 0, days_on(evening, 1, 7), acting.QUIET)
    ]
    clock.be(days_on(evening, 1, 7))
    carry(house)
    assert len(reminders(house)) == 1, "the night did not make it too late"


def test_what_may_run_at_night_does(house: House, clock: Clock) -> None:
    conversation = meets(house)
    set_tenant(house, quiet_from=time(22), quiet_until=time(7))
    night = days_on(now(), 1, 23)
    make(house, conversation, due=night, in_quiet_hours=True)
    clock.be(night)
    carry(house)
    assert reminders(house) == [REMINDER]


def test_of_a_night_of_hours_one_comes_in_the_morning_and_each_skip_is_there(house: House, clock: Clock) -> None:
    conversation = meets(house)
    set_tenant(house, quiet_from=time(22), quiet_until=time(6, 30), proactive_limit=1000)
    first = days_on(now(), 1, 21)
    make(house, conversation, due=first, rule=HOURLY)
    for hours in range(11):
        clock.be(first + timedelta(hours=hours, seconds=5))
        carry(house)
    rows = occurrences(house)
    assert [row.state for row in rows] == [State.DONE, *[State.SKIPPED] * 8, State.DONE, State.DONE]
    assert {row.reason for row in rows if row.state == State.SKIPPED} == {plans.QUIET}
    assert [row.scheduled_for.astimezone(CHICAGO).hour for row in rows] == [21, 22, 23, *range(8)]


def test_the_days_limit_skips_with_one_word_a_day(house: House, clock: Clock) -> None:
    conversation = meets(house)
    set_tenant(house, proactive_limit=2)
    noon = days_on(now(), 1, 12)
    for number in range(4):
        make(house, conversation, due=noon + timedelta(seconds=number), title=f"No. {number}")
    make(house, conversation, due=noon + timedelta(days=1), title="Tomorrow's")
    clock.be(noon + timedelta(minutes=1))
    carry(house)
    assert len(reminders(house)) == 2
    skipped = [state for state in states(house) if state == (State.SKIPPED, OVER_LIMIT)]
    assert len(skipped) == 2
    words = [text for text in house.sent() if "limit of 2" in text]
    assert len(words) == 1
    assert "“No. 2”" in words[0]
    with tenant_scope(house.tenant):
        assert OperatorAlert.objects.filter(kind="schedule.limit").count() == 1
    clock.be(noon + timedelta(days=1))
    carry(house)
    assert len(reminders(house)) == 3, "the next day counts anew"
