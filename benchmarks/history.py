"""Tables as they are after years: one real conversation, held through the product, multiplied in the database.

Copies take every column as it stands and change only ids, keys to other copies and what must be unique, so that they
follow the tables wherever those go. Rows lie in the order of time, as in production: what belongs to one conversation
is scattered over the whole table. Foreign keys aren't checked while copying.
"""

from __future__ import annotations

import time
from typing import Any

import psycopg
from psycopg import sql

from benchmarks.installation import DATABASE, Installation
from benchmarks.traffic import Arrival, play, wait_until_answered

TURNS = 50  # of the conversation that is copied: 100 messages
SESSION = 30  # of them stand in its open session
MESSAGES = 2 * TURNS  # in and out
SMALL_TENANTS = 100  # that share the copies which the large tenant doesn't have
ANSWER = "There are two viewings today: the flat in Elm Street at ten, and the house by the lake at half past three."

# Copied once a tenant, and once a conversation.
OF_TENANT = ("tenants_app_tenant", "messaging_channelaccount", "messaging_lane")
OF_CONVERSATION = (
    "tenants_app_contact",
    "tenants_app_contactaddress",
    "messaging_conversation",
    "messaging_work",
    "messaging_session",
    "messaging_turn",
    "messaging_turnstep",
    "messaging_message",
    "messaging_delivery",
)
TENANT_COLUMNS = {"tenant_id", "account_id"}  # keys to what is copied once a tenant
KEPT_COLUMNS = {"app_id", "token_id", "webhook_secret_id"}  # keys to what isn't copied, as nothing here opens it
UNIQUE_COLUMNS = {"slug", "external_id", "address", "chat_id", "key"}


def hold(built: Installation) -> None:
    """The conversation to be copied: 20 turns in a session that was closed, then 30 in one that is open."""
    [people] = built.ask_module("benchmarks.people", "command", {"tenants": 1, "people": 1, "running": 20})
    account, [phone] = people["account"], people["phones"]
    built.anthropic.post("script", answers=[{"text": ANSWER, "times": "always"}])
    built.whatsapp.post("settings", pair_burst=1_000_000)
    with built.connect("operator") as operator:
        for number in range(1, TURNS + 1):
            play(built.whatsapp.url, [Arrival(0.0, account, phone, f"{number}: what is there to do today, and when?")])
            wait_until_answered(operator, number)
            if number == TURNS - SESSION:
                operator.execute("UPDATE messaging_session SET closed_at = now(), close_reason = 'length'")
    for name in ("worker", "web"):  # a database that is in use cannot be copied
        built.children[name].end(12)


def grown(built: Installation, name: str, conversations: int, large: int) -> float:
    """A database with so many copies, `large` of them in one tenant; answers the seconds that it took."""
    began = time.monotonic()
    with built.connect("admin") as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(DATABASE)))
    with built.connect("admin", name) as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute("SET synchronous_commit = off")
        for table in OF_TENANT:
            copy(admin, table, SMALL_TENANTS + 1, tenant="n")
        # The first copies are the large tenant's, number 0; the others go round.
        tenant = f"CASE WHEN n < {large} THEN 0 ELSE 1 + n % {SMALL_TENANTS} END"
        for table in OF_CONVERSATION:
            copy(admin, table, conversations, tenant=tenant)
        admin.execute("VACUUM ANALYZE")
        admin.execute("CHECKPOINT")
    return time.monotonic() - began


def copy(admin: psycopg.Connection[Any], table: str, copies: int, *, tenant: str) -> None:
    """One INSERT … SELECT; the rows that were there are those that are copied, `n` is the number of a copy."""
    columns = admin.execute(
        "SELECT column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
        [table],
    ).fetchall()
    chosen = [expression(table, name, kind, tenant=tenant) for name, kind in columns]
    names = ", ".join(f'"{name}"' for name, _ in columns)
    indexes = admin.execute(INDEXES, [table]).fetchall()
    for name, _ in indexes:  # made anew at the end, in a tenth of the time
        admin.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    source = f'"{table}" AS r, generate_series(0, {copies - 1}) AS n'
    admin.execute(f'INSERT INTO "{table}" ({names}) SELECT {", ".join(chosen)} FROM {source} ORDER BY r.id, n'.encode())  # noqa: S608
    for _, definition in indexes:
        admin.execute(definition)


INDEXES = """
    SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid = %s::regclass AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
"""


def expression(table: str, column: str, kind: str, *, tenant: str) -> str:
    """What a copy has in the column."""
    of_tenant = column in TENANT_COLUMNS or (table in OF_TENANT and column == "id")
    number = tenant if of_tenant else "n"
    if kind == "uuid" and column not in KEPT_COLUMNS:
        return copied_id(f'r."{column}"', number)
    if column in UNIQUE_COLUMNS:
        return f'CASE WHEN r."{column}" <> \'\' THEN r."{column}" || \'-\' || ({number}) ELSE r."{column}" END'
    return f'r."{column}"'


def copied_id(original: str, number: str) -> str:
    """The same for every reference to the same row. The original's first 48 bits, its time, stay in front."""
    return f"(left(replace({original}::text, '-', ''), 12) || substr(md5({original}::text || ({number})), 13))::uuid"


def conversations_of(built: Installation, database: str, most: int, *, large: bool) -> list[tuple[str, str]]:
    """(tenant, conversation) ids of copies, in no order: in the large tenant, or in the others."""
    template = "(SELECT id FROM tenants_app_tenant WHERE slug = 'bench-0')"
    whose = f"(SELECT {copied_id('id', '0')} FROM tenants_app_tenant WHERE slug = 'bench-0')"  # noqa: S608
    where = f"tenant_id = {whose}" if large else f"tenant_id NOT IN ({whose}, {template})"
    asked = f"SELECT tenant_id::text, id::text FROM messaging_conversation WHERE {where}"  # noqa: S608
    with built.connect("admin", database) as admin:
        found = admin.execute(f"{asked} ORDER BY md5(id::text) LIMIT {most}".encode()).fetchall()
    return [(tenant, conversation) for tenant, conversation in found]


def url_of(built: Installation, database: str) -> dict[str, str]:
    """The environment of a process that uses that database."""
    return {
        name: built.environment[name].rpartition("/")[0] + f"/{database}"
        for name in ("DATABASE_URL", "DATABASE_OPERATOR_URL", "DATABASE_OWNER_URL")
    }
