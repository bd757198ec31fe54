"""The one way to a tenant's rows.

Outside `tenant_scope` a tenant's table is empty to the app: row-level security reads the tenant from a setting that
holds for the transaction only.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.db import connection, transaction
from psycopg import pq, sql
from psycopg.errors import OperationalError, error_from_result

from tenants_app.models import Tenant

RELAXED = {"synchronous_commit": "off"}
SETTINGS = sql.SQL("SELECT set_config('synchronous_commit', 'off', true), set_config({name}, {value}, true); ")


class ForeignScope(RuntimeError):
    """A scope of one tenant was opened inside the scope of another."""


def current_tenant_id() -> uuid.UUID | None:
    """The tenant of the scope that this thread's connection is in."""
    return getattr(connection, "scoped_tenant_id", None)


@contextmanager
def tenant_scope(
    tenant: Tenant | uuid.UUID, *, relaxed: bool = False, first: sql.Composable | None = None
) -> Iterator[None]:
    """A transaction in which the tenant's rows, and only they, can be seen and written.

    `relaxed`: the commit need not wait for the disk (synchronous_commit off); only for what may be lost and done again,
    such as a claim. `first`: a statement whose answer nobody needs, such as a lock; it goes with the BEGIN. The
    connection is given back when the outermost scope ends. Raises ForeignScope when it stands in another tenant's
    scope.
    """
    tenant_id = tenant.pk if isinstance(tenant, Tenant) else tenant
    outer = current_tenant_id()
    if outer is not None:
        if outer != tenant_id:
            raise ForeignScope("A tenant's scope was opened inside the scope of another tenant.")
        with transaction.atomic():
            run_first(first)
            yield
        return
    standalone = not connection.in_atomic_block
    try:
        with transaction.atomic():
            if standalone:
                begin({"app.tenant_id": str(tenant_id)} | (RELAXED if relaxed else {}), first)
            else:
                set_tenant(str(tenant_id))
                run_first(first)
            connection.scoped_tenant_id = tenant_id  # type: ignore[attr-defined]
            try:
                yield
            finally:
                connection.scoped_tenant_id = None  # type: ignore[attr-defined]
            if not standalone:
                set_tenant("")  # the surrounding transaction outlives the scope, and so would the setting
    finally:
        if standalone:
            connection.close()


def begin(values: Mapping[str, str], first: sql.Composable | None = None) -> None:
    """Begin the transaction of an atomic block with settings that hold for it alone, and a first statement, in one
    round trip.

    Left to itself, psycopg asks for the BEGIN and for each of the others one after the other. Raises what the first
    statement raises, and OperationalError.
    """
    chosen = sql.SQL(", ").join(
        sql.SQL("set_config({}, {}, true)").format(name, value) for name, value in values.items()
    )
    simple(sql.SQL("BEGIN; SELECT {}").format(chosen) + (sql.SQL("; ") + first if first else sql.SQL("")))


def at_once(tenant_id: uuid.UUID, statement: sql.Composable) -> None:
    """One statement in a relaxed scope of its own, in one round trip; inside another transaction as a part of that.

    PostgreSQL runs statements that come together as one transaction.
    """
    if connection.in_atomic_block:
        with tenant_scope(tenant_id, first=statement):
            return
    try:
        simple(SETTINGS.format(name="app.tenant_id", value=str(tenant_id)) + statement)
    finally:
        connection.close()


def simple(statements: sql.Composable) -> None:
    """Run statements, their values written out, in one round trip. What they answer is not looked at."""
    connection.ensure_connection()
    raw = connection.connection
    with connection.wrap_database_errors:
        answer = raw.pgconn.exec_(statements.as_bytes(raw))
        if answer.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
            if not answer.error_field(pq.DiagnosticField.SQLSTATE):  # the server said nothing: the connection is lost
                raise OperationalError(answer.get_error_message())
            raise error_from_result(answer, encoding=raw.info.encoding)


def run_first(first: sql.Composable | None) -> None:
    if first is not None:
        with connection.cursor() as cursor:
            cursor.execute(first)


def mend_connections() -> None:
    """After a lost connection: give this thread's back, and have the pool put new ones in place of those that are dead.

    Connections are not tried out each time they are taken from the pool, as that would cost a round trip each.
    """
    connection.close()
    pool = getattr(connection, "pool", None)
    if pool is not None:
        pool.check()


def set_tenant(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant_id', %s, true)", [value])
