"""What a bug takes away in the database itself."""

from __future__ import annotations

import psycopg


def prepare_database(url: str, bug: str) -> None:
    """Call after migrating, as the owner of the tables; raises psycopg's errors where there is nothing to take away."""
    if bug == "no_unique_key":
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("ALTER TABLE messaging_message DROP CONSTRAINT message_key_unique")
