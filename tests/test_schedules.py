"""Reminders, from their time to the wire: once, by what holds when their time has come, and without the model."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.db import DataError, OperationalError

from messaging import outbox
from messaging.limits import Limiter
from messaging.models import Conversation, Delivery, Message
from scheduling import acting, claims, plans, reminding, ticking
from scheduling.claims import LeaseLost, Rounds, renew
from scheduling.engine import engine, run_one
from scheduling.models import Occurrence, Task
from scheduling.outcomes import MOST_ATTEMPTS, OVER_LIMIT
from tenants_app.deletion import delete_tenant
from tenants_app.models import Contact, ContactAddress, OperatorAlert, Tenant
from tenants_app.scope import tenant_scope
from tests.fixtures import as_role, make_tenant
from tests.house import House, wait_for
from tests.schedules import (
    Clock,
    State,
    again,
    carry,
    connect_telegram,
    delete_chats,
    let_waits_end,
    make,
    meets,
    now,
    occurrences,
    run,
    states,
    stepped_clock,
)
from tests.test_bursts import NOWHERE
from tests.test_deliveries import drain
from tests.test_turns import set_tenant
from tests.test_window import after_a_day, sent_templates

REMINDER = "⏰ Reminder: call the lender"
HOURLY = "cron 0 * * * *"
CHICAGO = ZoneInfo("America/Chicago")  # where the business is


@pytest.fixture(autouse=True)
def in_chicago(house: House) -> None:
    set_tenant(house, timezone=CHICAGO.key)


@pytest.fixture
def both(house: House) -> House:
    """Alice may be written to on both channels."""
    connect_telegram(house)
    return house


@pytest.fixture
def clock(house: House, owner_connection: psycopg.Connection[Any]) -> Iterator[Clock]:
    with stepped_clock(owner_connection) as stepped:
        yield stepped


def reminders(house: House) -> list[str]:
    return [text for text in house.sent() if text.startswith("⏰")]


def models_calls(house: House) -> int:
    return len(house.anthropic.calls(containing="/v1/messages"))


def set_alice(house: House, **fields: Any) -> None:
    with tenant_scope(house.tenant):
        Contact.objects.filter(name="Alice").update(**fields)


def days_on(moment: datetime, days: int, hour: int, minute: int = 0) -> datetime:
    """By the business's clock."""
    local = moment.astimezone(CHICAGO)
    return datetime.combine(local.date() + timedelta(days=days), time(hour, minute), CHICAGO)


# --- it comes, once ---------------------------------------------------------------------------------------------------


def test_it_comes_once_on_whatsapp(house: House) -> None:
    task = make(house, meets(house))
    calls = models_calls(house)
    for _ in range(3):
        carry(house)
    assert reminders(house) == [REMINDER]
    assert models_calls(house) == calls
    [row] = occurrences(house)
    assert (row.state, row.attempts, row.reason, row.due_at, row.lease_until) == (State.DONE, 1, "", None, None)
    assert row.output == REMINDER
    assert row.message is not None
    task = again(house, task)
    assert (task.state, task.next_run_at) == (Task.State.DONE, None)
    with tenant_scope(house.tenant):
        delivery = Delivery.objects.get(message=row.message)
    assert (delivery.proactive, delivery.purpose, delivery.status) == (True, "reminder", "sent")


def test_it_comes_once_on_telegram(both: House) -> None:
    make(both, meets(both, on="telegram"))
    carry(both)
    carry(both)
    assert [text for text in both.sent_by_telegram() if "⏰" in text] == [REMINDER]


def test_its_words_are_sent_as_they_are(house: House) -> None:
    make(house, meets(house), instruction="pay *both* bills: a_b_c & <d>\n# now")
    carry(house)
    with tenant_scope(house.tenant):
        assert Message.objects.latest("seq").text == "⏰ Reminder: pay *both* bills: a_b_c & <d>\n# now"
        assert Delivery.objects.latest("seq").payload["plain"] == "⏰ Reminder: pay *both* bills: a_b_c & <d>\n# now"


def test_in_the_persons_language(house: House) -> None:
    set_alice(house, language="es-MX")
    make(house, meets(house), instruction="llamar al banco")
    carry(house)
    assert reminders(house) == ["⏰ Recordatorio: llamar al banco"]


