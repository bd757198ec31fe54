"""Reminders, from their time to the wire: once, for the right person, in the right chat, and without the model."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from messaging import outbox
from messaging.limits import Limiter
from messaging.models import Conversation, Delivery, Message
from scheduling import acting, claims, ticking
from scheduling.claims import LeaseLost, Rounds
from scheduling.engine import engine, run_one
from scheduling.models import Occurrence, Task
from scheduling.outcomes import MOST_ATTEMPTS
from tenants_app.models import Contact, ContactAddress, OperatorAlert, Tenant
from tenants_app.scope import tenant_scope
from tests.fixtures import make_tenant
from tests.house import House, wait_for
from tests.schedules import (
    CHICAGO,
    HOURLY,
    REMINDER,
    Clock,
    State,
    again,
    carry,
    connect_telegram,
    days_on,
    delete_chats,
    let_waits_end,
    make,
    meets,
    now,
    occurrences,
    reminders,
    run,
    set_alice,
    states,
)
from tests.test_bursts import NOWHERE
from tests.test_deliveries import drain
from tests.test_turns import set_tenant
from tests.test_window import after_a_day, sent_templates


@pytest.fixture(autouse=True)
def in_chicago(house: House) -> None:
    set_tenant(house, timezone=CHICAGO.key)


@pytest.fixture
def both(house: House) -> House:
    """Alice may be written to on both channels."""
    connect_telegram(house)
    return house


def models_calls(house: House) -> int:
    return len(house.anthropic.calls(containing="/v1/messages"))


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
    [row] = occurrences(house)
    assert row.message is not None
    sent = row.message.sent_at.astimezone(CHICAGO)
    assert reminders(house) == [f"{REMINDER}\n(From {sent:%Y-%m-%d %H:%M}.)"], "it may be read days later"


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
