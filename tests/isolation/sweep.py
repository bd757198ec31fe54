"""Every way across from one tenant to another that SQL has, tried for every table with the rights of the app.

A probe states what must come of it: a number of rows, or the error that must refuse it. Anything else is a crossing,
also another error: a probe that fails for some other reason would prove nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from tests.isolation.catalogue import TENANTS, Catalogue, ForeignKey, Index, Table
from tests.isolation.seeding import Row, Seeder, count, delete, enter, insert, update

DENIED = "42501"  # insufficient_privilege: no grant, or the policy's check
FOREIGN = "23503"  # foreign_key_violation
TAKEN = "23505"  # unique_violation
GARBAGE = "22P02"  # invalid_text_representation: a scope that is no identifier
NOT_SUPPORTED = "0A000"  # COPY FROM into a table with row-level security

Expected = set[int | str]


@dataclass(frozen=True)
class Crossing:
    table: str
    probe: str
    outcome: int | str

    def __str__(self) -> str:
        return f"{self.table}: {self.probe} → {self.outcome}"


def report(crossings: list[Crossing]) -> str:
    """A crossing a line; empty where nothing crossed."""
    return "\n".join(map(str, crossings))


@dataclass
class Twins:
    """Two tenants with a row in every table, alike but for their identifiers, and the three roles' connections."""

    catalogue: Catalogue
    seeder: Seeder
    a: uuid.UUID
    b: uuid.UUID
    rows_a: dict[str, Row]
    rows_b: dict[str, Row]
    app: psycopg.Connection[Any]
    operator: psycopg.Connection[Any]
    owner: psycopg.Connection[Any]

    def key(self, table: Table, rows: dict[str, Row]) -> Row:
        return {column: rows[table.name][column] for column in table.primary_key}

    def new_row(self, table: Table, tenant: uuid.UUID) -> Row:
        return self.seeder.row(table, tenant, self.rows_a if tenant == self.a else self.rows_b, new_keys=True)


Act = Callable[[psycopg.Connection[Any]], int]
Probe = tuple[str, Expected, Act]


def attempt(connection: psycopg.Connection[Any], scope: str | None, act: Act) -> int | str:
    """What comes of it: how many rows, or the error's code. Everything is rolled back."""
    with connection.transaction(force_rollback=True):
        if scope is not None:
            enter(connection, scope)
        try:
            return act(connection)
        except psycopg.Error as error:
            told = error.diag.message_detail if error.sqlstate == TAKEN else None
            return f"{error.sqlstate}, telling {told}" if told else error.sqlstate or str(error)


def sweep(twins: Twins, *tables: str) -> list[Crossing]:
    """Whatever crossed between the twins, in the tables named or in all."""
    found = []
    for table in twins.catalogue.of_tenants:
        if tables and table.name not in tables:
            continue
        sweeper = Sweeper(twins, table)
        for connection, scope, name, expected, act in sweeper.probes():
            outcome = attempt(connection, scope, act)
            if outcome not in expected:
                found.append(Crossing(table.name, name, outcome))
    return found


