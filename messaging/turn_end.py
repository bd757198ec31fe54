"""The end of a turn, at once or not at all: its answer goes into the outbox, and its work is given back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from messaging import introduction, runs, sessions, work
from messaging.acts import have_acted, readable_steps_of
from messaging.answers import offers_in, receipts
from messaging.assignments import TASK
from messaging.channels import get_channel
from messaging.channels.base import Part
from messaging.models import Conversation, Delivery, Message, Session, Turn, Work
from messaging.parts import payload_of
from messaging.patience import insist
from messaging.phrases import phrase
from messaging.work import Claim, LeaseLost
from tenants_app import audit
from tenants_app.faults import fault
from tenants_app.literals import Literal
from tenants_app.models import BudgetNotice, Tenant
from tenants_app.scope import tenant_scope
from tooling.custom import toolbox_of
from tooling.history import close_history

if TYPE_CHECKING:
    from messaging.recorder import Recorder
    from messaging.turn_begin import Plan
    from tooling.types import Step


Payload = Mapping[str, Any]  # as `messaging.parts.payload_of` makes it, of a part whose file is in the storage


@dataclass(frozen=True, kw_only=True)
class Manner:
    """As what a message of ours goes out."""

    author: str = ""  # who of the team wrote it: "operator:alice"; "": the assistant
    proactive: bool = False  # nobody had just asked for it: it doesn't go to people who opted out
    kind: str = "text"  # of the message: see messaging.kinds
    purpose: str = ""  # by which a template is chosen where free text may not be sent; "message" fits any text
    whoever_has_it: bool = False  # it goes out also where one of the team has taken the conversation over meanwhile
    outside: bool = False  # words that nobody of the business wrote have a part in it
    forgotten: bool = False  # what it answers was, meanwhile: it goes out, and is told to nobody again


ANSWER = Manner()
BY_ITSELF = Manner(proactive=True, purpose="message")  # what came of a scheduled task
TAKEN_OVER = "One of the team took over."
NOTHING_TO_SAY = "The assistant had nothing to say."


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a turn is committed."""

    status: str
    parts: Sequence[Part | Payload] = ()
    text: str = ""  # as the model wrote it
    reason: str = ""
    close_session: str = ""  # the reason to close it, if it must be
    steps: Sequence[Step] = ()  # that make the history valid for the next turn
    notice: BudgetNotice | None = None  # that the text tells of a budget
    polite: bool = False  # it is the one sentence a day to somebody unknown
    manner: Manner = ANSWER
    write: Callable[[], object] | None = None  # what else is done in the same transaction, before the work is touched


@dataclass(frozen=True, kw_only=True)
class Carried:
    """What follows from a turn that was carried as far as it went."""

    next_due: datetime | None = None  # when the next turn is due, if one waits
    send: Claim | None = None  # the conversation's sends, claimed for whoever carried the turn
    files: bool = False  # it waits for files: fetch them now, if nobody does


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
    conversation = plan.situation.conversation
    with tenant_scope(plan.claim.tenant_id, first=work.locked(conversation.pk)):
        if tried > 1 and has_ended_here(plan):
            send = work.claimed_here(conversation.pk, Work.Kind.SEND)
            return Carried(next_due=work.due_of(plan.claim), send=send)
        forgotten = bool(ending.parts) and was_forgotten(plan)
        if ending.write is not None and is_still_ours(plan):
            ending.write()
        ended = end(
            plan.claim,
            plan.turn,
            plan.tenant,
            ending,
            now,
            session=plan.session,
            prompt_tokens=recorder.prompt_tokens if recorder is not None else None,
            hints=True,
        )
        if ended.taken_over:
            ending = without_a_word(plan, ending, recorder)
        if recorder is not None:
            recorder.insert(ending.steps)
        if ending.parts:
            first = introduction.due(conversation, plan.situation.contact, plan.messages, now)
            manner = replace(BY_ITSELF if plan.is_task else ending.manner, forgotten=forgotten)
            put(conversation, plan.turn, ending.text, [*first, *ending.parts], now, ended.seq, manner)
        if ending.notice is not None:
            BudgetNotice.objects.bulk_create([ending.notice])
        if plan.session is not None and ending.close_session:
            sessions.close(plan.session, ending.close_session)
        claimed = work.claim_new(conversation.tenant_id, conversation.pk, Work.Kind.SEND) if ending.parts else None
        fault("in_commit")
        return Carried(next_due=ended.next_due, send=claimed)


