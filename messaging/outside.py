"""Words that nobody of the business wrote. Where some have come into a session, what is remembered in it from then on
is marked as not verified, and nothing of it becomes identity or boundary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from messaging.kinds import COMMAND_ANSWER  # it may list what is known from others
from messaging.models import Attachment, Conversation, Delivery, Message, Session
from tenants_app.literals import Literal
from tooling.types import Step, ToolResultStep

OWN_VOICE = "voice"  # the kind of a file that only whoever sends it can have spoken; an "audio" may be anybody's


def has_come(session: Session, steps: Iterable[Step]) -> bool:
    """Whether they came into the session before the turn with these steps, with what it answers, or in it."""
    return session.tainted or any(isinstance(step, ToolResultStep) and step.from_outside for step in steps)


def come_with(conversation: Conversation, messages: Sequence[Message], files: Iterable[Attachment]) -> bool:
    """Whether what is put to Claude has some. `messages`: with the words that they quote. Inside the tenant's scope."""
    return any(map(are_in, messages)) or any(map(are_shown_in, files)) or are_quoted(conversation, messages)


def are_in(message: Message) -> bool:
    """Whether it was passed on, or said by somebody who is not of the team."""
    if message.forwarded or message.direction == Message.Direction.OUT:
        return message.forwarded
    return message.contact is None or not message.contact.is_trusted


def are_shown_in(file: Attachment) -> bool:
    """Whether Claude reads or sees something in it that the sender did not say themselves."""
    if not (file.text or file.view):
        return False
    return file.kind != OWN_VOICE or are_in(file.message)


def are_quoted(conversation: Conversation, messages: Iterable[Message]) -> bool:
    """Whether one of them answers such words: of somebody else, of us as we were told them, or of nobody knows whom."""
    wanted = {message.reply_to for message in messages if message.reply_to and message.quoted}
    if not wanted:
        return False
    rows = Message.objects.select_related("contact", "turn__session").defer("raw")
    said = rows.filter(conversation=conversation, external_id__in=wanted).exclude(external_id=Literal(""))
    known = {row.external_id: row for row in said}
    sent = Delivery.objects.filter(conversation=conversation, external_id__in=wanted).exclude(external_id=Literal(""))
    ours = dict(sent.values_list("external_id", "message"))
    answers = rows.in_bulk(list(ours.values()))
    known |= {external_id: answers[pk] for external_id, pk in ours.items()}
    return len(known) < len(wanted) or any(row.kind == COMMAND_ANSWER or are_repeated_in(row) for row in known.values())


def are_repeated_in(message: Message) -> bool:
    """Of what was said before: also where it is the assistant's, and may say again what it was told."""
    session = message.turn.session if message.turn is not None else None
    is_own = message.direction == Message.Direction.OUT and not message.author
    return are_in(message) or (is_own and session is not None and session.tainted)
