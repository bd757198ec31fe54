"""The outbox: a conversation's deliveries, sent one after the other by whoever holds its `send` work.

A delivery becomes `sending` in a committed transaction just before the first byte. Found in that state by the next
holder, its outcome is unknown and it is not sent again, unless the tenant asked for that.
"""

from __future__ import annotations

import json
import logging
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import F

from messaging import credentials, window, work
from messaging.channels import get_channel
from messaging.channels.base import Credentials, Outgoing, Sent, TransportError
from messaging.gates import STOP, Stop, stop_for_good, windows
from messaging.leases import heart, held
from messaging.limits import Gate, gate_for, limiter
from messaging.models import Conversation, Delivery
from messaging.parts import part_of
from messaging.patience import insist
from messaging.settling import (
    IN_DOUBT_ALERT,
    Head,
    may_resend,
    needs_another_way,
    retry_in,
    settle_failed,
    settle_sent,
)
from messaging.work import Claim, LeaseLost
from tenants_app import audit
from tenants_app.faults import fault
from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope

logger = logging.getLogger(__name__)

Status = Delivery.Status
HOLD_SECONDS = 120.0  # one holder renews its lease so long, and begins sends for half of it; the rest go to the next
WINDOWS = windows()
GATES = 10_000  # of which this process remembers the account


def drain(claim: Claim) -> float | None:
    """Send what is due in the conversation, in order, then give the work back. The caller wakes the lane.

    Answers in how many seconds it may go on where it gave back early, for the service's limits.
    """
    until = time.monotonic() + HOLD_SECONDS / 2
    with held(claim, HOLD_SECONDS):
        try:
            gate = gate_of(claim.tenant_id, claim.conversation_id)
            while time.monotonic() < until:
                answer = limiter.ask(gate)
                if not answer.admitted:
                    put_off(claim, answer.seconds)
                    return answer.seconds
                time.sleep(answer.seconds)
                head = next_head(claim)
                if rested(claim) if head is None else send_and_settle(claim, head, gate):
                    return None
            work.give_back(claim)
        except LeaseLost:
            logger.warning("outbox.lease_lost", extra={"conversation": str(claim.conversation_id)})
    return None


@lru_cache(GATES)
def gate_of(tenant_id: uuid.UUID, conversation_id: uuid.UUID) -> Gate:
    """What its sends have to pass; a conversation keeps its account. Raises LeaseLost where it is gone."""
    with tenant_scope(tenant_id):
        facts = Conversation.objects.filter(pk=conversation_id).values_list("account_id", "account__kind", "is_group")
        found = facts.first()
    if found is None:
        raise LeaseLost(f"conversation {conversation_id} is gone, and its work with it")
    account_id, kind, group = found
    limits = get_channel(kind).capabilities.limits
    return gate_for(limits, account_id, conversation_id, group=group, speed=settings.SENDING_SPEED)


def put_off(claim: Claim, seconds: float) -> None:
    """Give the work back for so long, so that other chats have the thread. Raises LeaseLost."""
    with tenant_scope(claim.tenant_id, relaxed=True):
        work.release(claim, work.DATABASE_CLOCK + timedelta(seconds=seconds))


def send_and_settle(claim: Claim, head: Head, gate: Gate) -> bool:
    """Whether nothing more is due and the work was given back. Raises LeaseLost."""
    fault("after_mark")
    result = attempt(claim, head)
    fault("after_send")
    settled = settle(claim, head, result)
    fault("after_settle")
    if isinstance(result, TransportError) and result.scope is not None:
        limiter.pause(gate, result.scope, retry_in(head.attempts, result.retry_after))
    return settled


# The delivery whose turn it is: the conversation's first that is not settled.
HEAD = """LEFT JOIN LATERAL (
        SELECT o.*, o.due_at IS NULL OR o.due_at <= clock_timestamp() AS due FROM messaging_delivery o
        WHERE o.tenant_id = w.tenant_id AND o.conversation_id = w.conversation_id
          AND o.status IN ('pending', 'sending')
        ORDER BY o.seq LIMIT 1
    ) d ON true"""

