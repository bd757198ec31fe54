"""Reactions, quotes, links and typing: how an answer behaves in a chat, through both services."""

from __future__ import annotations

from dataclasses import replace

import pytest

from messaging.channels import get_channel
from messaging.models import Message, Turn
from tenants_app.scope import tenant_scope
from tests.house import House
from tests.test_answers import GROUP, asks, both, home, messages_to, states, the_turn, told, uses
from tests.webhook_door import does

__all__ = ["home"]


@both
def test_a_reaction_alone_is_an_answer(home: House, channel: str) -> None:
    theirs = asks(home, channel, "got the keys", uses("react", emoji="❤️"), {"content": []})
    (message,) = messages_to(home, channel)
    if channel == "whatsapp":
        assert message["reaction"] == {"message_id": theirs, "emoji": "❤️"}
    else:
        assert (message["method"], str(message["message_id"])) == ("setMessageReaction", theirs)
        assert message["reaction"] == [{"type": "emoji", "emoji": "❤"}]
    assert (the_turn(home).status, states(home)) == (Turn.Status.ANSWERED, ["sent"])
    with tenant_scope(home.tenant):
        assert Message.objects.get(direction="out").text == "[reacted with ❤️]"
    asks(home, channel, "and the bill?", {"text": "Paid."})
    assert the_turn(home).status == Turn.Status.ANSWERED


def test_an_emoji_that_telegram_does_not_take_is_told_to_claude(home: House) -> None:
    asks(home, "telegram", "sold!", uses("react", emoji="🏡"), {"text": "Congratulations!"})
    assert told(home)[0].startswith("Here a reaction is one of ")
    assert "🎉" in told(home)[0]
    assert home.sent_by_telegram() == ["Congratulations!"]
    assert states(home) == ["sent"]


@both
def test_words_are_no_reaction(home: House, channel: str) -> None:
    asks(home, channel, "sold!", uses("react", emoji="ok"), {"text": "Congratulations!"})
    assert told(home) == ["A reaction is one emoji."]


@both
def test_an_answer_quotes_the_message_that_it_answers(home: House, channel: str) -> None:
    first = asks(home, channel, "Is Elm  Street sold?", {"text": "I'll look."})
    asks(home, channel, "And Lake Road?", {"text": "That one too."})
    asks(home, channel, "well?", uses("reply_to", words="elm street"), {"text": "It is."})
    message = messages_to(home, channel)[-1]
    if channel == "whatsapp":
        assert message["context"] == {"message_id": first}
    else:
        assert message["reply_parameters"]["message_id"] == int(first)
    asks(home, channel, "and?", uses("reply_to", words="Oak Avenue"), {"text": "No idea."})
    assert told(home) == ["None of the newest messages contains these words; the answer quotes nothing."]
    last = messages_to(home, channel)[-1]
    assert "context" not in last
    assert "reply_parameters" not in last


def test_in_a_group_the_first_part_answers_who_asked(home: House) -> None:
    bot = f"sim_{home.bot_token.partition(':')[0]}_bot"
    home.script({"text": f"{'one ' * 900}\n\n{'two ' * 900}"}, {"text": "B"})
    asked = does(home, "telegram", "text", text=f"@{bot} what is new?", chat=GROUP)
    home.work()
    first, second = messages_to(home, "telegram")
    assert first["chat_id"] == GROUP["id"]
    assert first["reply_parameters"]["message_id"] == int(asked)
    assert "reply_parameters" not in second
    assert (first["text"][:3], second["text"][:3]) == ("one", "two")


@both
@pytest.mark.parametrize(
    ("text", "shown"),
    [("See https://a.example/x", True), ("See https://a.example/x or https://b.example/y", False), ("None", False)],
)
def test_a_link_is_shown_only_where_it_is_the_only_one(home: House, channel: str, text: str, shown: bool) -> None:
    asks(home, channel, "link?", {"text": text})
    (message,) = messages_to(home, channel)
    if channel == "whatsapp":
        assert message["text"]["preview_url"] is shown
    else:
        assert message["link_preview_options"] == {"is_disabled": not shown}


def test_formatting_that_telegram_refuses_goes_out_plain(home: House) -> None:
    refusal = {"kind": "error", "status": 400, "description": "Bad Request: can't parse entities"}
    home.telegram.post("faults", faults=[{**refusal, "match": {"method": "sendMessage"}}])
    asks(home, "telegram", "hi", {"text": "Hello **Alice** & co"})
    refused, plain = messages_to(home, "telegram")
    assert refused["text"] == "Hello <b>Alice</b> &amp; co"
    assert "parse_mode" not in plain
    assert plain["text"] == "Hello Alice & co"
    assert states(home) == ["sent"]


def test_typing_is_renewed_for_as_long_as_the_turn_takes(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """As over a turn that is longer than the 25 seconds for which WhatsApp shows it."""
    channel = get_channel("whatsapp")
    monkeypatch.setattr(channel, "capabilities", replace(channel.capabilities, typing_seconds=0.2))
    theirs = asks(home, "whatsapp", "take your time", {"text": "At last.", "delay": 1.5})
    calls = home.whatsapp.calls(containing="/messages")
    marks = [call["body"] for call in calls if call["body"].get("status") == "read"]
    assert len(marks) >= 3
    assert {mark["message_id"] for mark in marks} == {theirs}
    assert all(mark["typing_indicator"] == {"type": "text"} for mark in marks)
    assert home.sent() == ["At last."]
