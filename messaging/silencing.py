"""Conversations that somebody is being erased from: nothing goes out there meanwhile, and nothing that runs goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from messaging import runs, sessions, work
from messaging.acts import have_acted
from messaging.channels.base import TextPart
from messaging.handover import locked, of_open_turn, told_of_team
from messaging.models import Attachment, Conversation, Delivery, Message, Session, Turn, TurnStep, Work
from messaging.phrases import phrase
from messaging.turn_end import say
from tenants_app.models import Contact
from tenants_app.scope import tenant_scope
from tooling.history import close_history
from tooling.types import step_from_json

BY = "erasure"  # who has the conversation meanwhile
OWN_CHAT = timedelta(days=1)  # it ends with the chat; where erasing was interrupted, it is to be done again
GROUP = timedelta(minutes=15)  # it ends with the erasure, at the latest by itself
NOTE = "Somebody was erased."
LOOK = 0.2  # seconds
UNSENT = (Delivery.Status.PENDING, Delivery.Status.HELD)


def silence(conversation: Conversation, contact: Contact) -> None:
    """Nothing more is sent here, a turn that runs loses its lease, and nobody is told again what the contact said.

    Safe to do again. In a group only what is theirs is put away, and the turn that answers them.
    """
    with tenant_scope(conversation.tenant_id, first=work.locked(conversation.pk)):
        now = timezone.now()
        here = Message.objects.filter(tenant=conversation.tenant_id, conversation=conversation)
        theirs = here.filter(contact=contact) if conversation.is_group else here
        own = Conversation.objects.filter(tenant=conversation.tenant_id, pk=conversation.pk)
        if conversation.is_group:  # whoever of the team has it keeps it, for as long as they said
            nobodys = own.filter(Q(paused_until=None) | Q(paused_until__lte=now) | Q(paused_by=BY))
            nobodys.update(paused_until=now + GROUP, paused_by=BY)
        else:
            until = now + OWN_CHAT
            own.filter(Q(paused_until=None) | Q(paused_until__lt=until)).update(paused_until=until, paused_by=BY)
        if not conversation.is_group or of_open_turn(conversation).filter(contact=contact).exists():
            put_aside(conversation, contact)
        theirs.filter(forgotten_at=None).update(forgotten_at=now, wakes=False)
        if not conversation.is_group:
            own.update(ownership=F("ownership") + 1)
            rows = Delivery.objects.filter(tenant=conversation.tenant_id, conversation=conversation)
            rows.filter(status__in=UNSENT).update(status=Delivery.Status.WITHDRAWN, note=NOTE, due_at=None)
            take_from_workers(conversation, *Work.Kind.values)


def put_aside(conversation: Conversation, erased: Contact, *, tells: bool = False) -> None:
    """End the turn that is open, whoever runs it, and its session with it: its history may be cut from now on.

    Where its tools did nothing but look, its messages wait to be answered by another; else `tells`: an apology. What
    the erased person said stays the ended turn's, by which its steps are known as theirs. The conversation's row is
    locked.
    """
    turn = Turn.objects.filter(tenant=conversation.tenant_id, conversation=conversation, status="open").first()
    take_from_workers(conversation, Work.Kind.TURN)
    if turn is None:
        return
    rows = TurnStep.objects.filter(tenant=turn.tenant_id, turn=turn).order_by("number")
    steps = [step_from_json(row.content) for row in rows]
    acted = have_acted(steps)
    if not acted:
        of_others = of_open_turn(conversation).exclude(contact=erased)
        Attachment.objects.filter(tenant=turn.tenant_id, message__in=of_others.values("pk")).update(shown=False)
        of_others.update(turn=None)
        told_of_team(turn).update(turn=None)
    text = apology(conversation, turn) if acted and tells else ""
    Turn.objects.filter(pk=turn.pk, status=Turn.Status.OPEN).update(
        status=Turn.Status.APOLOGISED if text else Turn.Status.SILENT, reason=NOTE, committed_at=timezone.now()
    )
    closing = close_history(steps, told=text)
    TurnStep.objects.bulk_create(
        TurnStep(tenant_id=turn.tenant_id, turn=turn, number=number, kind=step.kind, content=step.to_json())
        for number, step in enumerate(closing, start=len(steps))
    )
    runs.keep(turn, turn.session, steps, closing)
    for session in Session.objects.filter(tenant=turn.tenant_id, conversation=conversation, closed_at=None):
        sessions.close(session, BY)
    if text:
        say(locked(conversation), turn, text, [TextPart(text=text, plain=text)], timezone.now())
    work.schedule(conversation.tenant_id, conversation.pk, Work.Kind.TURN)


def apology(conversation: Conversation, turn: Turn) -> str:
    """What is said where the turn will not be carried further; "" where nobody is to hear of the assistant."""
    fresh = locked(conversation)
    contact = fresh.contact
    if fresh.ownership != turn.ownership or not (contact.is_trusted or fresh.account.front_desk):
        return ""
    return phrase("apology", contact.language or fresh.tenant.language)


def take_from_workers(conversation: Conversation, *kinds: str) -> None:
    """Whoever holds the work can write nothing any more; it is not due by itself."""
    rows = Work.objects.filter(tenant=conversation.tenant_id, conversation=conversation, kind__in=kinds)
    rows.update(epoch=F("epoch") + 1, lease_until=None, due_at=None, worker="", busy=False, hinted=False)


def let_go_on(conversation: Conversation) -> None:
    """The group's assistant goes on, with what waits."""
    with tenant_scope(conversation.tenant_id, first=work.locked(conversation.pk)):
        own = Conversation.objects.filter(tenant=conversation.tenant_id, pk=conversation.pk, paused_by=BY)
        if own.update(paused_until=None, paused_by=""):
            work.schedule(conversation.tenant_id, conversation.pk, Work.Kind.TURN)


def wait_for_turns(
    erased: Contact, patience: float, elsewhere: QuerySet[Conversation], cut: QuerySet[Conversation]
) -> None:
    """Until no turn runs elsewhere that may have been told of the person; one that takes longer loses its lease.

    In conversations that are `cut`, one that waits to be tried again is put aside as well: from a history that is not
    as it was, Claude refuses to go on.
    """
    tenant, began_before = erased.tenant, timezone.now()
    opened = Turn.objects.filter(tenant=tenant, status=Turn.Status.OPEN, began_at__lt=began_before)

    def running() -> Q:
        leased = Work.objects.filter(tenant=tenant, kind=Work.Kind.TURN, lease_until__gt=timezone.now())
        return Q(conversation__in=elsewhere.values("pk")) & Q(conversation__in=leased.values("conversation"))

    wait_until(lambda: not opened.filter(running()).exists(), patience)
    ended = opened.filter(running() | Q(conversation__in=cut.values("pk")))
    for conversation in Conversation.objects.filter(tenant=tenant, pk__in=ended.values("conversation")).order_by("pk"):
        with tenant_scope(tenant, first=work.locked(conversation.pk)):
            if opened.filter(conversation=conversation).exists():  # else it ended meanwhile
                put_aside(conversation, erased, tells=True)


def wait_until(condition: Callable[[], bool], patience: float) -> None:
    until = time.monotonic() + patience
    while not condition() and time.monotonic() < until:
        time.sleep(LOOK)
