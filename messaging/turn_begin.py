"""The beginning of a turn: the messages that wait are put into a new one, or one that its worker left is taken up.

Rows are locked in one order everywhere: conversation, tenant, work, lane.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet
from django.utils import timezone

from messaging import attached, confirming, gates, handover, outside, quotes, renewal, sessions, work
from messaging.assignments import ALONE, BY_NOBODY, TASK
from messaging.channels import get_channel
from messaging.commands.reading import Said, command_in, taken
from messaging.models import Attachment, Conversation, Message, Participant, Session, Turn, TurnStep, Work
from messaging.prompt import Situation, user_message
from messaging.turn_end import give_up, waiting_in
from messaging.work import Claim, LeaseLost
from tenants_app.faults import fault
from tenants_app.fields import exact_json
from tenants_app.ids import new_id
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope
from tooling.custom import toolbox_of
from tooling.registry import Role
from tooling.request import Section
from tooling.toolbox import Toolbox
from tooling.types import Message as ClaudeMessage
from tooling.types import Step, UserStep, step_from_json

ROLES: dict[str, Role] = {"owner": "owner", "staff": "staff", "customer": "customer"}
LOOK_AGAIN = timedelta(seconds=0.5)  # for files that are being fetched
MOST_OVERHEARD = 50  # messages in a group that asked for nothing, seen with one that does
MOST_CLAIMS = 20  # of one turn, besides its known failures: more, and it is the turn that ends its workers
FRONT_DESK_OFF = "The front desk is off, and this is neither the owner nor one of the staff."
AUTHORITY = (Contact.Role.CUSTOMER, Contact.Role.STAFF, Contact.Role.OWNER)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything a turn needs while no connection is held."""

    claim: Claim
    situation: Situation
    turn: Turn
    newest: Message  # of the person's messages: the one to mark as read
    messages: Sequence[Message] = ()  # that the turn answers, oldest first
    session: Session | None  # None: the turn is not put to Claude
    history: Sequence[ClaudeMessage] = ()
    steps: Sequence[Step] = ()
    sections: Sequence[Section] = ()
    silence: str = ""  # why nobody answers
    command: Said | None = None  # what code answers, and Claude does not
    beside: bool = False  # such a turn that is written when it ends, as another is open: that one is put aside
    by_team: Sequence[Message] = ()  # what one of the team wrote to the person, told with the first step

    @property
    def tenant(self) -> Tenant:
        return self.situation.tenant

    @property
    def toolbox(self) -> Toolbox:
        return self.situation.toolbox

    @property
    def asked_by(self) -> Message:
        """The newest message that asked for an answer."""
        return next((message for message in reversed(self.messages) if message.wakes), self.newest)

    @property
    def is_task(self) -> bool:
        """Nobody wrote: it is a scheduled task, and nobody waits for words where it fails."""
        return any(message.kind == TASK for message in self.messages)

    @property
    def is_by_code(self) -> bool:
        """What it answers was put into the chat by code: a task, or a call that the owner allowed."""
        return any(message.kind in ALONE for message in self.messages)

    @property
    def language(self) -> str:
        return self.situation.contact.language or self.situation.tenant.language


@dataclass(frozen=True, kw_only=True)
class Waits:
    """The turn is not begun yet: files of its messages are still being fetched."""

    until: datetime


def begin(claim: Claim) -> Plan | Waits | None:
    """Open the conversation's next turn, or take up the one that its worker left; None where nothing waits.

    It need not reach the disk by itself: the first reply that is recorded takes it along, and without one it is begun
    again. Raises LeaseLost.
    """
    with tenant_scope(claim.tenant_id, relaxed=True, first=work.locked(claim.conversation_id)):
        open_turn_id, has_files = take_hold(claim)
        conversation = Conversation.objects.select_related("tenant", "account", "contact").get(pk=claim.conversation_id)
        if conversation.is_with_team or conversation.tenant.is_paused:
            gates.let_out(conversation)  # what they are waited for to write; no turn is opened that sees to it
        turn = Turn.objects.select_related("session").get(pk=open_turn_id) if open_turn_id is not None else None
        if turn is not None and renewal.gives_way(conversation, turn):
            turn, has_files = None, True
        if turn is None and conversation.is_with_team:
            work.release(claim, conversation.paused_until, busy=False, hinted=False)
            return None
        files = attached.unshown(conversation) if has_files else []
        plan: Plan | Waits | None = None
        if turn is not None and conversation.tenant.is_paused:
            plan = begin_beside(claim, conversation)
        if plan is None:
            take = open_turn if turn is None else partial(take_up, turn=turn)
            plan = take(claim, conversation, files=files)
        fault("in_begin")
    if isinstance(plan, Plan):
        fault("after_begin")
    return plan


