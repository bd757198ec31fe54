"""Linking somebody by a code that they send: what they see, and how many codes one may try."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from messaging import pairing
from messaging.models import ChannelAccount, Message, PairingCode
from tenants_app.models import AuditEntry, Contact, ContactAddress, Tenant
from tenants_app.scope import tenant_scope
from tests.house import ALICE, CHARLIE, House

WRONG = "PAIR-2222-2222-2222"
ZOE = {"id": 700009, "first_name": "Zoé", "is_bot": False, "language_code": "es"}


def code_for(house: House, role: str = Contact.Role.STAFF) -> str:
    with tenant_scope(house.tenant):
        return pairing.new_code(house.tenant, Contact.objects.create(tenant=house.tenant, role=role))


def does(house: House, text: str, sender: str = CHARLIE) -> list[str]:
    before = len(house.sent())
    house.says(text, sender)
    house.work()
    return house.sent()[before:]


def role_of(house: House, address: str = CHARLIE) -> str:
    with tenant_scope(house.tenant):
        return str(ContactAddress.objects.select_related("contact").get(address=address).contact.role)


def refused(house: House) -> int:
    with tenant_scope(house.tenant):
        return ContactAddress.objects.get(address=CHARLIE).refused_codes


# --- What they see ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "word"), [("owner", "its owner"), ("staff", "one of its staff")])
def test_a_good_code_is_welcomed_by_code(house: House, role: str, word: str) -> None:
    [welcome] = does(house, code_for(house, role))
    assert "Acme" in welcome
    assert word in welcome
    assert house.anthropic.calls(containing="/v1/messages") == []
    house.script({"text": "Hello"})
    assert does(house, "hi") == ["Hello"], "and Claude from then on"


def test_telegram_tells_the_language_of_who_opens_a_link(house: House) -> None:
    house.connect_telegram()
    code = code_for(house)
    house.telegram.post("inbound", account=house.bot_token, **{"from": ZOE}, type="text", text="hola")
    house.telegrams(f"/start {code}", "700009", **{"from": ZOE})
    house.work()
    calls = [call for call in house.telegram.calls(containing="/sendMessage") if call["path"].endswith("/sendMessage")]
    assert ["te reconozco como parte de su equipo" in call["body"]["text"] for call in calls] == [True]
    with tenant_scope(house.tenant):
        contact = ContactAddress.objects.select_related("contact").get(address="700009").contact
        assert (contact.name, contact.language) == ("Zoé", "es")
        assert Message.objects.get(kind="pairing").text == "/start PAIR-…"


def test_a_bad_code_of_a_stranger_is_not_answered(house: House) -> None:
    assert does(house, WRONG) == []
    assert role_of(house) == "customer"


def test_a_bad_code_of_a_stranger_gets_the_polite_sentence_where_strangers_get_one(house: House) -> None:
    with tenant_scope(house.tenant):
        ChannelAccount.objects.update(answers_strangers=True)
    [sentence] = does(house, WRONG)
    assert "code" not in sentence.lower()


def test_an_old_code_and_an_unknown_one_get_the_same_answer(house: House) -> None:
    with tenant_scope(house.tenant):
        ChannelAccount.objects.update(front_desk=True)
    old = code_for(house)
    with tenant_scope(house.tenant):
        PairingCode.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    used = code_for(house)
    does(house, used, "15550100044")
    answers = {does(house, code)[-1] for code in (old, WRONG, used)}
    assert answers == {"That code links nobody. Ask whoever sent it for a new link."}
    assert house.anthropic.calls(containing="/v1/messages") == []


# --- How many they may try -------------------------------------------------------------------------------------------


def test_after_five_wrong_codes_none_is_looked_at_for_an_hour(house: House) -> None:
    for number in range(5):
        house.says(f"PAIR-2222-2222-222{number + 2}", CHARLIE)
    good = code_for(house)
    house.says(good, CHARLIE)
    assert (role_of(house), refused(house)) == ("customer", 5)
    house.says(good, "15550100044")
    assert role_of(house, "15550100044") == "staff", "it was not used up, and others are not barred"
    with tenant_scope(house.tenant):
        told = list(
            AuditEntry.objects.filter(action__startswith="pairing.").order_by("id").values_list("action", flat=True)
        )
        assert told == ["pairing.refused"] * 4 + ["pairing.barred"]
        ContactAddress.objects.filter(address=CHARLIE).update(refused_since=timezone.now() - timedelta(hours=1))
    house.says(code_for(house), CHARLIE)
    assert (role_of(house), refused(house)) == ("staff", 0)


def test_wrong_codes_of_another_hour_do_not_count(house: House) -> None:
    for _ in range(4):
        house.says(WRONG, CHARLIE)
    with tenant_scope(house.tenant):
        ContactAddress.objects.filter(address=CHARLIE).update(refused_since=timezone.now() - timedelta(minutes=61))
    house.says(WRONG, CHARLIE)
    assert refused(house) == 1


def test_a_webhook_that_is_brought_twice_counts_once(house: House) -> None:
    wrong = house.whatsapp_body(house.text(WRONG, CHARLIE))
    good = house.whatsapp_body(house.text(code_for(house), CHARLIE))
    for body in (wrong, wrong):
        house.post_whatsapp(body)
    assert refused(house) == 1
    for body in (good, good):
        house.post_whatsapp(body)
    house.work()
    assert (role_of(house), refused(house)) == ("staff", 0)
    assert len(house.sent()) == 1


def test_many_codes_at_once_are_looked_at_one_after_the_other(house: House) -> None:
    house.says("hello", CHARLIE)
    good = code_for(house)
    codes = [f"PAIR-3333-3333-33{number:02}".replace("0", "A").replace("1", "B") for number in range(8)]

    def say(code: str) -> None:
        try:
            house.says(code, CHARLIE)
        finally:
            connection.close()

    threads = [threading.Thread(target=say, args=[code]) for code in codes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    house.says(good, CHARLIE)
    assert (role_of(house), refused(house)) == ("customer", 5)


def test_who_is_linked_already_is_told_that_a_code_is_bad(house: House) -> None:
    does(house, code_for(house))
    assert does(house, WRONG) == ["That code links nobody. Ask whoever sent it for a new link."]
    with tenant_scope(house.tenant):
        assert Tenant.objects.count() == 1


def test_an_owner_who_tries_their_own_invitation_stays_the_owner(house: House) -> None:
    code = code_for(house)
    house.script({"text": "Hello"}, times="always")
    does(house, code, ALICE)
    assert role_of(house, ALICE) == "owner"
    does(house, code)
    assert role_of(house) == "staff", "the code is still good for whom it was made for"
