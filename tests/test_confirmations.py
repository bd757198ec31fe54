"""What the owner is asked to allow: shown in full, once, to nobody else; and done exactly so, or not at all."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from messaging.confirmations import LIFE, MAY_WAIT
from messaging.models import Confirmation, Message
from tenants_app.models import Contact
from tenants_app.scope import tenant_scope
from tests.house import ALICE, ALICE_ON_TELEGRAM, BOB, House, wait_for
from tests.test_deliveries import drain
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


def works(house: House) -> None:
    """All that is due: turns, and what is sent into other chats."""
    house.work()
    drain(house)


def forwards(house: House, *answers: dict[str, Any], sender: str = ALICE, words: str = "Write to Bea") -> None:
    house.script(*answers)
    message = house.text(words, sender, context={"forwarded": True})
    assert house.post_whatsapp(house.whatsapp_body(message)).status_code == 200
    works(house)


def says(house: House, words: str, *answers: dict[str, Any], sender: str = ALICE) -> None:
    house.script(*answers)
    house.says(words, sender)
    works(house)


def menus(house: House) -> list[dict[str, Any]]:
    """What WhatsApp was asked to show with buttons, in order."""
    calls = house.whatsapp.calls(containing="/messages")
    return [each["body"] for each in calls if each["body"].get("type") == "interactive"]


def buttons(menu: dict[str, Any]) -> dict[str, str]:
    shown = [each["reply"] for each in menu["interactive"]["action"]["buttons"]]
    return {each["title"]: each["id"] for each in shown}


def taps(house: House, title: str = "Allow", *answers: dict[str, Any], menu: int = -1, sender: str = ALICE) -> None:
    house.script(*answers)
    choice = buttons(menus(house)[menu])[title]
    reply = {"type": "button_reply", "button_reply": {"id": choice, "title": title}}
    message = {**house.text("", sender), "type": "interactive", "interactive": reply}
    del message["text"]
    assert house.post_whatsapp(house.whatsapp_body(message)).status_code == 200
    works(house)


def to(house: House, number: str) -> list[str]:
    """The texts that went to a number, without buttons."""
    calls = [each["body"] for each in house.whatsapp.calls(containing="/messages")]
    return [body["text"]["body"] for body in calls if body.get("to") == number and body.get("type") == "text"]


def state(house: House) -> str:
    with tenant_scope(house.tenant):
        return Confirmation.objects.latest("created_at").state


def change(house: House, **fields: Any) -> None:
    with tenant_scope(house.tenant):
        Confirmation.objects.update(**fields)


# --- The way of one --------------------------------------------------------------------------------------------------


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
    taps(town, "Allow", {"text": "Bea has it."})
    assert to(town, BEA) == ["The roof is red.\nAnd the door?"]
    assert to(town, ALICE)[:2] == ["It waits for you.", "Allowed. I do it now."]
    assert to(town, ALICE)[2].startswith("Bea has it.")
    assert "✓ Sent to Bea" in to(town, ALICE)[2]
    assert state(town) == "used"


def test_what_was_not_allowed_is_not_done_and_claude_is_told_with_what_comes_next(town: House) -> None:
    forwards(town, HELLO, {"text": "It waits for you."})
    taps(town, "Don't")
    assert (to(town, ALICE)[-1], state(town)) == ("Not done.", "declined")
    says(town, "And now?", {"text": "Now nothing."})
    said = town.anthropic.calls(containing="/v1/messages")[-1]["body"]["messages"][-1]["content"]
    assert any("did not allow the call of send_message" in block["text"] for block in said)
    taps(town, "Allow")
    assert (to(town, ALICE)[-1], to(town, BEA)) == ("Not done.", [])


def test_it_counts_once(town: House) -> None:
    forwards(town, HELLO, {"text": "It waits."})
    taps(town, "Allow", {"text": "Done."})
    taps(town, "Allow")
    assert to(town, ALICE)[-1] == "You have allowed that already."
    assert len(to(town, BEA)) == 1


def test_it_counts_for_ten_minutes(town: House) -> None:
    forwards(town, HELLO, {"text": "It waits."})
    with tenant_scope(town.tenant):
        row = Confirmation.objects.get()
        assert abs(row.expires_at - row.created_at - LIFE) < timedelta(seconds=5)
    change(town, expires_at=F("created_at"))
    taps(town)
    assert to(town, ALICE)[-1].startswith("Too late")
    assert (to(town, BEA), state(town)) == ([], "expired")


def test_what_was_allowed_and_not_begun_for_long_is_not_done(town: House) -> None:
    forwards(town, HELLO, {"text": "It waits."})
    house_taps_without_work(town)
    change(town, decided_at=F("decided_at") - MAY_WAIT)
    town.script({"text": "That was too long ago."})
    works(town)
    assert to(town, BEA) == []
    assert "is too long ago" in results(town)[0]


def house_taps_without_work(house: House) -> None:
    """The tap alone is carried out; what it allows waits."""
    from messaging.worker import worker

    choice = buttons(menus(house)[-1])["Allow"]
    reply = {"type": "button_reply", "button_reply": {"id": choice, "title": "Allow"}}
    message = {**house.text("", ALICE), "type": "interactive", "interactive": reply}
    del message["text"]
    house.post_whatsapp(house.whatsapp_body(message))
    assert worker.run_next() is not None
    assert state(house) == "allowed"


@pytest.mark.parametrize("changed", ["digest", "arguments"])
def test_another_call_than_the_one_that_was_shown_is_not_made(town: House, changed: str) -> None:
    forwards(town, HELLO, {"text": "It waits."})
    house_taps_without_work(town)
    other = {"to": "Bea", "text": "Something else"}
    change(town, **({"digest": "0" * 64} if changed == "digest" else {"arguments": other}))
    town.script({"text": "It was not done."})
    works(town)
    assert to(town, BEA) == []
    assert "was something else" in results(town)[0]


def test_new_makes_the_buttons_void(town: House) -> None:
    forwards(town, HELLO, {"text": "It waits."})
    says(town, "/new")
    taps(town)
    assert (to(town, ALICE)[-1][:8], to(town, BEA)) == ("Too late", [])


# --- Who is asked ----------------------------------------------------------------------------------------------------


def test_what_staff_have_done_is_put_to_the_owner_and_told_to_both(town: House) -> None:
    says(town, "Good morning", {"text": "Good morning!"})
    forwards(town, HELLO, {"text": "The owner is asked."}, sender=BOB)
    [menu] = menus(town)
    assert menu["to"] == ALICE
    assert "Bob (WhatsApp)" in menu["interactive"]["body"]["text"]
    taps(town, "Allow", sender=BOB)
    assert (to(town, BOB)[-1], to(town, BEA)) == ("Only the owner can allow that.", [])
    taps(town, "Allow", {"text": "Bea has it."})
    assert (len(to(town, BEA)), to(town, ALICE)[-1]) == (1, "Allowed. I do it now.")
    assert "✓ Sent to Bea" in to(town, BOB)[-1]


def test_staff_are_told_that_the_owner_said_no(town: House) -> None:
    says(town, "Good morning", {"text": "Good morning!"})
    forwards(town, HELLO, {"text": "The owner is asked."}, sender=BOB)
    taps(town, "Don't", {"text": "They said no."})
    assert (to(town, BOB)[-1], to(town, BEA)) == ("They said no.", [])


def test_where_no_owner_can_be_reached_nothing_is_done(town: House) -> None:
    forwards(town, HELLO, {"text": "Nobody is there."}, sender=BOB)
    assert "no owner can be reached" in results(town)[0]
    with tenant_scope(town.tenant):
        assert not Confirmation.objects.exists()


def test_only_so_many_wait_in_one_chat(town: House) -> None:
    calls = [call("send_message", to="Bea", text=f"Number {number}") for number in range(5)]
    content = [block for each in calls for block in each["content"]]
    forwards(town, {"content": content}, {"text": "Much waits."})
    assert len(menus(town)) == 3
    assert sum("3 other things" in told for told in results(town)) == 2


def test_the_same_call_again_is_asked_once(town: House) -> None:
    forwards(town, HELLO, {"text": "It waits."})
    says(town, "And?", HELLO, {"text": "It still waits."})
    assert len(menus(town)) == 1


def test_what_is_too_long_to_be_read_is_not_asked(town: House) -> None:
    long = call("memory", command="create", path="/memories/boundaries/all.md", file_text="x" * 3_000)
    forwards(town, long, {"text": "It is too long."})
    assert "too long to be shown" in results(town)[0]
    assert menus(town) == []


def test_nothing_in_what_is_shown_stays_unseen(town: House) -> None:
    hidden = "Hello\n- to: Alice\u200b\u202e"
    forwards(town, call("send_message", to="Bea", text=hidden), {"text": "It waits."})
    shown = menus(town)[0]["interactive"]["body"]["text"]
    assert "\\u200b\\u202e" in shown
    assert "\n- to: Alice" not in shown


# --- In words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["yes", "Yes, please!", "Sí, hazlo", "adelante", "go ahead"])
def test_a_clear_yes_does_it(town: House, words: str) -> None:
    forwards(town, HELLO, {"text": "It waits for you."})
    says(town, words)
    assert (to(town, BEA), state(town), len(menus(town))) == ([], "waiting", 2), "it may have been said to other words"
    says(town, words, {"text": "Bea has it."})
    assert len(to(town, BEA)) == 1


@pytest.mark.parametrize(
    "words", ["no", "No, gracias", "don't do it", "dont", "nah", "cancel", "Cancela", "STOP", "alto", "parar"]
)
def test_a_clear_no_ends_it(town: House, words: str) -> None:
    forwards(town, HELLO, {"text": "It waits for you."})
    says(town, words)
    assert (to(town, ALICE)[-1], state(town)) == ("Not done.", "declined")
    with tenant_scope(town.tenant):
        assert Contact.objects.get(role="owner").opted_out_at is None


@pytest.mark.parametrize("words", ["ok wait", "yes but change the price", "ok", "yes?", "no wait, yes"])
def test_what_is_unclear_shows_the_buttons_once_more_and_goes_to_claude(town: House, words: str) -> None:
    forwards(town, HELLO, {"text": "It waits for you."})
    says(town, words, {"text": "I see."})
    assert (to(town, BEA), state(town), len(menus(town))) == ([], "waiting", 2)
    assert to(town, ALICE)[-1] == "I see."
    says(town, words, {"text": "I see again."})
    assert len(menus(town)) == 2
    taps(town, menu=0)
    assert to(town, ALICE)[-1].startswith("Too late"), "the first buttons count no more"
    taps(town, "Allow", {"text": "Bea has it."})
    assert len(to(town, BEA)) == 1


def test_a_yes_to_something_else_does_nothing(town: House) -> None:
    forwards(town, HELLO, {"text": "It waits for you."})
    says(town, "What is the time?", {"text": "Noon. Shall I remind you of lunch?"})
    says(town, "yes", {"text": "I remind you."})
    assert (to(town, BEA), state(town)) == ([], "waiting")


def test_a_yes_where_two_wait_is_asked_which(town: House) -> None:
    forwards(town, HELLO, {"text": "It waits for you."})
    says(town, "And this", call("send_message", to="Bea", text="Two"), {"text": "It waits, too."})
    says(town, "yes")
    assert to(town, ALICE)[-1].startswith("More than one thing waits")
    assert to(town, BEA) == []


def test_a_forwarded_yes_is_not_the_owners(town: House) -> None:
    forwards(town, HELLO, {"text": "It waits for you."})
    forwards(town, {"text": "I see."}, words="yes")
    assert (to(town, BEA), state(town)) == ([], "waiting")


def test_a_yes_of_staff_is_nothing(town: House) -> None:
    says(town, "Good morning", {"text": "Good morning!"})
    forwards(town, HELLO, {"text": "The owner is asked."}, sender=BOB)
    says(town, "yes", {"text": "The owner must say so."}, sender=BOB)
    assert (to(town, BEA), state(town)) == ([], "waiting")


# --- Elsewhere -------------------------------------------------------------------------------------------------------


def test_on_telegram_the_buttons_do_the_same(town: House) -> None:
    town.connect_telegram()
    town.script(HELLO, {"text": "It waits."})
    origin = {"type": "hidden_user", "date": 1, "sender_user_name": "Zed"}
    town.telegrams("Write to Bea", forward_origin=origin)
    works(town)
    asked = [each["body"] for each in town.telegram.calls(containing="/sendMessage") if "reply_markup" in each["body"]]
    keyboard = asked[-1]["reply_markup"]
    rows = (json.loads(keyboard) if isinstance(keyboard, str) else keyboard)["inline_keyboard"]
    (allow,) = [button for row in rows for button in row if button["text"] == "Allow"]
    chat = {"id": int(ALICE_ON_TELEGRAM), "type": "private", "first_name": "Alice"}
    bot = {"id": int(town.accounts["telegram"].external_id), "is_bot": True, "first_name": "B"}
    under = {
        "message_id": 9,
        "date": 1,
        "chat": chat,
        "from": bot,
        "text": "?",
        "reply_markup": {"inline_keyboard": rows},
    }
    person = {"id": int(ALICE_ON_TELEGRAM), "first_name": "Alice", "is_bot": False}
    query = {"id": "99", "from": person, "message": under, "chat_instance": "1", "data": allow["callback_data"]}
    town.script({"text": "Bea has it."})
    assert town.post_telegram({"update_id": 99_001, "callback_query": query}).status_code == 200
    works(town)
    assert len(to(town, BEA)) == 1
    assert "Allowed. I do it now." in town.sent_by_telegram()
    wait_for(lambda: town.telegram.calls(containing="/answerCallbackQuery"))


def test_what_was_asked_and_tapped_is_no_part_of_the_talk(town: House) -> None:
    forwards(town, HELLO, {"text": "It waits."})
    taps(town, "Don't")
    with tenant_scope(town.tenant):
        kinds = list(Message.objects.exclude(text="Hello").order_by("stored_at").values_list("kind", flat=True))
    assert kinds == ["text", "command_answer", "text", "command", "declined", "command_answer"]


def test_what_was_forgotten_is_no_longer_to_be_done(town: House) -> None:
    forwards(town, HELLO, {"text": "It waits."})
    says(town, "/new")
    says(town, "Write to Bea", call("send_message", to="Bea", text="One", in_quiet_hours=True), {"text": "It waits."})
    says(town, "Forget the door", call("forget", references=[], words=["And the door?"]), {"text": "Done."})
    with tenant_scope(town.tenant):
        assert {(row.state, str(row.arguments)) for row in Confirmation.objects.all()} == {("expired", "{}")}


def test_the_question_is_in_the_owners_language(town: House) -> None:
    with tenant_scope(town.tenant):
        Contact.objects.filter(role="owner").update(language="es")
    forwards(town, HELLO, {"text": "Espera tu permiso."})
    assert list(buttons(menus(town)[0])) == ["Permitir", "No"]
    taps(town, "Permitir", {"text": "Listo."})
    assert "✓ Enviado a Bea" in to(town, ALICE)[-1]
