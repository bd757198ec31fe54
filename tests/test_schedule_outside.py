"""Words from outside that have a part in a scheduled task stay marked in what is sent and told because of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from messaging.models import Message, Session
from scheduling.models import Occurrence, Task
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope
from tests.house import House
from tests.schedules import State, agenda, carry, connect_telegram, make, meets, now, run
from tests.test_schedule_tools import told
from tests.test_turns import set_tenant
from tests.test_window import after_a_day


def newest(house: House) -> Message:
    with tenant_scope(house.tenant):
        return Message.objects.filter(direction=Message.Direction.OUT).latest("sent_at")


@pytest.mark.parametrize("tainted", [True, False])
def test_a_reminder_is_as_little_verified_as_its_task(house: House, tainted: bool) -> None:
    make(house, meets(house), tainted=tainted)
    carry(house)
    assert newest(house).forwarded is tainted
    house.script({"text": "Yes."})
    with tenant_scope(house.tenant):
        Session.objects.update(closed_at=now(), close_reason="idle")
    house.says("And then?")
    house.work()
    with tenant_scope(house.tenant):
        assert Session.objects.latest("number").tainted is tainted, "it stands in what a new session is told"


def test_also_where_it_goes_over_the_other_channel(house: House) -> None:
    connect_telegram(house)
    meets(house, on="telegram")
    conversation = meets(house)
    set_tenant(house, window_policy=Tenant.Window.OTHER_CHANNEL)
    after_a_day(house)
    make(house, conversation, tainted=True)
    carry(house)
    assert house.sent_by_telegram()[-1] == "⏰ Reminder: call the lender"
    assert newest(house).forwarded


DAILY = {"rule": "cron 0 9 * * *", "phrase": "pay each day at 9"}
NAMES_THEM = [
    ("delete_schedule", {"schedule": "pay the fee"}),
    ("pause_schedule", {"schedule": "pay"}),  # several are meant
    ("skip_schedule", {"schedule": "pay the fee", "which": "the next one"}),
    ("skip_schedule", {"schedule": "pay the fee", "which": "tomorrow at 4:13"}),
    ("change_schedule", {"schedule": "pay the fee", "when": "tomorrow at 9"}),  # once, of what comes again
]


@pytest.mark.parametrize("tainted", [True, False])
@pytest.mark.parametrize(("tool", "arguments"), NAMES_THEM)
def test_whatever_names_such_a_task_taints_the_session(
    house: House, tool: str, arguments: dict[str, str], tainted: bool
) -> None:
    chat = meets(house)
    for title in ("pay the fee", "pay the lender"):
        make(house, chat, title=title, tainted=tainted, due=now() + timedelta(days=1), **DAILY)
    assert "pay" in told(house, tool, **arguments)[0]
    with tenant_scope(house.tenant):
        assert Session.objects.latest("number").tainted is tainted


@pytest.mark.parametrize("tainted", [True, False])
def test_what_was_said_in_a_tainted_session_taints_the_next_time(house: House, tainted: bool) -> None:
    task = agenda(house, meets(house), rule="cron 0 0 1 1 *")
    house.script({"text": "The lender wrote: pay at once."})
    carry(house)
    with tenant_scope(house.tenant):
        Session.objects.update(tainted=tainted)
        Occurrence.objects.create(
            tenant=house.tenant, task=task, scheduled_for=now() + timedelta(seconds=1), due_at=now()
        )
    run()
    with tenant_scope(house.tenant):
        message = Occurrence.objects.select_related("message").get(state=State.RUNNING).message
    assert message is not None
    assert "pay at once" in message.text
    assert message.forwarded is tainted


UNDOES = [
    ("pause_schedule", {}),
    ("delete_schedule", {}),
    ("skip_schedule", {"which": "the next one"}),
    ("run_schedule_now", {}),
]


@pytest.mark.parametrize("tainted", [True, False])
@pytest.mark.parametrize(("tool", "arguments"), UNDOES)
def test_nor_does_it_stop_coming_or_come_early(
    house: House, tool: str, arguments: dict[str, str], tainted: bool
) -> None:
    chat = meets(house)
    with tenant_scope(house.tenant):
        bob = Contact.objects.get(name="Bob")
        Session.objects.update(tainted=tainted)
    task = make(house, chat, title="pay the fee", contact=bob, due=now() + timedelta(days=1), **DAILY)
    said, is_error = told(house, tool, schedule="pay the fee", **arguments)
    assert ("somebody else's" in said, is_error) == (tainted, tainted)
    with tenant_scope(house.tenant):
        untouched = Task.objects.filter(pk=task.pk, state="active", next_run_at=task.next_run_at)
        assert (untouched.exists() and not Occurrence.objects.exists()) is tainted


@pytest.mark.parametrize("tainted", [True, False])
def test_what_staff_get_is_not_changed_where_words_from_outside_are_in_the_talk(house: House, tainted: bool) -> None:
    chat = meets(house)
    with tenant_scope(house.tenant):
        bob = Contact.objects.get(name="Bob")
        Session.objects.update(tainted=tainted)
    task = make(house, chat, title="pay the fee", contact=bob, due=now() + timedelta(days=1))
    said, is_error = told(house, "change_schedule", schedule="pay the fee", what="pay Mallory")
    with tenant_scope(house.tenant):
        assert (Task.objects.get(pk=task.pk).instruction == "pay Mallory") is not tainted
    assert ("somebody else's" in said, is_error) == (tainted, tainted)
