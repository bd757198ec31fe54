"""Files that people sent, as operators see them."""

from __future__ import annotations

import io
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

from messaging import media
from messaging.channels.base import Fetched
from messaging.models import Attachment, Conversation
from tenants_app.ids import new_id
from tenants_app.models import AuditEntry, Tenant
from tests.admin.rows import account_of, conversation_of, message_in


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 200), (60, 120, 200)).save(out, "PNG")
    return out.getvalue()


def came(conversation: Conversation, kind: str, content: bytes | None, text: str = "", **more: Any) -> Attachment:
    """A message with a file that was fetched, or, without content, is still to be."""
    message = message_in(conversation, None, text, kind=kind, key=str(new_id()))
    row = Attachment.objects.create(
        tenant_id=conversation.tenant_id, conversation=conversation, message=message, kind=kind, file_id="1", **more
    )
    if content is not None:
        Attachment.objects.filter(pk=row.pk).update(**media.kept(row, Fetched(content=content, mime="")))
    return Attachment.objects.get(pk=row.pk)


@pytest.fixture
def chat(acme: Tenant, admin_process: None, tmp_path: Path, settings: Any) -> Conversation:
    settings.MEDIA_ROOT = tmp_path / "media"
    return conversation_of(account_of(acme))


def test_a_conversation_shows_its_files(chat: Conversation, olivia: Client) -> None:
    photo = came(chat, "image", picture(), text="¿Qué te parece?")
    came(chat, "document", b"\0\1", name="plan.dwg")
    came(chat, "voice", None, attempts=2, error="WhatsApp could not be reached: Timeout")
    lost = came(chat, "image", None)
    Attachment.objects.filter(pk=lost.pk).update(state="lost", error="WhatsApp refused the file: 100")
    page = olivia.get(reverse("admin:messaging_conversation_change", args=[chat.pk])).content.decode()
    url = reverse("admin:messaging_attachment_file", args=[photo.pk])
    assert f'src="{url}?view"' in page
    assert "plan.dwg" in page
    assert "being fetched, tried 2×: WhatsApp could not be reached: Timeout" in page
    assert "lost: WhatsApp refused the file: 100" in page


def test_what_was_said_stands_with_the_recording(chat: Conversation, olivia: Client) -> None:
    note = came(chat, "voice", b"OggS", name="file_7")
    Attachment.objects.filter(pk=note.pk).update(text="¿Abren mañana? 🎤", error="")
    other = came(chat, "voice", b"OggS")
    Attachment.objects.filter(pk=other.pk).update(
        state="pending", attempts=2, error="the transcriber refused the recording: HTTP 503"
    )
    page = olivia.get(reverse("admin:messaging_conversation_change", args=[chat.pk])).content.decode()
    assert "“¿Abren mañana? 🎤” <em>written down by software</em>" in page
    assert "being written down, tried 2×: the transcriber refused the recording: HTTP 503" in page
    alone = olivia.get(reverse("admin:messaging_attachment_change", args=[note.pk])).content.decode()
    assert "¿Abren mañana? 🎤" in alone


def test_the_picture_is_shown_and_the_file_is_only_downloaded(chat: Conversation, olivia: Client) -> None:
    photo = came(chat, "image", picture())
    url = reverse("admin:messaging_attachment_file", args=[photo.pk])
    with closing(olivia.get(f"{url}?view")) as shown:
        assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")
        assert shown["Content-Disposition"].startswith("inline")
    with closing(olivia.get(url)) as kept:
        assert kept["Content-Type"] == "application/octet-stream"
        assert kept["Content-Disposition"].startswith("attachment")
        assert b"".join(kept.streaming_content) == picture()  # type: ignore[attr-defined]
    assert AuditEntry.objects.filter(action="attachment.downloaded").count() == 1


def test_a_page_that_somebody_sent_is_never_shown_as_one(chat: Conversation, olivia: Client) -> None:
    page = came(chat, "document", b"<html><script>alert(1)</script></html>", name="x.html")
    with closing(olivia.get(reverse("admin:messaging_attachment_file", args=[page.pk]) + "?view")) as answer:
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer["Content-Security-Policy"]


def test_nobody_without_the_right_gets_a_file(chat: Conversation, trainee: Client) -> None:
    photo = came(chat, "image", picture())
    url = reverse("admin:messaging_attachment_file", args=[photo.pk])
    assert trainee.get(url).status_code == 403
    assert Client().get(url).status_code == 302
