"""The transactions of a turn: begin or resume it, record its steps, put it off, commit it. All guarded by the epoch.

Rows are locked in one order everywhere: conversation, tenant, work, lane.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from messaging import sessions, work
from messaging.channels import get_channel
from messaging.channels.base import TextPart
from messaging.models import Conversation, Delivery, Message, Participant, Session, Turn, TurnStep, Work
from messaging.patience import insist
from messaging.phrases import phrase
from messaging.prompt import Situation, user_message
from messaging.recorder import Recorder
from messaging.work import Claim, LeaseLost
from tenants_app import audit
from tenants_app.faults import fault
from tenants_app.literals import Literal
from tenants_app.models import BudgetNotice, Contact, Tenant
from tenants_app.scope import tenant_scope
from tooling.registry import Role
from tooling.request import Section
from tooling.types import Message as ClaudeMessage
from tooling.types import Step, UserStep, step_from_json

ROLES: dict[str, Role] = {"owner": "owner", "staff": "staff", "customer": "customer"}
RETRY_FIRST_SECONDS = 2.0
RETRY_MOST_SECONDS = 60.0
MOST_CLAIMS = 20  # of one turn, besides its known failures: more, and it is the turn that ends its workers
AUTHORITY = (Contact.Role.CUSTOMER, Contact.Role.STAFF, Contact.Role.OWNER)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything a turn needs while no connection is held."""

    claim: Claim
    situation: Situation
    turn: Turn
    newest: Message  # of the person's messages: the one to mark as read
    session: Session | None  # None: the turn is not put to Claude
    history: Sequence[ClaudeMessage] = ()
    steps: Sequence[Step] = ()
    sections: Sequence[Section] = ()
    silence: str = ""  # why nobody answers

    @property
    def tenant(self) -> Tenant:
        return self.situation.tenant

    @property
    def language(self) -> str:
        return self.situation.contact.language or self.situation.tenant.language


def begin(claim: Claim) -> Plan | None:
    """Open the conversation's next turn, or take up the one that its worker left; None where nothing waits.

    It need not reach the disk by itself: the first reply that is recorded takes it along, and without one it is begun
    again.
    """
    with tenant_scope(claim.tenant_id, relaxed=True):
        conversation = (
            Conversation.objects.select_for_update(of=("self",))
            .select_related("tenant", "account", "contact")
            .get(pk=claim.conversation_id)
        )
        held = Work.objects.filter(pk=claim.work_id, epoch=claim.epoch)
        if not held.update(busy=True, first_at=None):
            raise LeaseLost(f"work {claim.work_id} was claimed again before its turn began")
        turn, messages = turn_of(claim, conversation)
        if turn is None:
            work.release(claim, None, busy=False)
            return None
        if turn.claims - turn.attempts > MOST_CLAIMS:
            give_up(claim, conversation, turn, "Every worker that took it up ended without a word.")
            return None
        plan = plan_for(claim, conversation, turn, messages)
        fault("in_begin")
    fault("after_begin")
    return plan


def open_turn_of(conversation: Conversation) -> Turn | None:
    return Turn.objects.filter(conversation=conversation, status=Literal(Turn.Status.OPEN)).first()


def turn_of(claim: Claim, conversation: Conversation) -> tuple[Turn | None, list[Message]]:
    """The turn to carry, with the messages that it answers: the one that its worker left, else a new one."""
    turn = open_turn_of(conversation)
    if turn is None:
        return open_turn(claim, conversation)
    turn.claims += 1
    turn.save(update_fields=["claims"])
    return turn, list(with_writers(Message.objects.filter(turn=turn, direction=Message.Direction.IN)))


def open_turn(claim: Claim, conversation: Conversation) -> tuple[Turn | None, list[Message]]:
    messages = list(with_writers(waiting_in(conversation)))
    if not messages:
        return None, messages
    conversation.last_turn += 1
    turn = Turn.objects.create(
        tenant_id=conversation.tenant_id,
        conversation=conversation,
        number=conversation.last_turn,
        epoch=claim.epoch,
        claims=1,
        began_at=timezone.now(),
    )
    if take(turn, conversation, messages):
        work.schedule(conversation.tenant_id, conversation.pk, Work.Kind.SEND)
    return turn, messages


