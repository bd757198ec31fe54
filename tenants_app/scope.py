"""The one way to a tenant's rows.

Outside `tenant_scope` a tenant's table is empty to the app: row-level security reads the tenant from a setting that
holds for the transaction only.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from tenants_app.models import Tenant


class ForeignScope(RuntimeError):
    """A scope of one tenant was opened inside the scope of another."""


def current_tenant_id() -> uuid.UUID | None:
    """The tenant of the scope that this thread's connection is in."""
    return getattr(connection, "scoped_tenant_id", None)


@contextmanager
def tenant_scope(tenant: Tenant | uuid.UUID, *, relaxed: bool = False) -> Iterator[None]:
    """A transaction in which the tenant's rows, and only they, can be seen and written.

    `relaxed`: the commit need not wait for the disk (synchronous_commit off); only for what may be lost and done again,
    such as a claim. The connection is given back when the outermost scope ends. Raises ForeignScope when it stands in
    another tenant's scope.
    """
    tenant_id = tenant.pk if isinstance(tenant, Tenant) else tenant
    outer = current_tenant_id()
    if outer is not None:
        if outer != tenant_id:
            raise ForeignScope("A tenant's scope was opened inside the scope of another tenant.")
        with transaction.atomic():
            yield
        return
    standalone = not connection.in_atomic_block
    try:
        with transaction.atomic():
            set_tenant(str(tenant_id), relaxed=relaxed)
            connection.scoped_tenant_id = tenant_id  # type: ignore[attr-defined]
            try:
                yield
            finally:
                connection.scoped_tenant_id = None  # type: ignore[attr-defined]
            if not standalone:
                set_tenant(
                    "", relaxed=False
                )  # the surrounding transaction outlives the scope, and so would the setting
    finally:
        if standalone:
            connection.close()


def set_tenant(value: str, *, relaxed: bool) -> None:
    with connection.cursor() as cursor:
        if relaxed:
            cursor.execute(
                "SELECT set_config('app.tenant_id', %s, true), set_config('synchronous_commit', 'off', true)", [value]
            )
        else:
            cursor.execute("SELECT set_config('app.tenant_id', %s, true)", [value])
