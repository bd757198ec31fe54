"""What the driver asks PostgreSQL itself, past the product and its roles: what is left to do, what is shown."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import sql

# The product forgets a doubt once it is settled; the checker must know that there was one.
WATCH_DOUBTS = """
    CREATE TABLE IF NOT EXISTS faults_doubt (delivery_id uuid PRIMARY KEY);
    CREATE OR REPLACE FUNCTION faults_note_doubt() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
        INSERT INTO public.faults_doubt VALUES (NEW.id) ON CONFLICT DO NOTHING;
        RETURN NULL;
    END $$;
    CREATE OR REPLACE TRIGGER faults_doubt AFTER UPDATE ON messaging_delivery
        FOR EACH ROW WHEN (NEW.status = 'in_doubt') EXECUTE FUNCTION faults_note_doubt();
"""
LEFT = """
    SELECT (SELECT count(*) FROM messaging_turn WHERE status = 'open'),
           (SELECT count(*) FROM messaging_work WHERE due_at IS NOT NULL OR lease_until IS NOT NULL)
         + (SELECT count(*) FROM messaging_delivery WHERE status IN ('pending', 'sending'))
         + (SELECT count(*) FROM messaging_message WHERE direction = 'in' AND turn_id IS NULL)
         + (SELECT count(*) FROM scheduling_task WHERE next_run_at <= clock_timestamp())
         + (SELECT count(*) FROM scheduling_occurrence WHERE state IN ('due', 'running'))
"""
WORKERS = "SELECT worker, extract(epoch FROM swept_at)::float FROM messaging_workerbeat"
HOLDER = """
    SELECT w.worker FROM messaging_work w
    JOIN messaging_conversation c ON c.tenant_id = w.tenant_id AND c.id = w.conversation_id
    WHERE c.chat_id = %s AND w.kind = 'turn' AND w.lease_until IS NOT NULL
"""
ANSWERED = """
    SELECT 1 FROM messaging_delivery d
    JOIN messaging_conversation c ON c.tenant_id = d.tenant_id AND c.id = d.conversation_id
    WHERE c.chat_id = %s AND d.status IN ('sent', 'delivered', 'read') LIMIT 1
"""
# Of the person of that chat, who is one of the team from now on: nobody else has tasks.
SCHEDULE = """
    WITH person AS (
        UPDATE tenants_app_contact p SET role = 'staff' FROM messaging_conversation c
        WHERE c.chat_id = %(chat)s AND p.tenant_id = c.tenant_id AND p.id = c.contact_id
        RETURNING p.tenant_id, p.id AS contact_id, c.id AS conversation_id
    )
    INSERT INTO scheduling_task (
        id, tenant_id, contact_id, conversation_id, kind, title, instruction, phrase, rule, timezone, state,
        state_reason, next_run_at, placed_in, misfire, misfire_seconds, misfire_most, in_quiet_hours, tainted, failures,
        created_by, created_at, changed_at
    )
    SELECT gen_random_uuid(), person.tenant_id, contact_id, conversation_id, %(kind)s, 'Fault run', %(words)s, 'now',
        to_char(now() AT TIME ZONE 'UTC', '"at "YYYY-MM-DD"T"HH24:MI:SS"Z"'), '', 'active',
        '', now(), t.timezone, 'once', 43200, 5, false, false, 0, 'faults', now(), now()
    FROM person JOIN tenants_app_tenant t ON t.id = person.tenant_id
    RETURNING 1
"""


class Database:
    """Read as the administrator; every question connects anew if it must, and waits while PostgreSQL is away."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None

    def ask(
        self, query: str, values: Sequence[Any] | Mapping[str, Any] = (), seconds: float = 30.0
    ) -> list[tuple[Any, ...]]:
        """The rows; raises psycopg.OperationalError where PostgreSQL stays away for so long."""
        until = time.monotonic() + seconds
        while True:
            try:
                if self._connection is None or self._connection.closed:
                    self._connection = psycopg.connect(self.url, autocommit=True, connect_timeout=5)
                cursor = self._connection.execute(sql.SQL(query), values)
                return cursor.fetchall() if cursor.description else []
            except psycopg.OperationalError:
                self.close()
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)

    def left(self) -> tuple[int, int]:
        """Open turns, and other work that is not done."""
        row = self.ask(LEFT)[0]
        return int(row[0]), int(row[1])

    def sweeps(self) -> dict[int, float]:
        """The worker processes' numbers, and when each swept last."""
        return {int(name.rpartition(":")[2]): float(at) for name, at in self.ask(WORKERS)}

    def holder(self, address: str) -> int | None:
        """The number of the process that holds the turn of the person's conversation."""
        row = next(iter(self.ask(HOLDER, [address])), None)
        return int(row[0].rpartition(":")[2]) if row and row[0] else None

    def is_answered(self, address: str) -> bool:
        """Whether anything was sent into the person's chat."""
        return bool(self.ask(ANSWERED, [address]))

    def schedule(self, address: str, kind: str, words: str) -> None:
        """A task of the person that is due now; raises RuntimeError where there is no such chat."""
        if not self.ask(SCHEDULE, {"chat": address, "kind": kind, "words": words}):
            raise RuntimeError(f"{address} has written nothing yet.")

    def deliveries(self) -> set[str]:
        """The ids of all there are."""
        return {row[0] for row in self.ask("SELECT id::text FROM messaging_delivery")}

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