HOLD = """
    WITH held AS (
        UPDATE messaging_work SET busy = true, first_at = NULL
        WHERE tenant_id = %(tenant)s AND id = %(work)s AND epoch = %(epoch)s
        RETURNING 1
    )
    SELECT EXISTS (SELECT 1 FROM held), (
        SELECT id FROM messaging_turn
        WHERE tenant_id = %(tenant)s AND conversation_id = %(conversation)s AND status = 'open'
    ), EXISTS (
        SELECT 1 FROM messaging_attachment
        WHERE tenant_id = %(tenant)s AND conversation_id = %(conversation)s AND NOT shown
    )
"""


def take_hold(claim: Claim) -> tuple[uuid.UUID | None, bool]:
    """Mark the conversation as busy with a turn; gives the turn that is open in it, and whether there are files of
    which Claude was not told. Raises LeaseLost."""
    values: dict[str, Any] = {
        "tenant": claim.tenant_id,
        "work": claim.work_id,
        "epoch": claim.epoch,
        "conversation": claim.conversation_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(HOLD, values)
        is_held, open_turn_id, has_files = cursor.fetchone()
    if not is_held:
        raise LeaseLost(f"work {claim.work_id} was claimed again before its turn began")
    return open_turn_id, has_files


def take_up(claim: Claim, conversation: Conversation, turn: Turn, files: Sequence[Attachment]) -> Plan | None:
    """Go on with the turn that its worker left, from its steps."""
    if turn.ownership != conversation.ownership:
        handover.end_turn(claim, conversation, turn)
        return None
    if renewal.is_over(claim, conversation, turn):
        return None
    turn.claims += 1
    turn.save(update_fields=["claims"])
    if turn.claims - turn.attempts > MOST_CLAIMS:
        give_up(claim, conversation, turn, "Every worker that took it up ended without a word.")
        return None
    messages = list(with_writers(Message.objects.filter(turn=turn, direction=Message.Direction.IN)))
    shown = attached.to_show(files, {message.pk for message in messages})
    said = command_in(conversation, messages[0]) if len(messages) == 1 and turn.session_id is None else None
    plan = plan_for(claim, conversation, turn, messages, shown, said)
    if plan.session is None or turn.session_id is not None:
        return plan
    turn.session = plan.session
    turn.save(update_fields=["session"])
    Message.objects.filter(pk__in=[message.pk for message in plan.by_team]).update(turn=turn)
    write_steps(plan)
    note_shown(plan, shown)
    return plan


def write_steps(plan: Plan, after: int = 0) -> None:
    """Those with which the turn begins, but for the first ones."""
    for place, step in enumerate(plan.steps[after:], start=after):
        TurnStep.objects.create(
            tenant=plan.tenant, turn=plan.turn, number=place, kind=step.kind, content=step.to_json()
        )


def open_turn(claim: Claim, conversation: Conversation, files: Sequence[Attachment]) -> Plan | Waits | None:
    """A new turn with the messages that wait, up to the next command; the first step is what they say."""
    waiting, unheard = all_waiting(conversation)
    if not any(message.wakes for message in waiting):
        work.release(claim, None, busy=False)
        return None
    messages, said = taken(conversation, waiting, paused=conversation.tenant.is_paused)
    now = timezone.now()
    if said is None and attached.still_expected(files, now):
        until = now + LOOK_AGAIN
        work.release(claim, until, busy=False, first_at=messages[0].stored_at, hinted=True)
        return Waits(until=until)
    shown = attached.to_show(files, {message.pk for message in messages}) if said is None else []
    plan = plan_for(claim, conversation, new_turn(claim, conversation), messages, shown, said)
    plan.turn.session = plan.session
    write_opened(plan.turn, plan.steps, [*messages, *plan.by_team])
    write_steps(plan, after=1)
    if said is None:
        confirming.ask_again(conversation, plan.situation.contact, messages)
    if unheard is not None and said is None:
        unheard.update(turn=plan.turn)
    if shown:
        note_shown(plan, shown)
    return plan


def all_waiting(conversation: Conversation) -> tuple[list[Message], QuerySet[Message] | None]:
    """The messages that wait; of those in a group that ask for nothing only the newest, and where the others are."""
    rows = waiting_in(conversation)
    if not conversation.is_group:
        return list(with_writers(rows)), None
    overheard = rows.filter(wakes=False)
    older = overheard.order_by("-seq").values_list("seq", flat=True)[MOST_OVERHEARD : MOST_OVERHEARD + 1]
    last = next(iter(older), None)
    if last is None:
        return list(with_writers(rows)), None
    return list(with_writers(rows.exclude(wakes=False, seq__lte=last))), overheard.filter(seq__lte=last)


def begin_beside(claim: Claim, conversation: Conversation) -> Plan | None:
    """A turn for a command that waits behind a turn which is put aside while the tenant is paused; None without one."""
    messages, said = taken(conversation, all_waiting(conversation)[0], paused=True)
    if said is None:
        return None
    plan = plan_for(claim, conversation, new_turn(claim, conversation), messages, said=said)
    return replace(plan, beside=True)


def note_shown(plan: Plan, files: Sequence[Attachment]) -> None:
    """What is still to come stays to be shown; what came goes along with every call of the session."""
    told = [file.pk for file in files if file.state != Attachment.State.PENDING]
    Attachment.objects.filter(pk__in=told).update(shown=True)
    if plan.session is not None and plan.steps and isinstance(plan.steps[0], UserStep):
        added = attached.bytes_in(plan.steps[0].message["content"], files)
        Session.objects.filter(pk=plan.session.pk).update(media_bytes=F("media_bytes") + added)


def open_bare(claim: Claim, conversation: Conversation) -> Turn | None:
    """A new turn with the messages that wait, where nothing more can be done with them; None where none do."""
    messages = list(waiting_in(conversation).only("pk", "kind"))
    if not messages:
        return None
    turn = new_turn(claim, conversation)
    write_opened(turn, (), messages)
    return turn


def new_turn(claim: Claim, conversation: Conversation) -> Turn:
    """Not yet written."""
    return Turn(
        id=new_id(),
        tenant_id=conversation.tenant_id,
        conversation=conversation,
        number=conversation.last_turn + 1,
        epoch=claim.epoch,
        claims=1,
        ownership=conversation.ownership,
        began_at=timezone.now(),
    )


# The messages join the turn. Where the contact wrote, they can be reached, and what was held for them may go out.
OPEN = """
    WITH turn AS (
        INSERT INTO messaging_turn (
            id, tenant_id, conversation_id, session_id, number, status, reason, claims, attempts, noticed, epoch,
            ownership, began_at, last_error
        ) VALUES (
            %(turn)s, %(tenant)s, %(conversation)s, %(session)s, %(number)s, 'open', '', 1, 0, false, %(epoch)s,
            %(ownership)s, %(began_at)s, ''
        )
    ), step AS (
        INSERT INTO messaging_turnstep (id, tenant_id, turn_id, number, kind, content, at)
        SELECT %(step)s, %(tenant)s, %(turn)s, 0, %(kind)s::text, %(content)s, %(began_at)s
        WHERE %(kind)s::text IS NOT NULL
    ), numbered AS (
        UPDATE messaging_conversation SET last_turn = %(number)s WHERE tenant_id = %(tenant)s AND id = %(conversation)s
    ), taken AS (
        UPDATE messaging_message SET turn_id = %(turn)s WHERE tenant_id = %(tenant)s AND id = ANY(%(messages)s)
    ), reached AS (
        UPDATE tenants_app_contactaddress SET unreachable_at = NULL, unreachable_reason = ''
        WHERE tenant_id = %(tenant)s AND kind = %(channel)s AND address = %(chat)s AND unreachable_at IS NOT NULL
          AND %(wrote)s
    ), released AS (
        UPDATE messaging_delivery SET status = 'pending', note = 'Was held until they wrote.'
        WHERE tenant_id = %(tenant)s AND conversation_id = %(conversation)s AND status = 'held' AND %(wrote)s
        RETURNING 1
    )
    SELECT count(*) FROM released
"""


def write_opened(turn: Turn, steps: Sequence[Step], messages: Sequence[Message]) -> None:
    """Write the turn, its first step, and what follows from people having written."""
    conversation = turn.conversation
    values: dict[str, Any] = {
        "tenant": turn.tenant_id,
        "conversation": conversation.pk,
        "turn": turn.pk,
        "session": turn.session_id,
        "number": turn.number,
        "epoch": turn.epoch,
        "ownership": turn.ownership,
        "began_at": turn.began_at,
        "step": new_id(),
        "kind": steps[0].kind if steps else None,
        "content": exact_json(steps[0].to_json()) if steps else None,
        "messages": [message.pk for message in messages],
        "channel": conversation.account.kind,
        "chat": conversation.chat_id,
        "wrote": any(message.kind not in BY_NOBODY for message in messages),
    }
    with connection.cursor() as cursor:
        cursor.execute(OPEN, values)
        released = cursor.fetchone()[0]
    if released:
        work.schedule(turn.tenant_id, conversation.pk, Work.Kind.SEND)


def with_writers(messages: QuerySet[Message]) -> QuerySet[Message]:
    return messages.select_related("contact").defer("raw").order_by("seq")


def plan_for(
    claim: Claim,
    conversation: Conversation,
    turn: Turn,
    messages: list[Message],
    files: Sequence[Attachment] = (),
    said: Said | None = None,
) -> Plan:
    asking = [message for message in messages if message.wakes] or messages
    writers = [message.contact or conversation.contact for message in asking]
    contact = min(writers, key=lambda writer: AUTHORITY.index(Contact.Role(writer.role)))
    situation = Situation(
        tenant=conversation.tenant,
        conversation=conversation,
        contact=contact,
        role=role_in(conversation, messages, contact),
        now=timezone.now(),
        channel_label=get_channel(conversation.account.kind).label,
        toolbox=toolbox_of(conversation.tenant_id) if said is None else Toolbox(),
    )
    is_served = conversation.account.front_desk or any(writer.is_trusted for writer in writers)
    if said is not None or not is_served:
        return Plan(
            claim=claim,
            situation=situation,
            turn=turn,
            newest=messages[-1],
            messages=messages,
            session=None,
            silence="" if said is not None else FRONT_DESK_OFF,
            command=said,
        )
    by_team = handover.said_by_team(conversation) if turn.session is None else []
    session, steps = session_of(situation, turn, messages, by_team, files)
    return Plan(
        claim=claim,
        situation=situation,
        turn=turn,
        newest=messages[-1],
        messages=messages,
        session=session,
        history=sessions.history_of(session, turn.number),
        steps=steps,
        sections=sessions.sections_of(session),
        by_team=by_team,
    )


def role_in(chat: Conversation, said: list[Message], contact: Contact) -> Role:
    """The lowest authority of all who ever wrote in a group: they read along, and their words are in the session or its
    beginning. In other chats that of the contact."""
    if not chat.is_group:
        return ROLES[contact.role]
    writers = {message.contact_id for message in said} | set(
        waiting_in(chat).values_list("contact_id", flat=True).order_by().distinct()
    )
    Participant.objects.bulk_create(
        [Participant(tenant_id=chat.tenant_id, conversation=chat, contact_id=writer) for writer in writers],
        ignore_conflicts=True,
    )
    wrote = Participant.objects.filter(conversation=chat)
    if wrote.exclude(contact__role__in=[Contact.Role.OWNER, Contact.Role.STAFF]).exists():
        return "customer"
    return "owner" if not wrote.filter(contact__role=Contact.Role.STAFF).exists() else "staff"


def session_of(
    situation: Situation,
    turn: Turn,
    messages: list[Message],
    by_team: Sequence[Message],
    files: Sequence[Attachment],
) -> tuple[Session, list[Step]]:
    """The turn's session and its steps so far; at the beginning, what the person said is the first step."""
    if turn.session is not None:
        rows = TurnStep.objects.filter(turn=turn).order_by("number")
        return turn.session, [step_from_json(row.content) for row in rows]
    session, is_new = sessions.session_for(situation)
    recap = sessions.recap(situation.conversation, messages[0].seq) if is_new else sessions.Recap()
    situation = situation if is_new else replace(situation, session=session)
    said = sorted([*messages, *by_team], key=lambda message: message.seq)
    quotes.fill_in(situation.conversation, said)
    if not session.tainted and (recap.tainted or outside.come_with(situation.conversation, said, files)):
        sessions.taint(session)
    message = user_message(situation, said, recap.text)
    message["content"] = [*message["content"], *attached.blocks_of(files)]
    return session, [UserStep(message=message), *confirming.step_for(situation.conversation, turn, messages)]
