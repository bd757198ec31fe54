"""Rotation of keys, one short transaction a row: a kill at any point leaves every value readable and the rest to do.

The master key: put a new version into MASTER_KEYS beside the old, restart, rotate, then take the old one away.
"""

from __future__ import annotations

from dataclasses import dataclass

from tenants_app.envelope import place, seal
from tenants_app.models import DataKey, Secret, Tenant
from tenants_app.scope import tenant_scope
from tenants_app.vault import SECRET_PLACE, add_data_key, master_keys, open_data_key, open_secret, wrap


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
        wrapped = wrap(masters, masters.newest, open_data_key(row), row)
        with tenant_scope(tenant):
            done.data_keys += DataKey.objects.filter(pk=row.pk, master_version=row.master_version).update(
                wrapped=wrapped, master_version=masters.newest
            )


def reseal_secrets(tenant: Tenant, done: Rotated) -> None:
    """Give the tenant a new data key, seal every secret with it, and drop data keys that seal nothing any more."""
    with tenant_scope(tenant):
        fresh = add_data_key(tenant)
        pending = list(Secret.objects.filter(tenant=tenant).exclude(data_key=fresh).values_list("pk", flat=True))
    key = open_data_key(fresh)
    for pk in pending:
        with tenant_scope(tenant):
            secret = Secret.objects.select_for_update().select_related("data_key").filter(pk=pk).first()
            if secret is None:
                continue  # deleted meanwhile
            value = open_secret(secret)
            secret.data_key = fresh
            secret.ciphertext = seal(key, value.encode(), place(tenant.pk, *SECRET_PLACE, secret.pk))
            secret.save(update_fields=["data_key", "ciphertext", "updated_at"])
            done.secrets += 1
    with tenant_scope(tenant):
        used = Secret.objects.filter(tenant=tenant).values("data_key_id")
        DataKey.objects.filter(tenant=tenant, created_at__lt=fresh.created_at).exclude(pk__in=used).delete()
