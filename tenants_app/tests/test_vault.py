"""A sealed value opens where it was put, and nowhere else."""

from __future__ import annotations

import base64
import os
from typing import Any

import psycopg
import pytest

from tenants_app.envelope import MasterKeys, SealError, open_sealed, place, seal
from tenants_app.models import DataKey, Secret, Tenant
from tenants_app.scope import tenant_scope
from tenants_app.vault import get_secret, put_secret

Owner = psycopg.Connection[Any]


@pytest.fixture
def secrets(acme: Tenant, globex: Tenant) -> dict[str, Secret]:
    kept = {}
    for tenant in (acme, globex):
        with tenant_scope(tenant):
            for name in ("first", "second"):
                kept[f"{tenant.slug} {name}"] = put_secret(tenant, name, f"{name} of {tenant.slug}")
    return kept


def opened(tenant: Tenant, name: str) -> str:
    with tenant_scope(tenant):
        return get_secret(tenant, name)


def move(owner: Owner, table: str, column: str, source: object, target: object) -> None:
    owner.execute(
        f"UPDATE {table} SET {column} = (SELECT {column} FROM {table} WHERE id = %s) WHERE id = %s", [source, target]
    )


def test_what_was_put_is_got_and_replaced(acme: Tenant) -> None:
    with tenant_scope(acme):
        put_secret(acme, "token", "one ñ 👋")
        assert get_secret(acme, "token") == "one ñ 👋"
        put_secret(acme, "token", "two")
        assert get_secret(acme, "token") == "two"
        assert Secret.objects.count() == DataKey.objects.count() == 1
        with pytest.raises(Secret.DoesNotExist):
            get_secret(acme, "other")


def test_neither_table_holds_the_value(secrets: dict[str, Secret], owner_connection: Owner) -> None:
    rows = owner_connection.execute(
        "SELECT ciphertext FROM tenants_app_secret UNION ALL SELECT wrapped FROM tenants_app_datakey"
    )
    assert all(b"acme" not in bytes(row[0]) for row in rows)


def test_a_ciphertext_moved_to_another_row_does_not_open(
    acme: Tenant, secrets: dict[str, Secret], owner_connection: Owner
) -> None:
    """Both rows are sealed with the same data key: only the place tells them apart."""
    move(owner_connection, "tenants_app_secret", "ciphertext", secrets["acme first"].pk, secrets["acme second"].pk)
    assert opened(acme, "first") == "first of acme"
    with pytest.raises(SealError):
        opened(acme, "second")


def test_a_ciphertext_and_its_key_moved_to_another_tenant_do_not_open(
    acme: Tenant, globex: Tenant, secrets: dict[str, Secret], owner_connection: Owner
) -> None:
    source, target = secrets["acme first"], secrets["globex first"]
    move(owner_connection, "tenants_app_secret", "ciphertext", source.pk, target.pk)
    with pytest.raises(SealError):
        opened(globex, "first")
    move(owner_connection, "tenants_app_datakey", "wrapped", source.data_key_id, target.data_key_id)
    with pytest.raises(SealError):
        opened(globex, "first")


def test_a_row_given_whole_to_another_tenant_does_not_open(
    globex: Tenant, secrets: dict[str, Secret], owner_connection: Owner
) -> None:
    source = secrets["acme first"]
    with owner_connection.transaction():
        owner_connection.execute(
            "ALTER TABLE tenants_app_secret DROP CONSTRAINT tenants_app_secret_data_key_id_tenant_fk"
        )
        definition = (
            "ALTER TABLE tenants_app_secret ADD CONSTRAINT tenants_app_secret_data_key_id_tenant_fk FOREIGN KEY "
            "(tenant_id, data_key_id) REFERENCES tenants_app_datakey (tenant_id, id) ON DELETE CASCADE"
        )
        owner_connection.execute("DELETE FROM tenants_app_secret WHERE tenant_id = %s", [globex.pk])
        for table in ("secret", "datakey"):
            owner_connection.execute(
                f"UPDATE tenants_app_{table} SET tenant_id = %s WHERE tenant_id = %s", [globex.pk, source.tenant_id]
            )
        owner_connection.execute(definition)
    with pytest.raises(SealError):
        opened(globex, "first")


def test_a_value_in_another_column_or_table_does_not_open() -> None:
    key = os.urandom(32)
    sealed = seal(key, b"value", place("t", "table", "column", "row"))
    assert open_sealed(key, sealed, place("t", "table", "column", "row")) == b"value"
    for elsewhere in (("u", "table", "column", "row"), ("t", "other", "column", "row"), ("t", "table", "other", "row")):
        with pytest.raises(SealError):
            open_sealed(key, sealed, place(*elsewhere))


@pytest.mark.parametrize("damaged", [b"", b"short", b"x" * 40])
def test_a_damaged_value_does_not_open(damaged: bytes) -> None:
    with pytest.raises(SealError):
        open_sealed(os.urandom(32), damaged, b"")


def test_the_same_value_is_never_sealed_twice_alike() -> None:
    key = os.urandom(32)
    assert seal(key, b"value", b"") != seal(key, b"value", b"")


def test_master_keys_name_the_part_that_is_wrong() -> None:
    good = base64.b64encode(os.urandom(32)).decode()
    assert MasterKeys.parse(f"1:{good}, 12:{good}").newest == 12
    for text, part in ((f"1:{good},2:x", "part 2"), ("3:AAAA", "part 1"), (f"one:{good}", "part 1"), ("", "empty")):
        with pytest.raises(ValueError, match=part):
            MasterKeys.parse(text)


def test_a_missing_master_key_is_named(acme: Tenant, secrets: dict[str, Secret], settings: Any) -> None:
    settings.MASTER_KEYS = "2:" + base64.b64encode(os.urandom(32)).decode()
    with pytest.raises(SealError, match="lacks version 1"):
        opened(acme, "first")


def test_no_key_shows_in_a_repr(settings: Any) -> None:
    encoded = settings.MASTER_KEYS.partition(":")[2]
    raw = base64.b64decode(encoded)
    shown = repr(MasterKeys.parse(settings.MASTER_KEYS))
    assert encoded not in shown
    assert repr(raw) not in shown