# The contact wrote: their messages join the turn, they can be reached, and what was held for them may go out.
TAKE = """
    WITH numbered AS (
        UPDATE messaging_conversation SET last_turn = %(number)s WHERE tenant_id = %(tenant)s AND id = %(conversation)s
    ), taken AS (
        UPDATE messaging_message SET turn_id = %(turn)s WHERE tenant_id = %(tenant)s AND id = ANY(%(messages)s)
    ), reached AS (
        UPDATE tenants_app_contactaddress SET unreachable_at = NULL, unreachable_reason = ''
        WHERE tenant_id = %(tenant)s AND kind = %(kind)s AND address = %(chat)s AND unreachable_at IS NOT NULL
    ), released AS (
        UPDATE messaging_delivery SET status = 'pending'
        WHERE tenant_id = %(tenant)s AND conversation_id = %(conversation)s AND status = 'held'
        RETURNING 1
    )
    SELECT count(*) FROM released
"""


def take(turn: Turn, conversation: Conversation, messages: Sequence[Message]) -> int:
    """Put the messages into the turn; answers how many held deliveries may go out now."""
    values = {
        "tenant": conversation.tenant_id,
        "conversation": conversation.pk,
        "turn": turn.pk,
        "number": turn.number,
        "messages": [message.pk for message in messages],
        "kind": conversation.account.kind,
        "chat": conversation.chat_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(TAKE, values)
        released: int = cursor.fetchone()[0]
        return released


def waiting_in(conversation: Conversation) -> QuerySet[Message]:
    """The messages that are in no turn yet."""
    return Message.objects.filter(conversation=conversation, direction=Literal(Message.Direction.IN), turn=None)


def with_writers(messages: QuerySet[Message]) -> QuerySet[Message]:
    return messages.select_related("contact").defer("raw").order_by("seq")


def plan_for(claim: Claim, conversation: Conversation, turn: Turn, messages: list[Message]) -> Plan:
    writers = [message.contact or conversation.contact for message in messages]
    contact = min(writers, key=lambda writer: AUTHORITY.index(Contact.Role(writer.role)))
    situation = Situation(
        tenant=conversation.tenant,
        conversation=conversation,
        contact=contact,
        role="customer" if had_outsiders(conversation, messages) else ROLES[contact.role],
        now=timezone.now(),
        channel_label=get_channel(conversation.account.kind).label,
    )
    if not contact.is_trusted and not conversation.account.front_desk:
        silence = "The front desk is off, and this is neither the owner nor one of the staff."
        return Plan(claim=claim, situation=situation, turn=turn, newest=messages[-1], session=None, silence=silence)
    session, steps = ensure_session(situation, turn, messages)
    return Plan(
        claim=claim,
        situation=situation,
        turn=turn,
        newest=messages[-1],
        session=session,
        history=sessions.history_of(session, turn.number),
        steps=steps,
        sections=sessions.sections_of(session),
    )


def had_outsiders(group: Conversation, said: list[Message]) -> bool:
    """Whether anyone but the owner and staff ever wrote in the group. They read along, and their words are in the
    session or its beginning, so the lowest authority present counts from then on."""
    if not group.is_group:
        return False
    writers = {message.contact_id for message in said} | set(waiting_in(group).values_list("contact_id", flat=True))
    Participant.objects.bulk_create(
        [Participant(tenant_id=group.tenant_id, conversation=group, contact_id=writer) for writer in writers],
        ignore_conflicts=True,
    )
    wrote = Participant.objects.filter(conversation=group)
    return wrote.exclude(contact__role__in=[Contact.Role.OWNER, Contact.Role.STAFF]).exists()


def ensure_session(situation: Situation, turn: Turn, messages: list[Message]) -> tuple[Session, list[Step]]:
    """The turn's session and its steps so far; at the beginning, the person's message becomes the first step."""
    if turn.session is not None:
        rows = TurnStep.objects.filter(turn=turn).order_by("number")
        return turn.session, [step_from_json(row.content) for row in rows]
    session, is_new = sessions.session_for(situation)
    recap = sessions.recap(situation.conversation, messages[0].seq) if is_new else ""
    first = UserStep(message=user_message(situation, messages, recap))
    TurnStep.objects.create(tenant=situation.tenant, turn=turn, number=0, kind=first.kind, content=first.to_json())
    turn.session = session
    turn.save(update_fields=["session"])
    return session, [first]


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a turn is committed."""

    status: str
    parts: Sequence[TextPart] = ()
    text: str = ""  # as the model wrote it
    reason: str = ""
    close_session: str = ""  # the reason to close it, if it must be
    steps: Sequence[Step] = ()  # that make the history valid for the next turn
    notice: BudgetNotice | None = None  # that the text tells of a budget


@dataclass(frozen=True, kw_only=True)
class Carried:
    """What follows from a turn that was carried as far as it went."""

    next_due: datetime | None = None  # when the next turn is due, if one waits
    send: Claim | None = None  # the conversation's sends, claimed for whoever carried the turn


def commit(plan: Plan, ending: Ending, recorder: Recorder | None = None) -> Carried:
    """End the turn and put its answer into the outbox, at once or not at all. Outside of any scope.

    Raises LeaseLost, and then nothing has changed.
    """
    fault("before_commit")
    extra: dict[str, object] = {"turn": str(plan.turn.pk)}
    carried = insist(lambda tried: write_ending(plan, ending, recorder, tried), "turn.uncommitted", extra)
    fault("after_commit")
    return carried


def write_ending(plan: Plan, ending: Ending, recorder: Recorder | None, tried: int) -> Carried:
    now = timezone.now()
    with tenant_scope(plan.claim.tenant_id):
        conversation = Conversation.objects.select_for_update().get(pk=plan.claim.conversation_id)
        next_due = when_next_due(plan.tenant, conversation, now)
        if tried > 1 and has_ended_here(plan):
            return Carried(next_due=next_due, send=work.claimed_here(conversation.pk, Work.Kind.SEND))
        work.release(plan.claim, next_due, busy=False, first_at=None, hinted=next_due is not None)
        ended = Turn.objects.filter(pk=plan.turn.pk, status=Turn.Status.OPEN).update(
            status=ending.status, reason=ending.reason[:200], committed_at=now, epoch=plan.claim.epoch
        )
        if not ended:
            raise LeaseLost(f"turn {plan.turn.pk} had ended already")
        if recorder is not None and ending.steps:
            recorder.insert(ending.steps)
        said = say(conversation, plan.turn, ending.text, ending.parts, now, schedule=False)
        if ending.notice is not None:
            BudgetNotice.objects.bulk_create([ending.notice])
        if plan.session is not None:
            Session.objects.filter(pk=plan.session.pk).update(used_at=now)
            if ending.close_session:
                sessions.close(plan.session, ending.close_session)
        send = work.claim_new(conversation.tenant_id, conversation.pk, Work.Kind.SEND) if said else None
        fault("in_commit")
        return Carried(next_due=next_due, send=send)


def has_ended_here(plan: Plan) -> bool:
    """Whether this claim has ended the turn already, and only the answer to that was lost."""
    return Turn.objects.filter(pk=plan.turn.pk, epoch=plan.claim.epoch).exclude(status=Turn.Status.OPEN).exists()


def when_next_due(tenant: Tenant, conversation: Conversation, now: datetime) -> datetime | None:
    """When what came in during the turn is ready: after the quiet, at the latest after the limit."""
    stored = list(waiting_in(conversation).order_by("seq").values_list("stored_at", flat=True))
    if not stored:
        return None
    quiet = stored[-1] + timedelta(seconds=tenant.quiet_seconds)
    limit = stored[0] + timedelta(seconds=tenant.quiet_limit_seconds)
    return max(now, min(quiet, limit))


def say(
    conversation: Conversation,
    turn: Turn | None,
    text: str,
    parts: Sequence[TextPart],
    now: datetime,
    *,
    schedule: bool = True,
) -> Message | None:
    """Put a message of ours into the conversation and its pieces into the outbox. The conversation's row is locked.

    Without `schedule` the caller sees to the sends.
    """
    if not parts:
        return None
    conversation.last_seq += 1
    conversation.save(update_fields=["last_seq"])
    message = Message.objects.create(
        tenant_id=conversation.tenant_id,
        conversation=conversation,
        account_id=conversation.account_id,
        turn=turn,
        direction=Message.Direction.OUT,
        seq=conversation.last_seq,
        text=text,
        sent_at=now,
    )
    Delivery.objects.bulk_create(
        Delivery(
            tenant_id=conversation.tenant_id,
            conversation=conversation,
            message=message,
            seq=conversation.last_seq * 1000 + place,
            payload={"text": part.text, "plain": part.plain},
        )
        for place, part in enumerate(parts)
    )
    if schedule:
        work.schedule(conversation.tenant_id, conversation.pk, Work.Kind.SEND)
    return message


def put_off(
    plan: Plan, due_at: datetime | None, error: str, *, notice: Sequence[TextPart] = (), text: str = ""
) -> None:
    """Give the turn back to be tried again at `due_at`; None: when somebody resumes the tenant. Tells the person, if so
    asked, once. Raises LeaseLost."""
    now = timezone.now()
    with tenant_scope(plan.claim.tenant_id):
        conversation = Conversation.objects.select_for_update().get(pk=plan.claim.conversation_id)
        if due_at is None and not is_paused_for_sure(plan.claim):
            due_at, notice = now, ()
        work.release(plan.claim, due_at)
        turn = Turn.objects.get(pk=plan.turn.pk)
        turn.attempts += 1
        turn.retry_since = turn.retry_since or now
        turn.last_error = error[:300]
        if notice and not turn.noticed:
            say(conversation, turn, text, notice, now)
            turn.noticed = True
        turn.save(update_fields=["attempts", "retry_since", "last_error", "noticed"])
        fault("in_put_off")


def is_paused_for_sure(claim: Claim) -> bool:
    """Whether the tenant is paused, and stays so until this transaction ends: who resumes it looks for turns put aside.

    Locks the tenant's row, before that of the work, as resuming does.
    """
    return Tenant.objects.select_for_update(no_key=True).get(pk=claim.tenant_id).is_paused


def stumble(claim: Claim, error: str) -> None:
    """What becomes of a turn that failed for a reason that nobody foresaw: tried again, for some time, then given up.

    Raises LeaseLost.
    """
    now = timezone.now()
    with tenant_scope(claim.tenant_id):
        conversation = (
            Conversation.objects.select_for_update(of=("self",))
            .select_related("tenant", "account", "contact")
            .get(pk=claim.conversation_id)
        )
        turn = open_turn_of(conversation) or open_turn(claim, conversation)[0]
        if turn is None:
            work.release(claim, None, busy=False, first_at=None)
            return
        turn.retry_since = turn.retry_since or now
        if now - turn.retry_since >= timedelta(seconds=settings.TURN_GIVE_UP_SECONDS):
            give_up(claim, conversation, turn, error)
            return
        work.release(claim, now + timedelta(seconds=retry_in(turn.attempts, None)), busy=True, first_at=None)
        turn.attempts += 1
        turn.last_error = error[:300]
        turn.save(update_fields=["attempts", "retry_since", "last_error"])


def give_up(claim: Claim, conversation: Conversation, turn: Turn, error: str) -> None:
    """End a turn that cannot be carried. Its session ends with it, as the fault may lie there; the person is told.

    Inside the tenant's scope, the conversation's row locked.
    """
    now = timezone.now()
    contact, tenant = conversation.contact, conversation.tenant
    next_due = when_next_due(tenant, conversation, now)
    work.release(claim, next_due, busy=False, first_at=None, hinted=False)
    told = contact.is_trusted or conversation.account.front_desk
    status = Turn.Status.APOLOGISED if told else Turn.Status.SILENT
    Turn.objects.filter(pk=turn.pk).update(status=status, reason=error[:200], committed_at=now, epoch=claim.epoch)
    for session in Session.objects.filter(conversation=conversation, closed_at=None):
        sessions.close(session, "failed")
    if told:
        text = phrase("apology", contact.language or tenant.language)
        say(conversation, turn, text, [TextPart(text=text, plain=text)], now)
    audit.alert(tenant, "turn.unanswered", f"A message could not be answered: {error}")


def retry_in(attempts: int, retry_after: float | None) -> float:
    """Seconds to wait: doubling from two to sixty with ±20 %, and never less than the service asked for."""
    doubled = RETRY_FIRST_SECONDS * 2.0 ** min(attempts, 10)
    wait = min(doubled, RETRY_MOST_SECONDS) * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
    return max(wait, retry_after or 0.0)