# Marks the next delivery as sending, where it is due and nothing stops it, and answers what was found and all that
# sending it needs, while the work is held under this epoch.
NEXT = f"""
    WITH found AS (
        SELECT d.id, d.status, d.due, d.attempts, d.created_at, d.payload, c.chat_id, c.account_id, a.kind,
            {STOP} AS stop
        FROM messaging_work w
        JOIN messaging_conversation c ON c.tenant_id = w.tenant_id AND c.id = w.conversation_id
        JOIN messaging_channelaccount a ON a.tenant_id = c.tenant_id AND a.id = c.account_id
        {HEAD}
        WHERE w.tenant_id = %(tenant)s AND w.id = %(work)s AND w.epoch = %(epoch)s
        FOR SHARE OF w
    ), marked AS (
        UPDATE messaging_delivery m
        SET status = 'sending', attempts = m.attempts + 1, sending_at = clock_timestamp()
        FROM found
        WHERE m.tenant_id = %(tenant)s AND m.id = found.id AND m.status = 'pending'
          AND found.status = 'pending' AND found.due AND found.stop IS NULL
        RETURNING m.id
    )
    SELECT found.*, EXISTS (SELECT FROM marked) FROM found
"""  # noqa: S608 - a text of ours


def next_head(claim: Claim) -> Head | None:
    """Mark the next due delivery as sending, and give it; None where none is due. Raises LeaseLost.

    What sending it needs is there before the mark is committed: then only a send may stand between it and its outcome.
    """
    with tenant_scope(claim.tenant_id):
        found = look(claim)
        if found.marked:
            return marked(claim, found)
    return past_stops(claim) if found.due and found.stop else None


def look(claim: Claim) -> Found:
    """Inside the tenant's scope; raises LeaseLost."""
    while (found := mark(claim)).status == Status.SENDING:
        find_in_doubt(claim, found)
    return found


def marked(claim: Claim, found: Found) -> Head:
    head = found.head(credentials.credentials.get(claim.tenant_id, found.account_id))
    fault("in_mark")
    return head


def past_stops(claim: Claim) -> Head | None:
    """Deal with what may not go as it is, delivery by delivery, until one goes; None where none is left.

    The conversation is locked, so that a person who writes at this moment is seen here, or their turn sees what was
    held. Raises LeaseLost.
    """
    with tenant_scope(claim.tenant_id):
        chats = window.lock_chats(claim.conversation_id)
        while (found := look(claim)).due and found.stop and not found.marked:
            if found.stop == Stop.WINDOW and window.goes_anyway(found.sends):
                if not mark_anyway(found):
                    return None
                return marked(claim, replace(found, marked=True))
            stopped(claim, found, chats)
        return marked(claim, found) if found.marked else None


def stopped(claim: Claim, found: Found, chats: window.Chats) -> None:
    if found.stop == Stop.UNREACHABLE:
        fail_open(claim, "unreachable", "The person cannot be reached at this address.")
    elif found.stop == Stop.WINDOW:
        window.go_around(found.delivery_id, chats)
    elif found.stop is not None:
        stop_for_good(found.delivery_id, Stop(found.stop))


def mark_anyway(found: Found) -> bool:
    """Mark a template, for which no window need be open."""
    row = Delivery.objects.filter(pk=found.delivery_id, status=Status.PENDING)
    return bool(row.update(status=Status.SENDING, attempts=F("attempts") + 1, sending_at=work.DATABASE_CLOCK))


@dataclass(frozen=True)
class Found:
    """A row of NEXT, as it was before the mark. Without a delivery its columns are None."""

    delivery_id: uuid.UUID
    status: str | None
    due: bool | None
    attempts: int
    created_at: datetime
    payload: str  # JSON
    chat_id: str
    account_id: uuid.UUID
    kind: str
    stop: str | None  # a `Stop`
    marked: bool

    @property
    def sends(self) -> Mapping[str, Any]:
        payload: Mapping[str, Any] = json.loads(self.payload)
        return payload

    def head(self, opened: Credentials | None) -> Head:
        return Head(
            credentials=opened,
            delivery_id=self.delivery_id,
            attempts=self.attempts + 1,
            created_at=self.created_at,
            kind=self.kind,
            account_id=self.account_id,
            chat_id=self.chat_id,
            payload=window.to_send(self.sends),
        )


def mark(claim: Claim) -> Found:
    """Inside the tenant's scope; raises LeaseLost."""
    return Found(*ask(NEXT, claim))


