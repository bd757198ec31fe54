"""Rows for every table, made from the catalogue: each column a value of its type, each key to the same tenant's row.

Two tenants are twins: what one row says, its twin says too, save for identifiers and for the keys that are declared to
be unique on the whole installation. So seeding the second tenant collides every other unique key with the first.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import psycopg
from django.apps import apps
from django.utils import timezone
from psycopg import sql
from psycopg.types.json import Jsonb

from tenants_app.ids import new_id
from tests.isolation.catalogue import TENANTS, Catalogue, Column, ForeignKey, Table
from tests.isolation.declared import GLOBAL_KEYS, SEEDS

Row = dict[str, Any]
counter = itertools.count(1)


def fresh(column: Column) -> Any:
    """A value of the column's type that was not there before, as far as its size allows."""
    number = next(counter)
    if column.size is not None or column.type in ("text", "citext"):
        # Digits: read as text, as JSON and as a number alike.
        return str(10**12 + number)[-(column.size or 13) :].lstrip("0") or "1"
    return _plain(column.type, number)


def _plain(kind: str, number: int) -> Any:
    if kind.startswith("_"):
        return []
    if kind in ("int2", "int4", "int8"):
        return number % 30_000
    values: dict[str, Any] = {
        "uuid": new_id(),
        "numeric": Decimal(number % 10),
        "float4": float(number),
        "float8": float(number),
        "bool": True,
        "timestamptz": timezone.now() + timedelta(microseconds=number),
        "date": date(2026, 1, 1) + timedelta(days=number),
        "time": time(12),
        "interval": timedelta(seconds=number),
        "jsonb": Jsonb({"seed": number}),
        "bytea": str(number).encode(),
        "tsvector": f"word{number}",
        "inet": "192.0.2.1",
    }
    if kind not in values:
        raise LookupError(
            f"No seed for the type {kind}: add it here, or a value for the column to SEEDS in declared.py"
        )
    return values[kind]


def choices_of(table: str) -> dict[str, Any]:
    """The first choice of each field that has choices, by column."""
    model = next((model for model in apps.get_models() if model._meta.db_table == table), None)
    fields = model._meta.local_fields if model else []
    return {each.column: each.flatchoices[0][0] for each in fields if each.flatchoices and each.column}


@dataclass
class Seeder:
    """Makes rows. `plain` holds what twins have in common, by table and column."""

    catalogue: Catalogue
    plain: dict[tuple[str, str], Any] = field(default_factory=dict)

    def order(self) -> Iterator[Table]:
        """Tables so that whatever a row refers to comes before it; in a circle, what may be NULL waits."""
        waiting = list(self.catalogue.of_tenants)
        while waiting:
            ready = self._ready(waiting, required_only=False) or self._ready(waiting, required_only=True)[:1]
            if not ready:
                raise LookupError(f"Required keys in a circle: {[table.name for table in waiting]}")
            for table in ready:
                yield table
                waiting.remove(table)

    @staticmethod
    def _ready(waiting: list[Table], *, required_only: bool) -> list[Table]:
        names = {table.name for table in waiting}
        return [
            table
            for table in waiting
            if not any(
                key.target in names - {table.name} and (table.columns[key.pointing].not_null or not required_only)
                for key in table.foreign_keys
            )
        ]

    def row(self, table: Table, tenant: uuid.UUID, rows: dict[str, Row], *, new_keys: bool = False) -> Row:
        """A whole row of the tenant, pointing at those of its `rows` that are there; `new_keys`: not its twin's."""
        row = self.plain_row(table, new_keys=new_keys)
        row[table.tenant_column] = tenant
        for key in table.foreign_keys:
            point(key, row, rows)
        return row

    def plain_row(self, table: Table, *, new_keys: bool = False) -> Row:
        """A row of values that refers to nothing."""
        choices = choices_of(table.name)
        distinct = distinct_columns(table, every_key=new_keys)
        row = Row()
        for column in table.columns.values():
            if column.automatic:
                continue
            place = (table.name, column.name)
            if column.name not in distinct and place not in self.plain:
                seeds = SEEDS | {f"{table.name}.{name}": value for name, value in choices.items()}
                self.plain[place] = seeds.get(".".join(place), fresh(column))
            row[column.name] = fresh(column) if column.name in distinct else self.plain[place]
        return row

    def seed(self, app: psycopg.Connection[Any], tenant: uuid.UUID) -> dict[str, Row]:
        """A row in every table, as the app in the tenant's scope; the tenant itself is there. Returns them by table."""
        rows: dict[str, Row] = {TENANTS: {"id": tenant}}
        with app.transaction():
            enter(app, str(tenant))
            for table in self.order():
                if table.name != TENANTS:
                    rows[table.name] = self.row(table, tenant, rows)
                    insert(app, table.name, rows[table.name])
        return rows

    def link(self, owner: psycopg.Connection[Any], rows: dict[str, Row]) -> None:
        """Set the keys that could not be set at once, because tables refer to each other in a circle."""
        for name, row in rows.items():
            for key in self.catalogue.tables[name].tenant_keys:
                if row[key.pointing] is None and key.target in rows:
                    point(key, row, rows)
                    update(owner, name, {key.pointing: row[key.pointing]}, {"id": row["id"]})


def distinct_columns(table: Table, *, every_key: bool) -> set[str]:
    """The columns in which twins must differ: the primary key and the declared keys; or those of every unique key."""
    keys = [index.columns for index in table.indexes if index.unique]
    if not every_key:
        keys = [key for key in keys if key == table.primary_key or (table.name, key) in GLOBAL_KEYS]
    return {column for key in keys for column in key if column in table.columns}


def point(key: ForeignKey, row: Row, rows: dict[str, Row]) -> None:
    """Make the row refer to the one of `rows`, or to nothing yet."""
    for column, target in zip(key.columns, key.target_columns, strict=True):
        if column != "tenant_id" and key.target != TENANTS:
            row[column] = row[target] if key.target == key.table else rows.get(key.target, {}).get(target)


def enter(connection: psycopg.Connection[Any], tenant: str) -> None:
    connection.execute("SELECT set_config('app.tenant_id', %s, true)", [tenant])


def insert(connection: psycopg.Connection[Any], table: str, row: Row, tail: str = "") -> int:
    """Insert the row; returns how many rows that made. `tail` may be an ON CONFLICT clause."""
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) {}").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join(sql.Placeholder() * len(row)),
        sql.SQL(tail),
    )
    return connection.execute(statement, list(row.values())).rowcount


def update(connection: psycopg.Connection[Any], table: str, values: Row, where: Row) -> int:
    statement = sql.SQL("UPDATE {} SET {} WHERE {}").format(
        sql.Identifier(table), _pairs(values, ", "), _pairs(where, " AND ")
    )
    return connection.execute(statement, [*values.values(), *where.values()]).rowcount


def delete(connection: psycopg.Connection[Any], table: str, where: Row) -> int:
    statement = sql.SQL("DELETE FROM {} WHERE {}").format(sql.Identifier(table), _pairs(where, " AND "))
    return connection.execute(statement, list(where.values())).rowcount


def count(connection: psycopg.Connection[Any], table: str, where: Row | None = None) -> int:
    condition = _pairs(where, " AND ") if where else sql.SQL("true")
    statement = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(sql.Identifier(table), condition)
    [[number]] = connection.execute(statement, list((where or {}).values()))
    return int(number)


def _pairs(values: Row, between: str) -> sql.Composed:
    pairs = [sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder()) for name in values]
    return sql.SQL(between).join(pairs)
