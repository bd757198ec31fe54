"""Pausing a tenant when nothing can be asked of Claude on its behalf, and letting it go on.

The owner pauses it apart from that: neither lifts what the other wanted.
"""

from __future__ import annotations

from django.utils import timezone

from tenants_app.audit import alert, record, resolve_alert
from tenants_app.models import Tenant

ALERT = "tenant.paused"


def pause(tenant: Tenant, reason: str, actor: str = "system") -> bool:
    """Pause and alert; False where it was paused already. Call inside the tenant's scope."""
    changed = Tenant.objects.filter(pk=tenant.pk, status=Tenant.Status.ACTIVE).update(
        status=Tenant.Status.PAUSED, pause_reason=reason[:300], paused_at=timezone.now()
    )
    if changed:
        record(tenant, actor, "tenant.paused", reason=reason)
        alert(tenant, ALERT, f"{tenant.name} is paused: {reason}")
    return bool(changed)


def mark_active(tenant: Tenant, actor: str) -> bool:
    """The tenant's own part of resuming; `messaging.pausing.resume` also wakes what was held."""
    changed = Tenant.objects.filter(pk=tenant.pk, status=Tenant.Status.PAUSED).update(
        status=Tenant.Status.ACTIVE, pause_reason="", paused_at=None
    )
    if changed:
        record(tenant, actor, "tenant.resumed")
        resolve_alert(tenant, ALERT)
    return bool(changed)


def pause_by_owner(tenant: Tenant, actor: str) -> bool:
    """False where the owner had done so already. Call inside the tenant's scope."""
    changed = Tenant.objects.filter(pk=tenant.pk, owner_paused_at=None).update(owner_paused_at=timezone.now())
    if changed:
        record(tenant, actor, "tenant.paused_by_owner")
    return bool(changed)


def lift_owners_pause(tenant: Tenant, actor: str) -> bool:
    """False where there was none; as with `mark_active`, what was held is woken by `messaging.pausing`."""
    changed = Tenant.objects.filter(pk=tenant.pk, owner_paused_at__isnull=False).update(owner_paused_at=None)
    if changed:
        record(tenant, actor, "tenant.resumed_by_owner" if actor.startswith("contact:") else "tenant.resumed")
    return bool(changed)
