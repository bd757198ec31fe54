from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from messaging.models.conversation import Conversation, Message
from tenants_app.fields import TenantForeignKey
from tenants_app.models import TenantModel


def path_of(row: Any, name: str) -> str:
    """Below the tenant's own folder, which goes with the tenant. `name` is ours, never the sender's."""
    return f"tenants/{row.tenant_id}/media/{row.pk}/{name}"


class Attachment(TenantModel):
    """A file that came with a message: named by the webhook, fetched by a worker, kept with the tenant's files."""

    class State(models.TextChoices):
        PENDING = "pending"  # still at the service
        KEPT = "kept"
        LOST = "lost"  # it cannot be had, or not be kept: see `error`

    conversation = TenantForeignKey(Conversation)
    message = TenantForeignKey(Message)
    kind = models.CharField(max_length=10)  # as in `messaging.channels.base.MediaKind`
    file_id = models.CharField(max_length=500)  # the service's
    name = models.CharField(max_length=255, blank=True)  # as the sender called it
    claimed_type = models.CharField(max_length=100, blank=True)  # the media type by the sender's word
    claimed_size = models.BigIntegerField(null=True, blank=True)  # bytes
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)  # not before; NULL: at once
    error = models.CharField(max_length=300, blank=True)
    media_type = models.CharField(max_length=100, blank=True)  # read from the bytes
    size = models.PositiveBigIntegerField(default=0)  # bytes
    sha256 = models.CharField(max_length=64, blank=True)
    file = models.FileField(upload_to=path_of, max_length=200, blank=True)
    view = models.FileField(
        upload_to=path_of, max_length=200, blank=True
    )  # what Claude gets of it, where it gets bytes
    view_size = models.PositiveIntegerField(default=0)  # bytes
    view_type = models.CharField(max_length=100, blank=True)
    pages = models.PositiveIntegerField(default=0)  # of a PDF
    text = models.TextField(blank=True)  # what it says, where it is text or was transcribed
    shown = models.BooleanField(default=False)  # Claude was told of it
    stored_at = models.DateTimeField(auto_now_add=True)
    kept_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "conversation"], condition=Q(state="pending"), name="attachment_pending"),
            models.Index(fields=["tenant", "conversation"], condition=Q(shown=False), name="attachment_unshown"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"
