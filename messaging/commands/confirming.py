"""The owner's tap on “Allow” or “Don't”, or their word for it."""

from __future__ import annotations

from django.utils import timezone

from messaging import confirmations
from messaging.assignments import CONFIRMED, DECLINED, assign
from messaging.commands.registry import NOBODY, Answer, Asked, command
from messaging.confirmations import KEY, PREFIX, State
from messaging.models import Confirmation, Conversation, Message
from messaging.phrases import phrase
from messaging.plain_words import clarity_of
from messaging.policy import Why
from tenants_app import audit
from tenants_app.models import Contact

NAME = "confirmation"
WHICH = "which"
NO_WORDS: dict[str, tuple[str, ...]] = {"en": (), "es": ()}
LATE = "confirm_late"


@command(
    NAME,
    about={"en": "What the owner allows", "es": "Lo que permite el propietario"},
    words=NO_WORDS,
    roles=NOBODY,
    private=True,
    menu=False,
)
def answer(asked: Asked) -> Answer:
    """It decides at once, in a transaction of its own: the call may belong to another conversation, whose row comes
    before this turn's work in the order of locks. Asked again after a crash, it finds what it decided."""
    if asked.contact.role != "owner":
        return Answer(text=phrase("confirm_not_yours", asked.language))
    if asked.words == WHICH:
        return Answer(text=phrase("confirm_which", asked.language))
    word, _, token = asked.words.removeprefix(PREFIX).partition(":")
    found = Confirmation.objects.filter(tenant=asked.tenant, token=token, asked_in=asked.conversation).first()
    if found is None or word not in ("yes", "no"):
        return Answer(text=phrase(LATE, asked.language))
    return Answer(text=phrase(decide(asked, found, allow=word == "yes"), asked.language))


def decide(asked: Asked, found: Confirmation, *, allow: bool) -> str:
    """The key of what they are told."""
    where = Conversation.objects.select_for_update(of=("self",)).get(pk=found.conversation_id)
    row = Confirmation.objects.select_related("contact").get(pk=found.pk)
    state = State.ALLOWED if allow else State.DECLINED
    if row.contact is not None and confirmations.settle(row, state, asked.contact):
        tell(where, row, asked, allow=allow)
        return "confirm_allowed" if allow else "confirm_declined"
    row.refresh_from_db()
    is_just_now = row.decided_at is not None and row.decided_at >= asked.turn.began_at
    if row.state in (State.ALLOWED, State.USED):
        return "confirm_allowed" if is_just_now and allow else "confirm_done"
    if row.state == State.DECLINED:
        return "confirm_declined"
    confirmations.void(Confirmation.objects.filter(pk=row.pk))
    return LATE


def tell(where: Conversation, row: Confirmation, asked: Asked, *, allow: bool) -> None:
    """Have the call made in its conversation, or say there that it was not wanted: at once to somebody else, to the
    owner with what comes next. The conversation's row is locked."""
    if row.contact is None:
        raise LookupError("a call whose person is gone was decided")
    assign(
        where,
        row.contact,
        row.tool,
        key=f"{KEY}{row.pk}",
        now=timezone.now(),
        untrusted=row.why == Why.OUTSIDE,
        kind=CONFIRMED if allow else DECLINED,
        wakes=allow or where.pk != asked.conversation.pk,
    )
    action = "call.allowed" if allow else "call.declined"
    audit.record(asked.tenant, f"contact:{asked.contact.pk}", action, subject=f"confirmation {row.pk}", tool=row.tool)


def word_in(conversation: Conversation, contact: Contact, message: Message) -> str | None:
    """What a message decides, as the id of a button or `WHICH`; None where it decides nothing: a “yes” or “no” in words
    does only as the answer to the one thing that was asked last."""
    if message.choice.startswith(PREFIX) and contact.is_trusted:
        return message.choice
    if conversation.is_group or contact.role != Contact.Role.OWNER or message.kind != "text":
        return None
    clarity = clarity_of(message.text)
    if clarity not in ("yes", "no"):
        return None
    rows = list(confirmations.waiting(conversation)[:2])
    if not rows or not confirmations.is_newest(rows[0]):
        return None
    return WHICH if len(rows) > 1 else f"{PREFIX}{clarity}:{rows[0].token}"