def was_forgotten(plan: Plan) -> bool:
    """Whether some of what the turn answers was, by it or meanwhile; whoever forgets more of it waits for the answer.

    They lock messages before the tenant: this comes before anything here locks the tenant.
    """
    said = Message.objects.filter(pk__in=[message.pk for message in plan.messages]).order_by("pk")
    return any(row.forgotten_at for row in said.only("forgotten_at").select_for_update(no_key=True))


def without_a_word(plan: Plan, ending: Ending, recorder: Recorder | None) -> Ending:
    """As one of the team has taken over. A task that acted after it was put to wait again is not to be done again."""
    steps = recorder.steps if recorder is not None else ()
    if plan.is_by_code and have_acted(steps):
        Message.objects.filter(pk__in=[message.pk for message in plan.messages]).update(turn=plan.turn)
    return replace(ending, parts=(), notice=None, steps=close_history(steps, told=""))


def is_still_ours(plan: Plan) -> bool:
    """Whether none of the team took the conversation over since the turn began: then its messages wait again."""
    return Conversation.objects.filter(pk=plan.turn.conversation_id, ownership=plan.turn.ownership).exists()


# What came in during the turn is ready after the quiet, at the latest after the limit. Where one of the team took the
# conversation over meanwhile, the turn ends without a word, whatever it had to say.
END = """
    WITH waiting AS (
        SELECT min(stored_at) AS first, max(stored_at) AS last FROM messaging_message
        WHERE tenant_id = %(tenant)s AND conversation_id = %(conversation)s AND direction = 'in' AND turn_id IS NULL
          AND wakes
    ), due AS (
        SELECT greatest(%(now)s, least(last + %(quiet)s, first + %(limit)s)) AS at FROM waiting WHERE first IS NOT NULL
    ), released AS (
        UPDATE messaging_work
        SET lease_until = NULL, worker = '', busy = false, first_at = NULL, due_at = (SELECT at FROM due),
            hinted = %(hints)s AND EXISTS (SELECT 1 FROM due)
        WHERE tenant_id = %(tenant)s AND id = %(work)s AND epoch = %(epoch)s
        RETURNING 1
    ), numbered AS (
        UPDATE messaging_conversation
        SET last_seq = last_seq + CASE WHEN ownership = %(ownership)s THEN %(messages)s ELSE 0 END,
            polite_at = CASE WHEN ownership = %(ownership)s AND %(polite)s THEN %(now)s ELSE polite_at END
        WHERE tenant_id = %(tenant)s AND id = %(conversation)s
        RETURNING last_seq, ownership <> %(ownership)s AS taken_over
    ), ended AS (
        UPDATE messaging_turn
        SET status = CASE WHEN (SELECT taken_over FROM numbered) THEN 'silent' ELSE %(status)s END,
            reason = CASE WHEN (SELECT taken_over FROM numbered) THEN %(taken_over)s ELSE %(reason)s END,
            committed_at = %(now)s, epoch = %(epoch)s
        WHERE tenant_id = %(tenant)s AND id = %(turn)s AND status = 'open'
        RETURNING 1
    ), used AS (
        UPDATE messaging_session
        SET used_at = %(now)s, prompt_tokens = coalesce(%(prompt_tokens)s, prompt_tokens)
        WHERE tenant_id = %(tenant)s AND id = %(session)s
    )
    SELECT (SELECT count(*) FROM released), (SELECT count(*) FROM ended), (SELECT at FROM due), last_seq, taken_over
    FROM numbered
"""


@dataclass(frozen=True, kw_only=True)
class Ended:
    next_due: datetime | None
    seq: int  # of the newest message, the answer's if there is one
    taken_over: bool  # by one of the team, meanwhile: nothing of the answer may go out


def end(
    claim: Claim,
    turn: Turn,
    tenant: Tenant,
    ending: Ending,
    now: datetime,
    *,
    session: Session | None = None,
    prompt_tokens: int | None = None,
    hints: bool = False,
) -> Ended:
    """End the turn and give its work back, with a number for its answer. The conversation's row is locked.

    `hints`: the caller publishes one for what came in during the turn. Raises LeaseLost where somebody else holds the
    work, or the turn has ended already.
    """
    values: dict[str, Any] = {
        "tenant": claim.tenant_id,
        "conversation": claim.conversation_id,
        "work": claim.work_id,
        "epoch": claim.epoch,
        "turn": turn.pk,
        "status": str(ending.status),
        "reason": ending.reason[:200],
        "now": now,
        "quiet": timedelta(seconds=tenant.quiet_seconds),
        "limit": timedelta(seconds=tenant.quiet_limit_seconds),
        "session": session.pk if session else None,
        "prompt_tokens": prompt_tokens,
        "hints": hints,
        "messages": 1 if ending.parts else 0,
        "ownership": turn.ownership,
        "taken_over": TAKEN_OVER,
        "polite": ending.polite,
    }
    with connection.cursor() as cursor:
        cursor.execute(END, values)
        released, ended, next_due, seq, taken_over = cursor.fetchone()
    if not released:
        raise LeaseLost(f"work {claim.work_id} is no longer held under epoch {claim.epoch}")
    if not ended:
        raise LeaseLost(f"turn {turn.pk} had ended already")
    return Ended(next_due=next_due, seq=seq, taken_over=taken_over)


