"""What a bug takes away in the database itself."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from tests.faults.bugs.surgery import changed_text

ON_CONFLICT = "ON CONFLICT (tenant_id, account_id, key) DO NOTHING"


def prepare_database(url: str, bug: str) -> None:
    """Call after migrating, as the owner of the tables or an administrator. Does nothing for most bugs.

    Raises GuardMoved, or psycopg's errors, where there is nothing to take away.
    """
    if bug == "no_unique_key":
        with psycopg.connect(url) as connection:
            forget_unique_key(connection)


def forget_unique_key(connection: psycopg.Connection[Any]) -> None:
    """Have the webhook's function store whatever comes, and nothing in the table refuse it."""
    row = connection.execute("SELECT pg_get_functiondef('public.messaging_store'::regproc)").fetchone()
    source = changed_text(str(row and row[0]), ((ON_CONFLICT, ""),), "messaging_store")
    connection.execute(sql.SQL(source))
    connection.execute("ALTER TABLE messaging_message DROP CONSTRAINT message_key_unique")
