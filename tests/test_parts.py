"""What waits in the outbox: every kind of part comes out as it went in, and files only from their tenant's folder."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from messaging import outbox
from messaging.channels import get_channel
from messaging.channels.base import Choice, ChoicePart, FilePart, Part, ReactionPart, TextPart, TransportError
from messaging.models import Delivery, Message
from messaging.parts import captioned, part_of, payload_of, with_choices
from tenants_app.fields import exact_json
from tenants_app.scope import tenant_scope
from tests.house import House
from tests.test_outbox import change_delivery, only_delivery
from tests.test_races import answered_not_sent

TENANT = uuid.UUID(int=7)
PDF = b"%PDF-1.7 \x00\xff"
MENU = FilePart(
    kind="document",
    content=PDF,
    mime="application/pdf",
    name="menú.pdf",
    caption="*la* carta",
    plain_caption="la carta",
)
DAYS = [Choice(id="l", title="Lunes", description="por la tarde"), Choice(id="m", title="Martes")]


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def keep(tenant_id: uuid.UUID, content: bytes = PDF) -> str:
    return default_storage.save(f"tenants/{tenant_id}/sent/{uuid.uuid4()}.pdf", ContentFile(content))


@pytest.mark.parametrize(
    "part",
    [
        TextPart(text="<b>¡hola! 😀</b>", plain="¡hola! 😀"),
        ChoicePart(text="<b>¿Cuándo?</b>", plain="¿Cuándo?", choices=DAYS, button="Elige"),
        ReactionPart(emoji="👍"),
        ReactionPart(emoji=""),
        MENU,
    ],
)
def test_a_part_comes_out_as_it_went_in(part: Part) -> None:
    path = keep(TENANT) if isinstance(part, FilePart) else ""
    stored = json.loads(exact_json(payload_of(part, reply_to="wamid.Q", path=path)))
    assert part_of(stored, TENANT) == part
    assert stored["reply_to"] == "wamid.Q"
    assert {"text", "plain"} <= set(stored)


@pytest.mark.parametrize("payload", [{"text": "*hi*", "plain": "hi"}, {"text": "*hi*", "plain": "hi", "reply_to": "1"}])
def test_a_payload_from_before_there_were_kinds_is_a_text(payload: dict[str, str]) -> None:
    assert part_of(payload, TENANT) == TextPart(text="*hi*", plain="hi")
    assert payload_of(TextPart(text="*hi*", plain="hi"), reply_to=payload.get("reply_to", "")) == payload


def test_the_bytes_of_a_file_do_not_go_into_the_database() -> None:
    assert "content" not in json.dumps(payload_of(MENU, path="tenants/x"))
    with pytest.raises(ValueError, match="waits in the storage"):
        payload_of(MENU)


@pytest.mark.parametrize(
    "path", ["tenants/{other}/sent/a.pdf", "tenants/{own}/../{other}/sent/a.pdf", "a.pdf", "/a.pdf", ""]
)
def test_a_file_outside_of_the_tenants_folder_is_not_read(path: str) -> None:
    other = uuid.UUID(int=8)
    default_storage.save(f"tenants/{other}/sent/a.pdf", ContentFile(PDF))
    default_storage.save("a.pdf", ContentFile(PDF))
    payload = payload_of(MENU, path="x")
    payload["file"]["path"] = path.format(own=TENANT, other=other)
    with pytest.raises(TransportError) as caught:
        part_of(payload, TENANT)
    assert (caught.value.permanent, caught.value.code) == (True, "file_gone")


def test_a_file_goes_out_of_the_outbox(house: House) -> None:
    claim = answered_not_sent(house, "Hello")
    path = keep(house.tenant.pk)
    with tenant_scope(house.tenant):
        inbound = Message.objects.get(direction=Message.Direction.IN).external_id
    change_delivery(house, payload=payload_of(MENU, reply_to=inbound, path=path))
    outbox.drain(claim)
    (upload,) = house.whatsapp.calls(containing="/media")
    assert upload["body"]["file"] == {"name": "menú.pdf", "size": len(PDF), "type": "application/pdf"}
    message = house.whatsapp.calls(containing="/messages")[-1]["body"]
    delivery = only_delivery(house)
    assert (message["type"], message["document"]["filename"]) == ("document", "menú.pdf")
    assert message["document"]["caption"] == "*la* carta"
    assert message["context"] == {"message_id": inbound}
    assert message["biz_opaque_callback_data"] == str(delivery.pk)
    assert delivery.status == Delivery.Status.SENT


def test_a_file_that_is_gone_fails_by_itself(house: House) -> None:
    claim = answered_not_sent(house, "Hello")
    path = keep(house.tenant.pk)
    default_storage.delete(path)
    first = only_delivery(house)
    with tenant_scope(house.tenant):
        Delivery.objects.filter(pk=first.pk).update(payload=payload_of(MENU, path=path))
        Delivery.objects.create(
            tenant=house.tenant,
            conversation_id=first.conversation_id,
            message_id=first.message_id,
            seq=first.seq + 1,
            payload=payload_of(TextPart(text="next", plain="next")),
        )
    outbox.drain(claim)
    with tenant_scope(house.tenant):
        gone, after = Delivery.objects.order_by("seq")
    assert (gone.status, gone.error_code) == (Delivery.Status.FAILED, "file_gone")
    assert (after.status, house.sent()) == (Delivery.Status.SENT, ["next"])


@pytest.mark.parametrize("kind", ["whatsapp", "telegram"])
def test_a_caption_that_is_too_long_becomes_a_text(kind: str) -> None:
    channel, bare = get_channel(kind), FilePart(kind="document", content=PDF, mime="application/pdf", name="a.pdf")
    (under,) = captioned(channel, bare, "**la** carta")
    assert isinstance(under, FilePart)
    assert (under.caption, under.plain_caption) == (channel.render("**la** carta")[0].text, "la carta")
    assert captioned(channel, bare, "x" * 1024) == [
        FilePart(**{**vars(bare), "caption": "x" * 1024, "plain_caption": "x" * 1024})
    ]
    assert captioned(channel, bare, "x" * 1025) == [bare, TextPart(text="x" * 1025, plain="x" * 1025)]
    assert captioned(channel, bare, "") == [bare]


def test_telegram_counts_a_caption_in_units_of_two_bytes() -> None:
    bare = FilePart(kind="document", content=PDF, mime="application/pdf", name="a.pdf")
    assert len(captioned(get_channel("telegram"), bare, "😀" * 513)) == 2
    assert len(captioned(get_channel("whatsapp"), bare, "😀" * 513)) == 1


@pytest.mark.parametrize("kind", ["whatsapp", "telegram"])
def test_choices_stand_under_the_last_words(kind: str) -> None:
    channel = get_channel(kind)
    (only,) = with_choices(channel, "**¿Cuándo?**", DAYS, "Elige")
    words = channel.render("**¿Cuándo?**")[0]
    assert only == ChoicePart(text=words.text, plain=words.plain, choices=DAYS, button="Elige")
    first, last = with_choices(channel, "x" * 4000 + "\n\n" + "y" * 200, DAYS)
    assert isinstance(first, TextPart)
    assert isinstance(last, ChoicePart)
    assert last.plain == "y" * 200


@pytest.mark.parametrize("kind", ["whatsapp", "telegram"])
def test_choices_for_which_there_is_no_room_stand_by_themselves(kind: str) -> None:
    channel = get_channel(kind)
    text, offered = with_choices(channel, "x" * 4090, DAYS)
    assert text == TextPart(text="x" * 4090, plain="x" * 4090)
    assert offered == ChoicePart(text="", plain="", choices=DAYS)
    assert with_choices(channel, " ", DAYS) == [ChoicePart(text="", plain="", choices=DAYS)]
