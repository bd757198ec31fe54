"""What the owner is asked to allow: shown in full, once, to nobody else; and done exactly so, or not at all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from messaging.confirmations import LIFE, MAY_WAIT
from messaging.models import Confirmation, Conversation, Message, Turn, TurnStep
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope
from tests.house import ALICE, BOB, CHARLIE, House, wait_for
from tests.test_memory import call, results

BEA = "15550100009"
HELLO = call("send_message", to="Bea", text="The roof is red.\nAnd the door?")


@pytest.fixture
def town(house: House) -> House:
    """Bea, a customer, has written before."""
    house.link("whatsapp", BEA, Contact.Role.CUSTOMER, "Bea")
    house.says("Hello", BEA)
    house.work()
    return house


def forwards(house: House, *answers: dict[str, Any], sender: str = ALICE, words: str = "Write to Bea") -> None:
    house.script(*answers)
    message = house.text(words, sender, context={"forwarded": True})
    assert house.post_whatsapp(house.whatsapp_body(message)).status_code == 200
    house.work()


def says(house: House, words: str, *answers: dict[str, Any], sender: str = ALICE) -> None:
    house.script(*answers)
    house.says(words, sender)
    house.work()


def menus(house: House) -> list[dict[str, Any]]:
    """What WhatsApp was asked to show with buttons, in order."""
    calls = house.whatsapp.calls(containing="/messages")
    return [each["body"] for each in calls if each["body"].get("type") == "interactive"]


def buttons(menu: dict[str, Any]) -> dict[str, str]:
    shown = [each["reply"] for each in menu["interactive"]["action"]["buttons"]]
    return {each["title"]: each["id"] for each in shown}


def taps(house: House, title: str = "Allow", menu: int = -1, sender: str = ALICE) -> None:
    choice = buttons(menus(house)[menu])[title]
    reply = {"type": "button_reply", "button_reply": {"id": choice, "title": title}}
    message = {**house.text("", sender), "type": "interactive", "interactive": reply}
    del message["text"]
    assert house.post_whatsapp(house.whatsapp_body(message)).status_code == 200
    house.work()


def to(house: House, number: str) -> list[str]:
    calls = house.whatsapp.calls(containing="/messages")
    return [each["body"]["text"]["body"] for each in calls if each["body"].get("to") == number and "text" in each["body"]]


def state(house: House) -> str:
    with tenant_scope(house.tenant):
        return Confirmation.objects.latest("created_at").state


def test_a_message_that_words_from_outside_asked_for_waits_for_the_owner(town: House) -> None:
    forwards(town, HELLO, {"text": "It waits for you."})
    assert to(town, BEA) == []
    assert "Waiting for the owner's confirmation" in results(town)[0]
    [menu] = menus(town)
    assert menu["to"] == ALICE
    shown = menu["interactive"]["body"]["text"]
    assert "The roof is red." in shown
    assert "And the door?" in shown
    assert BEA in shown
    town.script({"text": "Bea has it."})
    taps(town)
    wait_for(lambda: town.work() or to(town, BEA))
    assert to(town, BEA) == ["The roof is red.\nAnd the door?"]
    assert to(town, ALICE)[:2] == ["It waits for you.", "Allowed. I do it now."]
    assert "Bea has it." in to(town, ALICE)[2]
    assert "✓ Sent to Bea" in to(town, ALICE)[2]
    assert state(town) == "used"