def test_without_the_model_the_budget_redis_or_a_tenant_that_is_not_paused(
    house: House, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = meets(house)
    settings.ANTHROPIC_BASE_URL = "http://127.0.0.1:9"
    settings.REDIS_URL = NOWHERE
    monkeypatch.setattr(outbox, "limiter", Limiter(NOWHERE))
    set_tenant(house, day_budget=Decimal(0), status=Tenant.Status.PAUSED)
    make(house, conversation)
    run()
    drain(house)
    assert reminders(house) == [REMINDER]


def test_it_goes_out_while_one_of_the_team_has_the_chat(house: House) -> None:
    conversation = meets(house)
    with tenant_scope(house.tenant):
        Conversation.objects.update(ownership=conversation.ownership + 1, paused_until=now() + timedelta(hours=1))
    make(house, conversation)
    carry(house)
    assert reminders(house) == [REMINDER]


def test_one_that_is_not_due_waits(house: House) -> None:
    make(house, meets(house), due=now() + timedelta(hours=1))
    carry(house)
    assert (reminders(house), occurrences(house)) == ([], [])
    wait = ticking.seconds_to_next()
    assert wait is not None
    assert 3590 < wait < 3600


def test_the_worker_looks_by_itself(house: House) -> None:
    """No beat and no broker: a look makes, runs and writes down all there is."""
    make(house, meets(house))
    engine.look()
    wait_for(lambda: states(house) == [(State.DONE, "")])
    drain(house)
    assert reminders(house) == [REMINDER]


# --- late, at night, too often ----------------------------------------------------------------------------------------


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


# --- for whom and where -----------------------------------------------------------------------------------------------


def test_who_wants_none_gets_none(house: House) -> None:
    conversation = meets(house)
    set_alice(house, opted_out_at=now())
    make(house, conversation)
    carry(house)
    assert (reminders(house), states(house)) == ([], [(State.SKIPPED, acting.OPTED_OUT)])


def test_who_is_not_of_the_business_any_more_gets_none(house: House) -> None:
    conversation = meets(house)
    make(house, conversation)
    set_alice(house, role=Contact.Role.CUSTOMER)
    carry(house)
    assert (reminders(house), states(house)) == ([], [(State.SKIPPED, acting.NOT_OF_US)])


@pytest.mark.parametrize(("state", "reason"), [("paused", acting.PAUSED), ("disabled", acting.DISABLED)])
def test_a_task_that_was_stopped_meanwhile_is_skipped(house: House, state: str, reason: str) -> None:
    task = make(house, meets(house))
    ticking.tick()
    with tenant_scope(house.tenant):
        Task.objects.filter(pk=task.pk).update(state=state)
    carry(house)
    assert (reminders(house), states(house)) == ([], [(State.SKIPPED, reason)])


def test_run_now_runs_though_the_task_is_paused_and_it_is_night(house: House, clock: Clock) -> None:
    conversation = meets(house)
    set_tenant(house, quiet_from=time(22), quiet_until=time(7))
    task = make(house, conversation, next_run_at=None, state=Task.State.PAUSED)
    clock.be(days_on(now(), 1, 23))
    with tenant_scope(house.tenant):
        at = now()
        Occurrence.objects.create(
            tenant=house.tenant, task=task, scheduled_for=at, due_at=at, trigger=Occurrence.Trigger.ASKED
        )
    carry(house)
    assert reminders(house) == [REMINDER]
    assert again(house, task).state == Task.State.PAUSED


def test_a_time_that_was_skipped_in_advance_does_not_run_and_the_next_does(house: House, clock: Clock) -> None:
    first = days_on(now(), 1, 12)
    task = make(house, meets(house), due=first, rule=HOURLY)
    with tenant_scope(house.tenant):
        Occurrence.objects.create(
            tenant=house.tenant, task=task, scheduled_for=first, state=State.SKIPPED, reason="Asked to skip it."
        )
    clock.be(first)
    carry(house)
    assert reminders(house) == []
    clock.be(first + timedelta(hours=1))
    carry(house)
    assert states(house) == [(State.SKIPPED, "Asked to skip it."), (State.DONE, "")]


def test_a_task_that_was_deleted_meanwhile_is_gone(house: House) -> None:
    task = make(house, meets(house))
    ticking.tick()
    [claim] = Rounds().claim()
    with tenant_scope(house.tenant):
        Task.objects.get(pk=task.pk).delete()
    with pytest.raises(LeaseLost):
        acting.act(claim)
    run_one(claim)
    carry(house)
    assert (reminders(house), occurrences(house)) == ([], [])


def test_where_its_chat_is_gone_it_comes_in_the_other(both: House) -> None:
    meets(both, on="telegram")
    task = make(both, meets(both))
    delete_chats(both, "whatsapp")
    assert again(both, task).conversation_id is None
    carry(both)
    assert [text for text in both.sent_by_telegram() if "⏰" in text] == [REMINDER]


def test_where_they_closed_the_chat_it_comes_in_the_other(both: House) -> None:
    meets(both)
    make(both, meets(both, on="telegram"))
    with tenant_scope(both.tenant):
        ContactAddress.objects.filter(kind="telegram").update(unreachable_at=now())
    carry(both)
    assert reminders(both) == [REMINDER]


def test_without_any_chat_it_is_tried_again_and_fails_in_the_end(house: House) -> None:
    conversation = meets(house)
    task = make(house, conversation)
    delete_chats(house, "whatsapp")
    carry(house)
    waits = []
    for _ in range(MOST_ATTEMPTS - 1):
        [row] = occurrences(house)
        assert row.due_at is not None
        assert row.began_at is not None
        assert (row.state, row.reason) == (State.DUE, acting.NO_CHAT)
        waits.append((row.due_at - row.began_at).total_seconds())
        let_waits_end(house)
        carry(house)
    assert [(row.state, row.reason, row.attempts) for row in occurrences(house)] == [
        (State.FAILED, acting.NO_CHAT, MOST_ATTEMPTS)
    ]
    for number, wait in enumerate(waits):
        assert 0.79 < wait / min(30 * 2**number, 3600) < 1.21
    assert (again(house, task).state, again(house, task).state_reason) == (Task.State.DISABLED, acting.NO_CHAT)
    with tenant_scope(house.tenant):
        assert OperatorAlert.objects.filter(kind="schedule.disabled").exists()


def test_a_closed_window_sends_the_template_for_reminders(house: House) -> None:
    conversation = meets(house)
    after_a_day(house)
    make(house, conversation)
    carry(house)
    assert reminders(house) == []
    assert sent_templates(house) == [("reminder", "en", ["Alice", REMINDER])]


def test_a_closed_window_goes_over_the_other_channel_where_the_business_wants_that(both: House) -> None:
    set_tenant(both, window_policy=Tenant.Window.OTHER_CHANNEL)
    meets(both, on="telegram")
    conversation = meets(both)
    after_a_day(both)
    make(both, conversation)
    carry(both)
    assert (reminders(both), sent_templates(both)) == ([], [])
    assert [text for text in both.sent_by_telegram() if "⏰" in text] == [REMINDER]


def test_a_closed_window_holds_it_where_the_business_wants_that(house: House) -> None:
    set_tenant(house, window_policy=Tenant.Window.HOLD)
    conversation = meets(house)
    after_a_day(house)
    make(house, conversation)
    carry(house)
    assert (reminders(house), sent_templates(house)) == ([], [])
    assert states(house) == [(State.DONE, "")], "that it waits to be delivered is the delivery's matter"
    house.script({"text": "Good morning."})
    house.says("good morning")
    house.work()
    assert reminders(house) == [REMINDER]


def test_each_business_has_its_turn(house: House) -> None:
    """Claims go round the tenants: one with much to do does not hold up another."""
    other = make_tenant("zz-other")
    conversation = meets(house)
    for number in range(claims.BATCH + 5):
        make(house, conversation, title=str(number))
    with tenant_scope(other):
        bob = Contact.objects.create(tenant=other, role=Contact.Role.OWNER, name="Bob")
        values = {"title": "x", "instruction": "x", "rule": "at 2026-01-01T00:00:00Z", "placed_in": other.timezone}
        Task.objects.create(tenant=other, contact=bob, next_run_at=now(), **values)
    while ticking.tick():
        pass
    first = Rounds().claim()
    assert other.pk in [claim.tenant_id for claim in first[: claims.OF_EACH + 1]], "before the second five of the first"
    assert len({claim.occurrence_id for claim in first}) == claims.BATCH, "then it goes round again"
    assert sum(claim.tenant_id == house.tenant.pk for claim in first) == claims.BATCH - 1


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
