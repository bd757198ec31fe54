"""A tenant's secrets: sealed on the way in, opened for use, never shown. Call inside `tenant_scope`."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from tenants_app.envelope import MasterKeys, new_key, open_sealed, place, seal
from tenants_app.ids import new_id
from tenants_app.models import DataKey, Secret, Tenant

KEY_PLACE = ("tenants_app_datakey", "wrapped")
SECRET_PLACE = ("tenants_app_secret", "ciphertext")


def master_keys() -> MasterKeys:
    return _parse(settings.MASTER_KEYS)


@lru_cache(maxsize=2)
def _parse(text: str) -> MasterKeys:
    return MasterKeys.parse(text)


def put_secret(tenant: Tenant, name: str, value: str) -> Secret:
    """Keep `value` under `name`, in place of what was there."""
    existing = Secret.objects.select_for_update().filter(tenant=tenant, name=name).first()
    secret = existing or Secret(id=new_id(), tenant=tenant, name=name)
    key = newest_data_key(tenant)
    secret.data_key = key
    secret.ciphertext = seal(open_data_key(key), value.encode(), place(tenant.pk, *SECRET_PLACE, secret.pk))
    secret.save(force_insert=existing is None)
    return secret


def get_secret(tenant: Tenant, name: str) -> str:
    """The value; raises Secret.DoesNotExist, and SealError where it does not open."""
    secret = Secret.objects.select_related("data_key").get(tenant=tenant, name=name)
    return open_secret(secret)


def open_secret(secret: Secret) -> str:
    where = place(secret.tenant_id, *SECRET_PLACE, secret.pk)
    return open_sealed(open_data_key(secret.data_key), bytes(secret.ciphertext), where).decode()


def newest_data_key(tenant: Tenant) -> DataKey:
    """The key that seals what is new, locked so that a rotation does not drop it before what it seals is committed."""
    newest = DataKey.objects.select_for_update(no_key=True).filter(tenant=tenant).order_by("-created_at", "-id").first()
    return newest or add_data_key(tenant)


def add_data_key(tenant: Tenant) -> DataKey:
    masters = master_keys()
    row = DataKey(id=new_id(), tenant=tenant, master_version=masters.newest)
    row.wrapped = wrap(masters, masters.newest, new_key(), row)
    row.save(force_insert=True)
    return row


def wrap(masters: MasterKeys, version: int, key: bytes, row: DataKey) -> bytes:
    return seal(masters[version], key, place(row.tenant_id, *KEY_PLACE, row.pk))


def open_data_key(row: DataKey) -> bytes:
    where = place(row.tenant_id, *KEY_PLACE, row.pk)
    return open_sealed(master_keys()[row.master_version], bytes(row.wrapped), where)
