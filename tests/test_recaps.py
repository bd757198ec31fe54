"""What a new session is told of the one before: what stands of it, and nothing that code said."""

from __future__ import annotations

from typing import Any

from memory import epochs
from messaging.models import Message
from tenants_app.scope import tenant_scope
from tests.house import House
from tests.test_memory_sessions import newest, says


def posted(house: House, **message: Any) -> None:
    """From Alice, and answered."""
    house.script({"text": "All right."})
    assert house.post_whatsapp(house.whatsapp_body({**house.text("…"), **message})).status_code == 200
    house.work()


def said(house: House, text: str) -> str:
    """Its id at the service."""
    says(house, text)
    with tenant_scope(house.tenant):
        return Message.objects.get(text=text).external_id


def edits(house: House, message: str, text: str) -> None:
    changed = {"type": "text", "text": {"body": text}}
    posted(house, type="edit", edit={"original_message_id": message, "message": changed})


def takes_back(house: House, message: str) -> None:
    posted(house, type="revoke", revoke={"original_message_id": message})


def recap(house: House) -> str:
    """That with which a new session begins."""
    with tenant_scope(house.tenant):
        epochs.begin_anew(house.tenant)
    says(house, "Hello again")
    [context] = [
        block["text"] for block in newest(house)["messages"][0]["content"] if "<earlier_context>" in block["text"]
    ]
    return str(context).partition("<earlier_context>")[2].partition("</earlier_context>")[0]


def test_an_edited_message_is_told_as_it_stands_and_once(house: House) -> None:
    first = said(house, "A table for two")
    says(house, "By the window")
    edits(house, first, "A table for three")
    edits(house, first, "A table for four")
    lines = [line for line in recap(house).splitlines() if line.startswith("- person")]
    assert lines == ["- person: A table for four", "- person: By the window"]


def test_a_message_that_was_taken_back_is_not_told(house: House) -> None:
    first = said(house, "The code is 4711")
    edits(house, first, "The code is 4712")
    takes_back(house, first)
    says(house, "And now?")
    told = recap(house)
    assert "471" not in told
    assert "deletion" not in told
    assert "And now?" in told


def test_of_a_message_from_long_before_the_newest_change_is_told(house: House) -> None:
    first = said(house, "A table for two")
    for number in range(6):
        says(house, f"Message {number}")
    edits(house, first, "A table for three")
    edits(house, first, "A table for four")
    told = recap(house)
    assert "A table for two" not in told
    assert "A table for three" not in told
    assert told.count("A table for four") == 1


def test_what_somebody_else_says_of_a_message_changes_nothing(house: House) -> None:
    first = said(house, "A table for two")
    with tenant_scope(house.tenant):
        asked = Message.objects.get(external_id=first)
        Message.objects.create(
            tenant=house.tenant,
            conversation=asked.conversation,
            account=asked.account,
            direction="out",
            author="app:whatsapp",
            kind="deletion",
            reply_to=first,
            seq=1000,
            sent_at=asked.sent_at,
        )
    assert "A table for two" in recap(house)


def test_what_was_said_before_new_is_not_told_however_many_sessions_begin_after_it(house: House) -> None:
    says(house, "The code is 4711")
    house.says("/new")
    house.work()
    says(house, "Hello")
    for number in range(3):
        with tenant_scope(house.tenant):
            epochs.begin_anew(house.tenant)
        says(house, f"Message {number}")
    told = recap(house)
    assert "Hello" in told
    assert "4711" not in told


def test_a_command_that_was_changed_is_not_told(house: House) -> None:
    house.says("/language")
    house.work()
    with tenant_scope(house.tenant):
        command = Message.objects.get(direction="in").external_id
    edits(house, command, "/languages, please")
    says(house, "And now?")
    told = recap(house)
    assert "/language" not in told
    assert "And now?" in told
