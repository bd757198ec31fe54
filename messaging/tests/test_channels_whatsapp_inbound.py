"""Each thing that a person can do on WhatsApp, and what Meta says of them there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from messaging.channels import get_channel
from messaging.channels.base import Entry, Event, InboundMessage, Media, NumberChange, Unhandled
from messaging.tests.payloads import REFERRAL, as_meta_writes, whatsapp_body, whatsapp_change, whatsapp_message

whatsapp = get_channel("whatsapp")
NOW = datetime(2025, 11, 22, 12, 20, tzinfo=UTC)


def entry(change: Any) -> Entry:
    (only,) = whatsapp.parse(as_meta_writes(whatsapp_body(change)))
    return only


def event(kind: str = "text", **more: Any) -> Event:
    (only,) = entry(whatsapp_change(messages=[whatsapp_message(kind, **more)])).events
    return only


def message(kind: str = "text", **more: Any) -> InboundMessage:
    result = event(kind, **more)
    assert isinstance(result, InboundMessage), result
    return result


# Files


@pytest.mark.parametrize(
    ("name", "media"),
    [
        ("image", Media(kind="image", file_id="1754951608042154", mime="image/jpeg")),
        ("video", Media(kind="video", file_id="1", mime="video/mp4")),
        (
            "document",
            Media(kind="document", file_id="1", mime="application/pdf", name="Facturación – año 2026.pdf"),
        ),
        ("song", Media(kind="audio", file_id="1", mime="audio/mpeg")),
        ("audio", Media(kind="voice", file_id="1", mime="audio/ogg; codecs=opus")),
        ("sticker", Media(kind="sticker", file_id="1", mime="image/webp")),
    ],
)
def test_a_file_can_be_fetched_by_what_is_said_of_it(name: str, media: Media) -> None:
    assert message(name).media == (media,)


@pytest.mark.parametrize(("size", "told"), [(12, 12), ("12", None), (-1, None), (True, None), (2**70, None)])
def test_a_size_is_taken_where_it_is_one(size: Any, told: int | None) -> None:
    assert message(image={"id": "1", "file_size": size}).media == ()
    assert message("image", image={"id": "1", "file_size": size}).media[0].size == told


@pytest.mark.parametrize("file_id", [None, "", "  ", [], {}, True, "a\x00b", "\ud800", "x" * 501])
def test_a_file_without_a_usable_id_is_unhandled(file_id: Any) -> None:
    assert event("image", image={"id": file_id, "caption": "hola"}) == Unhandled(reason="image.id is not an id")


def test_a_file_that_meta_could_not_take_says_why() -> None:
    errors = [{"code": 131052, "title": "Media download error", "error_data": {"details": "of +34600111222"}}]
    assert event("image", image={}, errors=errors) == Unhandled(
        reason="image.id is not an id (error 131052: Media download error (of …))"
    )


# Choices


@pytest.mark.parametrize(
    ("name", "kind", "choice", "text"),
    [
        ("button_reply", "interactive", "yes", "Sí, gracias"),
        ("list_reply", "interactive", "r1", "Martes\na las 10"),
        ("button", "button", "CONFIRM", "Confirmar ✅"),
    ],
)
def test_what_was_chosen(name: str, kind: str, choice: str, text: str) -> None:
    result = message(name)
    assert (result.kind, result.choice, result.text, result.wakes) == (kind, choice, text, True)


def test_a_choice_without_content_says_what_meta_says() -> None:
    assert event("interactive_failed") == Unhandled(
        reason="interactive without content (error 131000: Something went wrong)"
    )


# What is done to another message


@pytest.mark.parametrize(
    ("name", "emoji"), [("reaction", "👍🏽"), ("reaction_removed", ""), ("reaction_removed_bare", "")]
)
def test_a_reaction_is_about_a_message_and_asks_for_nothing(name: str, emoji: str) -> None:
    result = message(name)
    assert (result.kind, result.text, result.reply_to, result.wakes) == ("reaction", emoji, "wamid.Q", False)
    assert result.key == result.message_id == "wamid.HBgL"


@pytest.mark.parametrize(
    "reaction",
    [None, {}, {"emoji": "👍"}, {"message_id": "wamid.Q", "emoji": 5}, {"message_id": "wamid.Q", "emoji": {}}],
)
def test_a_reaction_that_cannot_be_read_takes_none_back(reaction: Any) -> None:
    assert isinstance(event("reaction", reaction=reaction), Unhandled)


@pytest.mark.parametrize(("name", "text"), [("edit", "mejor mañana 🙏"), ("edit_caption", "menú nuevo")])
def test_an_edit_carries_the_new_words(name: str, text: str) -> None:
    result = message(name)
    assert (result.kind, result.text, result.reply_to, result.wakes) == ("edit", text, "wamid.Q", True)
    assert result.media == ()


def test_an_edit_carries_the_file_where_it_names_one() -> None:
    changed = {"type": "document", "document": {"id": "9", "mime_type": "text/plain", "filename": "lista.txt"}}
    result = message("edit", edit={"original_message_id": "wamid.Q", "message": changed})
    assert result.media == (Media(kind="document", file_id="9", mime="text/plain", name="lista.txt"),)


def test_an_edit_to_something_newer_waits_for_a_word() -> None:
    changed = {"type": "hologram", "hologram": {}}
    result = message("edit", edit={"original_message_id": "wamid.Q", "message": changed})
    assert (result.kind, result.reply_to, result.wakes) == ("unsupported", "wamid.Q", True)


@pytest.mark.parametrize(
    "edit",
    [
        {},
        {"original_message_id": "wamid.Q"},
        {"message": {"type": "text", "text": {"body": "x"}}},
        {"original_message_id": "wamid.Q", "message": {"type": "text", "text": {}}},
        {"original_message_id": "wamid.Q", "message": {"type": "image", "image": {"id": []}}},
    ],
)
def test_an_edit_that_cannot_be_read_is_unhandled(edit: Any) -> None:
    assert isinstance(event("edit", edit=edit), Unhandled)


def test_an_edit_of_an_edit_of_an_edit_is_not_followed() -> None:
    edit: Any = {"type": "text", "text": {"body": "x"}}
    for _ in range(200):
        edit = {"type": "edit", "edit": {"original_message_id": "wamid.Q", "message": edit}}
    assert message(**edit).kind == "unsupported"


def test_a_deletion_is_about_a_message_and_asks_for_nothing() -> None:
    result = message("revoke")
    assert (result.kind, result.text, result.reply_to, result.wakes) == ("deletion", "", "wamid.Q", False)


# What cannot be read, and what leads here


@pytest.mark.parametrize("name", ["unsupported", "unknown", "newer", "flow"])
def test_what_nobody_can_read_still_waits_for_a_word(name: str) -> None:
    result = message(name)
    assert (result.kind, result.text, result.media, result.wakes) == ("unsupported", "", (), True)
    assert result.sender.name == "Ana Núñez"


def test_what_nobody_can_read_from_nobody_says_what_meta_says() -> None:
    node = whatsapp_message("unsupported", sender="")
    (only,) = entry(whatsapp_change(messages=[node], contacts=[])).events
    assert only == Unhandled(
        reason="message has no sender (error 131051: Message type unknown (Message type is currently not supported.))"
    )


def test_an_ad_stands_in_front_of_what_it_led_to_say() -> None:
    assert message(referral=REFERRAL).text == (
        "Came from the ad: ¡Pizzas 2x1! 🍕 – Solo hoy – https://fb.me/3cr4Wqqkv\n¡Hola, Ñandú! 😀"
    )
    assert message("audio", referral={"source_type": "post", "headline": "x"}).text == "Came from the post: x"


@pytest.mark.parametrize("referral", [None, 5, [], {}, {"headline": 3}, {"headline": "\n \x00"}])
def test_an_ad_that_says_nothing_adds_nothing(referral: Any) -> None:
    assert message(referral=referral).text == "¡Hola, Ñandú! 😀"


# Who somebody is


def test_a_person_without_a_user_id_has_another_address_with_another_number() -> None:
    assert event("system") == NumberChange(
        address="34600111222", new_address="34600999888", new_phone="34600999888", phone="34600111222", at=NOW
    )


def test_older_payloads_name_the_new_number_otherwise() -> None:
    system = {"type": "user_changed_number", "new_wa_id": "34600999888", "body": "…"}
    assert event("system", system=system) == event("system")


def test_a_user_id_outlives_a_number() -> None:
    assert event("system", from_user_id="ES.111") == NumberChange(
        address="ES.111", new_address="ES.111", new_phone="34600999888", phone="34600111222", at=NOW
    )


def test_a_user_id_may_change_with_the_number() -> None:
    system = {"type": "user_changed_number", "wa_id": "34600999888", "user_id": "ES.222"}
    result = event("system", from_user_id="ES.111", system=system)
    assert isinstance(result, NumberChange)
    assert (result.address, result.new_address, result.new_phone) == ("ES.111", "ES.222", "34600999888")


@pytest.mark.parametrize(
    "more",
    [
        {"from_user_id": "ES.111"},
        {"system": {"type": "user_changed_user_id", "user_id": "ES.222", "previous_user_id": "ES.111"}},
        {},
    ],
)
def test_another_user_id_replaces_the_old_one(more: Any) -> None:
    assert event("system_user_id", **more) == NumberChange(
        address="ES.111", new_address="ES.222", phone="34600111222", at=NOW
    )


@pytest.mark.parametrize(
    "body",
    [
        "User x changed from ES.999 to ES.222 changed",
        "User from ES.999 to ES.222 changed from ES.111 to ES.333",
        "from ES.999 to ES.222\nES.333",
        "",
    ],
)
def test_a_name_that_looks_like_a_change_is_not_believed(body: str) -> None:
    system = {"type": "user_changed_user_id", "user_id": "ES.222", "body": body}
    result = event("system_user_id", system=system)
    assert isinstance(result, NumberChange)
    assert result.address == "34600111222"


@pytest.mark.parametrize(
    "system",
    [
        {"type": "user_changed_number"},
        {"type": "user_changed_number", "wa_id": "34600111222"},
        {"type": "user_changed_number", "wa_id": ["34600999888"]},
        {"type": "user_changed_user_id", "user_id": "not one"},
        {"type": "user_changed_user_id"},
    ],
)
def test_a_change_to_nothing_is_no_change(system: Any) -> None:
    assert event("system", system=system) == Unhandled(reason="system names no change of number")


def test_other_system_messages_are_shown() -> None:
    assert event("system_identity") == Unhandled(reason="system customer_identity_changed")
    assert event("system", system={"type": 5}) == Unhandled(reason="system missing")
