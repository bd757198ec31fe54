"""What files are on the wire: forms, limits, what a service shows and what it only hands on, and what gets lost."""

from __future__ import annotations

import email
from collections.abc import Iterator
from typing import Any

import pytest

from messaging.channels import wire
from messaging.channels.base import FilePart, Sent
from messaging.channels.multipart import name_of
from messaging.channels.telegram import sending as telegram_sending
from messaging.channels.whatsapp import sending as whatsapp_sending
from messaging.tests.one_part import (
    DELIVERY,
    KINDS,
    TELEGRAM_SENT,
    TOKEN,
    UPLOADED,
    WHATSAPP_SENT,
    failure,
    refused,
    send,
)
from messaging.tests.scripted_service import Received, ScriptedService, Step, answer

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\xff\r\n--" * 20


@pytest.fixture
def service() -> Iterator[ScriptedService]:
    with ScriptedService() as running:
        yield running


def image(**changed: Any) -> FilePart:
    given = {"kind": "image", "content": PNG, "mime": "image/png", "name": "casa.png"}
    return FilePart(**{**given, "caption": "<b>mi</b> casa", "plain_caption": "mi casa", **changed})


def form(call: Received) -> dict[str, Any]:
    """The fields of a form, its file as (name, type, bytes)."""
    header = f"Content-Type: {call.headers['content-type']}\r\n\r\n".encode()
    fields: dict[str, Any] = {}
    for part in email.message_from_bytes(header + call.body).walk():
        if part.is_multipart():
            continue
        name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        assert isinstance(content, bytes)
        fields[str(name)] = (
            (part.get_filename(), part.get_content_type(), content) if part.get_filename() else content.decode()
        )
    return fields


def test_whatsapp_takes_the_file_first_and_then_the_message(service: ScriptedService) -> None:
    part = image(caption="*mi* casa")
    assert send(service, "whatsapp", part, UPLOADED, WHATSAPP_SENT, reply_to="wamid.Q").external_id == "wamid.A"
    upload, message = service.received
    assert (upload.method, upload.path) == ("POST", "/1155/media")
    assert upload.headers["authorization"] == f"Bearer {TOKEN}"
    assert form(upload) == {
        "messaging_product": "whatsapp",
        "type": "image/png",
        "file": ("casa.png", "image/png", PNG),
    }
    assert message.body == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "34600111222",
        "type": "image",
        "image": {"id": "7001", "caption": "*mi* casa"},
        "context": {"message_id": "wamid.Q"},
        "biz_opaque_callback_data": DELIVERY,
    }


@pytest.mark.parametrize(
    ("changed", "mime"),
    [
        ({"kind": "document", "mime": "application/pdf", "name": "menú.pdf"}, "application/pdf"),
        ({"kind": "document", "name": "casa.png"}, "image/png"),
        ({"mime": "image/gif", "name": "a.gif"}, "image/gif"),
        ({"kind": "document", "mime": "text/csv", "name": "../../citas.csv"}, "text/plain"),
        ({"kind": "document", "mime": "application/json", "name": "citas.json"}, "text/plain"),
    ],
)
def test_whatsapp_sends_as_a_document_what_it_does_not_show_as_an_image(
    service: ScriptedService, changed: dict[str, Any], mime: str
) -> None:
    send(service, "whatsapp", image(**changed, caption=""), UPLOADED, WHATSAPP_SENT)
    upload, message = service.received
    assert form(upload)["type"] == mime
    name = changed["name"].rpartition("/")[2]
    assert (message.body["type"], message.body["document"]) == ("document", {"id": "7001", "filename": name})


def test_whatsapp_sends_a_large_image_as_a_document(service: ScriptedService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whatsapp_sending, "LARGEST_IMAGE", len(PNG) - 1)
    send(service, "whatsapp", image(), UPLOADED, WHATSAPP_SENT)
    assert service.received[1].body["type"] == "document"


def test_telegram_sends_an_image_as_a_photo(service: ScriptedService) -> None:
    send(service, "telegram", image(), TELEGRAM_SENT, reply_to="9")
    (call,) = service.received
    assert call.path == f"/bot{TOKEN}/sendPhoto"
    assert form(call) == {
        "chat_id": "34600111222",
        "caption": "<b>mi</b> casa",
        "parse_mode": "HTML",
        "reply_parameters": '{"message_id": 9, "allow_sending_without_reply": true}',
        "photo": ("casa.png", "image/png", PNG),
    }


