from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from messaging.channels import get_channel
from messaging.channels.base import Entry, Event, InboundMessage, MalformedBody, Sender, StatusUpdate, Unhandled
from messaging.tests.payloads import (
    as_meta_writes,
    meta_signature,
    whatsapp_body,
    whatsapp_change,
    whatsapp_message,
    whatsapp_status,
)

whatsapp = get_channel("whatsapp")
SECRET = "app secret ñ"


def entries(body: Any) -> list[Entry]:
    return list(whatsapp.parse(as_meta_writes(body)))


def event(**parts: Any) -> Event:
    ((entry),) = entries(whatsapp_body(whatsapp_change(**parts)))
    (only,) = entry.events
    return only


def message(kind: str = "text", **more: Any) -> InboundMessage:
    result = event(messages=[whatsapp_message(kind, **more)])
    assert isinstance(result, InboundMessage)
    return result


def status(state: str, **more: Any) -> StatusUpdate:
    result = event(statuses=[whatsapp_status(state, **more)])
    assert isinstance(result, StatusUpdate)
    return result


# Signatures


def test_it_accepts_what_meta_signed_with_emoji_and_accents() -> None:
    body = as_meta_writes(whatsapp_body(whatsapp_change(messages=[whatsapp_message()])))
    assert b"\\ud83d\\ude00" in body
    assert whatsapp.verify(body, {"x-hub-signature-256": meta_signature(body, SECRET)}, SECRET)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Signature-256": ""},
        {"X-Hub-Signature-256": "sha256="},
        {"X-Hub-Signature-256": meta_signature(b"{}", "another")},
        {"X-Hub-Signature-256": meta_signature(b"{} ", SECRET)},
        {"X-Hub-Signature-256": meta_signature(b"{}", SECRET).removeprefix("sha256=")},
        {"X-Hub-Signature-256": "sha256=ñ\udc80"},
    ],
)
def test_it_refuses_every_other_signature(headers: dict[str, str]) -> None:
    assert not whatsapp.verify(b"{}", headers, SECRET)


def test_an_empty_secret_verifies_nothing() -> None:
    assert not whatsapp.verify(b"{}", {"X-Hub-Signature-256": meta_signature(b"{}", "")}, "")


# Messages


def test_a_text_message() -> None:
    assert message() == InboundMessage(
        key="wamid.HBgL",
        message_id="wamid.HBgL",
        chat_id="34600111222",
        chat_kind="private",
        sender=Sender(address="34600111222", name="Ana Núñez", phone="34600111222"),
        sent_at=datetime(2025, 11, 22, 12, 20, tzinfo=UTC),
        kind="text",
        text="¡Hola, Ñandú! 😀",
    )


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("image", "image", "el menú 🍽"),
        ("video", "video", ""),
        ("document", "document", "factura"),
        ("audio", "audio", ""),
        ("sticker", "sticker", ""),
        ("location", "location", "Location: Plaza Mayor, Madrid (40.4155, -3.7074) https://example.com/plaza"),
        (
            "contacts",
            "contacts",
            "Contact: Ana Núñez, +34 600 111 222\nContact: Zoë Brändle, 4915112345678, zoe@example.com, Café Zoë",
        ),
        ("button_reply", "interactive", "Sí, gracias"),
        ("list_reply", "interactive", "Martes\na las 10"),
        ("button", "button", "Confirmar ✅"),
        ("order", "order", "Order:\n- 2 × PIZZA at 9.5 EUR\npara llevar"),
    ],
)
def test_every_kind_of_message_has_its_words(name: str, kind: str, text: str) -> None:
    result = message(name)
    assert (result.kind, result.text) == (kind, text)


def test_a_reply_and_a_forward() -> None:
    assert message(context={"from": "1555", "id": "wamid.Q"}).reply_to == "wamid.Q"
    assert message(context={"forwarded": True}).forwarded
    assert not message(context={}).forwarded


def test_text_is_made_storable() -> None:
    assert message(text={"body": "a\x00b\ud83dc😀"}).text == "abc😀"
    bad = whatsapp_change(
        messages=[whatsapp_message()], contacts=[{"profile": {"name": "A\x00\ud800"}, "wa_id": "34600111222"}]
    )
    ((entry),) = entries(whatsapp_body(bad))
    assert isinstance(entry.events[0], InboundMessage)
    assert entry.events[0].sender.name == "A"


