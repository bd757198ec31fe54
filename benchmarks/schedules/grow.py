"""A database with many tenants' scheduled tasks, made in SQL: a few tenants that are really connected, and copies.

Every chat has its window open and as many tasks as the others, whose times lie in the month to come. `bench.task` keeps
them in no order, with those of the connected tenants apart, so that a measurement takes the next so many of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

# Nobody waits for the night, and no tenant for the next day.
TENANTS = """
    UPDATE tenants_app_tenant
    SET quiet_from = NULL, quiet_until = NULL, proactive_limit = 10000, max_tasks = 10000, timezone = 'America/Chicago'
"""
# A copy keeps all but these: the new values, `n` being its number, and `copy(id)` the same for each reference to a row.
COPIED: dict[LiteralString, LiteralString] = {
    "tenants_app_tenant": "'id', copy(r.id, n), 'slug', 'copy-' || n",
    "messaging_channelaccount": (
        "'id', copy(r.id, n), 'tenant_id', copy(r.tenant_id, n), 'external_id', r.external_id || '-' || n"
    ),
    "tenants_app_contact": "'id', copy(r.id, n), 'tenant_id', copy(r.tenant_id, n)",
    "tenants_app_contactaddress": (
        "'id', copy(r.id, n), 'tenant_id', copy(r.tenant_id, n), 'contact_id', copy(r.contact_id, n)"
    ),
    "messaging_conversation": (
        "'id', copy(r.id, n), 'tenant_id', copy(r.tenant_id, n), 'contact_id', copy(r.contact_id, n),"
        " 'account_id', copy(r.account_id, n)"
    ),
}
COPY = """
    CREATE FUNCTION pg_temp.copy(p_id uuid, p_number integer) RETURNS uuid LANGUAGE sql IMMUTABLE
    AS $$ SELECT md5(concat(p_id, '/', p_number))::uuid $$
"""
FIRST = "(SELECT id FROM tenants_app_tenant WHERE slug = 'bench-0')"
# As with a conversation that begins; who wakes work finds these rows, and makes none.
WORK = """
    INSERT INTO messaging_work (id, tenant_id, conversation_id, kind, epoch, worker, busy, hinted)
    SELECT gen_random_uuid(), tenant_id, id, kind, 0, '', false, false
    FROM messaging_conversation, unnest(ARRAY['turn', 'send', 'media']) AS kind
    ON CONFLICT DO NOTHING
"""
LANES = """
    INSERT INTO messaging_lane (id, tenant_id, kind, running, idle_looks)
    SELECT gen_random_uuid(), id, kind, 0, 0
    FROM tenants_app_tenant, unnest(ARRAY['turn', 'send', 'media']) AS kind
    ON CONFLICT DO NOTHING
"""
TASKS = """
    INSERT INTO scheduling_task (
        id, tenant_id, contact_id, conversation_id, kind, title, instruction, phrase, rule, timezone, state,
        state_reason, next_run_at, placed_in, misfire, misfire_seconds, misfire_most, in_quiet_hours, tainted, failures,
        created_by, created_at, changed_at
    )
    SELECT md5(concat(c.id, '/', g))::uuid, c.tenant_id, c.contact_id, c.id, 'reminder', 'Call ' || g,
        'Call number ' || g || ' and ask about the papers.', 'every day at ' || g %% 24,
        'cron ' || g * 7 %% 60 || ' ' || g %% 24 || ' * * *', '', 'active', '',
        date_trunc('minute', now()) + interval '2 days' + floor(random() * 40000) * interval '1 minute',
        'America/Chicago', 'once', 43200, 5, false, false, 0, 'benchmark', now(), now()
    FROM messaging_conversation c, generate_series(1, %s) AS g ORDER BY g, md5(c.id::text)
