from __future__ import annotations

from django.db import models
from django.db.models import Q

from messaging.models.conversation import Conversation, Message
from tenants_app.fields import ExactJSONField, TenantForeignKey
from tenants_app.models import TenantModel


class Delivery(TenantModel):
    """One send of one piece of a reply. The outbox: sent in order of `seq` within a conversation."""

    class Status(models.TextChoices):
        PENDING = "pending"
        SENDING = "sending"  # committed just before the first byte; found after a crash, it becomes in doubt
        IN_DOUBT = "in_doubt"  # bytes were written and no answer came: it may have arrived, so it is not sent again
        SENT = "sent"
        DELIVERED = "delivered"
        READ = "read"
        FAILED = "failed"
        HELD = "held"  # waits for the contact to write, or for an operator
        WITHDRAWN = "withdrawn"  # not sent, and not to be: one of the team took over, or the person opted out

    conversation = TenantForeignKey(Conversation)
    message = TenantForeignKey(Message)
    seq = models.BigIntegerField()
    payload = ExactJSONField()  # {"text": …, "plain": …, "reply_to"?: …} and more by kind: see messaging.parts
    proactive = models.BooleanField(default=False, db_default=False)  # nobody had just asked for it
    purpose = models.CharField(max_length=30, blank=True, db_default="")  # by which a template is chosen
    ownership = models.BigIntegerField(null=True, blank=True)  # of the conversation; NULL: goes whoever has it
    note = models.CharField(max_length=300, blank=True, db_default="")  # why it waits, or went another way
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)  # not before; NULL: at once
    external_id = models.CharField(max_length=300, blank=True)
    error_code = models.CharField(max_length=60, blank=True)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sending_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["tenant", "conversation", "seq"], name="delivery_seq_unique")]
        indexes = [
            models.Index(
                fields=["tenant", "conversation", "seq"],
                condition=Q(status__in=["pending", "sending"]),
                name="delivery_open",
            ),
            models.Index(fields=["tenant"], condition=Q(status="in_doubt"), name="delivery_in_doubt"),
            models.Index(fields=["tenant", "conversation"], condition=Q(status="held"), name="delivery_held"),
            models.Index(fields=["tenant", "external_id"], condition=~Q(external_id=""), name="delivery_external"),
        ]

    def __str__(self) -> str:
        return f"delivery {self.seq}"


class DeliveryStatus(TenantModel):
    """A status as the service reported it, kept even where it matches nothing (yet). Append-only."""

    delivery = TenantForeignKey(Delivery, null=True, on_delete=models.DO_NOTHING)
    external_id = models.CharField(max_length=300)
    state = models.CharField(max_length=10)
    at = models.DateTimeField()
    error_code = models.CharField(max_length=60, blank=True)
    error = models.CharField(max_length=300, blank=True)
    stored_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "delivery statuses"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "external_id", "state"], name="deliverystatus_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.external_id}"
