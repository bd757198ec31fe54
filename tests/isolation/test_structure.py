"""Every table has the form that isolates it, also a table that a migration yet to come makes without a thought."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState

from tenants_app.fields import TenantForeignKey
from tenants_app.ids import new_id
from tenants_app.isolation import IsolateTable
from tests.fixtures import as_role
from tests.isolation.catalogue import Catalogue, read_catalogue
from tests.isolation.declared import CROSS_TENANT_INDEXES, DEFINER_FUNCTIONS, GLOBAL_KEYS, INSTALLATION_TABLES
from tests.isolation.structure import flaws, read_grants
from tests.isolation.sweep import Twins, report, sweep

Owner = psycopg.Connection[Any]
CARELESS = (
    "CREATE TABLE careless (id uuid PRIMARY KEY, tenant_id uuid, contact_id uuid REFERENCES tenants_app_contact (id))"
)


def found(owner: Owner) -> str:
    """A flaw a line; empty where there is none."""
    return "\n".join(flaws(read_catalogue(owner), read_grants(owner)))


def test_every_table_isolates(catalogue: Catalogue, owner_connection: Owner) -> None:
    assert len(catalogue.of_tenants) >= 19
    assert found(owner_connection) == ""


def test_nothing_is_declared_that_is_not_there(catalogue: Catalogue, owner_connection: Owner) -> None:
    indexes = {index.name for table in catalogue.tables.values() for index in table.indexes}
    keys = {(table.name, index.columns) for table in catalogue.of_tenants for index in table.global_keys}
    functions = {row[0] for row in owner_connection.execute("SELECT proname FROM pg_proc WHERE prosecdef")}
    assert set(INSTALLATION_TABLES) <= {table.name for table in catalogue.of_installation}
    assert set(CROSS_TENANT_INDEXES) <= indexes
    assert set(GLOBAL_KEYS) <= keys
    assert set(DEFINER_FUNCTIONS) <= functions


def test_a_careless_table_is_found_with_everything_that_it_lacks(
    migrated_database: None, owner_connection: Owner
) -> None:
    with owner_connection.transaction(force_rollback=True):
        owner_connection.execute(CARELESS)
        owner_connection.execute("CREATE INDEX careless_contact ON careless (contact_id)")
        owner_connection.execute("GRANT ALL ON careless TO PUBLIC")
        text = found(owner_connection)
    for lack in (
        "careless: tenant_id must be uuid NOT NULL",
        "careless: row-level security must be enabled and forced",
        "careless: lacks the policy tenant",
        "careless: lacks the policy everything",
        "careless: has no key to the tenant that deletes in cascade",
        "careless: careless_contact_id_fkey must be a key (tenant_id, contact_id)",
        "careless: careless_contact_id_fkey must be ON DELETE CASCADE, or SET NULL (contact_id)",
        "careless: careless_contact does not lead with the tenant",
        "careless: PUBLIC has rights that it must not have",
    ):
        assert lack in text


@pytest.mark.parametrize(
    ("statement", "flaw"),
    [
        ("CREATE TABLE loose (id uuid PRIMARY KEY)", "loose: has no tenant, and is not declared"),
        ("CREATE VIEW peep AS SELECT tenant_id, name FROM tenants_app_contact", "peep: is a view or foreign table"),
        ("CREATE MATERIALIZED VIEW peep AS SELECT name FROM tenants_app_contact", "peep: is a view or foreign table"),
        ("ALTER TABLE messaging_lane NO FORCE ROW LEVEL SECURITY", "messaging_lane: row-level security must be"),
        ("ALTER TABLE messaging_lane ALTER tenant_id DROP NOT NULL", "messaging_lane: tenant_id must be uuid NOT NULL"),
        ("CREATE UNIQUE INDEX one_name ON tenants_app_contact (name)", "one_name is unique across tenants"),
        ("CREATE POLICY more ON messaging_lane USING (true)", "messaging_lane: has a policy more"),
        (
            "ALTER TABLE messaging_lane DROP CONSTRAINT messaging_lane_tenant_fk",
            "messaging_lane: has no key to the tenant",
        ),
        ("GRANT SELECT (raw) ON messaging_unroutedwebhook TO proxystaff_app", "the app has other rights than declared"),
        ("GRANT TRUNCATE ON messaging_lane TO proxystaff_operator", "proxystaff_operator has rights that it must not"),
    ],
)
def test_each_flaw_is_found(migrated_database: None, owner_connection: Owner, statement: str, flaw: str) -> None:
    with owner_connection.transaction(force_rollback=True):
        owner_connection.execute(statement)
        assert flaw in found(owner_connection)


class Note(IsolateTable):
    """The migration of a later capability, done right: a table that refers to a contact, to itself and to a message."""

    fields = (
        ("id", models.UUIDField(primary_key=True, default=new_id)),
        ("tenant", models.ForeignKey("tenants_app.Tenant", models.CASCADE, db_constraint=False, db_index=False)),
        ("contact", TenantForeignKey("tenants_app.Contact")),
        ("message", TenantForeignKey("messaging.Message", null=True, on_delete=models.SET_NULL)),
        ("after", TenantForeignKey("messaging.Note", null=True, on_delete=models.SET_NULL)),
        ("text", models.TextField()),
        ("day", models.DateField()),
    )

    @classmethod
    def make(cls) -> None:
        """Run it as `migrate` would."""
        from django.apps import apps

        state, after = ProjectState.from_apps(apps), ProjectState.from_apps(apps)
        create = migrations.CreateModel("Note", list(cls.fields))
        create.state_forwards("messaging", after)
        with as_role("owner"), connection.schema_editor() as editor:
            create.database_forwards("messaging", editor, state, after)
            cls("Note", referenced=True).database_forwards("messaging", editor, after, after)


@pytest.fixture
def later_table(migrated_database: None, django_db_blocker: Any, owner_connection: Owner) -> Any:
    with django_db_blocker.unblock():
        Note.make()
    yield "messaging_note"
    owner_connection.execute("DROP TABLE messaging_note")


def test_a_table_of_a_later_migration_is_covered_without_a_word(later_table: str, twins: Twins) -> None:
    assert found(twins.owner) == ""
    assert later_table in twins.rows_a
    assert report(sweep(twins, later_table)) == ""
    twins.owner.execute(f'ALTER POLICY tenant ON "{later_table}" USING (true) WITH CHECK (true)')
    assert len(sweep(twins, later_table)) > 5