def has_ended_here(plan: Plan) -> bool:
    """Whether this claim has ended the turn already, and only the answer to that was lost."""
    return Turn.objects.filter(pk=plan.turn.pk, epoch=plan.claim.epoch).exclude(status=Turn.Status.OPEN).exists()


def waiting_in(conversation: Conversation) -> QuerySet[Message]:
    """The messages that are in no turn yet."""
    return Message.objects.filter(conversation=conversation, direction=Literal(Message.Direction.IN), turn=None)


def say(
    conversation: Conversation,
    turn: Turn | None,
    text: str,
    parts: Sequence[Part | Payload],
    now: datetime,
    manner: Manner = ANSWER,
) -> Message | None:
    """Put a message of ours into the conversation and its pieces into the outbox. The conversation's row is locked."""
    if not parts:
        return None
    conversation.last_seq += 1
    conversation.save(update_fields=["last_seq"])
    message = put(conversation, turn, text, parts, now, conversation.last_seq, manner)
    work.schedule(conversation.tenant_id, conversation.pk, Work.Kind.SEND)
    return message


def put(
    conversation: Conversation,
    turn: Turn | None,
    text: str,
    parts: Sequence[Part | Payload],
    now: datetime,
    seq: int,
    manner: Manner = ANSWER,
) -> Message:
    """The message and its pieces under a number that was given to it; the caller sees to the sends."""
    message = Message.objects.create(
        tenant_id=conversation.tenant_id,
        conversation=conversation,
        account_id=conversation.account_id,
        turn=turn,
        direction=Message.Direction.OUT,
        seq=seq,
        kind=manner.kind,
        text=text,
        author=manner.author,
        sent_at=now,
        forwarded=manner.outside,
        forgotten_at=now if manner.forgotten else None,
    )
    Delivery.objects.bulk_create(
        Delivery(
            tenant_id=conversation.tenant_id,
            conversation=conversation,
            message=message,
            seq=seq * 1000 + place,
            payload=part if isinstance(part, Mapping) else payload_of(part),
            proactive=manner.proactive,
            purpose=manner.purpose,
            ownership=None if manner.author or manner.whoever_has_it else conversation.ownership,
        )
        for place, part in enumerate(parts)
    )
    return message


def give_up(claim: Claim, conversation: Conversation, turn: Turn, error: str) -> None:
    """End a turn that cannot be carried. Its session ends with it, as the fault may lie there; the person is told.

    Inside the tenant's scope, the conversation's row locked. Raises LeaseLost.
    """
    end_with_a_word(claim, conversation, turn, "apology", error)
    for session in Session.objects.filter(conversation=conversation, closed_at=None):
        sessions.close(session, "failed")
    audit.alert(conversation.tenant, "turn.unanswered", f"A message could not be answered: {error}")


def end_with_a_word(claim: Claim, conversation: Conversation, turn: Turn, key: str, reason: str) -> None:
    """End a turn that was left open, with one of the phrases and what was done; without a word where nobody is to hear
    of the assistant. As `give_up` otherwise."""
    now = timezone.now()
    contact, tenant = conversation.contact, conversation.tenant
    is_task = Message.objects.filter(turn=turn, kind=TASK).exists()
    heard = contact.is_trusted or conversation.account.front_desk
    told = heard and not is_task
    language = contact.language or tenant.language
    steps = readable_steps_of(turn)
    done = receipts(offers_in(steps), toolbox_of(tenant.pk), language, tenant.zone) if heard else []
    text = "\n\n".join(filter(None, [phrase(key, language) if told else "", "\n".join(done)]))
    parts = get_channel(conversation.account.kind).render(text) if text else ()
    ending = Ending(
        status=Turn.Status.APOLOGISED if told or is_task else Turn.Status.SILENT,
        reason=reason,
        text=text,
        parts=parts,
    )
    ended = end(claim, turn, tenant, ending, now)
    runs.keep_unanswered(turn, steps)
    if ending.parts and not ended.taken_over:
        put(conversation, turn, ending.text, ending.parts, now, ended.seq)
        work.schedule(conversation.tenant_id, conversation.pk, Work.Kind.SEND)
