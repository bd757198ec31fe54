"""Deleting a tenant: every row by the database's cascade, every file, and a line in the installation's journal."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

from django.conf import settings
from django.db import transaction

from tenants_app.audit import record_installation
from tenants_app.models import Tenant

logger = logging.getLogger(__name__)


def tenant_files(tenant: Tenant) -> Path:
    """The folder that holds everything of the tenant's outside the database."""
    return Path(settings.MEDIA_ROOT) / "tenants" / str(tenant.pk)


def delete_tenant(tenant: Tenant, actor: str) -> None:
    """Runs as the operator. Files go after the rows: what a failure in between leaves, the next call removes."""
    with transaction.atomic():
        record_installation("tenant.deleted", actor, tenant=str(tenant.pk), slug=tenant.slug)
        Tenant.objects.filter(pk=tenant.pk)._raw_delete(using="default")  # type: ignore[attr-defined]
    folder = tenant_files(tenant)
    if folder.exists():
        shutil.rmtree(folder)
    logger.info("tenant.deleted", extra={"tenant": str(tenant.pk)})
