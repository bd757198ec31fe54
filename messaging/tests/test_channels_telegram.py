from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from messaging.channels import get_channel
from messaging.channels.base import AddressChange, Event, InboundMessage, MalformedBody, Sender, Unhandled
from messaging.tests.payloads import ANA, GROUP, PRIVATE, telegram_membership, telegram_message, telegram_update

telegram = get_channel("telegram")


def event(update: Any) -> Event:
    body = json.dumps(update).encode()
    (entry,) = telegram.parse(body)
    assert (entry.account_keys, entry.raw) == ((), body)
    (only,) = entry.events
    return only


def message(kind: str = "text", **more: Any) -> InboundMessage:
    result = event(telegram_update(message=telegram_message(kind, **more)))
    assert isinstance(result, InboundMessage), result
    return result


def reason(update: Any) -> str:
    result = event(update)
    assert isinstance(result, Unhandled), result
    return result.reason


@pytest.mark.parametrize("name", ["X-Telegram-Bot-Api-Secret-Token", "x-telegram-bot-api-secret-token"])
def test_it_accepts_the_secret_token(name: str) -> None:
    assert telegram.verify(b"{}", {name: "s3cret"}, "s3cret")


@pytest.mark.parametrize(
    "headers", [{}, {"X-Telegram-Bot-Api-Secret-Token": "other"}, {"X-Telegram-Bot-Api-Secret-Token": "ñ"}]
)
def test_it_refuses_every_other_token(headers: dict[str, str]) -> None:
    assert not telegram.verify(b"{}", headers, "s3cret")


def test_an_empty_secret_verifies_nothing() -> None:
    assert not telegram.verify(b"{}", {}, "")
    assert not telegram.verify(b"{}", {"X-Telegram-Bot-Api-Secret-Token": ""}, "")


def test_a_text_message() -> None:
    assert message() == InboundMessage(
        key="900:5001:42:",
        message_id="42",
        chat_id="5001",
        chat_kind="private",
        sender=Sender(address="5001", name="Ana Núñez", username="ananu", language="es"),
        sent_at=datetime(2025, 11, 22, 12, 20, tzinfo=UTC),
        kind="text",
        text="¡Hola, Ñandú! 😀",
    )


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("photo", "el menú 🍽"),
        ("voice", ""),
        ("audio", "canción"),
        ("video", ""),
        ("video_note", ""),
        ("animation", ""),
        ("document", "factura"),
        ("sticker", "👋"),
        ("location", "Location: 40.4155, -3.7074"),
        ("venue", "Location: Plaza Mayor, Madrid (40.4155, -3.7074)"),
        ("contact", "Contact: Ana Núñez +34600111222"),
        ("dice", "🎲 4"),
    ],
)
def test_every_kind_of_message_has_its_words(kind: str, text: str) -> None:
    result = message(kind)
    assert (result.kind, result.text) == (kind, text)


def test_a_start_command_keeps_its_payload() -> None:
    entities = [{"type": "bot_command", "offset": 0, "length": 6}]
    assert message(text="/start aB-9_x", entities=entities).text == "/start aB-9_x"


def test_a_message_in_a_group() -> None:
    result = message(chat=GROUP)
    assert (result.chat_id, result.chat_kind, result.sender.address) == ("-100200", "group", "5001")


def test_a_reply_and_a_forward() -> None:
    assert message(reply_to_message=telegram_message(message_id=7)).reply_to == "7"
    origin = {"type": "user", "date": 1763814000, "sender_user": ANA}
    assert message(forward_origin=origin).forwarded


def test_a_message_in_a_topic_is_no_reply_to_its_beginning() -> None:
    begun = {
        "message_id": 3,
        "from": ANA,
        "chat": GROUP,
        "date": 1,
        "forum_topic_created": {"name": "T", "icon_color": 1},
    }
    assert message(chat=GROUP, message_thread_id=3, is_topic_message=True, reply_to_message=begun).reply_to is None


def test_text_is_made_storable() -> None:
    assert message(text="a\x00b\ud83dc😀").text == "abc😀"
    assert message(sender={**ANA, "first_name": "A\x00", "last_name": "\ud800"}).sender.name == "A"


@pytest.mark.parametrize(
    ("status", "more", "reachable"),
    [
        ("kicked", {"until_date": 0}, False),
        ("left", {}, False),
        ("member", {}, True),
    ],
)
@pytest.mark.parametrize("chat", [PRIVATE, GROUP])
def test_a_person_blocks_and_comes_back(status: str, more: Any, reachable: bool, chat: Any) -> None:
    assert event(telegram_membership(status, chat, **more)) == AddressChange(
        address=str(chat["id"]), reachable=reachable
    )


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        (telegram_update(channel_post=telegram_message()), "update channel_post"),
        (telegram_update(hologram={"a": 1}), "update hologram"),
        (telegram_update(), "update without a kind"),
        (telegram_update(message=telegram_message(sender={**ANA, "is_bot": True})), "message from a bot"),
        (telegram_update(message=telegram_message(text=None, new_chat_title="x")), "message with new_chat_title, text"),
        (telegram_update(message=telegram_message(text=5)), "the text is not a string"),
        (telegram_membership("pondering"), "my_chat_member with an unknown status"),
    ],
)
def test_what_is_not_acted_on_is_named(update: Any, expected: str) -> None:
    assert reason(update) == expected


@pytest.mark.parametrize(
    "update",
    [
        {},
        {"message": {}},
        telegram_update(message=3),
        telegram_update(message=[]),
        telegram_update(message=telegram_message(date="x")),
        telegram_update(message=telegram_message(date=10**30)),
        telegram_update(message=telegram_message(date=10**11)),
        telegram_update(message=telegram_message(message_id="42")),
        telegram_update(message=telegram_message(message_id=True)),
        telegram_update(message=telegram_message(chat={"id": [], "type": "private"})),
        telegram_update(message=telegram_message(chat={"id": 1, "type": "pub"})),
        telegram_update(message=telegram_message(sender=None)),
        telegram_update(message=telegram_message(sender={**ANA, "id": "5"})),
        telegram_update(message=telegram_message("dice", dice={"emoji": "x", "value": "y"})),
        {**telegram_update(message=telegram_message()), "update_id": None},
    ],
)
def test_what_cannot_be_read_is_kept_and_never_raises(update: Any) -> None:
    assert reason(update)


def test_something_unreadable_beside_a_text_does_not_cost_the_text() -> None:
    assert message(poll={"question": "newer than the library"}).text == "¡Hola, Ñandú! 😀"
    assert message(reply_to_message={"odd": True}).text == "¡Hola, Ñandú! 😀"


def test_edits_of_one_message_have_keys_of_their_own() -> None:
    assert message(edit_date=1763814100).key == "900:5001:42:1763814100"


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b"3", b"null", b"\xff", b"[" * 100_000, b'{"a":NaN}'])
def test_what_nothing_can_be_made_of_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedBody):
        telegram.parse(body)
