"""The outbox: a conversation's deliveries, sent one after the other by whoever holds its `send` work.

A delivery becomes `sending` in a committed transaction just before the first byte. Found in that state by the next
holder, its outcome is unknown and it is not sent again, unless the tenant asked for that.
"""

from __future__ import annotations

import logging
import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from messaging import credentials, work
from messaging.channels import get_channel
from messaging.channels.base import Credentials, Outgoing, Sent, TextPart, TransportError
from messaging.leases import heart, held
from messaging.models import ChannelAccount, Conversation, Delivery, Work
from messaging.patience import insist
from messaging.work import Claim, LeaseLost
from tenants_app import audit
from tenants_app.faults import fault
from tenants_app.models import ContactAddress, Tenant
from tenants_app.scope import tenant_scope

logger = logging.getLogger(__name__)

Status = Delivery.Status
RETRY_FIRST_SECONDS = 2.0
RETRY_MOST_SECONDS = 300.0
REFUSED_SECONDS = 300.0  # between tries while the service refuses the account's credentials
GIVE_UP = timedelta(hours=24)
HOLD_SECONDS = 120.0  # one holder renews its lease so long, and begins sends for half of it; the rest go to the next
IN_DOUBT_ALERT = "A message may or may not have arrived; see the deliveries in doubt."


@dataclass(frozen=True, kw_only=True)
class Head:
    """The delivery to be sent now, with everything sending it needs."""

    delivery_id: uuid.UUID
    attempts: int
    created_at: datetime
    kind: str
    account_id: uuid.UUID
    chat_id: str
    outgoing: Outgoing
    credentials: Credentials | None  # None: the account is gone


def drain(claim: Claim) -> None:
    """Send what is due in the conversation, in order, then give the work back."""
    until = time.monotonic() + HOLD_SECONDS / 2
    with held(claim, HOLD_SECONDS):
        try:
            while True:
                head = next_head(claim)
                if head is not None:
                    fault("after_mark")
                    result = attempt(claim, head)
                    fault("after_send")
                    settle(claim, head, result)
                    fault("after_settle")
                if rested(claim):
                    break
                if time.monotonic() > until:
                    work.give_back(claim)
                    return
        except LeaseLost:
            logger.warning("outbox.lease_lost", extra={"conversation": str(claim.conversation_id)})
            return
    work.wake_lane(claim.tenant_id, Work.Kind.SEND, ended=1)


def next_head(claim: Claim) -> Head | None:
    """Mark the next due delivery as sending, and give it; None where none is due. Raises LeaseLost.

    What sending it needs is read first: once it is marked, only a send may stand between it and its outcome.
    """
    with tenant_scope(claim.tenant_id):
        conversation = Conversation.objects.select_related("account", "tenant").get(pk=claim.conversation_id)
        opened = credentials.credentials.get(claim.tenant_id, conversation.account_id)
        now = work.guard(claim)
        while (row := first_open(claim)) is not None and row.status == Status.SENDING:
            find_in_doubt(conversation, row)
        if row is None or not is_due(row, now):
            return None
        if unreachable(conversation):
            fail_open(conversation, "unreachable", "The person cannot be reached at this address.")
            return None
        row.status, row.attempts, row.sending_at = Status.SENDING, row.attempts + 1, now
        row.save(update_fields=["status", "attempts", "sending_at"])
        fault("in_mark")
        return head_of(conversation, row, opened)


def rested(claim: Claim) -> bool:
    """Give the work back, unless something is due. Raises LeaseLost.

    The conversation's row, locked first as everywhere, orders this against whoever adds a delivery or makes one due
    again: they see that the work is free, or this sees what they did.
    """
    with tenant_scope(claim.tenant_id):
        Conversation.objects.select_for_update().get(pk=claim.conversation_id)
        now = work.guard(claim)
        row = first_open(claim)
        if row is not None and (row.status == Status.SENDING or is_due(row, now)):
            return False
        work.release(claim, row.due_at if row else None)
        fault("in_rest")
        return True


def is_due(row: Delivery, now: datetime) -> bool:
    return row.due_at is None or row.due_at <= now


def first_open(claim: Claim) -> Delivery | None:
    open_ = Delivery.objects.filter(conversation_id=claim.conversation_id, status__in=[Status.PENDING, Status.SENDING])
    return open_.order_by("seq").first()


def head_of(conversation: Conversation, row: Delivery, opened: Credentials | None) -> Head:
    return Head(
        credentials=opened,
        delivery_id=row.pk,
        attempts=row.attempts,
        created_at=row.created_at,
        kind=conversation.account.kind,
        account_id=conversation.account_id,
        chat_id=conversation.chat_id,
        outgoing=Outgoing(
            delivery_id=str(row.pk),
            chat_id=conversation.chat_id,
            part=TextPart(text=row.payload["text"], plain=row.payload["plain"]),
            reply_to=row.payload.get("reply_to"),
        ),
    )


def find_in_doubt(conversation: Conversation, row: Delivery) -> None:
    """A delivery whose sender died between the first byte and the answer."""
    again = may_resend(conversation.tenant, conversation.account.kind, row.attempts)
    row.status = Status.PENDING if again else Status.IN_DOUBT
    row.error = "" if again else "The connection was lost after sending had begun; it may have arrived."
    row.save(update_fields=["status", "error"])
    logger.warning("delivery.in_doubt", extra={"delivery": str(row.pk), "resend": again})
    if not again:
        audit.alert(conversation.tenant, "delivery.in_doubt", IN_DOUBT_ALERT)


def may_resend(tenant: Tenant, kind: str, attempts: int) -> bool:
    """Whether a send of unknown outcome is made once more: where the channel never tells, and the tenant wants it."""
    echoes = get_channel(kind).capabilities.echoes_delivery_id
    return tenant.in_doubt_policy == Tenant.InDoubt.RESEND and not echoes and attempts < 2


