"""What holds of every event, whatever body it was read from."""

from __future__ import annotations

from messaging.channels import CHANNELS
from messaging.channels.base import (
    AccountNotice,
    AddressChange,
    ChatMigration,
    Echo,
    Entry,
    Event,
    InboundMessage,
    MalformedBody,
    Media,
    NumberChange,
    Preference,
    StatusUpdate,
    Unhandled,
)


def check(body: bytes) -> list[Entry]:
    """The body's entries by either channel, each event checked; what cannot be read raises MalformedBody only."""
    found: list[Entry] = []
    for channel in CHANNELS.values():
        try:
            parsed = channel.parse(body)
        except MalformedBody:
            continue
        assert parsed
        for entry in parsed:
            assert entry.events
            assert [each.events for each in channel.parse(entry.raw)] == [entry.events]
            assert all(0 < len(key) <= 255 and storable(key) for key in entry.account_keys)
            for event, piece in entry.bodies():
                check_event(event)
                if entry.pieces and not isinstance(event, Unhandled):
                    assert [again.events for again in channel.parse(piece)] == [(event,)]
        found += parsed
    return found


def check_event(event: Event) -> None:
    match event:
        case InboundMessage():
            check_message(event)
        case Echo():
            check_ids(event.key, event.message_id, event.chat_id)
            check_strings(event.text, event.reply_to or "", event.phone)
            check_media(event.media)
            assert event.sent_at.utcoffset() is not None
        case StatusUpdate():
            check_ids(event.external_id)
            check_strings(event.error_text, event.error_code)
        case NumberChange():
            check_ids(event.address, event.new_address)
            assert (event.address, event.phone) != (event.new_address, event.new_phone)
        case ChatMigration():
            check_ids(event.chat_id, event.new_chat_id)
        case Preference():
            check_ids(event.address, event.category)
        case AddressChange():
            check_ids(event.address)
        case AccountNotice():
            assert 0 < len(event.summary) <= 300
            assert "\n" not in event.summary
            check_strings(event.summary)
        case Unhandled():
            assert 0 < len(event.reason) <= 200
            check_strings(event.reason)


def check_message(event: InboundMessage) -> None:
    person = event.sender
    check_ids(event.key, event.message_id, event.chat_id, person.address)
    bounded = (event.reply_to or "", person.name, person.username, event.reply_to_sender, event.choice_token)
    assert all(len(value) <= 255 for value in bounded)
    check_strings(event.text, event.quoted, event.choice, *bounded, *event.mentions)
    assert len(event.quoted) <= 1000
    assert len(event.choice) <= 200
    assert len(event.kind) <= 30
    assert event.sent_at.utcoffset() is not None
    if event.kind in ("reaction", "edit", "deletion"):
        assert event.reply_to
    check_media(event.media)


def check_media(media: object) -> None:
    assert isinstance(media, tuple)
    for file in media:
        assert isinstance(file, Media)
        assert 0 < len(file.file_id) <= 500
        assert max(len(file.mime), len(file.name)) <= 255
        assert file.size is None or 0 <= file.size < 2**63
        check_strings(file.file_id, file.mime, file.name)


def check_ids(*ids: str) -> None:
    assert all(0 < len(value) <= 255 for value in ids)
    check_strings(*ids)


def check_strings(*strings: str) -> None:
    assert all(isinstance(text, str) and storable(text) for text in strings)


def storable(text: str) -> bool:
    return "\x00" not in text and text.encode("utf-8", "ignore").decode() == text