def ask(statement: str, claim: Claim) -> tuple[Any, ...]:
    """The row that the statement answers where the work is held; raises LeaseLost."""
    with connection.cursor() as cursor:
        values: dict[str, Any] = {
            "tenant": claim.tenant_id,
            "work": claim.work_id,
            "epoch": claim.epoch,
            "windows": WINDOWS,
        }
        cursor.execute(statement, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
    if row is None:
        raise LeaseLost(f"work {claim.work_id} is no longer held under epoch {claim.epoch}")
    return row


def rested(claim: Claim) -> bool:
    """Give the work back, unless something is due. Raises LeaseLost."""
    with tenant_scope(claim.tenant_id, first=work.locked(claim.conversation_id)):
        return give_rest(claim)


# Gives the work back where it is held under this epoch and no delivery is due, and answers whether that was so.
REST = f"""
    WITH held AS (
        SELECT w.id, d.due_at, d.id IS NULL OR (d.status = 'pending' AND NOT d.due) AS idle
        FROM messaging_work w {HEAD}
        WHERE w.tenant_id = %(tenant)s AND w.id = %(work)s AND w.epoch = %(epoch)s
        FOR NO KEY UPDATE OF w
    ), rested AS (
        UPDATE messaging_work w SET lease_until = NULL, due_at = held.due_at, worker = ''
        FROM held
        WHERE w.tenant_id = %(tenant)s AND w.id = held.id AND held.idle
    )
    SELECT idle FROM held
"""  # noqa: S608 - a text of ours


def give_rest(claim: Claim) -> bool:
    """Give the work back, unless something is due. Raises LeaseLost.

    The conversation's row, which the caller has locked, orders this against whoever adds a delivery or makes one due
    again: they see that the work is free, or this sees what they did.
    """
    (idle,) = ask(REST, claim)
    if idle:
        fault("in_rest")
    return bool(idle)


def find_in_doubt(claim: Claim, found: Found) -> None:
    """A delivery whose sender died between the first byte and the answer."""
    tenant = Tenant.objects.get(pk=claim.tenant_id)
    again = may_resend(tenant, found.kind, found.attempts)
    Delivery.objects.filter(pk=found.delivery_id).update(
        status=Status.PENDING if again else Status.IN_DOUBT,
        error="" if again else "The connection was lost after sending had begun; it may have arrived.",
    )
    logger.warning("delivery.in_doubt", extra={"delivery": str(found.delivery_id), "resend": again})
    if not again:
        audit.alert(tenant, "delivery.in_doubt", IN_DOUBT_ALERT)


def fail_open(claim: Claim, code: str, reason: str) -> None:
    open_ = Delivery.objects.filter(conversation=claim.conversation_id, status__in=[Status.PENDING, Status.SENDING])
    open_.update(status=Status.FAILED, error_code=code, error=reason, due_at=None)


def attempt(claim: Claim, head: Head) -> Sent | TransportError:
    if head.credentials is None:
        return TransportError("The account is gone.", permanent=True, code="no_account")
    if not heart.is_sure(claim):  # this process was paused: another may be sending what comes after by now
        return TransportError("The lease ran out before sending began.", code="lease_lost")
    try:
        outgoing = Outgoing(
            delivery_id=str(head.delivery_id),
            chat_id=head.chat_id,
            part=part_of(head.payload, claim.tenant_id),
            reply_to=head.payload.get("reply_to"),
        )
        return get_channel(head.kind).send(head.credentials, outgoing)
    except TransportError as error:
        return error


def settle(claim: Claim, head: Head, result: Sent | TransportError) -> bool:
    """Write down what became of the send; a database that is away for a while must not put it in doubt.

    Not guarded by the epoch: what is known is true whoever holds it. In the same transaction the work is given back
    where nothing more is due; answers whether it was. Raises LeaseLost once the outcome is kept.
    """

    around = isinstance(result, TransportError) and needs_another_way(result)

    def write(_tried: int) -> bool | None:
        with tenant_scope(claim.tenant_id, first=None if around else work.locked(claim.conversation_id)):
            chats = window.lock_chats(claim.conversation_id) if around else None
            if isinstance(result, Sent):
                settle_sent(head, result)
            else:
                settle_failed(claim, head, result, chats)
            fault("in_settle")
            try:
                return give_rest(claim)
            except LeaseLost:
                return None

    rests = insist(write, "delivery.unsettled", {"delivery": str(head.delivery_id)})
    if rests is None:
        raise LeaseLost(f"work {claim.work_id} was claimed by another sender meanwhile")
    return rests
