"""What the assistant is to do without anybody having written: put into a conversation by code, as a turn of its own."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils import timezone

from messaging import work
from messaging.hints import publisher
from messaging.models import Conversation, Message, Turn, Work
from tenants_app.models import Contact

TASK = "task"  # the kind of such a message
CONFIRMED = "confirmed"  # the owner allowed a call, which its turn begins with
DECLINED = "declined"  # they did not
BY_NOBODY = (TASK, CONFIRMED, DECLINED)  # no person wrote them into the chat
ALONE = (TASK, CONFIRMED)  # each is a turn of its own


def assign(
    conversation: Conversation,
    contact: Contact,
    text: str,
    *,
    key: str,
    now: datetime,
    untrusted: bool = False,
    kind: str = TASK,
    wakes: bool = True,
) -> Message:
    """Have the assistant do what the text says, for the contact; its answer goes into the conversation.

    `key` tells it from all others of the account: a second one with it is refused by the database. `untrusted`: words
    that nobody of the business wrote had a part in it. Where it does not wake, it is told with what comes next. Inside
    the tenant's scope, the conversation's row locked.
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
        kind=kind,
        text=text,
        wakes=wakes,
        forwarded=untrusted,
        sent_at=now,
    )
    if wakes:
        work.schedule(conversation.tenant_id, conversation.pk, Work.Kind.TURN)
        hint(conversation)
    return message


def hint(conversation: Conversation) -> None:
    """Have a worker look once this has committed, unless one is on its way, or has the conversation and looks again."""
    free = Work.objects.filter(conversation=conversation, kind=Work.Kind.TURN, lease_until=None, hinted=False)
    if free.update(hinted=True):
        publish = partial(publisher.publish, timezone.now(), conversation.tenant_id, conversation.pk)
        transaction.on_commit(publish, robust=True)


def withdraw(message: Message, conversation: Conversation, reason: str, now: datetime) -> bool:
    """The assistant does not do it any more: it becomes a turn in which nothing happened. False where it is in one.

    Inside the tenant's scope, the conversation's row locked, so that no turn begins with it meanwhile.
    """
    if not Message.objects.filter(pk=message.pk, turn=None).exists():
        return False
    conversation.last_turn += 1
    conversation.save(update_fields=["last_turn"])
    turn = Turn.objects.create(
        tenant_id=conversation.tenant_id,
        conversation=conversation,
        number=conversation.last_turn,
        status=Turn.Status.SILENT,
        reason=reason,
        ownership=conversation.ownership,
        began_at=now,
        committed_at=now,
    )
    Message.objects.filter(pk=message.pk).update(turn=turn)
    return True
