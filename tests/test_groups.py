"""Groups on Telegram: the assistant answers who speaks to it, and hears the others."""

from __future__ import annotations

import itertools
import time
from typing import Any

import pytest

from messaging.models import ChannelAccount, Message, Participant, Turn
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope
from tests.house import ALICE_ON_TELEGRAM, House

GROUP = {"id": -100200300, "type": "supergroup", "title": "Equipo ñ 🙂"}
CHARLIE = "700003"
DORA = "700004"
numbers = itertools.count(5000)


@pytest.fixture
def bot(house: House) -> House:
    house.connect_telegram()
    house.link("telegram", DORA, Contact.Role.STAFF, "Dora")
    alice = {"id": int(ALICE_ON_TELEGRAM), "first_name": "Alice"}
    house.telegram.post("inbound", account=house.bot_token, **{"from": alice}, chat=GROUP, type="text", text="hello")
    return house


def writes(house: House, text: str, sender: str = ALICE_ON_TELEGRAM, **more: Any) -> None:
    number = next(numbers)
    message = {
        "message_id": number,
        "date": int(time.time()),
        "chat": GROUP,
        "from": {"id": int(sender), "first_name": {CHARLIE: "Charlie"}.get(sender, "Alice"), "is_bot": False},
        "text": text,
        **more,
    }
    assert house.post_telegram({"update_id": number, "message": message}).status_code == 200


def command(text: str) -> dict[str, Any]:
    return {"entities": [{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}]}


def said_by(house: House, user_id: int, **more: Any) -> dict[str, Any]:
    """To be answered."""
    author = {"id": user_id, "first_name": "Bot", "is_bot": True, **more}
    return {"reply_to_message": {"message_id": 7, "date": 1, "chat": GROUP, "from": author, "text": "What is up?"}}


def bot_id(house: House) -> int:
    return int(house.accounts["telegram"].external_id)


def name(house: House) -> str:
    return f"@{house.accounts['telegram'].address}"


def newest_words(house: House) -> list[str]:
    call = house.anthropic.calls(containing="/v1/messages")[-1]["body"]
    return [block["text"] for block in call["messages"][-1]["content"][1:]]


def sent(house: House) -> list[str]:
    calls = house.telegram.calls(containing="/sendMessage")
    return [call["body"]["text"] for call in calls if call["path"].endswith("/sendMessage")]


# --- When it answers -------------------------------------------------------------------------------------------------


def test_what_people_say_to_each_other_asks_for_no_answer(bot: House) -> None:
    writes(bot, "Who brings the cake?")
    writes(bot, "hello @somebody_else", entities=[{"type": "mention", "offset": 6, "length": 14}])
    writes(bot, "I do", **said_by(bot, 4711, username="other_bot"))
    writes(bot, "/help@other_bot", **command("/help@other_bot"))
    bot.work()
    assert sent(bot) == []
    with tenant_scope(bot.tenant):
        assert list(Message.objects.order_by("seq").values_list("wakes", flat=True)) == [False] * 4
        assert not Turn.objects.exists()


def test_who_names_it_is_answered_with_what_was_said_before(bot: House) -> None:
    bot.script({"text": "Alice does"})
    writes(bot, "I bring the cake")
    writes(bot, **{**bot.mentioned("who brings it?"), "sender": DORA})
    bot.work()
    assert sent(bot) == ["Alice does"]
    assert newest_words(bot) == ["Alice: I bring the cake", f"Dora: {name(bot)} who brings it?"]


def test_its_name_is_known_in_any_case(bot: House) -> None:
    bot.script({"text": "Yes?"})
    text = f"{name(bot).upper()} hello"
    writes(bot, text, entities=[{"type": "mention", "offset": 0, "length": len(name(bot))}])
    bot.work()
    assert sent(bot) == ["Yes?"]


def test_who_answers_it_is_answered(bot: House) -> None:
    bot.script({"text": "Fine"})
    writes(bot, "Not much", **said_by(bot, bot_id(bot), username=name(bot)[1:]))
    bot.work()
    assert sent(bot) == ["Fine"]


