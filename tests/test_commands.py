"""Commands: answered by code, exactly once and in order; plain words where the service shows no menu."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from messaging import pairing, turn_begin, work
from messaging.models import ChannelAccount, Conversation, Feedback, Message, PairingCode, Session, Turn, Work
from messaging.pausing import pause, resume
from tenants_app.models import AuditEntry, Contact, ContactAddress, Tenant
from tenants_app.scope import tenant_scope
from tests.fixtures import as_role
from tests.house import ALICE, ALICE_ON_TELEGRAM, BOB, CHARLIE, House


def asked(house: House) -> list[str]:
    """What Claude was asked, each time the newest words."""
    calls = house.anthropic.calls(containing="/v1/messages")
    return [call["body"]["messages"][-1]["content"][-1]["text"] for call in calls]


def does(house: House, text: str, sender: str = ALICE) -> list[str]:
    """What is sent in answer to this message alone."""
    before = len(house.sent())
    house.says(text, sender)
    house.work()
    return house.sent()[before:]


def turns(house: House) -> list[tuple[str, str]]:
    with tenant_scope(house.tenant):
        return list(Turn.objects.order_by("began_at").values_list("status", "reason"))


@pytest.fixture
def front_desk(house: House) -> House:
    with tenant_scope(house.tenant):
        ChannelAccount.objects.update(front_desk=True)
        Contact.objects.create(tenant=house.tenant, name="nobody")
    return house


@pytest.fixture
def telegram(house: House) -> House:
    """The bot, and a chat with Alice that the double knows."""
    house.connect_telegram()
    alice = {"id": int(ALICE_ON_TELEGRAM), "first_name": "Alice"}
    house.telegram.post("inbound", account=house.bot_token, **{"from": alice}, type="text", text="hello, bot")
    return house


def on_telegram(house: House) -> list[str]:
    calls = house.telegram.calls(containing="/sendMessage")
    return [call["body"]["text"] for call in calls if call["path"].endswith("/sendMessage")]


# --- How they are given ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["/help", "help", "HELP!", " Help. ", "/ayuda", "ayuda", "¡Ayuda!"])
def test_a_word_alone_is_the_command_in_whatsapp(house: House, text: str) -> None:
    [answer] = does(house, text)
    assert "/invit" in answer
    assert asked(house) == []
    assert turns(house) == [("answered", "Command: help")]


def test_a_word_of_spanish_is_answered_in_spanish(house: House) -> None:
    [answer] = does(house, "ayuda")
    assert "Soy el asistente de Acme" in answer
    assert "/agenda" in answer


@pytest.mark.parametrize("text", ["help me with this", "help?", "new or used", "/home/alice is full", "1/2"])
def test_other_words_go_to_claude(house: House, text: str) -> None:
    house.script({"text": "Sure"})
    assert does(house, text) == ["Sure"]
    assert asked(house) == [text]


def test_a_word_alone_is_no_command_where_there_is_a_menu(telegram: House) -> None:
    telegram.script({"text": "With what?"})
    telegram.telegrams("help")
    telegram.telegrams("/help")
    telegram.work()
    first, second = on_telegram(telegram)
    assert first == "With what?"
    assert "/schedule" in second
    assert "slash" not in second


def test_a_command_that_there_is_not_is_answered_politely(house: House) -> None:
    assert does(house, "/explode now") == ["I don't know that command. /help shows those that there are."]
    assert asked(house) == []


def test_a_forwarded_command_is_no_command(house: House) -> None:
    house.script({"text": "I see"})
    message = house.text("/pause", context={"forwarded": True})
    house.post_whatsapp(house.whatsapp_body(message))
    house.work()
    assert house.sent() == ["I see"]


# --- Once and in order -----------------------------------------------------------------------------------------------


def test_what_was_said_before_a_command_is_a_turn_of_its_own(house: House) -> None:
    house.script({"text": "First"}, {"text": "Last"})
    for text in ("one", "two", "/help", "three"):
        house.says(text)
    house.work()
    sent = house.sent()
    assert (sent[0], sent[2]) == ("First", "Last")
    assert "/help" in sent[1]
    assert asked(house) == ["two", "three"]
    with tenant_scope(house.tenant):
        said = list(Message.objects.filter(direction="in").order_by("seq").values_list("text", "turn__number"))
    assert said == [("one", 1), ("two", 1), ("/help", 2), ("three", 3)]


def test_a_webhook_that_is_brought_twice_is_done_once(house: House) -> None:
    body = house.whatsapp_body(house.text("/feedback It is quick"))
    house.post_whatsapp(body)
    house.work()
    house.post_whatsapp(body)
    house.work()
    assert len(house.sent()) == 1
    with tenant_scope(house.tenant):
        row = Feedback.objects.get()
        assert (row.text, row.turn_id, row.contact.role) == ("It is quick", Turn.objects.get().pk, "owner")


def test_a_command_whose_worker_died_is_done_once(house: House) -> None:
    house.says("/feedback It is quick")
    claim = work.claim_next(Work.Kind.TURN)
    assert claim is not None
    assert turn_begin.begin(claim) is not None
    with tenant_scope(house.tenant):
        Work.objects.filter(pk=claim.work_id).update(lease_until=timezone.now(), due_at=timezone.now())
    work.wake_lane(house.tenant.pk, Work.Kind.TURN, ended=1)
    house.work()
    assert len(house.sent()) == 1
    with tenant_scope(house.tenant):
        assert Feedback.objects.count() == 1
        assert Turn.objects.get().claims == 2


# --- Who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["/pause", "/resume", "/invite"])
def test_staff_get_the_answer_of_an_unknown_command(house: House, text: str) -> None:
    assert does(house, text, BOB) == ["I don't know that command. /help shows those that there are."]
    with tenant_scope(house.tenant):
        assert not Tenant.objects.get().is_paused
        assert not PairingCode.objects.exists()


def test_a_word_that_is_not_theirs_goes_to_claude(house: House) -> None:
    house.script({"text": "A pause it is"})
    assert does(house, "pause", BOB) == ["A pause it is"]
    assert asked(house) == ["pause"]


def test_help_shows_each_what_they_may_use(front_desk: House) -> None:
    [to_staff] = does(front_desk, "/help", BOB)
    [_, to_customer] = does(front_desk, "/help", CHARLIE)
    assert "/status" in to_staff
    assert "/invite" not in to_staff
    assert "/status" not in to_customer
    assert "/feedback" in to_customer


def test_a_customer_may_not_see_how_it_is_doing(front_desk: House) -> None:
    assert "don't know that command" in does(front_desk, "/status", CHARLIE)[-1]


def test_strangers_get_nothing_while_the_front_desk_is_off(house: House) -> None:
    for text in ("/help", "help", "/status", "/explode", "/start"):
        assert does(house, text, CHARLIE) == []
    assert asked(house) == []


# --- What they do ----------------------------------------------------------------------------------------------------


def test_new_forgets_what_was_said(house: House) -> None:
    house.script({"text": "Noted"}, {"text": "What secret?"})
    does(house, "the secret is 4711")
    [answer] = does(house, "/new")
    assert "begin anew" in answer
    does(house, "what was the secret?")
    newest = house.anthropic.calls(containing="/v1/messages")[-1]["body"]
    assert "4711" not in str(newest["messages"])
    with tenant_scope(house.tenant):
        assert list(Session.objects.order_by("number").values_list("close_reason", flat=True)) == ["asked", ""]


def test_status_tells_the_owner_what_it_costs_and_staff_not(house: House) -> None:
    with tenant_scope(house.tenant):
        ChannelAccount.objects.update(status=ChannelAccount.Status.REFUSED)
    [to_owner] = does(house, "estado")
    [to_staff] = does(house, "/status", BOB)
    assert "Gastado hoy: 0.00 $ de" in to_owner
    assert "lo rechaza" in to_owner
    assert "refused by the service" in to_staff
    assert "Answering" in to_staff
    assert "Open alerts: " in to_staff
    assert "Spent" not in to_staff


def test_feedback_without_words_asks_for_them(house: House) -> None:
    assert "/feedback" in does(house, "feedback")[0]
    with tenant_scope(house.tenant):
        assert not Feedback.objects.exists()
    does(house, "Feedback: más despacio, por favor ñ 🙂")
    with tenant_scope(house.tenant):
        assert Feedback.objects.get().text == "más despacio, por favor ñ 🙂"


# --- Pausing ---------------------------------------------------------------------------------------------------------


def test_an_owner_pauses_and_what_was_held_is_answered_on_resuming(house: House) -> None:
    house.script({"text": "For Bob"}, {"text": "For Bob again"}, {"text": "For Alice"})
    assert "Paused" in does(house, "/pause")[0]
    assert does(house, "are you there?", BOB) == [
        "I can't answer right now. Your message is kept, and you'll get the answer as soon as I'm back."
    ]
    assert does(house, "hello?", BOB) == []
    assert "/resume" in does(house, "and for me?")[0]
    assert "Paused by the owner since" in does(house, "/status")[0], "a command is answered beside what is held"
    assert asked(house) == []
    sent = does(house, "/resume")
    assert sent[0] == "I'm back, and answer what was written meanwhile."
    assert sorted(sent[1:]) == ["For Alice", "For Bob", "For Bob again"]
    assert does(house, "/resume") == ["I wasn't paused."]
    with tenant_scope(house.tenant):
        told = AuditEntry.objects.filter(action__startswith="tenant.").order_by("id").values_list("action", flat=True)
        assert list(told) == ["tenant.paused_by_owner", "tenant.resumed_by_owner"]
        assert not Turn.objects.filter(status="open").exists()


def test_a_command_that_comes_right_after_what_is_held_is_answered(house: House) -> None:
    house.script({"text": "Now"})
    does(house, "/pause")
    house.says("hello")
    house.says("/resume")
    house.work()
    assert house.sent()[1:] == ["I'm back, and answer what was written meanwhile.", "Now"]


def test_an_owner_cannot_lift_what_an_operator_paused(house: House) -> None:
    house.script({"text": "Hello"})
    with tenant_scope(house.tenant):
        pause(Tenant.objects.get(), "Not paid.", "operator:olivia")
    does(house, "/pause")
    does(house, "hello")
    assert "Whoever runs this assistant has paused it" in does(house, "/resume")[0]
    assert "Not paid" not in does(house, "/status")[0]
    with tenant_scope(house.tenant):
        tenant = Tenant.objects.get()
    assert tenant.is_paused
    assert tenant.owner_paused_at is None
    assert asked(house) == []
    assert resume(house.tenant, "operator:olivia")
    house.work()
    assert house.sent()[-1] == "Hello"


def test_an_operator_that_resumes_leaves_the_owners_pause(house: House) -> None:
    does(house, "/pause")
    with tenant_scope(house.tenant):
        pause(Tenant.objects.get(), "A bad key.")
    with as_role("operator"):
        assert resume(house.tenant, "operator:olivia")
        assert Tenant.objects.get().is_paused
        assert resume(house.tenant, "operator:olivia")
        assert not Tenant.objects.get().is_paused


def test_a_refused_key_leaves_commands_answered(house: House) -> None:
    house.anthropic.post("accounts", key="sk-ant-test", status="revoked")
    assert "kept" in does(house, "hello")[0]
    assert "by whoever runs this assistant" in does(house, "/status")[0]
    assert "assistant of Acme" in does(house, "/help")[0]
    house.anthropic.post("accounts", key="sk-ant-test", status="active")
    house.script({"text": "Here I am"})
    assert resume(house.tenant, "test")
    house.work()
    assert house.sent()[-1] == "Here I am"


# --- Inviting --------------------------------------------------------------------------------------------------------


def code_in(text: str) -> str:
    code = pairing.code_in(text)
    assert code is not None, text
    return code


def test_an_owner_invites_staff_with_a_link(house: House) -> None:
    [answer] = does(house, "invite Bea")
    assert "https://wa.me/" in answer
    assert "Bea" in answer
    code = code_in(answer)
    with tenant_scope(house.tenant):
        assert code not in str(list(Message.objects.values_list("text", flat=True))), "a code opens a door"
    [welcome] = does(house, code, CHARLIE)
    assert "one of its staff" in welcome
    with tenant_scope(house.tenant):
        contact = ContactAddress.objects.select_related("contact").get(address=CHARLIE).contact
        assert (contact.role, contact.name) == ("staff", "Bea")
        assert AuditEntry.objects.filter(action="contact.invited", actor__startswith="contact:").count() == 1


def test_two_invitations_are_good_beside_each_other(house: House) -> None:
    first, second = code_in(does(house, "/invite")[0]), code_in(does(house, "/invite")[0])
    assert "Welcome" in does(house, first, CHARLIE)[0]
    assert "Welcome" in does(house, second, "15550100044")[0]


def test_an_invitation_over_telegram_opens_the_bot(telegram: House) -> None:
    telegram.telegrams("/invite")
    telegram.work()
    [answer] = on_telegram(telegram)
    assert f"https://t.me/{telegram.accounts['telegram'].address}?start=PAIR-" in answer


# --- The menu --------------------------------------------------------------------------------------------------------


def menus(house: House) -> dict[str, Any]:
    calls = [call["body"] for call in house.telegram.calls(containing="/setMyCommands")]
    return {body.get("language_code", ""): body["commands"] for body in calls}


def test_telegram_shows_the_commands_in_each_language(house: House) -> None:
    house.connect_telegram()
    shown = menus(house)
    assert set(shown) == {"", "en", "es"}
    assert [each["command"] for each in shown["es"]] == [each["command"] for each in shown["en"]]
    assert {"help", "new", "status", "pause", "resume", "schedule", "memory", "feedback", "stop"} <= {
        each["command"] for each in shown[""]
    }
    assert "Qué puedo hacer y qué órdenes hay" in [each["description"] for each in shown["es"]]


def test_a_menu_that_is_refused_does_not_keep_the_account_from_being_connected(house: House) -> None:
    house.telegram.post("faults", faults=[{"kind": "error", "status": 500}] * 3, match={"method": "setMyCommands"})
    assert house.connect_telegram().status == "active"
    assert house.telegram.calls(containing="/setMyCommands"), "it was tried"


def test_who_opens_the_bot_is_greeted(telegram: House) -> None:
    telegram.telegrams("/start")
    telegram.work()
    assert "I'm the assistant of Acme" in on_telegram(telegram)[0]


def test_a_conversation_is_counted_once(house: House) -> None:
    does(house, "/help")
    with tenant_scope(house.tenant):
        assert Conversation.objects.get().last_turn == 1
