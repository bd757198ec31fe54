"""Deleting a tenant: every row by the database's cascade, every file, and a line in the installation's journal."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

from django.conf import settings
from django.db import transaction

from tenants_app.audit import record_installation
from tenants_app.models import InstallationEvent, Tenant

logger = logging.getLogger(__name__)

DELETED = "tenant.deleted"


def all_files() -> Path:
    """The folder that holds a folder for each tenant."""
    return Path(settings.MEDIA_ROOT) / "tenants"


def tenant_files(tenant: Tenant) -> Path:
    """The folder that holds everything of the tenant's outside the database."""
    return all_files() / str(tenant.pk)


def delete_tenant(tenant: Tenant, actor: str) -> int:
    """Runs as the operator. Returns how many folders were removed.

    The files go after the rows: a crash in between leaves a folder that the next call removes, whichever tenant it is
    for.
    """
    with transaction.atomic():
        record_installation(DELETED, actor, tenant=str(tenant.pk), slug=tenant.slug)
        Tenant.objects.filter(pk=tenant.pk)._raw_delete(using="default")
    logger.info(DELETED, extra={"tenant": str(tenant.pk)})
    return remove_leftovers()


def remove_leftovers() -> int:
    """Remove the folders of tenants that the journal says were deleted; nothing else's. Returns how many there were."""
    if not all_files().is_dir():
        return 0
    there = {folder.name: folder for folder in all_files().iterdir()}
    deleted = set(
        InstallationEvent.objects.filter(kind=DELETED, detail__tenant__in=list(there)).values_list(
            "detail__tenant", flat=True
        )
    )
    for name in deleted:
        shutil.rmtree(there[name])
    return len(deleted)


def was_deleted(slug: str) -> bool:
    """Whether a tenant of this name was here once."""
    return InstallationEvent.objects.filter(kind=DELETED, detail__slug=slug).exists()