"""
CHOSEN = """
    CREATE SCHEMA bench;
    CREATE TABLE bench.task AS
    SELECT k.id, k.tenant_id, t.slug LIKE 'bench-%' AS connected,
        row_number() OVER (PARTITION BY t.slug LIKE 'bench-%' ORDER BY random()) AS place
    FROM scheduling_task k JOIN tenants_app_tenant t ON t.id = k.tenant_id;
    CREATE UNIQUE INDEX ON bench.task (connected, place);
"""
DUE = """
    UPDATE scheduling_task t SET kind = %(kind)s, next_run_at = b.at
    FROM (
        SELECT id, date_trunc('second', now() + %(after)s::interval)
            + ((place - %(first)s) * %(over)s / %(count)s)::integer * interval '1 second' AS at
        FROM bench.task WHERE connected = %(connected)s AND place >= %(first)s AND place < %(first)s::bigint + %(count)s
    ) b
    WHERE t.id = b.id
"""


@dataclass(frozen=True, kw_only=True)
class Size:
    tenants: int
    connected: int  # of them
    people: int  # of each tenant, each with a chat
    tasks: int  # of each chat

    @property
    def total(self) -> int:
        return self.tenants * self.people * self.tasks


class Table:
    """The tasks, and which of them have not been used yet. `admin` may do everything."""

    def __init__(self, admin: psycopg.Connection[Any]) -> None:
        self.admin = admin
        self._next = {True: 1, False: 1}

    def grow(self, size: Size) -> None:
        """The connected tenants are there, and their people have written. Triggers rest meanwhile."""
        self.admin.execute("SET session_replication_role = replica")
        self.admin.execute("SET synchronous_commit = off")
        self.admin.execute(COPY)
        self.admin.execute(TENANTS)
        for table, changes in COPIED.items():
            self._copy(table, changes, size.tenants - size.connected)
        self.admin.execute(WORK)
        self.admin.execute(LANES)
        self.admin.execute(TASKS, [size.tasks])
        self.admin.execute(CHOSEN)
        self.admin.execute("SET session_replication_role = origin")
        self.admin.execute("VACUUM ANALYZE")
        self.admin.execute("CHECKPOINT")

    def _copy(self, table: LiteralString, changes: LiteralString, copies: int) -> None:
        whose = "id" if table == "tenants_app_tenant" else "tenant_id"
        changed = changes.replace("copy(", "pg_temp.copy(")
        self.admin.execute(
            f"INSERT INTO {table} SELECT (jsonb_populate_record(r, jsonb_build_object({changed}))).* "  # noqa: S608
            f"FROM {table} r, generate_series(1, {copies}) AS n WHERE r.{whose} = {FIRST}".encode()
        )

    def due(
        self, count: int, *, connected: bool = False, kind: str = "reminder", after: float = -1, over: float = 0
    ) -> None:
        """The next so many are due `after` seconds from now, spread over as many seconds as `over`."""
        first = self._next[connected]
        values = {"kind": kind, "connected": connected, "first": first, "count": count, "over": over}
        made = self.admin.execute(DUE, values | {"after": f"{after} seconds"}).rowcount
        if made != count:
            raise RuntimeError(f"{count} tasks were to be due, and only {made} were left")
        self._next[connected] = first + count

    def value(self, query: LiteralString) -> Any:
        found = self.admin.execute(query).fetchone()
        return found[0] if found else None

    def put_off(self) -> None:
        """What is due and what waits in the outbox is out of the way."""
        self.admin.execute("UPDATE scheduling_task SET next_run_at = now() + '9 days' WHERE next_run_at <= now()")
        self.admin.execute(
            "UPDATE scheduling_occurrence SET due_at = NULL, lease_until = NULL, state = 'skipped'"
            " WHERE due_at IS NOT NULL OR state = 'running'"
        )
        self.admin.execute("DELETE FROM messaging_delivery")
        self.admin.execute("UPDATE messaging_work SET due_at = NULL, first_at = NULL WHERE due_at IS NOT NULL")
        self.admin.execute("UPDATE messaging_lane SET next_due_at = NULL WHERE next_due_at IS NOT NULL")
