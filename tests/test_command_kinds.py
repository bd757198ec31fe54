"""Commands and what code says to them: no part of the talk, but kept and seen by operators."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from memory import epochs
from memory.search.finding import search
from memory.search.types import Viewer
from messaging.models import Delivery, Message
from messaging.transcripts import conversations
from tenants_app.scope import tenant_scope
from tests.house import CHARLIE, House
from tests.test_commands import asked, code_in, does


def kinds(house: House) -> list[str]:
    with tenant_scope(house.tenant):
        return list(Message.objects.order_by("seq").values_list("kind", flat=True))


def test_they_are_kinds_of_their_own(house: House) -> None:
    house.script({"text": "A home"})
    for text in ("/help", "ayuda", "/explode", "stop", "/home/alice is full"):
        does(house, text)
    assert kinds(house) == ["command", "command_answer"] * 4 + ["text"] * 2


def test_beside_a_turn_that_is_held_they_are_too(house: House) -> None:
    does(house, "/pause")
    does(house, "hello")
    does(house, "/status")
    assert kinds(house) == ["command", "command_answer", "text", "text", "command", "command_answer"]


def test_a_pairing_code_stays_one(house: House) -> None:
    code = code_in(does(house, "/invite Bea")[0])
    does(house, code, CHARLIE)
    with tenant_scope(house.tenant):
        said = Message.objects.filter(conversation__chat_id=CHARLIE).order_by("seq")
        assert list(said.values_list("kind", flat=True)) == ["pairing", "command_answer"]


def test_a_new_session_is_told_nothing_of_them(house: House) -> None:
    house.script({"text": "Noted"}, {"text": "Here I am"})
    does(house, "I plan a party")
    does(house, "/status")
    with tenant_scope(house.tenant):
        epochs.begin_anew(house.tenant)
    does(house, "And now?")
    told = str(house.anthropic.calls(containing="/v1/messages")[-1]["body"]["messages"])
    assert "I plan a party" in told
    assert "/status" not in told
    assert "Open alerts" not in told


def test_they_are_not_found(house: House) -> None:
    does(house, "/feedback The pomegranate was sour")
    does(house, "/help")
    for query in ("pomegranate sour", "assistant of Acme"):
        assert search(house.tenant, Viewer(role="owner"), query, now=timezone.now()) == []


def replies(house: House, text: str, **context: Any) -> None:
    house.script({"text": "I see"})
    assert house.post_whatsapp(house.whatsapp_body(house.text(text, context=context))).status_code == 200
    house.work()


def test_a_reply_to_one_quotes_it(house: House) -> None:
    does(house, "/status")
    with tenant_scope(house.tenant):
        sent, said = Delivery.objects.get().external_id, Message.objects.get(direction="in").external_id
    replies(house, "What is that?", **{"from": "15550109999", "id": sent})
    assert "Open alerts" in asked(house)[-1]
    replies(house, "I meant this", **{"from": "15550100001", "id": said})
    assert "/status" in asked(house)[-1]


def test_an_export_has_them_as_they_were_said(house: House) -> None:
    does(house, "/status")
    with tenant_scope(house.tenant):
        [exported] = conversations(house.tenant, None)
        lines = "\n".join(exported.lines)
    assert ": /status" in lines
    assert "[command" not in lines