# People


def sender(contacts: Any, **more: Any) -> Sender:
    node = {key: value for key, value in whatsapp_message(**more).items() if value is not None}
    result = event(messages=[node], contacts=contacts)
    assert isinstance(result, InboundMessage)
    assert result.chat_id == result.sender.address
    return result.sender


def test_a_user_id_is_the_address_and_the_phone_is_told() -> None:
    contact = {"profile": {"name": "Ana", "username": "ananu"}, "wa_id": "34600111222", "user_id": "ES.1349120"}
    expected = Sender(address="ES.1349120", name="Ana", username="ananu", phone="34600111222")
    assert sender([contact]) == expected
    assert sender([contact], from_user_id="ES.1349120") == expected


def test_a_person_without_a_phone_number() -> None:
    contact = {"profile": {"username": "ananu"}, "user_id": "ES.ENT.1349120"}
    assert sender([contact], sender=None, from_user_id="ES.ENT.1349120") == Sender(
        address="ES.ENT.1349120", username="ananu"
    )
    assert sender([contact], sender=None) == Sender(address="ES.ENT.1349120", username="ananu")


def test_another_persons_contact_lends_nothing() -> None:
    stranger = {"profile": {"name": "Bob"}, "wa_id": "15550001111", "user_id": "US.99"}
    assert sender([stranger]) == Sender(address="34600111222", phone="34600111222")
    assert sender([stranger, {"profile": {"name": "Ana"}, "wa_id": "34600111222"}]).name == "Ana"


@pytest.mark.parametrize("contacts", [None, [], {}, "x", [1], [{"profile": 3, "wa_id": "34600111222"}]])
def test_contacts_that_cannot_be_read_cost_only_the_name(contacts: Any) -> None:
    assert sender(contacts) == Sender(address="34600111222", phone="34600111222")


def test_a_message_from_nobody_is_unhandled() -> None:
    node = whatsapp_message(sender="not a number")
    assert event(messages=[node], contacts=[]) == Unhandled(reason="message has no sender")


# Statuses


@pytest.mark.parametrize(
    ("state", "expected"), [("sent", "sent"), ("delivered", "delivered"), ("read", "read"), ("played", "read")]
)
def test_statuses(state: str, expected: str) -> None:
    delivery = "0190c1de-7d5e-7000-8000-000000000001"
    assert status(state, biz_opaque_callback_data=delivery) == StatusUpdate(
        external_id="wamid.OUT",
        state=expected,  # type: ignore[arg-type]
        at=datetime(2025, 11, 22, 12, 20, 1, tzinfo=UTC),
        delivery_id=delivery,
    )


@pytest.mark.parametrize("echo", [None, 5, "", "not-a-uuid", "0190c1de", {"a": 1}])
def test_an_echo_that_is_no_delivery_id_is_ignored(echo: Any) -> None:
    assert status("sent", biz_opaque_callback_data=echo).delivery_id is None


@pytest.mark.parametrize(
    ("code", "unreachable", "window_closed"), [(131026, True, False), (131047, False, True), (131049, False, False)]
)
def test_a_failure_says_what_it_means(code: int, unreachable: bool, window_closed: bool) -> None:
    error = {"code": code, "title": "no", "message": "Message failed", "error_data": {"details": "to +34600111222"}}
    result = status("failed", errors=[error])
    assert (result.state, result.error_code) == ("failed", str(code))
    assert result.error_text == "Message failed (to …)"
    assert (result.unreachable, result.window_closed) == (unreachable, window_closed)


def test_an_unknown_status_is_unhandled() -> None:
    assert event(statuses=[whatsapp_status("pondered")]) == Unhandled(reason="status pondered")


# Batches


def test_a_batch_is_taken_apart_by_account_and_nothing_is_lost() -> None:
    body = whatsapp_body(
        whatsapp_change(messages=[whatsapp_message(message_id="wamid.1"), whatsapp_message(message_id="wamid.2")]),
        whatsapp_change(number="2266", statuses=[whatsapp_status("sent"), whatsapp_status("read")]),
    )
    body["entry"] += whatsapp_body(whatsapp_change(number="3377", messages=[whatsapp_message("image")]), waba="8822")[
        "entry"
    ]
    parts = entries(body)
    assert [part.account_keys for part in parts] == [("1155",), ("2266",), ("3377",)]
    assert [len(part.events) for part in parts] == [2, 2, 1]
    assert [list(whatsapp.parse(part.raw)) for part in parts] == [
        [Entry(account_keys=part.account_keys, events=part.events, raw=part.raw)] for part in parts
    ]


