"""People at work: one of the team takes a conversation over, the assistant is silent there for a while, then goes on.

Each takeover gives the conversation another ownership number. What a turn began under an older one does not go out.
"""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from messaging import introduction, runs, work
from messaging.acts import have_acted, steps_of
from messaging.assignments import BY_NOBODY
from messaging.channels import get_channel
from messaging.channels.base import Echo
from messaging.commands.reading import command_in
from messaging.formatting.markdown import verbatim
from messaging.models import Conversation, Delivery, Message, Turn, TurnStep, Work
from messaging.turn_end import TAKEN_OVER, Ending, Manner, end, say, waiting_in
from messaging.work import Claim
from tenants_app import audit
from tenants_app.literals import Literal
from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope
from tooling.history import close_history
from tooling.types import step_from_json

logger = logging.getLogger(__name__)

ASKED = "handover.asked"  # begins the kind of an alert: somebody waits for a person
NO_ANSWER = ("reaction", "edit", "deletion")  # kinds of what somebody did; the person still waits for words
FORM = "form:"  # begins the key of what was written in the admin, one a form


def take(conversation: Conversation, by: str, minutes: int | None = None) -> None:
    """One of the team has the conversation from now on; `minutes`: so long the assistant is silent (None: as usual).

    What waits stays to be answered: by them, or by the assistant when the time is over.
    """
    with tenant_scope(conversation.tenant_id, first=work.locked(conversation.pk)):
        fresh = locked(conversation)
        to_answer_again(fresh).update(turn=None)
        pass_to(fresh, by, until_of(fresh.tenant, timezone.now(), minutes))


def write(conversation: Conversation, by: str, text: str, *, form: uuid.UUID, seen: int) -> bool:
    """Say something as one of the team, who takes the conversation over. False where this form was sent before.

    `seen`: the number of the newest message that they saw; what came later still waits for an answer.
    """
    with tenant_scope(conversation.tenant_id, first=work.locked(conversation.pk)):
        fresh = locked(conversation)
        key = f"{FORM}{form}"
        if Message.objects.filter(tenant=fresh.tenant_id, account=fresh.account_id, key=key).exists():
            return False
        now = timezone.now()
        to_answer_again(fresh).filter(seq__gt=seen).update(turn=None)
        mark_answered(fresh, waiting_in(fresh).filter(seq__lte=seen))
        pass_to(fresh, by, until_of(fresh.tenant, now))
        parts = get_channel(fresh.account.kind).render(verbatim(text))
        message = say(fresh, None, text, parts, now, Manner(author=by))
        if message is not None:
            Message.objects.filter(tenant=fresh.tenant_id, pk=message.pk).update(key=key)
        return message is not None


def hear(conversation: Conversation, echo: Echo, raw: bytes) -> None:
    """One of the team wrote in the service's own app. Inside the tenant's scope; told twice, it is one message."""
    fresh = (
        Conversation.objects.select_for_update(of=("self",)).select_related("tenant", "account").get(pk=conversation.pk)
    )
    if is_known(fresh, echo):
        return
    now = timezone.now()
    until = until_of(fresh.tenant, min(echo.sent_at, now))
    fresh.last_seq += 1
    fresh.save(update_fields=["last_seq"])
    by = f"app:{fresh.account.kind}"
    Message.objects.create(
        tenant_id=fresh.tenant_id,
        conversation=fresh,
        account_id=fresh.account_id,
        direction=Message.Direction.OUT,
        author=by,
        seq=fresh.last_seq,
        key=echo.key[:300],
        external_id=echo.message_id[:300],
        kind=echo.kind[:30],
        text=echo.text,
        reply_to=(echo.reply_to or "")[:300],
        raw=raw,
        sent_at=echo.sent_at,
    )
    answered = Q(sent_at__lte=echo.sent_at) if echo.kind not in NO_ANSWER else Q(pk=None)
    mark_answered(fresh, waiting_in(fresh).filter(answered))
    if until > now:  # else it is news of long ago
        to_answer_again(fresh).exclude(answered).update(turn=None)
        pass_to(fresh, by, until)


def mark_answered(conversation: Conversation, messages: QuerySet[Message]) -> None:
    """By the team: they ask for no answer any more, but for commands, which code carries out, and scheduled tasks."""
    messages = messages.exclude(kind__in=BY_NOBODY)
    waking = messages.filter(wakes=True).select_related("contact").defer("raw")
    commands = [message.pk for message in waking if command_in(conversation, message) is not None]
    messages.exclude(pk__in=commands).update(wakes=False)


def is_known(conversation: Conversation, echo: Echo) -> bool:
    """Whether it was told before, or is of a message that we sent."""
    told = Message.objects.filter(account_id=conversation.account_id, key=echo.key[:300])
    sent = Delivery.objects.filter(external_id=echo.message_id).exclude(external_id=Literal(""))
    return told.exists() or sent.exists()


def give_back(conversation: Conversation, by: str) -> bool:
    """The assistant goes on at once, with what waits. False where nobody had taken the conversation over."""
    with tenant_scope(conversation.tenant_id, first=work.locked(conversation.pk)):
        fresh = locked(conversation)
        if not fresh.is_with_team:
            return False
        fresh.paused_until, fresh.paused_by = None, ""
        fresh.save(update_fields=["paused_until", "paused_by"])
        if waiting_in(fresh).filter(wakes=True).exists():
            work.schedule(fresh.tenant_id, fresh.pk, Work.Kind.TURN)
        audit.record(fresh.tenant, by, "conversation.given_back", f"conversation {fresh.pk}")
        return True


