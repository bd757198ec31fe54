"""What a tenant and the installation hold after a webhook, counted as the owner, who sees every row."""

from __future__ import annotations

from typing import Any

import psycopg

KEEPING = (
    "messaging_message",
    "messaging_deadletter",
    "messaging_unroutedwebhook",
    "messaging_deliverystatus",
)


def kept(owner: psycopg.Connection[Any]) -> int:
    """How many rows keep something that came in."""
    rows = [owner.execute(f"SELECT count(*) FROM {table}").fetchone() for table in KEEPING]
    return sum(row[0] for row in rows if row)


def texts(owner: psycopg.Connection[Any]) -> set[str]:
    return {row[0] for row in owner.execute("SELECT text FROM messaging_message WHERE direction = 'in'")}