def test_a_change_of_nothing_is_kept_alone() -> None:
    body = whatsapp_body(whatsapp_change(messages=[whatsapp_message()]))
    body["entry"][0]["changes"].append(None)
    whole, nothing = entries(body)
    assert nothing.events == (Unhandled(reason="change is not an object"),)
    assert b"messages" not in nothing.raw
    assert [part.events for part in whatsapp.parse(nothing.raw)] == [nothing.events]
    assert [part.events for part in whatsapp.parse(whole.raw)] == [whole.events]


def test_one_part_keeps_the_very_bytes() -> None:
    body = b' {"object":"whatsapp_business_account", "entry":[{"id":"9911","changes":[{"field":"x","value":1}]}]}\n'
    assert [part.raw for part in whatsapp.parse(body)] == [body]


@pytest.mark.parametrize(
    "bad",
    [
        7,
        None,
        {},
        whatsapp_message(timestamp="soon"),
        whatsapp_message(timestamp=-1),
        whatsapp_message(timestamp="99999999999999"),
        whatsapp_message(message_id=""),
        whatsapp_message(message_id="x" * 300),
        whatsapp_message(message_id="a\x00b"),
        whatsapp_message(text={"body": 3}),
        whatsapp_message(text="hola"),
        whatsapp_message(location=5, type="location"),
        whatsapp_message(contacts={"a": 1}, type="contacts"),
        whatsapp_message(interactive={}, type="interactive"),
        whatsapp_message(type=["text"]),
    ],
)
def test_a_bad_message_takes_no_other_with_it(bad: Any) -> None:
    (entry,) = entries(whatsapp_body(whatsapp_change(messages=[bad, whatsapp_message()], statuses=[whatsapp_status()])))
    kinds = [type(each) for each in entry.events]
    assert kinds == [Unhandled, InboundMessage, StatusUpdate]


@pytest.mark.parametrize(
    "bad", [5, None, [], "x", {"changes": 5}, {"changes": []}, {"id": {}, "changes": [5]}, {"id": "9911"}]
)
def test_a_bad_entry_takes_no_other_with_it(bad: Any) -> None:
    body = whatsapp_body(whatsapp_change(messages=[whatsapp_message()]))
    body["entry"].insert(0, bad)
    first, second = entries(body)
    assert isinstance(first.events[0], Unhandled)
    assert isinstance(second.events[0], InboundMessage)


@pytest.mark.parametrize("part", ["messages", "statuses", "errors"])
def test_a_part_that_is_no_list_takes_no_other_with_it(part: str) -> None:
    given: dict[str, Any] = {
        "messages": [whatsapp_message()],
        "statuses": [whatsapp_status()],
        "errors": [{"code": 1}],
        part: 5,
    }
    (entry,) = entries(whatsapp_body(whatsapp_change(**given)))
    assert len(entry.events) == 3
    assert Unhandled(reason=f"{part} is not a list") in entry.events


def test_what_another_product_of_meta_sends_is_kept() -> None:
    body = {**whatsapp_body(whatsapp_change(messages=[whatsapp_message()])), "object": "instagram"}
    assert entries(body)[0].events == (Unhandled(reason="object instagram"),)


def test_an_empty_change_and_errors_are_shown() -> None:
    assert event() == Unhandled(reason="empty change")
    assert event(errors=[{"code": 131000, "title": "Oops"}]) == Unhandled(reason="error 131000: Oops")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"\xff\xfe{}",
        b"[]",
        b"3",
        b"{}",
        b'{"entry":{}}',
        b'{"entry":[]}',
        b'{"entry":[NaN]}',
        b'{"entry":[1e999]}',
        b'{"entry":[' + b"1" * 5000 + b"]}",
        b"[" * 100_000,
        b'{"entry":' + b"[" * 100_000,
    ],
)
def test_what_nothing_can_be_made_of_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedBody):
        whatsapp.parse(body)
