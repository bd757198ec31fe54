"""What the services report of our messages: kept as it came, and the delivery moves forward only."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Exists, Q
from django.utils import timezone

from messaging import health, window
from messaging.channels.base import StatusUpdate
from messaging.models import Delivery, DeliveryStatus
from tenants_app.literals import Literal
from tenants_app.models import ContactAddress, OperatorAlert

Status = Delivery.Status
IN_DOUBT_ALERT = "delivery.in_doubt"
# From which states a report moves a delivery on; a later state is never taken back by an earlier one that comes late.
MOVES: dict[str, tuple[set[str], dict[str, str]]] = {
    "sent": ({Status.SENDING, Status.IN_DOUBT, Status.PENDING}, {"sent_at": "at"}),
    "delivered": ({Status.SENDING, Status.IN_DOUBT, Status.PENDING, Status.SENT}, {"delivered_at": "at"}),
    "read": (
        {Status.SENDING, Status.IN_DOUBT, Status.PENDING, Status.SENT, Status.DELIVERED},
        {"read_at": "at"},
    ),
    "failed": ({Status.SENDING, Status.IN_DOUBT, Status.PENDING, Status.SENT}, {}),
}


def apply(tenant_id: uuid.UUID, update: StatusUpdate) -> None:
    """Record the report and move its delivery. Inside the tenant's scope; told twice, it changes nothing."""
    delivery_id = find_delivery(update)
    if update.window_closed or update.template is not None:
        refused(tenant_id, delivery_id, update)
        return
    keep(tenant_id, delivery_id, update)
    if delivery_id is None or not move(delivery_id, update):
        return
    if update.unreachable:
        mark_unreachable(delivery_id, update)
    if update.trouble is not None:
        health.note_trouble(
            Delivery.objects.values_list("conversation__account", flat=True).get(pk=delivery_id), update.trouble
        )
    if not Delivery.objects.filter(tenant=tenant_id, status=Literal(Status.IN_DOUBT)).exists():
        OperatorAlert.objects.filter(tenant=tenant_id, kind=IN_DOUBT_ALERT, resolved_at=None).update(
            resolved_at=timezone.now()
        )


def refused(tenant_id: uuid.UUID, delivery_id: uuid.UUID | None, update: StatusUpdate) -> None:
    """The message as it was may not go: it goes another way, or is held. Told again, when it may be on its way by now,
    that changes nothing."""
    if delivery_id is None:
        keep(tenant_id, delivery_id, update)
        return
    chats = window.lock_chats(Delivery.objects.values_list("conversation_id", flat=True).get(pk=delivery_id))
    told = DeliveryStatus.objects.filter(external_id=update.external_id, state=update.state, delivery=delivery_id)
    if told.exists():
        return
    keep(tenant_id, delivery_id, update)
    if move(delivery_id, update):
        window.after_refusal(delivery_id, update.template, update.error_text, chats)


def keep(tenant_id: uuid.UUID, delivery_id: uuid.UUID | None, update: StatusUpdate) -> None:
    DeliveryStatus.objects.bulk_create(
        [
            DeliveryStatus(
                tenant_id=tenant_id,
                delivery_id=delivery_id,
                external_id=update.external_id,
                state=update.state,
                at=update.at,
                error_code=update.error_code[:60],
                error=update.error_text[:300],
            )
        ],
        ignore_conflicts=True,
    )


def find_delivery(update: StatusUpdate) -> uuid.UUID | None:
    """By the id that we gave when sending, which is there even where the send's answer was lost; else by theirs."""
    if update.delivery_id is not None:
        return Delivery.objects.filter(pk=update.delivery_id).values_list("pk", flat=True).first()
    sent = Delivery.objects.exclude(external_id=Literal(""))
    return sent.filter(external_id=update.external_id).values_list("pk", flat=True).first()


def move(delivery_id: uuid.UUID, update: StatusUpdate) -> bool:
    """Whether the report was news. What may go another way waits, until that is decided."""
    sources, times = MOVES[update.state]
    values: dict[str, Any] = {"status": update.state, "external_id": update.external_id, "due_at": None}
    values |= dict.fromkeys(times, update.at)
    if update.state == "failed":
        values |= {"error_code": update.error_code[:60], "error": update.error_text[:300]}
    if update.window_closed or update.template is not None:
        values["status"] = Status.HELD
    rows = Delivery.objects.filter(pk=delivery_id, status__in=sources)
    if update.state != "failed":  # late news of a message that was refused, in whose place another waits
        refused = DeliveryStatus.objects.filter(external_id=update.external_id, state="failed", delivery=delivery_id)
        rows = rows.exclude(Q(status=Status.PENDING) & Exists(refused))
    return bool(rows.update(**values))


def mark_unreachable(delivery_id: uuid.UUID, update: StatusUpdate) -> None:
    """The service says that this person cannot be reached: no more tries until they write."""
    conversation = Delivery.objects.select_related("conversation__account").get(pk=delivery_id).conversation
    ContactAddress.objects.filter(
        kind=conversation.account.kind, address=conversation.chat_id, unreachable_at=None
    ).update(unreachable_at=update.at, unreachable_reason=update.error_text[:200])
