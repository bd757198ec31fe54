"""The words that a message answers or is about, found among what was said where the service sends none along.

Of what was forgotten there are none, though the service may send them along.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet

from messaging.models import Conversation, Delivery, Message
from tenants_app.literals import Literal

LONGEST = 500  # characters of a quote


def fill_in(conversation: Conversation, messages: Sequence[Message]) -> None:
    """Set `quoted` of those that lack it, and take it from what answers something forgotten; unsaved. Inside the
    tenant's scope."""
    wanted = {message.reply_to for message in messages if message.reply_to}
    if not wanted:
        return
    said = Message.objects.filter(conversation=conversation, external_id__in=wanted).exclude(external_id=Literal(""))
    rows = list(said.only("external_id", "text", "forgotten_at"))
    texts = {row.external_id: row.text for row in rows}
    gone = {row.external_id for row in rows if row.forgotten_at}
    if missing := wanted - texts.keys():
        sent = Delivery.objects.filter(conversation=conversation, external_id__in=missing)
        for row in sent.exclude(external_id=Literal("")).select_related("message"):
            texts[row.external_id] = str(row.payload.get("plain") or row.payload.get("text") or "")
            gone |= {row.external_id} if row.message.forgotten_at else set()
    for message in messages:
        if message.reply_to in gone:
            message.quoted = ""
        elif message.reply_to and not message.quoted:
            message.quoted = texts.get(message.reply_to, "")[:LONGEST]


def take_back(forgotten: QuerySet[Message]) -> None:
    """Have nothing that answers these quote them any longer. Inside the tenant's scope."""
    ids: dict[UUID, set[str]] = {}
    said = forgotten.exclude(external_id="").values_list("conversation", "external_id")
    sent = Delivery.objects.filter(message__in=forgotten.values("pk")).exclude(external_id="")
    for conversation, external_id in [*said, *sent.values_list("conversation", "external_id")]:
        ids.setdefault(conversation, set()).add(external_id)
    for conversation, answered in ids.items():
        replies = Message.objects.filter(conversation=conversation, reply_to__in=answered)
        replies.exclude(quoted="").update(quoted="")
