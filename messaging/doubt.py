"""Ending the doubt about a delivery: an operator who has looked says whether it arrived, or has it sent once more."""

from __future__ import annotations

from django.db import models, transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Now

from messaging import work
from messaging.models import Conversation, Delivery, Work
from tenants_app import audit

Status = Delivery.Status
ALERT = "delivery.in_doubt"


def mark_arrived(delivery: Delivery, actor: str) -> bool:
    """The message is there: the delivery counts as sent. False where it was no longer in doubt."""
    with transaction.atomic():
        sent_at = Coalesce(F("sending_at"), Now())
        changed = in_doubt(delivery).update(status=Status.SENT, sent_at=sent_at, error="", error_code="")
        if changed:
            settled(delivery, actor, "delivery.marked_arrived")
    return bool(changed)


def resend_once(delivery: Delivery, actor: str) -> bool:
    """The message is not there: send it again. False where it was no longer in doubt, so asking twice sends once."""
    with transaction.atomic():
        Conversation.objects.select_for_update().get(pk=delivery.conversation_id)
        changed = in_doubt(delivery).update(status=Status.PENDING, due_at=None, error="", error_code="")
        if changed:
            work.schedule(delivery.tenant_id, delivery.conversation_id, Work.Kind.SEND)
            settled(delivery, actor, "delivery.resent")
    return bool(changed)


def in_doubt(delivery: Delivery) -> models.QuerySet[Delivery]:
    return Delivery.objects.filter(tenant=delivery.tenant_id, pk=delivery.pk, status=Status.IN_DOUBT)


def settled(delivery: Delivery, actor: str, action: str) -> None:
    audit.record(delivery.tenant, actor, action, f"delivery {delivery.pk}")
    if not Delivery.objects.filter(tenant=delivery.tenant_id, status=Status.IN_DOUBT).exists():
        audit.resolve_alert(delivery.tenant, ALERT)
