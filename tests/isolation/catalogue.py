"""What PostgreSQL itself says of the schema: tables, columns, keys, policies and rights.

The sweep reads this and no list of ours, so that a table of a migration yet to be written is covered as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import psycopg

TENANTS = "tenants_app_tenant"  # the table whose row is a tenant: its tenant is its own id

RELATIONS = """
    SELECT c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity, pg_get_userbyid(c.relowner)
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    ORDER BY 1"""
COLUMNS = """
    SELECT c.relname, a.attname, t.typname, t.typtype, a.attnotnull, a.atttypmod,
           a.attgenerated <> '' OR a.attidentity <> ''
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY c.relname, a.attnum"""
FOREIGN_KEYS = """
    SELECT f.conrelid::regclass::text, f.conname, f.confrelid::regclass::text, f.confdeltype,
           (SELECT array_agg(a.attname::text ORDER BY k.place) FROM unnest(f.conkey) WITH ORDINALITY k(number, place)
            JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.number),
           (SELECT array_agg(a.attname::text ORDER BY k.place) FROM unnest(f.confkey) WITH ORDINALITY k(number, place)
            JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = k.number),
           (SELECT array_agg(a.attname::text) FROM unnest(f.confdelsetcols) k(number)
            JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.number),
           f.convalidated, pg_get_constraintdef(f.oid)
    FROM pg_constraint f WHERE f.contype = 'f' AND f.connamespace = 'public'::regnamespace AND f.conparentid = 0
    ORDER BY f.conname"""
INDEXES = """
    SELECT i.indrelid::regclass::text, c.relname, i.indisunique, i.indisprimary, i.indpred IS NOT NULL,
           array(SELECT coalesce(a.attname::text, '(expression)')
                 FROM unnest(i.indkey[:i.indnkeyatts - 1]) WITH ORDINALITY k(number, place)
                 LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number AND k.number > 0
                 ORDER BY k.place)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relnamespace = 'public'::regnamespace ORDER BY c.relname"""
POLICIES = """
    SELECT tablename, policyname, permissive, roles::text[], cmd, qual, with_check FROM pg_policies
    WHERE schemaname = 'public' ORDER BY tablename, policyname"""


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    is_enum: bool
    not_null: bool
    size: int | None  # of a varchar, in characters
    automatic: bool  # generated or identity: PostgreSQL fills it


@dataclass(frozen=True)
class ForeignKey:
    table: str
    name: str
    target: str
    on_delete: str  # pg_constraint.confdeltype: a, r, c, n, d
    columns: tuple[str, ...]
    target_columns: tuple[str, ...]
    set_null: tuple[str, ...]
    validated: bool
    definition: str

    @property
    def pointing(self) -> str:
        """The column that points, beside the tenant's."""
        return next((column for column in self.columns if column != "tenant_id"), "tenant_id")

    @property
    def is_composite(self) -> bool:
        return len(self.columns) == 2 and self.columns[0] == "tenant_id" and self.target_columns[0] == "tenant_id"


@dataclass(frozen=True)
class Index:
    table: str
    name: str
    unique: bool
    primary: bool
    partial: bool
    columns: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(self.columns))  # the driver gives a list


@dataclass(frozen=True)
class Policy:
    table: str
    name: str
    permissive: bool
    roles: tuple[str, ...]
    command: str
    using: str
    check: str


@dataclass
class Table:
    name: str
    kind: str  # pg_class.relkind
    row_security: bool
    forced: bool
    owner: str
    columns: dict[str, Column] = field(default_factory=dict)
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    indexes: list[Index] = field(default_factory=list)
    policies: list[Policy] = field(default_factory=list)

    @property
    def is_tenants(self) -> bool:
        return self.name == TENANTS or "tenant_id" in self.columns

    @property
    def tenant_column(self) -> str:
        return "id" if self.name == TENANTS else "tenant_id"

    @property
    def primary_key(self) -> tuple[str, ...]:
        return next(index.columns for index in self.indexes if index.primary)

    @property
    def global_keys(self) -> list[Index]:
        """Unique keys without the tenant: what one tenant takes, no other can have."""
        return [index for index in self.indexes if index.unique and "tenant_id" not in index.columns]

    @property
    def tenant_keys(self) -> list[ForeignKey]:
        """The keys to rows of the same tenant: those that hold the tenant and another column."""
        return [key for key in self.foreign_keys if key.pointing != "tenant_id"]


@dataclass(frozen=True)
class Catalogue:
    tables: dict[str, Table]

    @property
    def of_tenants(self) -> list[Table]:
        return [table for table in self.tables.values() if table.is_tenants and table.kind in "rp"]

    @property
    def of_installation(self) -> list[Table]:
        return [table for table in self.tables.values() if not table.is_tenants]

    def composite_keys(self) -> list[ForeignKey]:
        """Every key from a tenant's row to a tenant's row, whatever its form."""
        return [key for table in self.of_tenants for key in table.tenant_keys if self.tables[key.target].is_tenants]


def read_catalogue(owner: psycopg.Connection[Any]) -> Catalogue:
    tables = {row[0]: Table(*row) for row in owner.execute(RELATIONS)}
    for table, name, type_name, type_type, not_null, modifier, automatic in owner.execute(COLUMNS):
        size = modifier - 4 if type_name in ("varchar", "bpchar") and modifier > 4 else None
        tables[table].columns[name] = Column(name, type_name, type_type == "e", not_null, size, automatic)
    _attach(tables, "foreign_keys", (_foreign_key(row) for row in owner.execute(FOREIGN_KEYS)))
    _attach(tables, "indexes", (Index(*row) for row in owner.execute(INDEXES)))
    _attach(tables, "policies", (_policy(row) for row in owner.execute(POLICIES)))
    return Catalogue(tables)


def _foreign_key(row: tuple[Any, ...]) -> ForeignKey:
    table, name, target, on_delete, columns, target_columns, set_null, validated, definition = row
    return ForeignKey(
        table,
        name,
        target,
        on_delete,
        tuple(columns),
        tuple(target_columns),
        tuple(set_null or ()),
        validated,
        definition,
    )


def _policy(row: tuple[Any, ...]) -> Policy:
    table, name, permissive, roles, command, using, check = row
    return Policy(table, name, permissive == "PERMISSIVE", tuple(roles), command, using or "", check or "")


def _attach(tables: dict[str, Table], attribute: str, items: Iterable[Any]) -> None:
    found = defaultdict(list)
    for item in items:
        found[item.table].append(item)
    for name, own in found.items():
        if name in tables:
            getattr(tables[name], attribute).extend(own)


def state(owner: psycopg.Connection[Any]) -> tuple[Any, ...]:
    """Everything that isolates, to compare before and after."""
    return tuple(
        tuple(map(str, owner.execute(query).fetchall())) for query in (RELATIONS, FOREIGN_KEYS, INDEXES, POLICIES)
    )
