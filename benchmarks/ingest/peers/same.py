"""granian and psycopg's pool, nothing else, doing the product's work: its statement, under its role, on its tables."""

from __future__ import annotations

import os

from psycopg_pool import ConnectionPool

from benchmarks.ingest.peers import door, wsgi

STORE, ACCOUNTS = door.load()
POOL = ConnectionPool(os.environ["DATABASE_URL"], min_size=1, max_size=16, open=True, kwargs={"autocommit": True})


def store(app: str, body: bytes, signature: str) -> None:
    values = door.read(ACCOUNTS.get(app), body, signature)
    with POOL.connection() as connection:
        outcome = connection.execute(STORE, values).fetchone()
    if outcome is None or outcome[0] != "stored":
        raise door.Refused


application = wsgi.application(store)
