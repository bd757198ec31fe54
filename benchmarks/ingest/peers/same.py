"""granian and psycopg's pool, nothing else, doing the product's work: its transaction, SQL, role and tables."""

from __future__ import annotations

import os

from psycopg_pool import ConnectionPool

from benchmarks.ingest.peers import door, wsgi

SQL, ACCOUNTS = door.load()
POOL = ConnectionPool(os.environ["DATABASE_URL"], min_size=1, max_size=16, open=True)


def store(app: str, body: bytes, signature: str) -> None:
    values = door.read(ACCOUNTS.get(app), body, signature)
    with POOL.connection() as connection:  # one transaction, committed at its end
        cursor = connection.execute("SELECT set_config('app.tenant_id', %s, true)", [str(values["tenant"])])
        found = cursor.execute(SQL["find"], values).fetchone()
        if found is None:
            raise door.Refused
        values["conversation"], values["contact"] = found
        cursor.execute(SQL["store"], values).fetchone()


application = wsgi.application(store)
