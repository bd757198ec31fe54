"""What must be true of every table by its form alone, read from the catalogue: the flaws that no row can show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
from django.conf import settings

from tests.isolation.catalogue import TENANTS, Catalogue, ForeignKey, Table
from tests.isolation.declared import CROSS_TENANT_INDEXES, GLOBAL_KEYS, INSTALLATION_TABLES

SETTING = "NULLIF(current_setting('app.tenant_id'::text, true), ''::text)"
GRANTS = """
    SELECT c.relname, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee) END, g.privilege_type
    FROM pg_class c, aclexplode(c.relacl) g WHERE c.relnamespace = 'public'::regnamespace AND c.relkind <> 'S'
    UNION ALL
    SELECT c.relname, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee) END, 'column ' || a.attname
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid, aclexplode(a.attacl) g
    WHERE c.relnamespace = 'public'::regnamespace"""
MOST = {"SELECT", "INSERT", "UPDATE", "DELETE"}

Grants = dict[tuple[str, str], set[str]]  # by table and role


def read_grants(owner: psycopg.Connection[Any]) -> Grants:
    grants: Grants = {}
    for table, role, right in owner.execute(GRANTS):
        grants.setdefault((table, role), set()).add(right)
    return grants


def flaws(catalogue: Catalogue, grants: Grants) -> list[str]:
    found = []
    for table in catalogue.tables.values():
        if table.kind not in "rp":
            found.append(f"{table.name}: is a view or foreign table; row-level security does not reach through it")
            continue
        checks = tenant_flaws(catalogue, table) if table.is_tenants else installation_flaws(catalogue, table, grants)
        found += [f"{table.name}: {flaw}" for flaw in checks]
        found += [f"{table.name}: {flaw}" for flaw in grant_flaws(table, grants)]
    return found


def tenant_flaws(catalogue: Catalogue, table: Table) -> Iterator[str]:
    column = table.columns[table.tenant_column]
    if column.type != "uuid" or not column.not_null:
        yield f"{column.name} must be uuid NOT NULL"
    if not (table.row_security and table.forced):
        yield "row-level security must be enabled and forced"
    if table.owner != settings.DATABASE_ROLES["owner"]:
        yield f"belongs to {table.owner}, not to the owner"
    yield from policy_flaws(table)
    yield from key_flaws(catalogue, table)
    yield from index_flaws(table)


def policy_flaws(table: Table) -> Iterator[str]:
    own = f"({table.tenant_column} = ({SETTING})::uuid)"
    roles = settings.DATABASE_ROLES
    wanted = {
        ("tenant", frozenset({roles["app"]}), "ALL", True, own, own),
        ("everything", frozenset({roles["owner"], roles["operator"]}), "ALL", True, "true", "true"),
    }
    there = {
        (each.name, frozenset(each.roles), each.command, each.permissive, each.using, each.check)
        for each in table.policies
    }
    for policy in wanted - there:
        yield f"lacks the policy {policy[0]} as it should be"
    for policy in there - wanted:
        yield f"has a policy {policy[0]} that lets more or other rows pass: {policy[1:]}"


def key_flaws(catalogue: Catalogue, table: Table) -> Iterator[str]:
    if table.name != TENANTS and not any(
        key.columns == ("tenant_id",) and key.target == TENANTS and key.on_delete == "c" and key.validated
        for key in table.foreign_keys
    ):
        yield "has no key to the tenant that deletes in cascade"
    for key in table.tenant_keys:
        if catalogue.tables[key.target].is_tenants:
            yield from composite_flaws(table, key)


def composite_flaws(table: Table, key: ForeignKey) -> Iterator[str]:
    if not key.is_composite or not key.validated:
        yield f"{key.name} must be a key (tenant_id, {key.pointing}) to (tenant_id, id)"
    if table.columns[key.pointing].not_null:
        good = key.on_delete == "c"
    else:
        good = key.on_delete == "n" and key.set_null == (key.pointing,)
    if not good:
        yield f"{key.name} must be ON DELETE CASCADE, or SET NULL ({key.pointing}) where it may be NULL"


def index_flaws(table: Table) -> Iterator[str]:
    for index in table.indexes:
        if index.columns[0] == table.tenant_column or index.columns == table.primary_key:
            continue
        if index.unique and (table.name, index.columns) not in GLOBAL_KEYS:
            yield f"{index.name} is unique across tenants, and not declared in GLOBAL_KEYS with a reason"
        if not index.unique and index.name not in CROSS_TENANT_INDEXES and not index.name.endswith("_like"):
            yield f"{index.name} does not lead with the tenant, and is not declared in CROSS_TENANT_INDEXES"


def installation_flaws(catalogue: Catalogue, table: Table, grants: Grants) -> Iterator[str]:
    if table.name not in INSTALLATION_TABLES:
        yield "has no tenant, and is not declared in INSTALLATION_TABLES with a reason"
        return
    rights = grants.get((table.name, settings.DATABASE_ROLES["app"]), set())
    if rights != set(INSTALLATION_TABLES[table.name][0].split()):
        yield f"the app has other rights than declared: {sorted(rights)}"
    for key in table.foreign_keys:
        if catalogue.tables[key.target].is_tenants:
            yield f"{key.name} refers to a tenant's rows, so its own rows are a tenant's"


def grant_flaws(table: Table, grants: Grants) -> Iterator[str]:
    """Nothing to PUBLIC; to app and operator no more than reading and writing rows (no TRUNCATE, no TRIGGER)."""
    roles = settings.DATABASE_ROLES
    for (name, role), rights in grants.items():
        if name != table.name or role == roles["owner"]:
            continue
        if role not in (roles["app"], roles["operator"]) or rights - MOST:
            yield f"{role} has rights that it must not have: {sorted(rights)}"
