"""That people talk with an AI assistant: told to each customer once, by code, so that no answer can leave it out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Q

from messaging.channels import get_channel
from messaging.channels.base import TextPart
from messaging.language import language_for
from messaging.models import Conversation, Delivery, Message, Participant
from messaging.phrases import phrase
from tenants_app.models import Contact


def due(conversation: Conversation, contact: Contact, said: Sequence[Message], now: datetime) -> Sequence[TextPart]:
    """What goes before the first answer to a customer, in the language of what they said; nothing from then on.

    In the transaction of that answer.
    """
    if contact.is_trusted or not conversation.account.front_desk or contact.told_of_ai_at is not None:
        return ()
    if not Contact.objects.filter(pk=contact.pk, told_of_ai_at=None).update(told_of_ai_at=now):
        return ()  # in another of their chats, just now
    tenant = conversation.tenant
    words = phrase("introduction", language_for(contact, tenant, said), business=tenant.name)
    return get_channel(conversation.account.kind).render(words)


def unsaid(conversation: Conversation, withdrawn: Iterable[Delivery]) -> None:
    """These do not go out: whoever would have been told at the head of an answer has to be told with the next."""
    heads = {row.message.sent_at for row in withdrawn if row.seq == row.message.seq * 1000}
    if not heads:
        return
    there = Participant.objects.filter(conversation=conversation).values("contact")
    people = Contact.objects.filter(Q(pk=conversation.contact_id) | Q(pk__in=there))
    people.filter(told_of_ai_at__in=heads).update(told_of_ai_at=None)
