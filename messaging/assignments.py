"""What the assistant is to do without anybody having written: put into a conversation by code, as a turn of its own."""

from __future__ import annotations

from datetime import datetime

from messaging import work
from messaging.models import Conversation, Message, Work
from tenants_app.models import Contact

TASK = "task"  # the kind of such a message


def assign(
    conversation: Conversation, contact: Contact, text: str, *, key: str, now: datetime, untrusted: bool = False
) -> Message:
    """Have the assistant do what the text says, for the contact; its answer goes into the conversation.

    `key` tells it from all others of the account: a second one with it is refused by the database. `untrusted`: words
    that nobody of the business wrote had a part in it. Inside the tenant's scope, the conversation's row locked.
    """
    conversation.last_seq += 1
    conversation.save(update_fields=["last_seq"])
    message = Message.objects.create(
        tenant_id=conversation.tenant_id,
        conversation=conversation,
        account_id=conversation.account_id,
        contact=contact,
        direction=Message.Direction.IN,
        seq=conversation.last_seq,
        key=key,
        kind=TASK,
        text=text,
        forwarded=untrusted,
        sent_at=now,
    )
    work.schedule(conversation.tenant_id, conversation.pk, Work.Kind.TURN)
    return message
