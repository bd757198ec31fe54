"""STOP and START: kept when they are stored, confirmed by code, and no more said of our own accord."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.utils import timezone

from messaging.models import ChannelAccount, Conversation, Delivery
from messaging.turn_end import Manner, say
from tenants_app.models import Consent, Contact, ContactAddress
from tenants_app.scope import tenant_scope
from tests.house import ALICE, CHARLIE, House

OUT_EN = "You will get no more messages from us that you did not ask for. Write START to get them again."
OUT_ES = "No recibirás más mensajes nuestros que no hayas pedido. Escribe ALTA para volver a recibirlos."


def does(house: House, text: str, sender: str = CHARLIE) -> list[str]:
    before = len(house.sent())
    house.says(text, sender)
    house.work()
    return house.sent()[before:]


def consents(house: House) -> list[tuple[Any, ...]]:
    with tenant_scope(house.tenant):
        rows = Consent.objects.order_by("at", "stored_at")
        return list(rows.values_list("kind", "category", "given", "source", "words"))


def contact(house: House, address: str = CHARLIE) -> Contact:
    with tenant_scope(house.tenant):
        found: Contact = ContactAddress.objects.select_related("contact").get(address=address).contact
        return found


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("STOP", OUT_EN),
        ("stop.", OUT_EN),
        ("/stop", OUT_EN),
        ("Unsubscribe!", OUT_EN),
        ("opt-out", OUT_EN),
        ("Baja", OUT_ES),
        ("DARME DE BAJA", OUT_ES),
        ("¡No más mensajes!", OUT_ES),
        ("cancelar suscripción…", OUT_ES),
        ("alto", OUT_ES),
    ],
)
def test_a_word_alone_opts_out_also_a_stranger(house: House, words: str, answer: str) -> None:
    assert does(house, words) == [answer]
    assert contact(house).opted_out_at is not None
    assert consents(house) == [("whatsapp", "proactive", False, "message", words)]
    assert house.anthropic.calls(containing="/v1/messages") == []


@pytest.mark.parametrize(
    "words", ["stop it, please come at five", "stop?", "cancel", "¿baja?", "no", "la baja de Juan"]
)
def test_other_words_opt_nobody_out(house: House, words: str) -> None:
    house.script({"text": "At five"})
    assert does(house, words, ALICE) == ["At five"]
    assert contact(house, ALICE).opted_out_at is None
    assert consents(house) == []


def test_it_is_kept_before_anybody_answers(house: House) -> None:
    house.says("stop", CHARLIE)
    assert contact(house).opted_out_at is not None


def test_told_twice_it_is_kept_and_confirmed_once(house: House) -> None:
    body = house.whatsapp_body(house.text("STOP", CHARLIE, timestamp=str(int(time.time()) - 5)))
    for _ in range(2):
        house.post_whatsapp(body)
    house.work()
    assert house.sent() == [OUT_EN]
    assert does(house, "STOP") == []
    assert len(consents(house)) == 1


def test_start_reopens(house: House) -> None:
    does(house, "stop")
    assert does(house, "Start") == ["You will get our messages again. Write STOP to end that."]
    assert contact(house).opted_out_at is None
    assert [row[2] for row in consents(house)] == [False, True]
    does(house, "baja")
    assert does(house, "ALTA") == ["Volverás a recibir nuestros mensajes. Escribe BAJA para dejar de recibirlos."]
    assert does(house, "start") == [], "there is nothing to reopen, and the front desk is off"


def test_start_is_a_word_like_others_where_nothing_was_stopped(house: House) -> None:
    house.script({"text": "Off we go"})
    assert does(house, "start", ALICE) == ["Off we go"]
    assert consents(house) == []


def test_the_owners_stop_ends_reminders_and_not_answers(house: House) -> None:
    house.script({"text": "At five"})
    [answer] = does(house, "stop", ALICE)
    assert "What you write I still answer" in answer
    assert does(house, "when do we open?", ALICE) == ["At five"]
    assert contact(house, ALICE).opted_out_at is not None


def test_a_stop_that_comes_late_does_not_undo_a_start(house: House) -> None:
    house.post_whatsapp(house.whatsapp_body(house.text("stop", CHARLIE, timestamp="1763800000")))
    house.post_whatsapp(house.whatsapp_body(house.text("start", CHARLIE, timestamp="1763800100")))
    house.post_whatsapp(house.whatsapp_body(house.text("stop", CHARLIE, timestamp="1763800050")))
    house.work()
    assert contact(house).opted_out_at is None


def test_a_stop_with_more_words_behind_the_slash_holds_too(house: House) -> None:
    with tenant_scope(house.tenant):
        ChannelAccount.objects.update(front_desk=True)
    assert does(house, "/stop writing to me")[-1] == OUT_EN
    assert contact(house).opted_out_at is not None
    assert len(consents(house)) == 1


def test_what_waits_unasked_does_not_go_out_any_more(house: House) -> None:
    does(house, "stop")  # the chat is there from now on
    does(house, "start")
    with tenant_scope(house.tenant):
        chat = Conversation.objects.select_for_update().get(chat_id=CHARLIE)
        part = [{"text": "A reminder", "plain": "A reminder"}]
        assert say(chat, None, "A reminder", part, timezone.now(), Manner(proactive=True, whoever_has_it=True))
    assert does(house, "STOP") == [OUT_EN]
    with tenant_scope(house.tenant):
        assert Delivery.objects.get(proactive=True).status == Delivery.Status.WITHDRAWN


def test_a_button_of_a_template_says_it_too(house: House) -> None:
    message = {**house.text("", CHARLIE), "type": "button", "button": {"payload": "x", "text": "Stop promotions"}}
    del message["text"]
    house.post_whatsapp(house.whatsapp_body(message))
    house.work()
    assert house.sent() == [OUT_EN]
    assert contact(house).opted_out_at is not None


def test_on_telegram_too_and_who_opens_the_bot_again_gets_messages_again(house: House) -> None:
    house.connect_telegram()
    person = {"id": 700003, "first_name": "Chárlie", "is_bot": False, "language_code": "es"}
    house.telegram.post("inbound", account=house.bot_token, **{"from": person}, type="text", text="hola")
    for text in ("Stop", "/start"):
        house.telegrams(text, "700003", **{"from": person})
        house.work()
    calls = [call for call in house.telegram.calls(containing="/sendMessage") if call["path"].endswith("/sendMessage")]
    assert [call["body"]["text"] for call in calls] == [
        OUT_ES,
        "Volverás a recibir nuestros mensajes. Escribe BAJA para dejar de recibirlos.",
    ]
    assert [row[0] for row in consents(house)] == ["telegram", "telegram"]
