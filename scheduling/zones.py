"""A tenant's clock is set to another zone: its tasks keep the times of the day that they have, and its owner is told.

What is lost here, as by a kill in between, costs little: the tick places a task anew that was placed in another zone.
"""

from __future__ import annotations

import logging
import uuid
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver
from django.utils import timezone

from messaging.owners import tell_owners
from scheduling.changes import lock_tenant, move_skips, place
from scheduling.models import Task
from scheduling.rules import RuleError
from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope

logger = logging.getLogger(__name__)

BATCH = 500
BEFORE = "_zone_before"  # of a tenant that is being saved


@receiver(pre_save, sender=Tenant)
def note_zone(instance: Tenant, update_fields: frozenset[str] | None, **_: Any) -> None:
    is_saved = update_fields is None or "timezone" in update_fields
    known = Tenant.objects.filter(pk=instance.pk).values_list("timezone", flat=True).first() if is_saved else None
    setattr(instance, BEFORE, known)


@receiver(post_save, sender=Tenant)
def heed_zone(instance: Tenant, **_: Any) -> None:
    before = getattr(instance, BEFORE, None)
    if before is not None and before != instance.timezone:
        transaction.on_commit(partial(heed, instance.pk), robust=True)


def heed(tenant_id: uuid.UUID) -> None:
    moved = place_anew(tenant_id)
    logger.info("tenant.zone_changed", extra={"tenant": str(tenant_id), "count": moved})
    if moved:
        with tenant_scope(tenant_id):
            tenant = Tenant.objects.get(pk=tenant_id)
            tell_owners(tenant, "zone_changed", zone=tenant.timezone, count=str(moved))


def place_anew(tenant_id: uuid.UUID) -> int:
    """Find the next times of the tasks that go by the tenant's clock, by the zone that it has now; how many they are.

    Outside of any scope: each batch is a transaction of its own.
    """
    count, after = 0, uuid.UUID(int=0)
    while True:
        with tenant_scope(tenant_id):
            tenant, now = lock_tenant(tenant_id), timezone.now()
            due = Task.objects.filter(state=Task.State.ACTIVE, timezone="", pk__gt=after).exclude(
                placed_in=tenant.timezone
            )
            tasks = list(due.select_for_update(of=("self",)).select_related("tenant").order_by("pk")[:BATCH])
            moved = [task for task in tasks if has_moved(task, now)]
            Task.objects.bulk_update(moved, ["next_run_at", "placed_in", "state"])
        if not tasks:
            return count
        count, after = count + len(moved), tasks[-1].pk


def has_moved(task: Task, now: datetime) -> bool:
    before = task.placed_in
    try:
        place(task, now)
    except RuleError:  # one that cannot be read any more is ended by the tick
        logger.exception("task.bad_rule", extra={"task": str(task.pk)})
        return False
    move_skips(task, before, now)
    return True
