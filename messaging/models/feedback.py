from __future__ import annotations

from django.db import models

from messaging.models.conversation import Conversation
from messaging.models.turn import Turn
from tenants_app.fields import TenantForeignKey
from tenants_app.models import Contact, TenantModel


class Feedback(TenantModel):
    """What a person thinks of how the assistant does, in their words. Append-only."""

    conversation = TenantForeignKey(Conversation, on_delete=models.DO_NOTHING)
    contact = TenantForeignKey(Contact, null=True, on_delete=models.DO_NOTHING)
    turn = TenantForeignKey(Turn, on_delete=models.DO_NOTHING)  # in which they said it
    text = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "feedback"

    def __str__(self) -> str:
        return self.text[:60]
