"""The owner's tap on “Allow” or “Don't”, or their word for it."""

from __future__ import annotations

from functools import partial

from django.utils import timezone

from messaging import confirmations
from messaging.assignments import CONFIRMED, DECLINED, assign
from messaging.commands.registry import NOBODY, Answer, Asked, command
from messaging.confirmations import KEY, MAY_WAIT, PREFIX, Since, State
from messaging.confirming import show_anew
from messaging.consent import changed_by, plain
from messaging.models import Confirmation, Conversation, Message
from messaging.phrases import phrase
from messaging.plain_words import STOP, clarity_of
from messaging.policy import Why
from tenants_app import audit
from tenants_app.models import Contact

NAME = "confirmation"
WHICH = "which"
AGAIN = "again"  # a “yes” that may have been meant for something else: the buttons are shown anew
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
    if word == AGAIN:
        return Answer(text="", write=partial(show_again, asked, token))
    found = Confirmation.objects.filter(tenant=asked.tenant, token=token, asked_in=asked.conversation).first()
    if found is None or word not in ("yes", "no"):
        return Answer(text=phrase(LATE, asked.language))
    key = decide(asked, found, allow=word == "yes")
    return Answer(text=phrase(key, asked.language, minutes=str(int(MAY_WAIT.total_seconds() // 60))))


def show_again(asked: Asked, token: str) -> None:
    """The chat's row is locked."""
    row = confirmations.waiting(asked.conversation).filter(token=token).select_related("contact").first()
    if row is not None:
        show_anew(row, asked.conversation)


def decide(asked: Asked, found: Confirmation, *, allow: bool) -> str:
    """The key of what they are told."""
    where = Conversation.objects.select_for_update(of=("self",)).get(pk=found.conversation_id)
    row = Confirmation.objects.select_related("contact").get(pk=found.pk)
    state = State.ALLOWED if allow else State.DECLINED
    if row.contact is not None and confirmations.settle(row, state, asked.contact):
        tell(where, row, asked, allow=allow)
        return allowed_in(asked, where) if allow else "confirm_declined"
    row.refresh_from_db()
    is_just_now = row.decided_at is not None and row.decided_at >= asked.turn.began_at
    if row.state in (State.ALLOWED, State.USED):
        if not allow:
            return "confirm_done_no"
        return allowed_in(asked, where) if is_just_now else "confirm_done"
    if row.state == State.DECLINED:
        return "confirm_declined"
    confirmations.void(Confirmation.objects.filter(pk=row.pk))
    return LATE


def allowed_in(asked: Asked, where: Conversation) -> str:
    """The key of what they are told who allowed it: at once it runs only where the assistant may speak."""
    return "confirm_allowed_later" if asked.tenant.is_paused or where.is_with_team else "confirm_allowed"


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
    does only as the answer to the one thing that was asked last. Taken up after a crash it decides what it decided."""
    if message.choice.startswith(PREFIX) and contact.is_trusted:
        return message.choice
    if conversation.is_group or contact.role != Contact.Role.OWNER or message.kind != "text":
        return None
    clarity = clarity_of(message.text)
    if clarity not in ("yes", "no"):
        return None
    if plain(message.text) in STOP:
        return stopped_by(conversation, message)
    decided = confirmations.decided_with(message, conversation, contact)
    if decided is not None:
        return f"{PREFIX}{clarity}:{decided.token}"
    rows = list(confirmations.waiting(conversation)[:2])
    if not rows or confirmations.is_before(message, rows[0]):
        return None
    since = confirmations.said_since(rows[0])
    if since == Since.ANOTHER:
        return None
    if len(rows) > 1:
        return WHICH
    lured = clarity == "yes" and (since == Since.OWN_TURN or confirmations.answers_another(message, rows[0]))
    return f"{PREFIX}{AGAIN if lured else clarity}:{rows[0].token}"


def stopped_by(conversation: Conversation, message: Message) -> str | None:
    """STOP is a “no” to what waited when it came; None where it was heeded as a wish to get no more messages."""
    if changed_by(message, given=False):
        return None
    if confirmations.waiting(conversation).count() > 1:
        return WHICH
    row = confirmations.asked_at(conversation, message.stored_at)
    return f"{PREFIX}no:{row.token}" if row is not None else None
