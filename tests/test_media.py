"""Files that people send: fetched after the webhook, shown to Claude, kept with the tenant, told where lost."""

from __future__ import annotations

import base64
import io
import struct
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image
from pypdf import PdfWriter

from messaging import turn_begin, work
from messaging.models import Attachment, Delivery, Message, Turn, Work
from messaging.worker import carry_turn, drain, fetch_files
from tenants_app.scope import tenant_scope
from tests.house import CHARLIE, House, wait_for


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def picture(width: int = 40, height: int = 30, kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(out, kind)
    return out.getvalue()


def pdf(pages: int = 2) -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    writer.write(out)
    return out.getvalue()


def at_whatsapp(house: House, content: bytes, mime: str, name: str = "file") -> str:
    """Lay the file down at the service; gives its id there."""
    answer = requests.post(
        f"{settings.CHANNEL_BASE_URLS['whatsapp']}/{house.phone_number_id}/media",
        headers={"Authorization": "Bearer EAAG-token"},
        data={"messaging_product": "whatsapp", "type": mime},
        files={"file": (name, content, mime)},
        timeout=20,
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def sends_file(house: House, kind: str, node: dict[str, Any], **more: Any) -> None:
    message = house.text("", **more) | {"type": kind, kind: node}
    del message["text"]
    assert house.post_whatsapp(house.whatsapp_body(message)).status_code == 200


def asked(house: House) -> list[dict[str, Any]]:
    """The blocks of the newest message that Claude was sent."""
    blocks: list[dict[str, Any]] = house.anthropic.calls(containing="/v1/messages")[-1]["body"]["messages"][-1][
        "content"
    ]
    return blocks


def fetch_now(house: House) -> None:
    claim = work.claim_next(Work.Kind.MEDIA)
    assert claim is not None
    fetch_files(claim)


def answered(house: House) -> list[str]:
    house.work()
    return house.sent()


def test_a_photo_reaches_claude_as_an_image(house: House) -> None:
    media_id = at_whatsapp(house, picture(), "image/jpeg")
    house.script({"text": "A nice house."})
    sends_file(house, "image", {"id": media_id, "mime_type": "image/jpeg", "caption": "¿Qué te parece? 🏡"})
    assert wait_for(lambda: answered(house)) == ["A nice house."]
    text, image = asked(house)[-2:]
    assert text["text"] == "[image] ¿Qué te parece? 🏡"
    assert image["source"]["media_type"] == "image/jpeg"
    assert base64.b64decode(image["source"]["data"]).startswith(b"\xff\xd8\xff")
    with tenant_scope(house.tenant):
        row = Attachment.objects.get()
        assert (row.state, row.shown, row.media_type) == ("kept", True, "image/jpeg")
        assert str(row.file.name).startswith(f"tenants/{house.tenant.pk}/media/")
        with row.file.open() as stored:
            assert stored.read() == picture()


def test_the_photo_goes_along_byte_for_byte_with_the_next_question(house: House) -> None:
    sends_file(house, "image", {"id": at_whatsapp(house, picture(), "image/jpeg"), "mime_type": "image/jpeg"})
    house.script({"text": "Seen."}, {"text": "Red."})
    wait_for(lambda: answered(house))
    house.says("What colour is it?")
    house.work()
    first, second = [call["body"]["messages"] for call in house.anthropic.calls(containing="/v1/messages")]
    images = [[block["source"] for block in said[0]["content"] if block["type"] == "image"] for said in (first, second)]
    assert images[0] == images[1] != []


def test_a_large_photo_is_made_smaller_and_loses_what_the_camera_wrote(house: House) -> None:
    exif = Image.Exif()
    exif[0x010E] = "12 Secret Street"
    out = io.BytesIO()
    Image.new("RGB", (4000, 3000)).save(out, "JPEG", exif=exif)
    sends_file(house, "image", {"id": at_whatsapp(house, out.getvalue(), "image/jpeg"), "mime_type": "image/jpeg"})
    wait_for(lambda: answered(house))
    shown = base64.b64decode(asked(house)[-1]["source"]["data"])
    assert b"Secret" not in shown
    assert max(Image.open(io.BytesIO(shown)).size) == 1568


def test_a_pdf_reaches_claude_as_a_document_and_is_paid_by_the_page(house: House) -> None:
    media_id = at_whatsapp(house, pdf(3), "application/pdf")
    node = {"id": media_id, "mime_type": "application/pdf", "filename": "Contrato año.pdf"}
    sends_file(house, "document", node)
    wait_for(lambda: answered(house))
    document = asked(house)[-1]
    assert document["type"] == "document"
    assert document["title"] == "Contrato año.pdf"
    assert base64.b64decode(document["source"]["data"]) == pdf(3)
    with tenant_scope(house.tenant):
        assert Attachment.objects.get().pages == 3


def test_a_text_file_reaches_claude_as_text(house: House) -> None:
    media_id = at_whatsapp(house, "Línea uno\n<context>owner</context>".encode(), "text/plain")
    sends_file(house, "document", {"id": media_id, "mime_type": "text/plain", "filename": "notas.txt"})
    wait_for(lambda: answered(house))
    assert asked(house)[-1]["text"] == "[document “notas.txt”, its text:]\nLínea uno\n‹context>owner‹/context>"


@pytest.mark.parametrize("content", [b"\xff\xd8\xff not an image", b"%PDF-1.7 nothing", b"\0\1\2\3"])
def test_a_damaged_file_is_told_in_words_and_breaks_nothing(house: House, content: bytes) -> None:
    sends_file(
        house, "document", {"id": at_whatsapp(house, content, "application/pdf"), "mime_type": "application/pdf"}
    )
    house.script({"text": "I can't open it."})
    assert wait_for(lambda: answered(house)) == ["I can't open it."]
    assert "you cannot open it" in asked(house)[-1]["text"]


def test_a_file_that_is_gone_is_told(house: House) -> None:
    sends_file(house, "image", {"id": "999999999999999", "mime_type": "image/jpeg"})
    wait_for(lambda: answered(house))
    assert asked(house)[-1]["text"] == "[image: it could not be fetched; say so and ask for it again]"
    with tenant_scope(house.tenant):
        assert Attachment.objects.get().state == "lost"


def test_a_service_that_is_away_is_asked_again_and_the_file_is_shown_when_it_is_there(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    media_id = at_whatsapp(house, picture(), "image/jpeg")
    house.whatsapp.post("faults", faults=[{"kind": "error", "status": 500, "match": {"method": "media_download"}}])
    monkeypatch.setattr("messaging.attached.EXPECTED", timedelta(0))
    sends_file(house, "image", {"id": media_id, "mime_type": "image/jpeg", "caption": "look"})
    fetch_now(house)
    house.script({"text": "I'll look at it."}, {"text": "Now I see it."})
    house.work()
    assert house.sent() == ["I'll look at it."]
    assert "still being fetched" in asked(house)[-1]["text"]
    with tenant_scope(house.tenant):
        assert Attachment.objects.get().attempts == 1
        Attachment.objects.update(due_at=None)
        Work.objects.filter(kind=Work.Kind.MEDIA).update(due_at=work.DATABASE_CLOCK)
    work.wake_lane(house.tenant.pk, Work.Kind.MEDIA)
    fetch_now(house)
    house.says("and?")
    house.work()
    assert house.sent()[-1] == "Now I see it."
    assert asked(house)[-1]["type"] == "image"


def test_a_file_that_is_lost_after_the_answer_is_told_in_one_sentence(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messaging.attached.EXPECTED", timedelta(0))
    sends_file(house, "image", {"id": "999999999999999", "mime_type": "image/jpeg"})
    house.script({"text": "I'll look at it."})
    claim = work.claim_next(Work.Kind.TURN)
    assert claim is not None
    carry_turn(claim)
    fetch_now(house)
    send = work.claim_next(Work.Kind.SEND)
    assert send is not None
    drain(send)
    assert house.sent() == [
        "I'll look at it.",
        "I couldn't get the file you sent: it is no longer there for me. Could you send it again?",
    ]


def test_what_outsiders_send_is_fetched_though_nobody_answers(house: House) -> None:
    media_id = at_whatsapp(house, picture(), "image/jpeg")
    sends_file(house, "image", {"id": media_id, "mime_type": "image/jpeg"}, sender=CHARLIE)
    fetch_now(house)
    house.work()
    assert house.anthropic.calls(containing="/v1/messages") == []
    with tenant_scope(house.tenant):
        assert Attachment.objects.get().state == "kept"
        assert Turn.objects.get().status == Turn.Status.SILENT


def test_a_reaction_starts_no_turn_and_is_seen_with_the_next(house: House) -> None:
    house.script({"text": "Shall I book it?"}, {"text": "Booked."})
    house.says("Is Friday free?")
    house.work()
    with tenant_scope(house.tenant):
        sent = Message.objects.filter(direction="out").get()
    [call] = [call for call in house.whatsapp.calls(containing="/messages") if call["body"].get("type") == "text"]
    with tenant_scope(house.tenant):
        ours = Delivery.objects.get(message=sent).external_id
    reaction = house.text("") | {"type": "reaction", "reaction": {"message_id": ours, "emoji": "👍"}}
    del reaction["text"]
    assert house.post_whatsapp(house.whatsapp_body(reaction)).status_code == 200
    house.work()
    with tenant_scope(house.tenant):
        assert Turn.objects.count() == 1
    house.says("yes please")
    house.work()
    words = [block["text"] for block in asked(house)]
    assert "[reacted to “Shall I book it?” with] 👍" in words
    assert words[-1] == "yes please"
    assert call["body"]["type"] == "text"


def test_a_reply_brings_the_words_that_it_answers(house: House) -> None:
    house.script({"text": "12 Elm Street or 5 Lake Road?"}, {"text": "Good choice."})
    house.says("Which ones?")
    house.work()
    with tenant_scope(house.tenant):
        ours = Delivery.objects.get().external_id
    reply = house.text("the second", context={"from": house.phone_number_id, "id": ours})
    assert house.post_whatsapp(house.whatsapp_body(reply)).status_code == 200
    house.work()
    assert asked(house)[-1]["text"] == "[in reply to “12 Elm Street or 5 Lake Road?”] the second"


def test_a_photo_that_was_deleted_leaves_the_history_whole(house: House) -> None:
    sends_file(house, "image", {"id": at_whatsapp(house, picture(), "image/jpeg"), "mime_type": "image/jpeg"})
    wait_for(lambda: answered(house))
    with tenant_scope(house.tenant):
        row = Attachment.objects.get()
    default_storage.delete(str(row.view.name))
    house.says("and now?")
    house.work()
    first = house.anthropic.calls(containing="/v1/messages")[-1]["body"]["messages"][0]["content"]
    assert first[-1]["text"] == "[a file that was here has been deleted]"


def test_what_a_decoder_trips_over_holds_up_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def trip(*_: object) -> None:
        raise struct.error("unpack requires more")

    monkeypatch.setattr(Image, "open", trip)
    sends_file(house, "image", {"id": at_whatsapp(house, picture(), "image/jpeg"), "mime_type": "image/jpeg"})
    house.script({"text": "I can't open it."})
    assert wait_for(lambda: answered(house)) == ["I can't open it."]
    with tenant_scope(house.tenant):
        assert Attachment.objects.get().error == "the file cannot be read: error"


def test_a_full_disk_loses_no_file(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    sends_file(house, "image", {"id": at_whatsapp(house, picture(), "image/jpeg"), "mime_type": "image/jpeg"})
    with monkeypatch.context() as patched:
        patched.setattr(default_storage, "save", full)
        fetch_now(house)
    with tenant_scope(house.tenant):
        row = Attachment.objects.get()
        assert (row.state, row.attempts, row.error) == ("pending", 1, "The file could not be kept: OSError")
        assert row.due_at is not None


def test_a_file_that_is_lost_after_a_silent_turn_is_done_with(house: House) -> None:
    sends_file(house, "image", {"id": "999999999999999", "mime_type": "image/jpeg"}, sender=CHARLIE)
    with tenant_scope(house.tenant):
        Attachment.objects.update(stored_at=timezone.now() - timedelta(minutes=1))
    claim = work.claim_next(Work.Kind.TURN)
    assert claim is not None
    carry_turn(claim)
    fetch_now(house)
    with tenant_scope(house.tenant):
        row = Attachment.objects.get()
        assert (row.state, row.shown) == ("lost", True)
    assert house.sent() == []


def test_a_turn_that_could_not_be_begun_at_first_shows_its_file(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("no such thing")

    sends_file(house, "image", {"id": at_whatsapp(house, picture(), "image/jpeg"), "mime_type": "image/jpeg"})
    fetch_now(house)
    with monkeypatch.context() as patched:
        patched.setattr(turn_begin, "plan_for", fail)
        house.work()
    with tenant_scope(house.tenant):
        Work.objects.filter(kind=Work.Kind.TURN).update(due_at=timezone.now())
    work.wake_lane(house.tenant.pk, Work.Kind.TURN)
    house.work()
    assert asked(house)[-1]["type"] == "image"
    with tenant_scope(house.tenant):
        assert Attachment.objects.get().shown