def test_telegram_sends_anything_else_as_a_document(service: ScriptedService, monkeypatch: pytest.MonkeyPatch) -> None:
    send(service, "telegram", image(kind="document", caption="", plain_caption=""), TELEGRAM_SENT)
    send(service, "telegram", image(mime="image/svg+xml"), TELEGRAM_SENT)
    monkeypatch.setattr(telegram_sending, "LARGEST_PHOTO", len(PNG) - 1)
    send(service, "telegram", image(), TELEGRAM_SENT)
    assert [call.path.rpartition("/")[2] for call in service.received] == ["sendDocument"] * 3
    assert form(service.received[0]) == {"chat_id": "34600111222", "document": ("casa.png", "image/png", PNG)}


def test_telegram_sends_a_caption_again_plain(service: ScriptedService) -> None:
    sent = send(service, "telegram", image(), refused("can't parse entities: x"), TELEGRAM_SENT)
    assert sent == Sent(external_id="77", sent_plain=True)
    second = form(service.received[1])
    assert (second["caption"], "parse_mode" in second, second["photo"][2]) == ("mi casa", False, PNG)


def test_telegram_sends_as_a_document_what_it_will_not_show_as_a_photo(service: ScriptedService) -> None:
    steps = (refused("PHOTO_INVALID_DIMENSIONS"), refused("can't parse entities: x"), TELEGRAM_SENT)
    assert send(service, "telegram", image(), *steps).sent_plain
    assert [call.path.rpartition("/")[2] for call in service.received] == ["sendPhoto", "sendDocument", "sendDocument"]
    assert form(service.received[2])["caption"] == "mi casa"


def test_an_image_refused_as_a_document_too_is_refused_for_good(service: ScriptedService) -> None:
    error = failure(service, "telegram", image(), *[refused("IMAGE_PROCESS_FAILED")] * 2)
    assert (error.permanent, error.unreachable, len(service.received)) == (True, False, 2)


@pytest.mark.parametrize(("kind", "sending"), [("whatsapp", whatsapp_sending), ("telegram", telegram_sending)])
def test_a_file_that_is_too_large_is_not_sent_at_all(
    service: ScriptedService, kind: str, sending: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "LARGEST_DOCUMENT", len(PNG) - 1)
    error = failure(service, kind, image())
    assert (error.permanent, error.code, service.received) == (True, "too_large", [])


def test_a_lost_upload_is_tried_again_and_a_lost_message_is_in_doubt(service: ScriptedService) -> None:
    error = failure(service, "whatsapp", image(), Step(then="close"))
    assert (error.in_doubt, error.permanent) == (False, False)
    assert [call.path for call in service.received] == ["/1155/media"]
    assert failure(service, "whatsapp", image(), UPLOADED, Step(then="close")).in_doubt
    assert failure(service, "telegram", image(), Step(then="close")).in_doubt


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_did_not_go_up_whole_is_tried_again(service: ScriptedService, kind: str) -> None:
    error = failure(service, kind, image(kind="document", content=bytes(20 << 20)), Step(then="cut"))
    assert (error.in_doubt, error.permanent) == (False, False)


def test_a_file_that_goes_up_too_slowly_is_tried_again(
    service: ScriptedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "UPLOAD_SECONDS", -1.0)
    error = failure(service, "telegram", image(), Step(then="close"))
    assert (error.in_doubt, error.permanent) == (False, False)


def test_an_upload_without_an_id_is_tried_again(service: ScriptedService) -> None:
    error = failure(service, "whatsapp", image(), answer({"id": ""}))
    assert (error.in_doubt, error.permanent) == (False, False)


def test_a_large_file_arrives_byte_for_byte(service: ScriptedService) -> None:
    content = bytes(range(256)) * 4000  # many pieces, the last one not full
    send(service, "telegram", image(kind="document", content=content), TELEGRAM_SENT)
    assert form(service.received[0])["document"][2] == content


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("menú del día.pdf", "menú del día.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\docs\\a.pdf", "a.pdf"),
        ('a"\r\nX: y.pdf', 'a"X: y.pdf'),
        ("", "file"),
        ("..", "file"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_names_of_files(service: ScriptedService, given: str, shown: str) -> None:
    assert name_of(given) == shown
    send(service, "telegram", image(name=given), TELEGRAM_SENT)
    assert set(form(service.received[0])) == {"chat_id", "caption", "parse_mode", "photo"}


def test_a_type_that_is_none_writes_no_header(service: ScriptedService) -> None:
    send(service, "telegram", image(kind="document", mime="x\r\nX-Y: z"), TELEGRAM_SENT)
    assert form(service.received[0])["document"][1] == "application/octet-stream"