class Sweeper:
    """The probes of one table."""

    def __init__(self, twins: Twins, table: Table) -> None:
        self.twins, self.table = twins, table
        self.column = table.tenant_column
        self.own, self.other = twins.key(table, twins.rows_a), twins.key(table, twins.rows_b)

    def may(self, right: str, connection: psycopg.Connection[Any] | None = None) -> bool:
        query = "SELECT has_table_privilege(current_user, %s, %s)"
        [[held]] = (connection or self.twins.app).execute(query, [self.table.name, right])
        return bool(held)

    def none(self, right: str) -> Expected:
        """What must come of a statement for which the app has the right, or lacks it: no row, or a refusal."""
        return {0} if self.may(right) else {DENIED}

    def probes(self) -> Iterator[tuple[psycopg.Connection[Any], str | None, str, Expected, Act]]:
        app, scope = self.twins.app, str(self.twins.a)
        for group in (self.reading(), self.writing(), self.colliding(), self.wholesale()):
            for name, expected, act in group:
                yield app, scope, name, expected, act
        for strange in (None, "", "nobody", "%", str(uuid.UUID(int=0))):
            for name, expected, act in self.unscoped():
                yield app, strange, f"{name} in the scope {strange!r}", expected, act
        for role, connection in (("app", app), ("operator", self.twins.operator), ("owner", self.twins.owner)):
            for name, expected, act in self.pointing(connection):
                yield connection, scope, f"{name} as {role}", expected, act

    def reading(self) -> Iterator[Probe]:
        name, other = self.table.name, {self.column: self.twins.b}
        yield "select one's own row", {1}, lambda c: count(c, name, self.own)
        yield "select all rows", {1}, lambda c: count(c, name)
        yield "select by the other tenant", {0}, lambda c: count(c, name, other)
        yield "select by the other's key", {0}, lambda c: count(c, name, self.other)
        lock = sql.SQL("SELECT 1 FROM {} WHERE {} = %s FOR UPDATE").format(
            sql.Identifier(name), sql.Identifier(self.column)
        )
        yield "lock the other's row", self.none("UPDATE"), lambda c: c.execute(lock, [self.twins.b]).rowcount

    def writing(self) -> Iterator[Probe]:
        name, column, a, b = self.table.name, self.column, self.twins.a, self.twins.b
        yield "update the other's row", self.none("UPDATE"), lambda c: update(c, name, {column: b}, self.other)
        yield (
            "update every row",
            ({1} if self.may("UPDATE") else {DENIED}),
            lambda c: c.execute(self._statement("UPDATE {} SET {} = {}", column, column)).rowcount,
        )
        yield "take the other's row", self.none("UPDATE"), lambda c: update(c, name, {column: a}, self.other)
        yield "give one's own row away", {DENIED}, lambda c: update(c, name, {column: b}, self.own)
        # Without a WHERE no column is read, so that only WITH CHECK stands in the way.
        away = self._statement("UPDATE {} SET {} = %s", column)
        yield "give every row away", {DENIED}, lambda c: c.execute(away, [b]).rowcount
        yield "delete the other's row", self.none("DELETE"), lambda c: delete(c, name, self.other)
        yield "delete by the other tenant", self.none("DELETE"), lambda c: delete(c, name, {column: b})
        row = self.twins.new_row(self.table, uuid.uuid4() if name == TENANTS else b)
        yield "insert for the other tenant", {DENIED}, lambda c: insert(c, name, row)

    def colliding(self) -> Iterator[Probe]:
        for index in self.table.global_keys:
            taken = {column: self.twins.rows_b[self.table.name][column] for column in index.columns}
            if not self.may("INSERT"):
                expected: Expected = {DENIED} if self.column in taken else {TAKEN}
                yield f"take {index.name}", expected, lambda c, taken=taken: update(c, self.table.name, taken, self.own)  # type: ignore[misc]
                continue
            yield from self._collisions(index, self.twins.new_row(self.table, self.twins.a) | taken)

    def _collisions(self, index: Index, row: Row) -> Iterator[Probe]:
        name = self.table.name
        yield f"take {index.name}", {TAKEN}, lambda c: insert(c, name, row)
        yield f"pass over {index.name}", {0}, lambda c: insert(c, name, row, "ON CONFLICT DO NOTHING")
        upsert = f"ON CONFLICT ({', '.join(index.columns)}) DO UPDATE SET {self.column} = EXCLUDED.{self.column}"
        if not index.partial:
            yield f"overwrite by {index.name}", {DENIED}, lambda c: insert(c, name, row, upsert)

    def wholesale(self) -> Iterator[Probe]:
        yield "TRUNCATE", {DENIED}, lambda c: c.execute(self._statement("TRUNCATE {} CASCADE")).rowcount
        yield "COPY TO", {1}, self._copied
        refused: Expected = {NOT_SUPPORTED} if self.may("INSERT") else {DENIED}
        yield "COPY FROM", refused, self._copy_in
        yield "select with row_security off", {DENIED}, self._without_row_security
        statistics = "SELECT FROM pg_stats WHERE schemaname = 'public' AND tablename = %s"
        yield "read the statistics", {0}, lambda c: c.execute(statistics, [self.table.name]).rowcount

    def unscoped(self) -> Iterator[Probe]:
        name, column = self.table.name, self.column
        row = self.twins.new_row(self.table, uuid.uuid4() if name == TENANTS else self.twins.a)
        yield "select", {0, GARBAGE}, lambda c: count(c, name)
        yield "insert", {DENIED, GARBAGE}, lambda c: insert(c, name, row)
        change = self._statement("UPDATE {} SET {} = {}", column, column)
        yield "update", self.none("UPDATE") | {GARBAGE}, lambda c: c.execute(change).rowcount
        yield "delete", self.none("DELETE") | {GARBAGE}, lambda c: c.execute(self._statement("DELETE FROM {}")).rowcount

    def pointing(self, connection: psycopg.Connection[Any]) -> Iterator[Probe]:
        """Each key of one's own row at the other's row: the composite key must refuse it to every role."""
        for key in self.table.tenant_keys:
            if not self.twins.catalogue.tables[key.target].is_tenants:
                continue
            there = {key.pointing: self._target(key)}
            name = f"point {key.pointing} at the other's row"
            if self.may("UPDATE", connection):
                yield name, {FOREIGN}, lambda c, there=there: update(c, self.table.name, there, self.own)  # type: ignore[misc]
                continue
            row = self.twins.new_row(self.table, self.twins.a) | there
            yield f"insert and {name}", {FOREIGN}, lambda c, row=row: insert(c, self.table.name, row)  # type: ignore[misc]

    def _target(self, key: ForeignKey) -> Any:
        return self.twins.rows_b[key.target][key.target_columns[key.columns.index(key.pointing)]]

    def _statement(self, text: str, *columns: str) -> sql.Composed:
        return sql.SQL(text).format(*map(sql.Identifier, (self.table.name, *columns)))

    def _copied(self, connection: psycopg.Connection[Any]) -> int:
        with connection.cursor().copy(self._statement("COPY {} TO STDOUT")) as copy:
            return sum(1 for _ in copy.rows())

    def _copy_in(self, connection: psycopg.Connection[Any]) -> int:
        with connection.cursor().copy(self._statement("COPY {} FROM STDIN")):
            return 1

    def _without_row_security(self, connection: psycopg.Connection[Any]) -> int:
        connection.execute("SET LOCAL row_security = off")
        return count(connection, self.table.name)
