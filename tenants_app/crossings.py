"""The audit trail of operators who look into a tenant's things or change them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from tenants_app import audit
from tenants_app.models import AuditEntry, Tenant

VIEW_AGAIN = timedelta(hours=1)  # looking again at the same thing within this is the same look


def operator(username: str) -> str:
    return f"operator:{username}"[:150]


def subject_of(row: models.Model) -> str:
    return f"{row._meta.model_name} {row.pk}"


def tenant_of(row: models.Model) -> Tenant | None:
    """The tenant that a row belongs to; None for what belongs to the installation."""
    return row if isinstance(row, Tenant) else getattr(row, "tenant", None)


def note_act(actor: str, row: models.Model, action: str, **detail: Any) -> None:
    """Record what an operator did to a row: in its tenant's trail, or among the installation's events."""
    tenant = tenant_of(row)
    if tenant is None:
        audit.record_installation(action, actor, subject=subject_of(row), **detail)
    else:
        audit.record(tenant, actor, action, subject_of(row), **detail)


def note_views(actor: str, tenant_ids: Iterable[uuid.UUID], subject: str) -> None:
    """Record that the operator looked at `subject` of these tenants, once an hour each. Two queries however many."""
    wanted = set(tenant_ids)
    if not wanted:
        return
    seen = AuditEntry.objects.filter(
        tenant_id__in=wanted, actor=actor, action="viewed", subject=subject, at__gt=timezone.now() - VIEW_AGAIN
    )
    new = wanted - set(seen.values_list("tenant_id", flat=True))
    AuditEntry.objects.bulk_create(
        AuditEntry(tenant_id=each, actor=actor, action="viewed", subject=subject) for each in sorted(new)
    )
