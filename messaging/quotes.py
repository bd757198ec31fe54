"""The words that a message answers or is about, found among what was said where the service sends none along."""

from __future__ import annotations

from collections.abc import Sequence

from messaging.models import Conversation, Delivery, Message
from tenants_app.literals import Literal

LONGEST = 500  # characters of a quote


def fill_in(conversation: Conversation, messages: Sequence[Message]) -> None:
    """Set `quoted` of those that lack it; unsaved. Inside the tenant's scope."""
    wanted = {message.reply_to for message in messages if message.reply_to and not message.quoted}
    if not wanted:
        return
    said = Message.objects.filter(conversation=conversation, external_id__in=wanted).exclude(external_id=Literal(""))
    texts = {
        row.external_id: "" if row.forgotten_at else row.text
        for row in said.only("external_id", "text", "forgotten_at")
    }
    missing = wanted - set(texts)
    if missing:
        sent = Delivery.objects.filter(
            conversation=conversation, external_id__in=missing, message__forgotten_at=None
        ).exclude(external_id=Literal(""))
        texts |= {row.external_id: str(row.payload.get("plain") or row.payload.get("text") or "") for row in sent}
    for message in messages:
        if message.reply_to and not message.quoted:
            message.quoted = texts.get(message.reply_to, "")[:LONGEST]
