from __future__ import annotations

from django.db import models

from messaging.models.account import ChannelAccount
from tenants_app.fields import TenantForeignKey
from tenants_app.ids import new_id
from tenants_app.models import TenantModel


class DeadLetter(TenantModel):
    """Something authentic for a tenant's account that could not be acted on: kept as it came and shown. Append-only."""

    account = TenantForeignKey(ChannelAccount)
    reason = models.CharField(max_length=300)
    raw = models.BinaryField()
    stored_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["tenant", "stored_at"])]

    def __str__(self) -> str:
        return self.reason


class UnroutedWebhook(models.Model):
    """An authentic body of which no tenant is known: no JSON, or for an account that is not here. Append-only.

    It belongs to no tenant; the app may add one and never read one.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=20)
    target = models.UUIDField()  # the app or account that the URL named
    reason = models.CharField(max_length=300)
    raw = models.BinaryField()
    stored_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.reason
