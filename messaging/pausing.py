"""Resuming a paused tenant: what was held goes on, in order."""

from __future__ import annotations

from django.utils import timezone

from messaging import work
from messaging.models import Turn, Work
from tenants_app.literals import Literal
from tenants_app.models import Tenant
from tenants_app.pausing import lift_owners_pause, mark_active, pause, pause_by_owner
from tenants_app.scope import tenant_scope

__all__ = ["pause", "pause_by_owner", "resume", "resume_by_owner"]


def resume(tenant: Tenant, actor: str) -> bool:
    """Lift what operators or the product paused, else what the owner did; False where the tenant was not paused."""
    with tenant_scope(tenant):
        changed = mark_active(tenant, actor) or lift_owners_pause(tenant, actor)
        if changed:
            wake_held(tenant)
    return changed


def resume_by_owner(tenant: Tenant, actor: str) -> bool:
    """Lift only what the owner paused; False where they had not. Inside the tenant's scope."""
    changed = lift_owners_pause(tenant, actor)
    if changed:
        wake_held(tenant)
    return changed


def wake_held(tenant: Tenant) -> None:
    """Have the turns that were put aside taken up again. The tenant's row is locked, so none is put aside meanwhile."""
    held = Turn.objects.filter(tenant=tenant, status=Literal(Turn.Status.OPEN)).values("conversation")
    parked = Work.objects.filter(tenant=tenant, kind=Work.Kind.TURN, lease_until=None, due_at=None)
    parked.filter(conversation__in=held).update(due_at=timezone.now())
    work.wake_lane(tenant.pk, Work.Kind.TURN)