def unreachable(conversation: Conversation) -> bool:
    return ContactAddress.objects.filter(
        kind=conversation.account.kind, address=conversation.chat_id, unreachable_at__isnull=False
    ).exists()


def fail_open(conversation: Conversation, code: str, reason: str) -> None:
    Delivery.objects.filter(conversation=conversation, status__in=[Status.PENDING, Status.SENDING]).update(
        status=Status.FAILED, error_code=code, error=reason, due_at=None
    )


def attempt(claim: Claim, head: Head) -> Sent | TransportError:
    if head.credentials is None:
        return TransportError("The account is gone.", permanent=True, code="no_account")
    if not heart.is_sure(claim):  # this process was paused: another may be sending what comes after by now
        return TransportError("The lease ran out before sending began.", code="lease_lost")
    try:
        return get_channel(head.kind).send(head.credentials, head.outgoing)
    except TransportError as error:
        return error


def settle(claim: Claim, head: Head, result: Sent | TransportError) -> None:
    """Write down what became of the send; a database that is away for a while must not put it in doubt.

    Not guarded by the epoch: what is known is true whoever holds it.
    """

    def write(_tried: int) -> None:
        with tenant_scope(claim.tenant_id):
            if isinstance(result, Sent):
                settle_sent(head, result)
            else:
                settle_failed(claim, head, result)
            fault("in_settle")

    insist(write, "delivery.unsettled", {"delivery": str(head.delivery_id)})


def settle_sent(head: Head, result: Sent) -> None:
    row = Delivery.objects.filter(pk=head.delivery_id)
    row.filter(status__in=[Status.PENDING, Status.SENDING, Status.IN_DOUBT]).update(
        status=Status.SENT, sent_at=timezone.now(), error="", error_code="", due_at=None
    )
    row.filter(external_id="").update(external_id=result.external_id)


def settle_failed(claim: Claim, head: Head, error: TransportError) -> None:
    """Of this attempt only: where a sender was given up for dead, another may be sending the delivery again."""
    logger.warning("delivery.failed", extra={"delivery": str(head.delivery_id), "code": error.code})
    tenant = Tenant.objects.get(pk=claim.tenant_id)
    values = verdict(tenant, head, error, timezone.now())
    Conversation.objects.select_for_update().get(pk=claim.conversation_id)
    row = Delivery.objects.filter(
        pk=head.delivery_id, attempts=head.attempts, status__in=[Status.SENDING, Status.IN_DOUBT]
    )
    if not row.update(error=str(error)[:300], error_code=error.code[:60], **values):
        return
    follow_up(tenant, head, error, values["status"])
    if values["status"] == Status.PENDING:  # whoever took over may have gone to rest already
        work.schedule(claim.tenant_id, claim.conversation_id, Work.Kind.SEND, values["due_at"])


def verdict(tenant: Tenant, head: Head, error: TransportError, now: datetime) -> dict[str, Any]:
    """The delivery's next state after an error."""
    if error.in_doubt and may_resend(tenant, head.kind, head.attempts):
        return {"status": Status.PENDING, "due_at": None}
    if error.in_doubt:
        return {"status": Status.IN_DOUBT}
    if error.migrated_to:
        return {"status": Status.PENDING, "due_at": None}
    if error.window_closed:
        return {"status": Status.HELD, "due_at": None}
    if error.permanent or now - head.created_at > GIVE_UP:
        return {"status": Status.FAILED, "due_at": None}
    if error.unauthorized:
        return {"status": Status.PENDING, "due_at": now + timedelta(seconds=REFUSED_SECONDS)}
    return {"status": Status.PENDING, "due_at": now + timedelta(seconds=retry_in(head.attempts, error.retry_after))}


def retry_in(attempts: int, retry_after: float | None) -> float:
    """Seconds until the next try: what the service asked for, else doubling from two seconds to five minutes."""
    if retry_after is not None:
        return retry_after
    return float(min(RETRY_FIRST_SECONDS * 2 ** (attempts - 1), RETRY_MOST_SECONDS))


def follow_up(tenant: Tenant, head: Head, error: TransportError, status: object) -> None:
    """What an error means beyond its own delivery."""
    if error.migrated_to:  # the group has become another chat; its conversation follows
        Conversation.objects.filter(account_id=head.account_id, chat_id=head.chat_id).update(chat_id=error.migrated_to)
    if error.unreachable:
        ContactAddress.objects.filter(kind=head.kind, address=head.chat_id, unreachable_at=None).update(
            unreachable_at=timezone.now(), unreachable_reason=str(error)[:200]
        )
    if error.unauthorized:
        changed = ChannelAccount.objects.filter(pk=head.account_id, status=ChannelAccount.Status.ACTIVE).update(
            status=ChannelAccount.Status.REFUSED, status_reason=str(error)[:300]
        )
        if changed:
            audit.alert(tenant, "account.refused", f"{head.kind} refuses the account's token; renew it with onboard.")
    if status == Status.IN_DOUBT:
        audit.alert(tenant, "delivery.in_doubt", IN_DOUBT_ALERT)


def reopen(conversation: Conversation) -> None:
    """The contact wrote: they can be reached, and the window is open again. Inside the tenant's scope."""
    ContactAddress.objects.filter(
        kind=conversation.account.kind, address=conversation.chat_id, unreachable_at__isnull=False
    ).update(unreachable_at=None, unreachable_reason="")
    released = Delivery.objects.filter(conversation=conversation, status=Status.HELD).update(status=Status.PENDING)
    if released:
        work.schedule(conversation.tenant_id, conversation.pk, Work.Kind.SEND)
