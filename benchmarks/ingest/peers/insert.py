"""granian and psycopg's pool, nothing else, storing the row alone: no lock, no order, no work, no isolation."""

from __future__ import annotations

import os

from psycopg_pool import ConnectionPool

from benchmarks.ingest.peers import door, wsgi

_, ACCOUNTS = door.load()
POOL = ConnectionPool(os.environ["DATABASE_URL"], min_size=1, max_size=16, open=True, kwargs={"autocommit": True})
INSERT = f"""
    INSERT INTO peer.message ({door.INSERT_COLUMNS})
    VALUES (%(id)s, %(tenant)s, %(conversation)s, %(account)s, %(contact)s, 'in', %(key)s, %(external_id)s,
        %(kind)s, %(text)s, %(reply_to)s, %(forwarded)s, %(raw)s, %(sent_at)s, clock_timestamp())
    {door.CONFLICT}
"""  # noqa: S608 - constants of ours


def store(app: str, body: bytes, signature: str) -> None:
    account = ACCOUNTS.get(app)
    values = door.read(account, body, signature)
    if account is None or values["chat"] not in account.chats:
        raise door.Refused
    values["conversation"], values["contact"] = account.chats[values["chat"]]
    with POOL.connection() as connection:
        connection.execute(INSERT, values)


application = wsgi.application(store)