def test_who_presses_its_button_is_answered(bot: House) -> None:
    bot.script({"text": "Noted"})
    under = {"message_id": 9, "date": int(time.time()), "chat": GROUP, "text": "Which?"}
    markup = {"inline_keyboard": [[{"text": "Sábado 🙂", "callback_data": "sat"}]]}
    query = {
        "id": "99",
        "from": {"id": int(ALICE_ON_TELEGRAM), "first_name": "Alice", "is_bot": False},
        "message": {**under, "from": {"id": bot_id(bot), "is_bot": True, "first_name": "B"}, "reply_markup": markup},
        "chat_instance": "1",
        "data": "sat",
    }
    assert bot.post_telegram({"update_id": next(numbers), "callback_query": query}).status_code == 200
    bot.work()
    assert sent(bot) == ["Noted"]


def test_of_very_much_that_was_overheard_only_the_newest_is_told(bot: House) -> None:
    bot.script({"text": "Busy here"})
    for number in range(60):
        writes(bot, f"chatter {number}")
    writes(bot, **bot.mentioned("sum it up"))
    bot.work()
    words = newest_words(bot)
    assert (len(words), words[0]) == (51, "chatter 10")
    with tenant_scope(bot.tenant):
        assert not Message.objects.filter(turn=None).exists(), "each belongs to a turn"


# --- Commands --------------------------------------------------------------------------------------------------------


def test_a_command_is_answered_with_or_without_the_name(bot: House) -> None:
    for text in ("/help", f"/help{name(bot)}", f"/HELP{name(bot).upper()}"):
        writes(bot, text, **command(text))
        bot.work()
    assert len(sent(bot)) == 3
    assert all("I'm the assistant of Acme" in text for text in sent(bot))
    with tenant_scope(bot.tenant):
        assert list(Message.objects.filter(direction="in").order_by("seq").values_list("text", flat=True)) == [
            "/help",
            "/help",
            "/HELP",
        ]


def test_what_was_overheard_before_a_command_waits_for_claude(bot: House) -> None:
    bot.script({"text": "Cake"})
    writes(bot, "cake or pie?")
    writes(bot, "/help", **command("/help"))
    bot.work()
    assert len(sent(bot)) == 1
    assert bot.anthropic.calls(containing="/v1/messages") == []
    writes(bot, **bot.mentioned("what do you say?"))
    bot.work()
    assert newest_words(bot)[0] == "cake or pie?"


def test_a_stranger_in_the_group_takes_the_owners_rights_from_commands(bot: House) -> None:
    writes(bot, "hi all", CHARLIE)
    writes(bot, "/pause", **command("/pause"))
    bot.work()
    assert sent(bot) == ["I don't know that command. /help shows those that there are."]
    with tenant_scope(bot.tenant):
        assert not Tenant.objects.get().is_paused
        assert Participant.objects.count() == 2


def test_money_and_links_stay_out_of_groups(bot: House) -> None:
    writes(bot, "/status", **command("/status"))
    writes(bot, "/invite", **command("/invite"))
    bot.work()
    status, invite = sent(bot)
    assert "Answering" in status
    assert "Spent" not in status
    assert invite == "Please write me that in a chat of our own."


# --- Strangers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("front_desk", [False, True])
def test_a_stranger_that_only_talks_does_not_silence_the_owner(bot: House, front_desk: bool) -> None:
    with tenant_scope(bot.tenant):
        ChannelAccount.objects.update(front_desk=front_desk)
    bot.script({"text": "At five"})
    writes(bot, "when do you close?", CHARLIE)
    writes(bot, **bot.mentioned("tell them"))
    bot.work()
    assert "At five" in sent(bot)[-1]
    call = bot.anthropic.calls(containing="/v1/messages")[-1]["body"]
    assert "fetch_url" not in {tool["name"] for tool in call["tools"]}
    assert newest_words(bot)[0] == "Charlie: when do you close?"


def test_a_stranger_that_names_it_gets_nothing_while_the_front_desk_is_off(bot: House) -> None:
    writes(bot, **{**bot.mentioned("hello"), "sender": CHARLIE})
    bot.work()
    assert sent(bot) == []
