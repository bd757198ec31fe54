"""Each thing that a person can do on Telegram."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from messaging.channels import get_channel
from messaging.channels.base import ChatMigration, Event, InboundMessage, Media, Sender, Unhandled
from messaging.channels.telegram.channel import ALLOWED_UPDATES
from messaging.tests.payloads import (
    ANA,
    BOT,
    GROUP,
    TELEGRAM_CONNECTED,
    telegram_choice,
    telegram_message,
    telegram_reaction,
    telegram_update,
)

telegram = get_channel("telegram")
NOW = datetime(2025, 11, 22, 12, 20, tzinfo=UTC)


def event(update: Any) -> Event:
    ((only,),) = (entry.events for entry in telegram.parse(json.dumps(update).encode()))
    return only


def read(update: Any) -> InboundMessage:
    result = event(update)
    assert isinstance(result, InboundMessage), result
    return result


def message(kind: str = "text", **more: Any) -> InboundMessage:
    return read(telegram_update(message=telegram_message(kind, **more)))


def edited(kind: str = "text", **more: Any) -> InboundMessage:
    return read(telegram_update(edited_message=telegram_message(kind, edit_date=1763814100, **more)))


# Files


@pytest.mark.parametrize(
    ("kind", "media"),
    [
        ("photo", Media(kind="image", file_id="L", mime="image/jpeg", size=90_000)),
        ("voice", Media(kind="voice", file_id="F", mime="audio/ogg", size=10)),
        ("audio", Media(kind="audio", file_id="F", mime="audio/mpeg", name="canción.mp3", size=10)),
        ("video", Media(kind="video", file_id="F", mime="video/quicktime", size=10)),
        ("video_note", Media(kind="video", file_id="F", mime="video/mp4", size=10)),
        ("animation", Media(kind="video", file_id="F", mime="video/mp4", name="¡sí!.mp4", size=10)),
        ("document", Media(kind="document", file_id="F", mime="application/pdf", name="año 2026.pdf", size=10)),
        ("sticker", Media(kind="sticker", file_id="F", mime="image/webp", size=10)),
    ],
)
def test_a_file_can_be_fetched_by_what_is_said_of_it(kind: str, media: Media) -> None:
    assert message(kind).media == (media,)


@pytest.mark.parametrize(
    ("more", "mime"), [({"is_animated": True}, "application/x-tgsticker"), ({"is_video": True}, "video/webm")]
)
def test_a_sticker_may_move(more: Any, mime: str) -> None:
    sticker = {**telegram_message("sticker")["sticker"], **more}
    assert message("sticker", sticker=sticker).media[0].mime == mime


@pytest.mark.parametrize("file_id", [None, "", 5.0, [], {}, "a\x00b", "x" * 501])
@pytest.mark.parametrize("kind", ["document", "voice", "sticker"])
def test_a_file_without_a_usable_id_is_unhandled(kind: str, file_id: Any) -> None:
    file = {**telegram_message(kind)[kind], "file_id": file_id}
    assert event(telegram_update(message=telegram_message(kind, **{kind: file}))) == Unhandled(
        reason=f"{kind}.file_id is not an id"
    )


def test_a_photo_without_sizes_is_unhandled() -> None:
    assert isinstance(event(telegram_update(message=telegram_message("photo", photo=[]))), Unhandled)
    assert isinstance(event(telegram_update(message=telegram_message("photo", photo=[{"file_id": "F"}]))), Unhandled)


@pytest.mark.parametrize(
    "beside", [{"reply_to_message": {"odd": 1}}, {"forward_origin": {"type": "user"}}, {"poll": {"question": "?"}}]
)
def test_something_unreadable_beside_a_file_does_not_cost_the_file(beside: Any) -> None:
    result = message("document", **beside)
    assert (result.kind, result.text, result.media[0].file_id) == ("document", "factura", "F")


# Replies and names


def test_a_reply_brings_the_words_that_it_answers() -> None:
    original = telegram_message(sender=BOT, message_id=7, text="¿Mañana a las 10? 🕙")
    result = message(text="Sí", reply_to_message=original)
    assert (result.reply_to, result.quoted) == ("7", "¿Mañana a las 10? 🕙")
    assert (result.replies_to_bot, result.reply_to_sender) == (True, "123456")
    result = message(reply_to_message=telegram_message("photo", message_id=7))
    assert (result.quoted, result.replies_to_bot, result.reply_to_sender) == ("el menú 🍽", False, "5001")


def test_a_reply_to_a_part_brings_that_part() -> None:
    quote = {"text": "a las 10", "position": 8, "is_manual": True}
    assert message(reply_to_message=telegram_message(message_id=7), quote=quote).quoted == "a las 10"


def test_a_reply_across_chats_has_words_and_no_message_here() -> None:
    origin = {"type": "user", "date": 1763814000, "sender_user": ANA}
    answered = {"origin": origin, "message_id": 99, "contact": {"phone_number": "+34600111222", "first_name": "Zoë"}}
    result = message(external_reply=answered)
    assert (result.reply_to, result.quoted) == (None, "Contact: Zoë +34600111222")
    quote = {"text": "el martes", "position": 0}
    assert message(external_reply={"origin": origin}, quote=quote).quoted == "el martes"


def test_what_is_quoted_is_bounded() -> None:
    assert message(reply_to_message=telegram_message(message_id=7, text="ñ" * 5000)).quoted == "ñ" * 1000
    assert message(quote={"text": "ñ" * 5000, "position": 0}).quoted == "ñ" * 1000


def test_a_reply_in_a_topic_to_its_beginning_quotes_nothing() -> None:
    begun = telegram_message(sender=BOT, chat=GROUP, message_id=3, text=None)
    begun["forum_topic_created"] = {"name": "T", "icon_color": 1}
    result = message(chat=GROUP, message_thread_id=3, is_topic_message=True, reply_to_message=begun)
    assert (result.reply_to, result.quoted, result.replies_to_bot, result.reply_to_sender) == (None, "", False, "")


@pytest.mark.parametrize(
    ("text", "entities", "names"),
    [
        ("😀 @Acme_Bot ¿qué?", [("mention", 3, 9)], ("acme_bot",)),
        ("/help@acme_bot", [("bot_command", 0, 14)], ("acme_bot",)),
        ("/help", [("bot_command", 0, 5)], ()),
        ("@a_b @acme_bot @A_b", [("mention", 0, 4), ("mention", 5, 9), ("mention", 15, 4)], ("a_b", "acme_bot")),
        ("me@acme_bot.example", [("email", 0, 19)], ()),
        ("@acme_bot", [("mention", 0, 4000)], ("acme_bot",)),
        ("@acme_bot", [("mention", -9, 9), ("mention", 5000, 1), ("hologram", 0, 9)], ()),
        ("@acme_bot", [], ()),
    ],
)
def test_who_is_named(text: str, entities: list[tuple[str, int, int]], names: tuple[str, ...]) -> None:
    nodes = [{"type": kind, "offset": offset, "length": length} for kind, offset, length in entities]
    assert message(chat=GROUP, text=text, entities=nodes).mentions == names
    assert message("document", chat=GROUP, caption=text, caption_entities=nodes).mentions == names


def test_who_is_named_without_a_username_is_not_lost() -> None:
    entity = {"type": "text_mention", "offset": 0, "length": 4, "user": BOT}
    assert message(chat=GROUP, text="Acme", entities=[entity]).mentions == ("acme_bot",)


def test_an_unreadable_entity_does_not_cost_the_others() -> None:
    entities = [{"type": "mention", "offset": 0, "length": 9}, {"type": "mention"}, 5]
    assert message(chat=GROUP, text="@acme_bot", entities=entities).mentions == ("acme_bot",)
    answered = {**telegram_message(sender=BOT, message_id=7), "poll": {"question": "?"}}
    assert message(chat=GROUP, text="Sí", reply_to_message=answered).replies_to_bot


def test_whether_a_group_means_us_is_left_to_the_caller() -> None:
    assert message(chat=GROUP, text="hola a todos").to_us


# What is done to another message


@pytest.mark.parametrize(
    ("kind", "text", "files"), [("text", "¡Hola, Ñandú! 😀", 0), ("photo", "el menú 🍽", 1), ("video_note", "", 1)]
)
def test_an_edit_is_the_message_as_it_is_now(kind: str, text: str, files: int) -> None:
    result = edited(kind)
    assert (result.kind, result.text, result.reply_to, result.wakes) == ("edit", text, "42", True)
    assert (result.key, result.message_id, len(result.media)) == ("900:5001:42:1763814100", "42", files)


def test_a_live_location_moves_in_silence() -> None:
    assert message("location").wakes
    assert not edited("location").wakes


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [([], ["👍"], "👍"), (["👍"], ["❤", "🔥"], "❤🔥"), (["👍"], [], ""), (["👍", "🔥"], ["🔥"], "🔥")],
)
def test_reactions_are_all_that_there_now_are(before: list[str], after: list[str], text: str) -> None:
    result = read(telegram_reaction(before, after))
    assert (result.kind, result.text, result.reply_to, result.wakes) == ("reaction", text, "42", False)
    assert (result.key, result.message_id) == ("900:5001:42:reaction:1763814000", "42")
    assert result.sender == Sender(address="5001", name="Ana Núñez", username="ananu", language="es")


@pytest.mark.parametrize(
    "kind", [{"type": "custom_emoji", "custom_emoji_id": "5"}, {"type": "paid"}, {"type": "hologram"}]
)
def test_a_reaction_that_is_no_emoji_takes_none_back(kind: Any) -> None:
    assert read(telegram_reaction([], [], new_reaction=[kind])).text


@pytest.mark.parametrize(
    "update",
    [
        telegram_reaction(["👍"], ["👍"]),
        telegram_reaction([], ["👍"], user=None, actor_chat=GROUP),
        telegram_reaction([], ["👍"], user={**ANA, "is_bot": True}),
        telegram_reaction([], ["👍"], chat={"id": -1, "type": "channel", "title": "x"}),
        telegram_reaction([], ["👍"], date=None),
        telegram_reaction([], ["👍"], new_reaction=None),
    ],
)
def test_reactions_of_nobody_are_unhandled(update: Any) -> None:
    assert isinstance(event(update), Unhandled)


# Buttons


def test_a_pressed_button() -> None:
    assert event(telegram_choice()) == InboundMessage(
        key="callback_query:4382bfdwdsb323b2d9",
        message_id="42",
        chat_id="5001",
        chat_kind="private",
        sender=Sender(address="5001", name="Ana Núñez", username="ananu", language="es"),
        sent_at=NOW,
        kind="button",
        text="Sí ✅",
        reply_to="42",
        choice="yes:1",
        choice_token="4382bfdwdsb323b2d9",
    )


@pytest.mark.parametrize(
    "shown",
    [
        {"message_id": 42, "chat": {"id": 5001, "type": "private"}, "date": 0},
        telegram_message(sender=BOT, reply_markup={"inline_keyboard": [[{"text": "x", "callback_data": "other"}]]}),
        telegram_message(sender=BOT, reply_markup={"inline_keyboard": 5}),
        telegram_message(sender=BOT, poll={"question": "newer than the library"}),
    ],
)
def test_a_button_that_is_no_longer_shown_still_counts(shown: Any) -> None:
    result = read(telegram_choice(message=shown))
    assert (result.text, result.choice, result.reply_to, result.chat_id) == ("yes:1", "yes:1", "42", "5001")


def test_a_button_in_a_group() -> None:
    result = read(telegram_choice(message=telegram_message(sender=BOT, chat=GROUP)))
    assert (result.chat_id, result.chat_kind, result.sender.address) == ("-100200", "group", "5001")


@pytest.mark.parametrize(
    "more",
    [
        {"data": None, "game_short_name": "chess"},
        {"data": ""},
        {"data": "\x00"},
        {"data": 5},
        {"id": None},
        {"id": "x" * 300},
        {"from": None},
        {"from": {**ANA, "is_bot": True}},
        {"message": {"message_id": 42, "chat": {"id": -1, "type": "channel"}, "date": 0}},
        {"message": 5},
    ],
)
def test_a_press_that_cannot_be_read_is_unhandled(more: Any) -> None:
    assert isinstance(event(telegram_choice(**more)), Unhandled)


# Groups, and what is not for us


def test_a_group_that_became_a_supergroup_has_another_id() -> None:
    old = {"id": -4012345, "type": "group", "title": "Equipo"}
    there = telegram_message(chat=old, text=None, migrate_to_chat_id=-100200)
    here = telegram_message(sender={**BOT, "id": 1087968824}, chat=GROUP, text=None, migrate_from_chat_id=-4012345)
    moved = ChatMigration(chat_id="-4012345", new_chat_id="-100200")
    assert event(telegram_update(message=there)) == event(telegram_update(message=here)) == moved


@pytest.mark.parametrize("kind", ["story", "game", "checklist", "invoice"])
def test_what_this_version_cannot_read_still_waits_for_a_word(kind: str) -> None:
    nodes: dict[str, Any] = {
        "story": {"id": 3, "chat": {"id": 5001, "type": "private"}},
        "game": {"title": "x", "description": "x", "photo": []},
        "checklist": {"title": "x", "tasks": []},
        "invoice": {"title": "x", "description": "x", "start_parameter": "x", "currency": "EUR", "total_amount": 1},
    }
    result = message(text=None, **{kind: nodes[kind]})
    assert (result.kind, result.text, result.wakes) == ("unsupported", "", True)


@pytest.mark.parametrize("service", [{"new_chat_members": [ANA]}, {"left_chat_member": ANA}, {"new_chat_title": "x"}])
def test_what_happens_in_a_group_is_nothing_that_was_said(service: Any) -> None:
    (name,) = service
    result = event(telegram_update(message=telegram_message(chat=GROUP, text=None, **service)))
    assert result == Unhandled(reason=f"message with {name}, text")


def test_a_channel_that_speaks_in_a_group_is_no_person() -> None:
    channel = {"id": -100300, "type": "channel", "title": "Noticias"}
    service_user = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
    spoken = telegram_message(sender=service_user, chat=GROUP, sender_chat=channel, is_automatic_forward=True)
    for beside in ({}, {"poll": {"question": "newer than the library"}}):
        result = event(telegram_update(message={**spoken, **beside}))
        assert result == Unhandled(reason="message that no person wrote in a chat")


@pytest.mark.parametrize("kind", TELEGRAM_CONNECTED)
def test_what_is_written_to_an_account_that_the_bot_is_connected_to_is_left_alone(kind: str) -> None:
    assert event(telegram_update(**{kind: TELEGRAM_CONNECTED[kind]})) == Unhandled(
        reason=f"{kind}: belongs to an account that the bot is connected to, and is not acted on"
    )


def test_telegram_is_asked_for_what_is_read_here() -> None:
    assert set(ALLOWED_UPDATES) == {
        *("message", "edited_message", "callback_query", "message_reaction", "my_chat_member"),
        "business_connection",
    }
