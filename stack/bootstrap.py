"""Roles, database and extensions, made once by an administrator of the PostgreSQL server; safe to run again."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql

from stack import StackError

EXTENSIONS = ("btree_gin", "pg_trgm", "unaccent")
OLDEST = 150000
PRIVILEGES = ("SUPERUSER", "CREATEDB", "CREATEROLE", "REPLICATION", "BYPASSRLS")
COLUMNS = ("rolsuper", "rolcreatedb", "rolcreaterole", "rolreplication", "rolbypassrls")


@dataclass(frozen=True)
class Role:
    name: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Plan:
    """What must stand at the end. `owner` migrates, `app` serves webhooks and workers, `operator` the admin."""

    database: str
    owner: Role
    app: Role
    operator: Role

    @property
    def roles(self) -> tuple[Role, Role, Role]:
        return self.owner, self.app, self.operator


def plan_from_urls(owner_url: str, app_url: str, operator_url: str) -> Plan:
    """The plan that the three URLs ask for; raises StackError where they don't fit together."""
    parts = [urlsplit(url) for url in (owner_url, app_url, operator_url)]
    roles = [Role(unquote(part.username or ""), unquote(part.password or "")) for part in parts]
    databases = {unquote(part.path.strip("/")) for part in parts}
    names = {role.name for role in roles}
    if len(databases) != 1 or "" in databases | names or len(names) != 3:
        raise StackError(
            "DATABASE_OWNER_URL, DATABASE_URL and DATABASE_OPERATOR_URL must name one database and three different "
            "users, like postgres://proxystaff_owner:password@host:5432/proxystaff"
        )
    return Plan(databases.pop(), *roles)


# Of the app's sessions. A process that is paused or cut off inside a transaction must not hold a conversation's row for
# ever; and whoever rests an idle lane relies on no transaction outliving about half a minute.
APP_LIMITS = {"idle_in_transaction_session_timeout": "15s", "lock_timeout": "10s", "statement_timeout": "30s"}


def bootstrap(admin_url: str, plan: Plan, *, recreate: bool = False) -> None:
    """Make the roles, the database and its extensions. `recreate` drops the database first.

    `admin_url` names an administrator and any existing database of the server; a superuser is not needed, CREATEROLE
    and CREATEDB are. Raises StackError.
    """
    try:
        with psycopg.connect(admin_url, autocommit=True, connect_timeout=10) as connection:
            if connection.info.server_version < OLDEST:
                raise StackError(
                    f"PostgreSQL {connection.info.server_version // 10000} is too old: 15 or later is needed."
                )
            for role in plan.roles:
                _ensure_role(connection, role)
            for name, value in APP_LIMITS.items():
                connection.execute(
                    sql.SQL("ALTER ROLE {} SET {} = {}").format(
                        sql.Identifier(plan.app.name), sql.Identifier(name), sql.Literal(value)
                    )
                )
            _ensure_database(connection, plan, recreate=recreate)
        with psycopg.connect(admin_url, dbname=plan.database, autocommit=True, connect_timeout=10) as connection:
            _prepare_database(connection, plan)
    except psycopg.Error as error:
        raise StackError(f"The database could not be prepared: {error}") from error


def _ensure_role(connection: psycopg.Connection, role: Role) -> None:
    """A role that may log in and nothing else. Only a verifier of the password goes over the wire and into logs."""
    found = connection.execute(
        sql.SQL("SELECT {} FROM pg_roles WHERE rolname = %s").format(sql.SQL(", ").join(map(sql.Identifier, COLUMNS))),
        [role.name],
    ).fetchone()
    verifier = connection.pgconn.encrypt_password(role.password.encode(), role.name.encode(), b"scram-sha-256").decode()
    verb = "CREATE" if found is None else "ALTER"
    # Stating NOBYPASSRLS and the like needs a superuser even where nothing changes, so only what is wrong is stated.
    wrong = [f"NO{word}" for word, held in zip(PRIVILEGES, found or (), strict=False) if held]
    connection.execute(
        sql.SQL("{} ROLE {} LOGIN {} PASSWORD {}").format(
            sql.SQL(verb), sql.Identifier(role.name), sql.SQL(" ".join(wrong)), sql.Literal(verifier)
        )
    )


def _ensure_database(connection: psycopg.Connection, plan: Plan, *, recreate: bool) -> None:
    database, owner = sql.Identifier(plan.database), sql.Identifier(plan.owner.name)
    row = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    if row is not None and not row[0]:  # who gives a database away must belong to the one who gets it
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(owner))
    if recreate:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database))
    row = connection.execute(
        "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", [plan.database]
    ).fetchone()
    if row is None:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'").format(database, owner)
        )
    elif row[0] != plan.owner.name:
        connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(database, owner))


def _prepare_database(connection: psycopg.Connection, plan: Plan) -> None:
    database, owner = sql.Identifier(plan.database), sql.Identifier(plan.owner.name)
    everybody = sql.SQL(", ").join(sql.Identifier(role.name) for role in plan.roles)
    users = sql.SQL(", ").join(sql.Identifier(role.name) for role in (plan.app, plan.operator))
    with connection.transaction():
        for extension in EXTENSIONS:
            connection.execute(
                sql.SQL("CREATE EXTENSION IF NOT EXISTS {} WITH SCHEMA public").format(sql.Identifier(extension))
            )
        for statement in (
            sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database),
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, everybody),
            sql.SQL("REVOKE CREATE ON SCHEMA public FROM PUBLIC"),
            sql.SQL("GRANT USAGE, CREATE ON SCHEMA public TO {}").format(owner),
            sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(users),
        ):
            connection.execute(statement)
