"""What stands of messages: as they were last changed, and without those that were taken back."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from messaging.kinds import DELETION, EDIT
from messaging.models import Conversation, Message
from tenants_app.literals import Literal


def standing(conversation: Conversation, messages: Sequence[Message]) -> list[Message]:
    """Of these, oldest first, each once, in its place and with the words it has now, which are not saved.

    Inside the tenant's scope.
    """
    last = last_changes(conversation, messages)
    left: list[Message] = []
    told: set[tuple[str, str]] = set()
    for message in messages:
        seen = (message.direction, id_of(message))
        change = last.get(seen)
        if message.kind == DELETION or seen in told or (change is not None and is_gone(change)):
            continue
        if change is not None:
            message.text = change.text
        if seen[1]:
            told.add(seen)
        left.append(message)
    return left


def id_of(message: Message) -> str:
    """The service's id of what is seen in the chat: a change is seen as the message that was changed."""
    return message.reply_to if message.kind == EDIT and message.reply_to else message.external_id


def is_gone(change: Message) -> bool:
    return change.kind == DELETION or change.forgotten_at is not None


def last_changes(conversation: Conversation, messages: Sequence[Message]) -> dict[tuple[str, str], Message]:
    """What became of them, by direction and id. What was taken back stays so."""
    ids = {id_of(message) for message in messages} - {""}
    if not ids:
        return {}
    changes = Q(kind=Literal(EDIT)) | Q(kind=Literal(DELETION))
    rows = Message.objects.filter(changes, conversation=conversation, reply_to__in=ids).order_by("seq")
    last: dict[tuple[str, str], Message] = {}
    for row in rows.only("direction", "kind", "reply_to", "text", "forgotten_at"):
        before = last.get((row.direction, row.reply_to))
        if before is None or before.kind != DELETION:
            last[row.direction, row.reply_to] = row
    return last
