"""A turn that did not come to its end: put off to be tried again, for some time, then given up."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from messaging import work
from messaging.channels.base import Part
from messaging.commands.reading import taken
from messaging.models import Conversation, Turn
from messaging.turn_begin import Plan, all_waiting, open_bare
from messaging.turn_end import Payload, give_up, say
from messaging.work import Claim
from tenants_app.faults import fault
from tenants_app.literals import Literal
from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope

RETRY_FIRST_SECONDS = 2.0
RETRY_MOST_SECONDS = 60.0


def put_off(
    plan: Plan, due_at: datetime | None, error: str, *, notice: Sequence[Part | Payload] = (), text: str = ""
) -> None:
    """Give the turn back to be tried again at `due_at`; None: when somebody resumes the tenant. Tells the person, if so
    asked, once. Raises LeaseLost."""
    now = timezone.now()
    with tenant_scope(plan.claim.tenant_id):
        chats = Conversation.objects.select_for_update(of=("self",)).select_related("tenant", "account", "contact")
        conversation = chats.get(pk=plan.claim.conversation_id)
        if due_at is None and not is_paused_for_sure(plan.claim):
            due_at, notice = now, ()
        if due_at is None:  # what comes in meanwhile is looked at: it may be a command
            waits = taken(conversation, all_waiting(conversation)[0], paused=True)[1] is not None
            work.release(plan.claim, now if waits else None, busy=False)
        else:
            work.release(plan.claim, due_at)
        turn = Turn.objects.get(pk=plan.turn.pk)
        turn.attempts += 1
        turn.retry_since = None if due_at is None else turn.retry_since or now  # a pause is no failing
        turn.last_error = error[:300]
        if notice and not turn.noticed and turn.ownership == conversation.ownership:
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
        is_open = Turn.objects.filter(conversation=conversation, status=Literal(Turn.Status.OPEN))
        turn = is_open.first()
        if turn is None and open_bare(claim, conversation) is not None:
            turn = is_open.first()
        if turn is None:
            work.release(claim, None, busy=False, first_at=None)
            return
        turn.retry_since = turn.retry_since or now
        is_late = now - turn.retry_since >= timedelta(seconds=settings.TURN_GIVE_UP_SECONDS)
        if is_late and not conversation.tenant.is_paused:
            give_up(claim, conversation, turn, error)
            return
        work.release(claim, now + timedelta(seconds=retry_in(turn.attempts, None)), busy=True, first_at=None)
        turn.attempts += 1
        turn.last_error = error[:300]
        turn.save(update_fields=["attempts", "retry_since", "last_error"])


def retry_in(attempts: int, retry_after: float | None) -> float:
    """Seconds to wait: doubling from two to sixty with ±20 %, and never less than the service asked for."""
    doubled = RETRY_FIRST_SECONDS * 2.0 ** min(attempts, 10)
    wait = min(doubled, RETRY_MOST_SECONDS) * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
    return max(wait, retry_after or 0.0)
