"""Sessions that must not go on: what was forgotten, or binds now, reaches a session that begins, and no other."""

from __future__ import annotations

from django.db.models import F

from tenants_app.models import Tenant


def begin_anew(tenant: Tenant) -> None:
    """Have the next turn of every one of its conversations begin a session. Inside the tenant's scope.

    It locks the tenant's row until the transaction ends. A conversation's row, where one is needed, is locked before.
    """
    Tenant.objects.filter(pk=tenant.pk).update(prompt_epoch=F("prompt_epoch") + 1)
