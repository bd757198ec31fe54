"""Rows by the hundred thousand, made inside PostgreSQL: businesses, their chats, and what was said in them.

They look as a working installation leaves them: nearly all work is idle, nearly all deliveries are read, nearly all
sessions are closed. Foreign keys are not checked while they are loaded; ids are hashes of what a row is, so that rows
find each other without a join.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

Admin = psycopg.Connection[Any]
FILLED = {"varchar": "''", "text": "''", "bool": "false", "jsonb": "'{}'", "bytea": "'\\x00'", "timestamptz": "now()"}
TURNS_A_SESSION = 10
STEP = '{"kind":"user","message":{"role":"user","content":[{"type":"text","text":"%s"}]}}'
REPLY = (
    '{"kind":"assistant","content":[{"type":"text","text":"%s"}],"stop_reason":"end_turn","stop_details":null,'
    '"usage":{"input_tokens":9,"output_tokens":9,"cache_read_tokens":0,"cache_write_5m_tokens":0,'
    '"cache_write_1h_tokens":0},"model":"claude-sonnet-5-5","request_id":"req_1","unreadable":[]}'
)
WORDS = "so many words as a person may write to a business in one go, and a little more "


@dataclass(frozen=True)
class Size:
    """How much there is of each."""

    tenants: int  # besides the one that is looked at
    chats: int  # of the tenant that is looked at
    turns: int  # of each chat that is looked at


class Loader:
    """Adds rows as the superuser, past triggers and row-level security."""

    def __init__(self, admin: Admin) -> None:
        self.admin = admin
        admin.execute("SET session_replication_role = replica")
        admin.execute("SET synchronous_commit = off")
        self._required = required_columns(admin)

    def run(self, statement: str, values: Mapping[str, Any] | None = None) -> None:
        self.admin.execute(statement, values)

    def insert(self, table: str, columns: Mapping[str, str], source: str, values: Mapping[str, Any]) -> None:
        """Insert a row for each of `source`; columns that must have a value and are not named get an empty one."""
        filled = {**self._required[table], **columns}
        names = ", ".join(f'"{name}"' for name in filled)
        self.run(f"INSERT INTO {table} ({names}) SELECT {', '.join(filled.values())} FROM {source}", values)

    def add_tenants(self, first: int, last: int, app: uuid.UUID) -> None:
        """Businesses number `first` to `last`, each with a number at the same Meta app, its lanes and four chats."""
        values = {"first": first, "last": last, "app": app}
        source = "generate_series(%(first)s::int, %(last)s::int) AS g"
        tenant = {"tenant_id": key("tenant", "g")}
        self.insert(
            "tenants_app_tenant",
            {
                "id": key("tenant", "g"),
                "slug": "'business-' || g",
                "status": "'active'",
                "max_running_turns": "20",
                "quiet_seconds": "2",
                "quiet_limit_seconds": "8",
                "timezone": "'UTC'",
                "language": "'en'",
            },
            source,
            values,
        )
        self.insert("tenants_app_datakey", {**tenant, "id": key("key", "g")}, source, values)
        secret = {**tenant, "id": key("secret", "g"), "data_key_id": key("key", "g"), "name": "'token'"}
        self.insert("tenants_app_secret", secret, source, values)
        account = {
            **tenant,
            "id": key("account", "g"),
            "kind": "'whatsapp'",
            "external_id": "(500000000000 + g)::text",
            "config": "jsonb_build_object('waba_id', (600000000000 + g)::text)",
            "app_id": "%(app)s",
            "token_id": key("secret", "g"),
        }
        self.insert("messaging_channelaccount", account, source, values)
        lane = {
            **tenant,
            "id": key("lane", "g, kind"),
            "kind": "kind",
            # Most rest; some are to be looked at again, some have leases that will run out.
            "next_due_at": "CASE WHEN g %% 10 < 6 THEN NULL ELSE now() + interval '1 hour' END",
            "running": "CASE WHEN g %% 10 < 9 THEN 0 ELSE 1 + g / 10 %% 3 END",
            "idle_looks": "CASE WHEN g %% 10 < 6 THEN 4 ELSE 1 END",
        }
        self.insert("messaging_lane", lane, f"{source} CROSS JOIN (VALUES ('turn'), ('send')) AS k(kind)", values)
        running = {**tenant, "id": key("reservation", "g, '.', n"), "day": "now()", "month": "now()"}
        running |= {"reference": "gen_random_uuid()", "price_id": "gen_random_uuid()"}
        running |= {"expires_at": "now() + interval '1 hour'"}
        calls = f"{source} CROSS JOIN generate_series(1, 20) AS n WHERE g %% 10 = 0"
        self.insert("tenants_app_reservation", running, calls, values)
        alert = {**tenant, "id": key("alert", "g"), "kind": "'delivery.in_doubt'", "resolved_at": "now()"}
        self.insert("tenants_app_operatoralert", alert, source, values)
        self.run(
            f"""CREATE TEMP TABLE chat AS
                SELECT {key("tenant", "g")} AS tenant_id, {key("account", "g")} AS account_id,
                       {key("contact", "g, '.', n")} AS contact_id, {key("chat", "g, '.', n")} AS id,
                       (10000000 + g * 10 + n)::text AS address, n = 4 AS is_group
                FROM {source} CROSS JOIN generate_series(1, 4) AS n""",
            values,
        )
        self._add_chats()

    def add_chats(self, tenant: uuid.UUID, account: uuid.UUID, first: int, last: int) -> None:
        """Chats number `first` to `last` of one account, each with its own customer."""
        self.run(
            f"""CREATE TEMP TABLE chat AS
                SELECT %(tenant)s::uuid AS tenant_id, %(account)s::uuid AS account_id,
                       {key("contact", "'own', n")} AS contact_id, {key("chat", "'own', n")} AS id,
                       (90000000 + n)::text AS address, n %% 10 = 0 AS is_group
                FROM generate_series(%(first)s::int, %(last)s::int) AS n""",
            {"tenant": tenant, "account": account, "first": first, "last": last},
        )
        self._add_chats()

    def add_days(self, tenant: uuid.UUID, first: int, last: int) -> None:
        """What the business spent on days long gone."""
        spending = {
            "tenant_id": "%(tenant)s",
            "id": key("spending", "%(tenant)s::uuid, g"),
            "period": "'day'",
            "starts_on": "date '2000-01-01' + g",
            "spent": "1",
        }
        days = {"tenant": tenant, "first": first, "last": last}
        self.insert("tenants_app_spending", spending, "generate_series(%(first)s::int, %(last)s::int) AS g", days)

    def add_memory(self, tenant: uuid.UUID, customer: uuid.UUID, first: int, last: int) -> None:
        """Documents of the business, one of ten for everybody, and what was known of a customer, half of it past."""
        document = {
            "tenant_id": "%(tenant)s",
            "id": key("document", "folder, g"),
            "path": "concat(folder, '/', g, '.md')",
            "audience": "CASE WHEN g %% 10 = 0 THEN 'public' ELSE 'team' END",
            "about": "'What stands in it'",
            "content": "%(words)s",
            "size": "800",
            "changed_at": "now() - interval '90 days' + g * interval '1 minute'",
        }
        fact = {
            "tenant_id": "%(tenant)s",
            "id": key("fact", "folder, g"),
            "subject": "'Carol'",
            "contact_id": "%(customer)s",
            "predicate": "folder",
            "subject_key": "'carol'",
            "predicate_key": "concat(folder, g)",
            "value": "%(words)s",
            "origin": "'owner'",
            "audience": "CASE WHEN g %% 2 = 0 THEN 'contact' ELSE 'team' END",
            "valid_to": "CASE WHEN folder = 'identity' THEN now() END",
            "seen_at": "now() - interval '90 days' + g * interval '1 minute'",
        }
        values = {"tenant": tenant, "customer": customer, "first": first, "last": last, "words": WORDS * 10}
        folders = "(VALUES ('knowledge'), ('identity')) AS f(folder)"
        source = f"generate_series(%(first)s::int, %(last)s::int) AS g CROSS JOIN {folders}"
        self.insert("memory_document", document, source, values)
        revision = {"tenant_id": "%(tenant)s", "id": key("revision", "folder, g"), "document_id": document["id"]}
        self.insert("memory_revision", {**revision, "actor_kind": "'operator'"}, source, values)
        self.insert("memory_fact", fact, source, values)

    def _add_chats(self) -> None:
        """The chats of the table `chat`, with three turns in each."""
        own: dict[str, str] = {"tenant_id": "tenant_id"}
        contact = {**own, "id": "contact_id", "role": "'customer'", "name": "'Somebody'"}
        self.insert("tenants_app_contact", contact, "chat", {})
        address = {**own, "id": key("address", "id"), "contact_id": "contact_id", "kind": "'whatsapp'"}
        self.insert("tenants_app_contactaddress", {**address, "address": "address"}, "chat", {})
        conversation = {**own, "id": "id", "account_id": "account_id", "contact_id": "contact_id", "chat_id": "address"}
        self.insert("messaging_conversation", {**conversation, "is_group": "is_group"}, "chat", {})
        writer = {**own, "id": key("writer", "id"), "conversation_id": "id", "contact_id": "contact_id"}
        self.insert("messaging_participant", writer, "chat WHERE is_group", {})
        work = {**own, "id": key("work", "id, kind"), "conversation_id": "chat.id", "kind": "kind", "epoch": "3"}
        self.insert("messaging_work", work, "chat CROSS JOIN (VALUES ('turn'), ('send')) AS k(kind)", {})
        self.run("DROP TABLE chat")
        self._add_turns("c.last_turn = 0", 3)

    def add_history(self, conversation: uuid.UUID, turns: int) -> None:
        """So many turns in closed sessions, after all that was said in the conversation so far, which has none open."""
        self._add_turns("c.id = %(conversation)s", turns, {"conversation": conversation})

    def lengthen_session(self, conversation: uuid.UUID, turns: int) -> None:
        """So many turns in the conversation's open session."""
        self._add_turns("c.id = %(conversation)s", turns, {"conversation": conversation}, into_open=True)

    def _add_turns(
        self, which: str, turns: int, values: Mapping[str, Any] | None = None, *, into_open: bool = False
    ) -> None:
        values = {**(values or {}), "turns": turns, "a_session": TURNS_A_SESSION, "words": WORDS}
        own = "FROM messaging_session s WHERE (s.tenant_id, s.conversation_id) = (c.tenant_id, c.id)"
        newest, open_ = f"SELECT max(s.number) {own}", f"SELECT s.id {own} AND s.closed_at IS NULL"
        session = f"({open_})" if into_open else key("session", "c.id, before + (g - 1) / %(a_session)s + 1")
        self.run(
            f"""CREATE TEMP TABLE said AS
                SELECT c.tenant_id, c.account_id, c.contact_id, c.id AS conversation_id, c.last_turn + g AS number,
                       c.last_seq + g * 3 - 2 AS seq, {key("turn", "c.id, c.last_turn + g")} AS turn_id,
                       before + (g - 1) / %(a_session)s + 1 AS session_number, {session} AS session_id,
                       now() - interval '90 days' + g * interval '1 minute' AS at
                FROM messaging_conversation c
                CROSS JOIN LATERAL (SELECT coalesce(({newest}), 0) AS before) AS b
                CROSS JOIN generate_series(1, %(turns)s::int) AS g
                WHERE {which}""",
            values,
        )
        if not into_open:
            self._add_sessions()
        self._add_what_was_said(values)
        self.run(
            f"""UPDATE messaging_conversation c
                SET last_turn = last_turn + %(turns)s, last_seq = last_seq + 3 * %(turns)s WHERE {which}""",
            values,
        )
        self.run("DROP TABLE said")

    def _add_sessions(self) -> None:
        session = {
            "id": "session_id",
            "tenant_id": "tenant_id",
            "conversation_id": "conversation_id",
            "number": "session_number",
            "role": "'customer'",
            "model": "'claude-sonnet-5-5'",
            "system": "'[]'",
            "tools": "'[]'",
            "used_at": "at",
            "closed_at": "at + interval '1 day'",
            "close_reason": "'idle'",
        }
        each = "(SELECT DISTINCT ON (session_id) * FROM said ORDER BY session_id, number) AS s"
        self.insert("messaging_session", session, each, {})

    def _add_what_was_said(self, values: Mapping[str, Any]) -> None:
        """Turns with two messages of the person, one answer, its delivery with three reports, two steps, one use."""
        own = {"tenant_id": "tenant_id", "conversation_id": "conversation_id"}
        turn = {**own, "id": "turn_id", "session_id": "session_id", "number": "number", "status": "'answered'"}
        self.insert("messaging_turn", {**turn, "began_at": "at", "committed_at": "at"}, "said", values)
        message = {
            **own,
            "id": key("message", "turn_id, place"),
            "account_id": "account_id",
            "contact_id": "CASE WHEN place < 2 THEN contact_id END",
            "turn_id": "turn_id",
            "direction": "CASE WHEN place < 2 THEN 'in' ELSE 'out' END",
            "seq": "seq + place",
            "key": "CASE WHEN place < 2 THEN concat('wamid.', turn_id, place) END",
            "kind": "'text'",
            "text": "%(words)s",
            "raw": "CASE WHEN place < 2 THEN convert_to(repeat(%(words)s, 5), 'UTF8') END",
            "sent_at": "at",
            "stored_at": "at",
        }
        self.insert("messaging_message", message, "said CROSS JOIN generate_series(0, 2) AS place", values)
        step = {
            "tenant_id": "tenant_id",
            "id": key("step", "turn_id, place"),
            "turn_id": "turn_id",
            "number": "place",
            "kind": "CASE place WHEN 0 THEN 'user' ELSE 'assistant' END",
            "content": "CASE place WHEN 0 THEN %(step)s ELSE %(reply)s END",
        }
        spoken = {**values, "step": STEP % (WORDS * 3), "reply": REPLY % (WORDS * 2)}
        self.insert("messaging_turnstep", step, "said CROSS JOIN generate_series(0, 1) AS place", spoken)
        delivery = {
            **own,
            "id": key("delivery", "turn_id"),
            "message_id": key("message", "turn_id, 2"),
            "seq": "(seq + 2) * 1000",
            "payload": "%(payload)s",
            "status": "'read'",
            "attempts": "1",
            "external_id": "concat('wamid.out.', turn_id)",
        }
        payload = {**values, "payload": json.dumps({"text": WORDS, "plain": WORDS})}
        self.insert("messaging_delivery", delivery, "said", payload)
        report = {
            "tenant_id": "tenant_id",
            "id": key("report", "turn_id, state"),
            "delivery_id": key("delivery", "turn_id"),
            "external_id": "concat('wamid.out.', turn_id)",
            "state": "state",
            "at": "at",
        }
        states = "said CROSS JOIN (VALUES ('sent'), ('delivered'), ('read')) AS v(state)"
        self.insert("messaging_deliverystatus", report, states, values)
        usage = {"tenant_id": "tenant_id", "id": key("usage", "turn_id"), "reference": "turn_id", "purpose": "'chat'"}
        model = {"model": "'claude-sonnet-5-5'", "at": "at", "dollars": "0.001"}
        self.insert("tenants_app_usagerow", {**usage, **model}, "said", values)


def key(what: str, of: str) -> str:
    """An expression for the id of the `what` that the expressions `of` tell apart."""
    return f"md5(concat('{what}', {of}))::uuid"


def required_columns(admin: Admin) -> dict[str, dict[str, str]]:
    """For each table, what to put where a value must stand."""
    rows = admin.execute(
        """SELECT table_name, column_name, udt_name FROM information_schema.columns
           WHERE table_schema = 'public' AND is_nullable = 'NO' AND column_default IS NULL"""
    )
    tables: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        tables.setdefault(table, {})[column] = FILLED.get(kind, "0") if kind != "uuid" else "NULL"
    return tables
