"""Conversations that somebody is being erased from: nothing goes out there meanwhile, and nothing that runs goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from messaging import work
from messaging.handover import of_open_turn
from messaging.models import Conversation, Delivery, Message, Turn, TurnStep, Work
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope

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
        until = now + (GROUP if conversation.is_group else OWN_CHAT)
        own = Conversation.objects.filter(tenant=conversation.tenant_id, pk=conversation.pk)
        own.filter(Q(paused_until=None) | Q(paused_until__lt=until)).update(paused_until=until, paused_by=BY)
        if not conversation.is_group or of_open_turn(conversation).filter(contact=contact).exists():
            put_aside(conversation, now)
        theirs.filter(forgotten_at=None).update(forgotten_at=now, wakes=False)
        if not conversation.is_group:
            own.update(ownership=F("ownership") + 1)
            rows = Delivery.objects.filter(tenant=conversation.tenant_id, conversation=conversation)
            rows.filter(status__in=UNSENT).update(status=Delivery.Status.WITHDRAWN, note=NOTE, due_at=None)
            take_from_workers(conversation, *Work.Kind.values)


def put_aside(conversation: Conversation, now: datetime) -> None:
    """End the turn that is open, whoever runs it. What it had not acted on yet waits to be answered by another."""
    turn = Turn.objects.filter(tenant=conversation.tenant_id, conversation=conversation, status="open").first()
    take_from_workers(conversation, Work.Kind.TURN)
    if turn is None:
        return
    if not TurnStep.objects.filter(tenant=turn.tenant_id, turn=turn, kind="tool_started").exists():
        of_open_turn(conversation).update(turn=None)
    Turn.objects.filter(pk=turn.pk, status=Turn.Status.OPEN).update(
        status=Turn.Status.SILENT, reason=NOTE, committed_at=now
    )
    work.schedule(conversation.tenant_id, conversation.pk, Work.Kind.TURN)


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


def wait_for_turns(tenant: Tenant, began_before: datetime, patience: float, besides: QuerySet[Conversation]) -> None:
    """Until no turn runs that may have been told of the person; one that takes longer loses its lease."""

    def running() -> list[Conversation]:
        leased = Work.objects.filter(tenant=tenant, kind=Work.Kind.TURN, lease_until__gt=timezone.now())
        turns = Turn.objects.filter(tenant=tenant, status=Turn.Status.OPEN, began_at__lt=began_before)
        told = turns.filter(conversation__in=leased.values("conversation"))
        rows = Conversation.objects.filter(tenant=tenant, pk__in=told.values("conversation"))
        return list(rows.exclude(pk__in=besides.values("pk")))

    wait_until(lambda: not running(), patience)
    for conversation in running():
        with tenant_scope(tenant, first=work.locked(conversation.pk)):
            put_aside(conversation, timezone.now())


def wait_until(condition: Callable[[], bool], patience: float) -> None:
    until = time.monotonic() + patience
    while not condition() and time.monotonic() < until:
        time.sleep(LOOK)