def locked(conversation: Conversation) -> Conversation:
    """As it is now that its row is locked."""
    rows = Conversation.objects.filter(tenant=conversation.tenant_id).select_related("tenant", "account")
    return rows.get(pk=conversation.pk)


def of_open_turn(conversation: Conversation) -> QuerySet[Message]:
    """What people wrote and the assistant is about to answer; out of its turn, it waits to be answered again."""
    turns = open_turns(conversation)
    return Message.objects.filter(
        tenant=conversation.tenant_id, turn__in=turns.values("pk"), direction=Message.Direction.IN
    )


def open_turns(conversation: Conversation) -> QuerySet[Turn]:
    return Turn.objects.filter(
        tenant=conversation.tenant_id, conversation=conversation, status=Literal(Turn.Status.OPEN)
    )


def to_answer_again(conversation: Conversation) -> QuerySet[Message]:
    """Those of the open turn that may be answered anew: a scheduled task not where its tools have acted, as they would
    do the same again."""
    messages = of_open_turn(conversation)
    turn = open_turns(conversation).first()
    return messages.exclude(kind__in=BY_NOBODY) if turn is not None and have_acted(steps_of(turn)) else messages


def until_of(tenant: Tenant, since: datetime, minutes: int | None = None) -> datetime:
    return since + timedelta(minutes=tenant.handover_minutes if minutes is None else minutes)


def pass_to(conversation: Conversation, by: str, until: datetime) -> None:
    """What every takeover has in common. The conversation's row is locked."""
    conversation.ownership += 1
    conversation.paused_until = max(until, conversation.paused_until or until)
    conversation.paused_by = by[:150]
    conversation.save(update_fields=["ownership", "paused_until", "paused_by"])
    withdraw(conversation)
    audit.resolve_alert(conversation.tenant, asked(conversation.pk))
    subject = f"conversation {conversation.pk}"
    until_words = conversation.paused_until.isoformat(timespec="seconds")
    audit.record(conversation.tenant, by, "conversation.taken_over", subject, until=until_words)
    logger.info("conversation.taken_over", extra={"conversation": str(conversation.pk)})


def withdraw(conversation: Conversation) -> None:
    """What the assistant has not sent yet stays unsent; its rows are locked, as a sender may be about to mark one."""
    states = Q(status=Literal(Delivery.Status.PENDING)) | Q(status=Literal(Delivery.Status.HELD))
    rows = Delivery.objects.filter(states, tenant=conversation.tenant_id, conversation=conversation)
    unsent = rows.exclude(ownership=None).select_for_update(of=("self",))
    chosen = list(unsent.select_related("message").defer("message__raw"))
    found = Delivery.objects.filter(tenant=conversation.tenant_id, pk__in=[row.pk for row in chosen])
    found.update(status=Delivery.Status.WITHDRAWN, note=TAKEN_OVER, due_at=None)
    introduction.unsaid(conversation, chosen)


def asked(conversation_id: uuid.UUID) -> str:
    """The kind of the alert that somebody in this conversation waits for a person."""
    return f"{ASKED}:{conversation_id}"


# --- what the turn makes of it ---------------------------------------------------------------------------------------


def said_by_team(conversation: Conversation) -> list[Message]:
    """What they wrote and the assistant was not told of yet, oldest first. Inside the tenant's scope."""
    if not conversation.ownership:
        return []
    rows = Message.objects.filter(conversation=conversation, direction=Literal(Message.Direction.OUT), turn=None)
    return list(rows.exclude(author=Literal("")).defer("raw").order_by("seq"))


def told_of_team(turn: Turn) -> QuerySet[Message]:
    """What the turn was told that they wrote; out of it, the next one is told."""
    rows = Message.objects.filter(tenant=turn.tenant_id, turn=turn, direction=Message.Direction.OUT)
    return rows.exclude(author="")


def is_unsent(conversation: Conversation) -> bool:
    """Whether the newest answer, or a part of it, never went out as one of the team took over."""
    if not conversation.ownership:
        return False
    ended = Turn.objects.filter(conversation=conversation).exclude(status=Turn.Status.OPEN)
    last = ended.order_by("-number").first()
    if last is None:
        return False
    withdrawn = Delivery.objects.filter(message__turn=last, status=Delivery.Status.WITHDRAWN)
    return last.reason == TAKEN_OVER or withdrawn.filter(note__startswith=TAKEN_OVER.rstrip(".")).exists()


def end_turn(claim: Claim, conversation: Conversation, turn: Turn) -> None:
    """End a turn that was left open and began before one of the team took over. The conversation's row is locked.

    Raises LeaseLost.
    """
    rows = TurnStep.objects.filter(turn=turn).order_by("number")
    steps = [step_from_json(row.content) for row in rows]
    end(claim, turn, conversation.tenant, Ending(status=Turn.Status.SILENT), timezone.now(), session=turn.session)
    closing = close_history(steps, told="")
    TurnStep.objects.bulk_create(
        TurnStep(tenant_id=turn.tenant_id, turn=turn, number=number, kind=step.kind, content=step.to_json())
        for number, step in enumerate(closing, start=len(steps))
    )
    runs.keep(turn, turn.session, steps, closing)
