"""In which chat it comes: what is scheduled in a group in the group, whoever wrote first; else in the person's own."""

from __future__ import annotations

import pytest
from django.utils import timezone

from messaging.models import Conversation
from scheduling.models import Task
from tenants_app.models import Contact
from tenants_app.scope import tenant_scope
from tests.house import ALICE, ALICE_ON_TELEGRAM, BOB, House
from tests.schedules import State, carry, occurrences
from tests.test_groups import CHARLIE, DORA, GROUP, writes
from tests.test_schedule_tools import call, told


@pytest.fixture
def team(house: House) -> House:
    """Dora wrote in it first; Alice has a private chat too."""
    house.connect_telegram()
    house.link("telegram", DORA, Contact.Role.STAFF, "Dora")
    alice = {"id": int(ALICE_ON_TELEGRAM), "first_name": "Alice"}
    for chat in ({"chat": GROUP}, {}):
        house.telegram.post("inbound", account=house.bot_token, **{"from": alice}, **chat, type="text", text="hello")
    house.script({"text": "Hi Alice."})
    house.telegrams("hello")
    house.work()
    writes(house, "I am here", DORA)
    return house


def asks(house: House, tool: str = "create_schedule", **arguments: str) -> Task:
    """Alice, in the group."""
    house.script(call(tool, **arguments), {"text": "Scheduled."})
    writes(house, **house.mentioned("please"))
    house.work()
    with tenant_scope(house.tenant):
        task = Task.objects.select_related("conversation", "contact").get()
        assert task.conversation is not None
        assert (task.conversation.is_group, task.contact.name) == (True, "Alice")
        assert task.conversation.contact_id != task.contact_id, "else the test shows nothing"
        Task.objects.update(next_run_at=timezone.now())
    return task


def sent_to(house: House) -> list[tuple[int, str]]:
    calls = house.telegram.calls(containing="/sendMessage")
    sent = [call["body"] for call in calls if call["path"].endswith("/sendMessage")]  # not drafts
    return [(int(body["chat_id"]), body["text"]) for body in sent]


def test_a_reminder_comes_in_the_group_once(team: House) -> None:
    asks(team, when="tomorrow at 9", what="call the lender")
    carry(team)
    carry(team)
    assert sent_to(team)[-2:] == [(GROUP["id"], "Scheduled."), (GROUP["id"], "⏰ Reminder: call the lender")]
    [row] = occurrences(team)
    assert (row.state, row.reason) == (State.DONE, "")


def test_a_task_is_done_in_the_group_with_the_authority_of_the_least(team: House) -> None:
    asks(team, when="tomorrow at 9", what="Say what is open.", kind="task")
    writes(team, "hi all", CHARLIE)
    team.script({"text": "Nothing is open."})
    carry(team)
    assert sent_to(team)[-1] == (GROUP["id"], "Nothing is open.")
    offered = {each["name"] for each in team.anthropic.calls(containing="/v1/messages")[-1]["body"]["tools"]}
    assert "create_schedule" not in offered, "Charlie is a customer"
    [row] = occurrences(team)
    assert (row.state, row.output) == (State.DONE, "Nothing is open.")


def test_what_is_somebody_elses_comes_in_their_chat_and_not_in_the_owners(house: House) -> None:
    for sender in (ALICE, BOB):
        told(house, "create_schedule", sender, when="every day at 9", what=f"call {sender}")
    said, failed = told(house, "change_schedule", schedule=f"call {BOB}", send_over="here")
    assert (said, failed) == ("It is for Bob and comes in a chat of theirs; it cannot come here.", True)
    with tenant_scope(house.tenant):
        chats = Task.objects.values_list("contact__name", "conversation__contact__name").order_by("contact__name")
        assert list(chats) == [("Alice", "Alice"), ("Bob", "Bob")]


def test_where_the_group_is_gone_it_comes_in_the_persons_own_chat(team: House) -> None:
    asks(team, when="tomorrow at 9", what="call the lender")
    with tenant_scope(team.tenant):
        Conversation.objects.filter(is_group=True)._raw_delete(using="default")
    carry(team)
    assert sent_to(team)[-1] == (int(ALICE_ON_TELEGRAM), "⏰ Reminder: call the lender")
