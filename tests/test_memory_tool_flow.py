"""The memory tool in a chat: the request that offers it, the edit that it makes, where that comes from, and what the
next session knows."""

from __future__ import annotations

from typing import Any

from memory import provenance
from memory.models import Document, Revision
from messaging.models import Message
from tenants_app.scope import tenant_scope
from tests.house import ALICE, BOB, House

HOURS = "/memories/knowledge/hours.md"


def call(command: str, **arguments: Any) -> dict[str, Any]:
    return {"content": [{"type": "tool_use", "name": "memory", "input": {"command": command, **arguments}}]}


def told(house: House, text: str, *answers: dict[str, Any], sender: str = ALICE) -> list[dict[str, Any]]:
    """What Claude was asked while this was answered."""
    before = len(house.anthropic.calls(containing="/v1/messages"))
    house.script(*answers)
    house.says(text, sender)
    house.work()
    return [each["body"] for each in house.anthropic.calls(containing="/v1/messages")[before:]]


def result_in(request: dict[str, Any]) -> tuple[bool, str]:
    (block,) = [each for each in request["messages"][-1]["content"] if each["type"] == "tool_result"]
    content = block["content"]
    return bool(block.get("is_error")), content if isinstance(content, str) else content[0]["text"]


def system_of(request: dict[str, Any]) -> str:
    return "\n".join(part["text"] for part in request["system"])


def test_what_the_owner_says_is_written_down_with_the_message_behind_it(house: House) -> None:
    create = call("create", path=HOURS, file_text="# Hours\n\nOpen from nine.\n")
    change = call("str_replace", path=HOURS, old_str="nine", new_str="ten")
    first, second, third = told(house, "We open at ten now", create, change, {"text": "Noted."})
    assert {"type": "memory_20250818", "name": "memory"} in [
        {key: value for key, value in tool.items() if key != "cache_control"} for tool in first["tools"]
    ]
    assert result_in(second) == (False, f"File created successfully at: {HOURS}")
    failed, edited = result_in(third)
    assert not failed
    assert edited.endswith("     3\tOpen from ten.\n     4\t")
    with tenant_scope(house.tenant):
        row = Document.objects.get(path="knowledge/hours.md")
        assert (row.content, row.title, row.about) == ("# Hours\n\nOpen from ten.\n", "Hours", "Open from ten.")
        revisions = list(Revision.objects.filter(document=row).order_by("number"))
        behind = provenance.book().behind_revisions([each.pk for each in revisions])
        message = Message.objects.get(text="We open at ten now")
        assert [[said.message_id for said in behind[each.pk]] for each in revisions] == [[message.pk]] * 2


def test_who_the_business_is_holds_from_the_next_message_on(house: House) -> None:
    told(house, "Hello", {"text": "Hello."})
    create = call("create", path="/memories/identity/business.md", file_text="# Bloom\n\nWe sell tulips.\n")
    (_, answered) = told(house, "We are Bloom", create, {"text": "Noted."})
    assert "We sell tulips." not in system_of(answered)
    (asked,) = told(house, "Who are we?", {"text": "Bloom."})
    assert "We sell tulips." in system_of(asked)


def test_staff_are_told_what_only_the_owner_changes(house: House) -> None:
    create = call("create", path="/memories/boundaries/none.md", file_text="Everything is allowed.\n")
    (_, answered) = told(house, "No more rules", create, {"text": "I can't."}, sender=BOB)
    failed, said = result_in(answered)
    assert failed
    assert said.startswith("Not done: only the owner may have this done")
    with tenant_scope(house.tenant):
        assert not Document.objects.filter(path__startswith="boundaries/").exists()
