"""Migration operations that put a table under its tenant: row-level security, composite keys, cascades and grants.

The names of the three roles come from the installation's own database URLs (`settings.DATABASE_ROLES`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from tenants_app.fields import TenantForeignKey

CURRENT_TENANT = "nullif(current_setting('app.tenant_id', true), '')::uuid"
APPEND_ONLY = "SELECT, INSERT"
READ_WRITE = "SELECT, INSERT, UPDATE, DELETE"


def role(kind: str) -> str:
    """The quoted name of the role `owner`, `app` or `operator`."""
    name: str = settings.DATABASE_ROLES[kind]
    return '"' + name.replace('"', '""') + '"'


def policy_sql(table: str, using: str) -> list[str]:
    """The two policies of a tenant's table: the app sees one tenant, owner and operator see all."""
    return [
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
        f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
        f'CREATE POLICY tenant ON "{table}" TO {role("app")} USING ({using}) WITH CHECK ({using})',
        f'CREATE POLICY everything ON "{table}" TO {role("owner")}, {role("operator")} USING (true) WITH CHECK (true)',
    ]


def grant_sql(table: str, rights: str) -> list[str]:
    return [
        f'REVOKE ALL ON "{table}" FROM PUBLIC, {role("app")}, {role("operator")}',
        f'GRANT {rights} ON "{table}" TO {role("app")}, {role("operator")}',
    ]


def composite_key_sql(table: str, column: str, target: str, target_column: str, *, nullable: bool) -> str:
    """The key `(tenant_id, column)` to the target's `(tenant_id, id)`, with its cascade."""
    action = f'SET NULL ("{column}")' if nullable else "CASCADE"
    return (
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_{column}_tenant_fk" FOREIGN KEY (tenant_id, "{column}") '
        f'REFERENCES "{target}" (tenant_id, "{target_column}") ON DELETE {action}'
    )


class IsolateTable(Operation):
    """Puts the model's table under its tenant. Run it after the model, and the models that it refers to, exist.

    `referenced`: other tables have composite keys to this one. `append_only`: neither the app nor the operator may
    update or delete; the database's cascade still passes. `unindexed`: foreign key columns served by another index
    that leads with (tenant_id, column).
    """

    reduces_to_sql = True
    reversible = True

    def __init__(
        self,
        model_name: str,
        *,
        referenced: bool = False,
        append_only: bool = False,
        unindexed: tuple[str, ...] = (),
    ) -> None:
        self.model_name = model_name
        self.referenced = referenced
        self.append_only = append_only
        self.unindexed = unindexed

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        for statement in self.statements(model):
            schema_editor.execute(statement, params=None)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Nothing to do: what this made goes with the table, whose creation is undone next."""

    def describe(self) -> str:
        return f"Put {self.model_name} under its tenant"

    def statements(self, model: type[models.Model]) -> Iterator[str]:
        table = model._meta.db_table
        yield from policy_sql(table, f"tenant_id = {CURRENT_TENANT}")
        yield from grant_sql(table, APPEND_ONLY if self.append_only else READ_WRITE)
        if self.referenced:
            yield f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_tenant_id_uniq" UNIQUE (tenant_id, id)'
        yield (
            f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_tenant_fk" FOREIGN KEY (tenant_id) '
            f"REFERENCES tenants_app_tenant (id) ON DELETE CASCADE"
        )
        for field in model._meta.local_fields:
            if isinstance(field, TenantForeignKey):
                yield from self.key_statements(table, field)

    def key_statements(self, table: str, field: Any) -> Iterator[str]:
        target = field.remote_field.model._meta
        yield composite_key_sql(table, field.column, target.db_table, target.pk.column, nullable=field.null)
        if field.name not in self.unindexed:
            yield f'CREATE INDEX "{table}_{field.column}_idx" ON "{table}" (tenant_id, "{field.column}")'
