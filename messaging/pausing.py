"""Resuming a paused tenant: what was held goes on, in order."""

from __future__ import annotations

from django.utils import timezone

from messaging import work
from messaging.models import Work
from tenants_app.models import Tenant
from tenants_app.pausing import mark_active, pause
from tenants_app.scope import tenant_scope

__all__ = ["pause", "resume"]


def resume(tenant: Tenant, actor: str) -> bool:
    """False where the tenant was not paused."""
    with tenant_scope(tenant):
        changed = mark_active(tenant, actor)
        if changed:
            Work.objects.filter(tenant=tenant, kind=Work.Kind.TURN, busy=True, lease_until=None, due_at=None).update(
                due_at=timezone.now()
            )
            work.wake_lane(tenant.pk, Work.Kind.TURN)
    return changed
