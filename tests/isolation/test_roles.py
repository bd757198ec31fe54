"""What the app and the operator cannot do, each tried for real."""

from __future__ import annotations

import contextlib
import os
from typing import Any

import psycopg
import pytest
from django.conf import settings
from psycopg import sql

from tests.isolation.catalogue import Catalogue
from tests.isolation.seeding import Seeder, insert
from tests.isolation.sweep import DENIED, Twins, attempt

Connections = dict[str, psycopg.Connection[Any]]
INSTALLATION_JOURNALS = ("tenants_app_installationevent", "messaging_unroutedwebhook")
SCHEMA_CHANGES = (
    "ALTER TABLE {} DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE {} NO FORCE ROW LEVEL SECURITY",
    "ALTER TABLE {} ADD COLUMN more integer",
    "ALTER TABLE {} DISABLE TRIGGER ALL",
    "ALTER POLICY tenant ON {} USING (true)",
    "DROP POLICY tenant ON {}",
    "CREATE POLICY more ON {} USING (true)",
    "CREATE INDEX ON {} (tenant_id)",
    "CREATE TRIGGER more AFTER INSERT ON {} EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE RULE more AS ON INSERT TO {} DO NOTHING",
    "DROP TABLE {} CASCADE",
    "TRUNCATE {} CASCADE",
)


@pytest.fixture(params=["app", "operator"])
def role(request: pytest.FixtureRequest, roles: Connections) -> psycopg.Connection[Any]:
    return roles[request.param]


def outcome(connection: psycopg.Connection[Any], statement: str, *names: str) -> int | str:
    composed = sql.SQL(statement).format(*map(sql.Identifier, names))
    return attempt(connection, None, lambda c: c.execute(composed).rowcount)


def test_no_role_passes_row_level_security_or_makes_roles(owner_connection: psycopg.Connection[Any]) -> None:
    query = """SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)
               AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)"""
    assert owner_connection.execute(query, [list(settings.DATABASE_ROLES.values())]).fetchall() == []


@pytest.mark.parametrize("target", ["owner", "operator", "app", "superuser"])
def test_no_role_becomes_another(roles: Connections, target: str) -> None:
    name = settings.DATABASE_ROLES.get(target, "postgres")
    others = [role for role in ("app", "operator") if role != target]
    for other in others:
        for statement in ("SET ROLE {}", "SET SESSION AUTHORIZATION {}", "GRANT {} TO CURRENT_USER"):
            assert outcome(roles[other], statement, name) in (DENIED, "0LP01"), f"{other}: {statement}"
        [[member]] = roles[other].execute("SELECT pg_has_role(current_user, %s, 'MEMBER')", [name])
        assert not member


@pytest.mark.parametrize("statement", SCHEMA_CHANGES)
def test_no_table_is_changed_but_by_the_owner(
    role: psycopg.Connection[Any], catalogue: Catalogue, statement: str
) -> None:
    for table in catalogue.of_tenants:
        assert outcome(role, statement, table.name) == DENIED, table.name


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.trap (id integer)",
        "CREATE FUNCTION public.trap() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE VIEW public.trap AS SELECT 1",
        "CREATE TEMPORARY TABLE trap (id integer)",  # pg_temp could stand before public in a search path
        "CREATE FUNCTION pg_temp.trap() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA trap",
        "CREATE EXTENSION dblink",
        "SET session_replication_role = replica",  # would switch the keys off
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT pg_read_file('postgresql.conf')",
        "SELECT FROM pg_authid",
    ],
)
def test_nothing_is_made_and_no_back_door_stands_open(role: psycopg.Connection[Any], statement: str) -> None:
    assert outcome(role, statement) == DENIED


def test_the_app_reads_nothing_of_the_installations_journals(
    database: None, roles: Connections, catalogue: Catalogue
) -> None:
    for name in INSTALLATION_JOURNALS:
        insert(roles["app"], name, Seeder(catalogue).plain_row(catalogue.tables[name]))
        assert outcome(roles["app"], "SELECT FROM {}", name) == DENIED
        assert outcome(roles["operator"], "SELECT FROM {}", name) == 1


def test_operators_things_are_closed_to_the_app(roles: Connections) -> None:
    for name in ("auth_user", "django_session", "django_admin_log", "tenants_app_onetimepassword"):
        assert outcome(roles["app"], "SELECT FROM {}", name) == DENIED


def test_append_only_tables_refuse_app_and_operator(twins: Twins, roles: Connections) -> None:
    named = {"tenants_app_auditentry", "tenants_app_usagerow", "messaging_turnstep", "messaging_deliverystatus"}
    assert named <= append_only(twins)
    for name in {*append_only(twins), *INSTALLATION_JOURNALS}:
        for connection in (roles["app"], roles["operator"]):
            for statement in ("UPDATE {} SET id = id", "DELETE FROM {}", "SELECT FROM {} FOR UPDATE"):
                assert outcome(connection, statement, name) == DENIED, f"{statement} {name}"


def append_only(twins: Twins) -> set[str]:
    query = (
        "SELECT has_table_privilege(current_user, %s, 'INSERT') AND NOT has_table_privilege(current_user, %s, 'UPDATE')"
    )
    return {
        t.name for t in twins.catalogue.of_tenants if twins.app.execute(query, [t.name, t.name]).fetchone() == (True,)
    }


def test_the_setting_does_not_outlive_its_transaction(twins: Twins) -> None:
    """A pooled connection that kept the tenant would show its rows to whoever borrows it next."""
    with twins.app.transaction():
        twins.app.execute("SELECT set_config('app.tenant_id', %s, true)", [str(twins.a)])
        assert outcome(twins.app, "SELECT FROM tenants_app_contact") == 1
    assert outcome(twins.app, "SELECT FROM tenants_app_contact") == 0


def test_the_operator_sees_both_tenants(twins: Twins) -> None:
    for table in twins.catalogue.of_tenants:
        assert outcome(twins.operator, "SELECT FROM {}", table.name) == 2


def test_strangers_do_not_reach_the_database(
    migrated_database: None, owner_connection: psycopg.Connection[Any]
) -> None:
    admin_url = os.environ["DATABASE_ADMIN_URL"]
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute("CREATE ROLE stranger LOGIN PASSWORD 'stranger'")
        try:
            host, port, name = owner_connection.info.host, owner_connection.info.port, owner_connection.info.dbname
            with pytest.raises(psycopg.OperationalError, match="permission denied"), contextlib.ExitStack() as stack:
                stack.enter_context(
                    psycopg.connect(host=host, port=port, dbname=name, user="stranger", password="stranger")
                )
        finally:
            admin.execute("DROP ROLE stranger")
