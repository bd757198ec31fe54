from __future__ import annotations

from django.db import models

from tenants_app.ids import new_id
from tenants_app.models.base import TenantModel


class AuditEntry(TenantModel):
    """Who did what to a tenant's things. Append-only: neither the app nor an operator can change or remove one."""

    actor = models.CharField(max_length=150)  # "operator:alice", "contact:<id>", "system"
    action = models.CharField(max_length=100)  # "account.connected"
    subject = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["tenant", "at"])]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"


class OperatorAlert(TenantModel):
    """Something of a tenant's that needs an operator, one open alert for each kind of trouble."""

    kind = models.CharField(max_length=60)
    text = models.CharField(max_length=500)
    opened_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "kind"], condition=models.Q(resolved_at=None), name="operatoralert_one_open"
            )
        ]

    def __str__(self) -> str:
        return self.text


class InstallationEvent(models.Model):
    """What happened to the installation as a whole, kept when its tenant is gone. Append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=60)  # "tenant.deleted"
    actor = models.CharField(max_length=150)
    detail = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-at",)

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"
