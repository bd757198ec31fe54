from __future__ import annotations

from django.db import models

from memory.models import Fact, Revision
from messaging.models.conversation import Message
from tenants_app.fields import TenantForeignKey
from tenants_app.models import TenantModel


class RevisionSource(TenantModel):
    """That a change of a document comes from what somebody said. Append-only."""

    revision = TenantForeignKey(Revision, on_delete=models.DO_NOTHING)
    message = TenantForeignKey(Message, on_delete=models.DO_NOTHING)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "revision", "message"], name="revisionsource_unique"),
        ]

    def __str__(self) -> str:
        return f"revision from message {self.message_id}"


class FactSource(TenantModel):
    """That a fact comes from what somebody said. Append-only."""

    fact = TenantForeignKey(Fact, on_delete=models.DO_NOTHING)
    message = TenantForeignKey(Message, on_delete=models.DO_NOTHING)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "fact", "message"], name="factsource_unique")]

    def __str__(self) -> str:
        return f"fact from message {self.message_id}"
