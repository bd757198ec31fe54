"""Writing the audit trail and alerts. Call inside `tenant_scope`, except for the installation's own events."""

from __future__ import annotations

import logging
from typing import Any

from django.utils import timezone

from tenants_app.models import AuditEntry, InstallationEvent, OperatorAlert, Tenant

logger = logging.getLogger(__name__)


def record(tenant: Tenant, actor: str, action: str, subject: str = "", **detail: Any) -> None:
    AuditEntry.objects.create(tenant=tenant, actor=actor, action=action, subject=subject, detail=detail)


def record_installation(kind: str, actor: str, **detail: Any) -> None:
    InstallationEvent.objects.create(kind=kind, actor=actor, detail=detail)


def alert(tenant: Tenant, kind: str, text: str) -> None:
    """Open an alert unless one of its kind is open already."""
    row = OperatorAlert(tenant=tenant, kind=kind, text=text[:500])
    created = OperatorAlert.objects.bulk_create([row], ignore_conflicts=True)
    logger.error("operator.alert", extra={"tenant": str(tenant.pk), "kind": kind, "new": bool(created)})


def resolve_alert(tenant: Tenant, kind: str) -> None:
    OperatorAlert.objects.filter(tenant=tenant, kind=kind, resolved_at=None).update(resolved_at=timezone.now())
