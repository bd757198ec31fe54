"""What became of a send, written down: the delivery's next state, and what an error means beyond it."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from messaging import health, window, work
from messaging.channels import get_channel
from messaging.channels.base import Credentials, Sent, TransportError
from messaging.channels.findings import refused
from messaging.models import ChannelAccount, Conversation, Delivery, Work
from messaging.work import Claim
from tenants_app import audit
from tenants_app.models import ContactAddress, Tenant

logger = logging.getLogger(__name__)

Status = Delivery.Status
RETRY_FIRST_SECONDS = 2.0
RETRY_MOST_SECONDS = 300.0
REFUSED_SECONDS = 300.0  # between tries while the service refuses the account's credentials
GIVE_UP = timedelta(hours=24)
TRIES = 20  # that there are at least, also of what was held for days before the first
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
    payload: Mapping[str, Any]  # see messaging.parts
    credentials: Credentials | None  # None: the account is gone


def may_resend(tenant: Tenant, kind: str, attempts: int) -> bool:
    """Whether a send of unknown outcome is made once more: where the channel never tells, and the tenant wants it."""
    echoes = get_channel(kind).capabilities.echoes_delivery_id
    return tenant.in_doubt_policy == Tenant.InDoubt.RESEND and not echoes and attempts < 2


def settle_sent(head: Head, result: Sent) -> None:
    row = Delivery.objects.filter(pk=head.delivery_id)
    open_ = row.filter(status__in=[Status.PENDING, Status.SENDING, Status.IN_DOUBT])
    refused = {"status": Status.PENDING, "external_id": result.external_id}  # a report was faster: it goes another way
    if not open_.exclude(**refused).update(
        status=Status.SENT,
        sent_at=timezone.now(),
        error="",
        error_code="",
        due_at=None,
        external_id=result.external_id,
    ):
        row.filter(external_id="").update(external_id=result.external_id)  # a status was faster


def needs_another_way(error: TransportError) -> bool:
    """Whether the message may go out another way, for which `settle_failed` needs both chats locked."""
    return error.window_closed or error.template is not None


def settle_failed(claim: Claim, head: Head, error: TransportError, chats: window.Chats | None) -> None:
    """Of this attempt only: where a sender was given up for dead, another may be sending the delivery again."""
    logger.warning("delivery.failed", extra={"delivery": str(head.delivery_id), "code": error.code})
    tenant = Tenant.objects.get(pk=claim.tenant_id)
    values = verdict(tenant, head, error, timezone.now())
    row = Delivery.objects.filter(
        pk=head.delivery_id, attempts=head.attempts, status__in=[Status.SENDING, Status.IN_DOUBT]
    )
    if not row.update(error=str(error)[:300], error_code=error.code[:60], **values):
        return
    follow_up(tenant, head, error, values["status"])
    if chats is not None and values["status"] == Status.HELD:
        window.after_refusal(head.delivery_id, error.template, str(error), chats)
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
    if error.window_closed or (error.template is not None and "template" in head.payload):
        return {"status": Status.HELD, "due_at": None}
    if error.permanent or (now - head.created_at > GIVE_UP and head.attempts > TRIES):
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
            health.note_trouble(head.account_id, refused(get_channel(head.kind), error))
    elif error.trouble is not None:
        health.note_trouble(head.account_id, error.trouble)
    if status == Status.IN_DOUBT:
        audit.alert(tenant, "delivery.in_doubt", IN_DOUBT_ALERT)
