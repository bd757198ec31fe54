"""An installation of its own for what grows: its database, the business that is looked at, and the doors into it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from memory.folders import make_folders
from messaging import credentials, outbox, usage
from messaging.models import ChannelAccount, Conversation
from stack.bootstrap import bootstrap, plan_from_urls
from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope
from tests.doubles import Double
from tests.fixtures import as_role, use_role
from tests.growth.rows import Loader, Size
from tests.growth.watch import explain_for
from tests.house import House, build

DATABASE = "growth_proxystaff"
CAROL = "15550100009"  # a customer who has written for years
GROUP = "-1009000"


def url_of(variable: str) -> str:
    return urlunsplit(urlsplit(os.environ[variable])._replace(path=f"/{DATABASE}"))


@contextmanager
def own_database() -> Iterator[psycopg.Connection[Any]]:
    """A migrated database beside that of the other tests, which this process uses meanwhile; gives its superuser."""
    owner, app, operator = map(url_of, ("DATABASE_OWNER_URL", "DATABASE_URL", "DATABASE_OPERATOR_URL"))
    bootstrap(os.environ["DATABASE_ADMIN_URL"], plan_from_urls(owner, app, operator), recreate=True)
    before = settings.DATABASES["default"]["NAME"]
    use_database(DATABASE)
    try:
        with as_role("owner"):
            call_command("migrate", verbosity=0)
        with psycopg.connect(url_of("DATABASE_ADMIN_URL"), autocommit=True) as admin:
            explain_for(admin, settings.DATABASE_ROLES["app"], DATABASE)
            yield admin
    finally:
        use_database(before)
        with psycopg.connect(os.environ["DATABASE_ADMIN_URL"], autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


def use_database(name: str) -> None:
    connection: Any = connections["default"]
    use_role("app")
    connection.settings_dict["NAME"] = name
    forget()


def forget() -> None:
    """What this process knows of the rows of another database, or of a moment ago."""
    credentials.forget_all()
    usage.prices.clear()
    outbox.gate_of.cache_clear()


@dataclass
class World:
    """One business with all that happens in it, among more and more others."""

    admin: psycopg.Connection[Any]
    doubles: dict[str, Double]
    house: House = field(init=False)
    size: Size = field(default=Size(0, 0, 0), init=False)
    carol: Conversation = field(init=False)
    group: Conversation = field(init=False)

    def __post_init__(self) -> None:
        self.loader = Loader(self.admin)
        self.house = build(self.doubles)
        self.house.connect_whatsapp()
        self.house.connect_telegram()
        with as_role("operator"):
            ChannelAccount.objects.filter(tenant=self.house.tenant).update(front_desk=True)
            Tenant.objects.filter(pk=self.house.tenant.pk).update(day_budget=1000, month_budget=10_000)
        self.doubles["whatsapp"].post("settings", pair_burst=100_000)  # Carol is written to more often than anybody
        self.house.says("Hello", CAROL)
        self.in_group("Hello")
        self.house.work()
        with tenant_scope(self.house.tenant):
            make_folders(self.house.tenant)
        self.carol = self.chat(CAROL)
        self.group = self.chat(GROUP)
        for (table,) in self.admin.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall():
            self.admin.execute(f'ALTER TABLE "{table}" SET (autovacuum_enabled = off)')  # vacuumed when it is said here

    def in_group(self, text: str) -> None:
        group = {"id": int(GROUP), "type": "supergroup", "title": "The team"}
        self.house.telegrams(**self.house.mentioned(text), chat=group)

    @contextmanager
    def without_indexes(self, names: Iterable[str]) -> Iterator[None]:
        told = [self.admin.execute("SELECT pg_get_indexdef(%s::regclass)", [name]).fetchall() for name in names]
        for name in names:
            self.loader.run(f"DROP INDEX {name}")
        try:
            yield
        finally:
            for [(definition,)] in told:
                self.loader.run(definition)

    def chat(self, chat_id: str) -> Conversation:
        with tenant_scope(self.house.tenant):
            return Conversation.objects.get(chat_id=chat_id)

    def grow(self, size: Size) -> None:
        """Add what is missing to the size. The statistics stay those of before, as they do for a while in life."""
        tenant, account = self.house.tenant, self.house.accounts["whatsapp"]
        app = account.app_id
        if app is None:
            raise LookupError("the WhatsApp account has no app")
        self.loader.add_tenants(self.size.tenants + 1, size.tenants, app)
        self.loader.add_chats(tenant.pk, account.pk, self.size.chats + 1, size.chats)
        self.loader.add_days(tenant.pk, self.size.turns + 1, size.turns)
        self.loader.add_memory(tenant.pk, self.carol.contact_id, self.size.turns * 5 + 1, size.turns * 5)
        self.close_sessions()
        for conversation in (self.carol, self.group):
            self.loader.add_history(conversation.pk, size.turns - self.size.turns)
        self.size = size

    def close_sessions(self) -> None:
        """So that the next turn in each chat that is looked at begins one."""
        chats = [self.carol.pk, self.group.pk]
        self.loader.run(
            """UPDATE messaging_session SET closed_at = now(), close_reason = 'idle'
               WHERE conversation_id = ANY(%(chats)s) AND closed_at IS NULL""",
            {"chats": chats},
        )

    def analyze(self) -> None:
        self.admin.execute("VACUUM ANALYZE")

    def make_due(self, kind: str, *, others: bool) -> None:
        """Something to do in every chat: of all the other businesses, or of the one that is looked at."""
        which = f"tenant_id {'<>' if others else '='} %(own)s AND kind = %(kind)s"
        values: dict[str, Any] = {"own": self.house.tenant.pk, "kind": kind}
        ago = "now() - interval '1 minute'"
        self.loader.run(f"UPDATE messaging_work SET due_at = {ago} WHERE {which}", values)
        self.loader.run(f"UPDATE messaging_lane SET next_due_at = {ago}, running = 0 WHERE {which}", values)

    def send_again(self) -> None:
        """The newest delivery to Carol is to be sent, by whoever claims it."""
        values = {"chat": self.carol.pk, "own": self.house.tenant.pk}
        self.loader.run(
            """UPDATE messaging_delivery SET status = 'pending', external_id = '' WHERE id = (
                   SELECT id FROM messaging_delivery
                   WHERE tenant_id = %(own)s AND conversation_id = %(chat)s ORDER BY seq DESC LIMIT 1)""",
            values,
        )
        self.loader.run(
            """UPDATE messaging_work SET due_at = now(), lease_until = NULL
               WHERE tenant_id = %(own)s AND conversation_id = %(chat)s AND kind = 'send'""",
            values,
        )
        self.loader.run(
            "UPDATE messaging_lane SET next_due_at = now(), running = 0 WHERE tenant_id = %(own)s AND kind = 'send'",
            values,
        )

    def end_leases(self) -> None:
        """As if their time had run out, and that of waiting for another try too."""
        own = {"own": self.house.tenant.pk}
        soon = "WHERE tenant_id = %(own)s AND due_at IS NOT NULL"
        self.loader.run(f"UPDATE messaging_work SET due_at = now(), lease_until = NULL {soon}", own)
        self.loader.run("UPDATE messaging_lane SET next_due_at = now(), running = 0 WHERE tenant_id = %(own)s", own)

    def settle(self) -> None:
        """All idle again, but for lanes that are to be looked at later, as some always are."""
        self.loader.run("UPDATE messaging_work SET due_at = NULL, lease_until = NULL WHERE due_at IS NOT NULL")
        self.loader.run(
            "UPDATE messaging_lane SET next_due_at = now() + interval '1 hour', running = 0, idle_looks = 1"
            " WHERE next_due_at IS NOT NULL AND (next_due_at < now() + interval '50 minutes' OR tenant_id = %(own)s)",
            {"own": self.house.tenant.pk},
        )
