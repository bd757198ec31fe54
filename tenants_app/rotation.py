"""Rotation of keys, one short transaction a row: a kill at any point leaves every value readable and the rest to do.

The master key: put a new version into MASTER_KEYS beside the old, restart, rotate, then take the old one away.
What does not open is left as it is, for `find_unreadable` to name.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from tenants_app.envelope import SealError, place, seal
from tenants_app.faults import fault
from tenants_app.models import DataKey, Secret, Tenant
from tenants_app.scope import tenant_scope
from tenants_app.vault import SECRET_PLACE, add_data_key, master_keys, open_data_key, open_secret, wrap

logger = logging.getLogger(__name__)


@dataclass
class Rotated:
    data_keys: int = 0
    secrets: int = 0


def rewrap_data_keys(tenant: Tenant, done: Rotated) -> None:
    """Wrap the tenant's data keys by the newest master key."""
    masters = master_keys()
    with tenant_scope(tenant):
        stale = list(DataKey.objects.filter(tenant=tenant).exclude(master_version=masters.newest))
    for row in stale:
        try:
            wrapped = wrap(masters, masters.newest, open_data_key(row), row)
        except SealError:
            logger.warning("rotation.data_key_unreadable", extra={"tenant": str(tenant.pk), "data_key": str(row.pk)})
            continue
        with tenant_scope(tenant):
            done.data_keys += DataKey.objects.filter(pk=row.pk, master_version=row.master_version).update(
                wrapped=wrapped, master_version=masters.newest
            )
            fault("in_rewrap")
        fault("after_rewrap")


def reseal_secrets(tenant: Tenant, done: Rotated) -> None:
    """Give the tenant a new data key, seal every secret with it, and drop data keys that seal nothing any more."""
    with tenant_scope(tenant):
        fresh = add_data_key(tenant)
        pending = list(Secret.objects.filter(tenant=tenant).exclude(data_key=fresh).values_list("pk", flat=True))
    key = open_data_key(fresh)
    for pk in pending:
        done.secrets += reseal(tenant, pk, fresh, key)
        fault("after_reseal")
    fault("before_drop")
    drop_unused(tenant, fresh)


def reseal(tenant: Tenant, pk: UUID, fresh: DataKey, key: bytes) -> bool:
    """Seal one secret anew; False where it is gone or does not open."""
    with tenant_scope(tenant):
        # Only the secret is locked: with its data key as well, this and `put_secret` could wait for each other.
        row = Secret.objects.select_for_update(of=("self",)).select_related("data_key").filter(pk=pk).first()
        if row is None:
            return False
        try:
            value = open_secret(row)
        except SealError:
            logger.warning("rotation.secret_unreadable", extra={"tenant": str(tenant.pk), "secret": str(row.pk)})
            return False
        row.data_key = fresh
        row.ciphertext = seal(key, value.encode(), place(tenant.pk, *SECRET_PLACE, row.pk))
        row.save(update_fields=["data_key", "ciphertext", "updated_at"])
        fault("in_reseal")
        return True


def drop_unused(tenant: Tenant, fresh: DataKey) -> None:
    """Delete the data keys older than `fresh` that seal nothing.

    They are locked before the secrets are looked at: a secret that is just being sealed with one of them is waited for
    and then seen. Deleting its key would take it along in the cascade.
    """
    with tenant_scope(tenant):
        older = DataKey.objects.select_for_update().filter(tenant=tenant, created_at__lt=fresh.created_at)
        keys = {row.pk for row in older}
        used = set(Secret.objects.filter(tenant=tenant, data_key__in=keys).values_list("data_key_id", flat=True))
        DataKey.objects.filter(pk__in=keys - used).delete()


def find_unreadable(tenant: Tenant) -> Iterator[str]:
    """The names of the tenant's data keys and secrets that no key at hand opens. Never a value."""
    with tenant_scope(tenant):
        keys = list(DataKey.objects.filter(tenant=tenant).order_by("created_at"))
        secrets = list(Secret.objects.filter(tenant=tenant).select_related("data_key").order_by("name"))
    for key in keys:
        try:
            open_data_key(key)
        except SealError:
            yield f"data key {key.pk}"
    for secret in secrets:
        try:
            open_secret(secret)
        except SealError:
            yield secret.name
