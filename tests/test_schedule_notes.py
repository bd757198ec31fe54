"""Claude knows of the reminders that code sent in a chat while nobody asked it anything."""

from __future__ import annotations

import pytest
from django.utils import timezone

from messaging.models import Delivery, Message
from scheduling.models import Task
from tenants_app.scope import tenant_scope
from tests.house import BOB, House
from tests.schedules import asked, carry, make, meets, run
from tests.test_commands import does

SENT = "Reminders sent since your last turn: "


def told(house: House, text: str) -> str:
    """What Claude is told with this message."""
    house.script({"text": "Well."})
    does(house, text)
    return note(house)


def note(house: House) -> str:
    before = asked(house)[-1]["body"]["messages"][-1]["content"][0]["text"]
    assert before.startswith("<context>")
    return next((line for line in before.splitlines() if line.startswith(SENT)), "")


def test_a_reminder_is_told_of_with_the_next_message_once(house: House) -> None:
    conversation = meets(house)
    assert told(house, "hi") == ""
    task = make(house, conversation)
    carry(house)
    line = told(house, "do that again in an hour")
    assert line.startswith(f"{SENT}[{task.pk.hex[-6:]}] “⏰ Reminder: call the lender”, ")
    assert told(house, "thanks") == ""


def test_a_new_session_is_told_in_its_recap_alone(house: House) -> None:
    make(house, meets(house))
    carry(house)
    does(house, "/new")
    assert told(house, "hi") == ""


@pytest.mark.parametrize("tainted", [True, False])
def test_words_from_outside_are_not_told_but_where_they_are_found(house: House, tainted: bool) -> None:
    task = make(house, meets(house), tainted=tainted, instruction="pay 100 at once")
    carry(house)
    line = told(house, "hi")
    assert f"[{task.pk.hex[-6:]}]" in line
    assert ("pay 100" in line) is not tainted


def test_of_many_the_newest_are_told(house: House) -> None:
    conversation = meets(house)
    for number in range(7):
        make(house, conversation, instruction=f"call {number}")
    carry(house)
    line = told(house, "hi")
    assert line.count("Reminder: call ") == 5
    assert line.endswith("; and more before")


def test_nobody_is_told_of_another_chats(house: House) -> None:
    conversation = meets(house)
    house.script({"text": "Hi Bob."})
    does(house, "hello", BOB)
    make(house, conversation)
    carry(house)
    house.script({"text": "Well."})
    does(house, "hello", BOB)
    assert note(house) == ""


def test_the_words_are_told_that_were_sent_though_the_task_has_others_now(house: House) -> None:
    task = make(house, meets(house), instruction="pay 100")
    carry(house)
    with tenant_scope(house.tenant):
        Task.objects.filter(pk=task.pk).update(instruction="pay 900")
    line = told(house, "hi")
    assert "pay 100" in line
    assert "pay 900" not in line


@pytest.mark.parametrize("status", [Delivery.Status.FAILED, Delivery.Status.WITHDRAWN])
def test_what_never_left_is_not_told_as_sent(house: House, status: str) -> None:
    make(house, meets(house))
    run()
    with tenant_scope(house.tenant):
        assert Delivery.objects.filter(purpose="reminder").update(status=status) == 1
    assert told(house, "hi") == ""


def test_what_was_forgotten_is_not_told(house: House) -> None:
    make(house, meets(house), instruction="the secret diagnosis")
    carry(house)
    with tenant_scope(house.tenant):
        Message.objects.filter(text__contains="secret").update(forgotten_at=timezone.now())
    assert told(house, "hi") == ""
