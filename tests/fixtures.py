"""The tests' database: created and migrated as the owner, used as the app, emptied by the owner after each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.utils.module_loading import autodiscover_modules

from messaging.credentials import forget_all
from tenants_app.models import Tenant
from tests.doubles import Double

KEPT = {"django_migrations", "django_content_type", "auth_permission", "tenants_app_price"}


def use_role(role: str) -> None:
    """Make this process's connections log in as `owner`, `app` or `operator`."""
    connection: Any = connections["default"]
    connection.close()
    if connection.settings_dict["OPTIONS"].get("pool"):
        connection.close_pool()
    credentials = settings.DATABASE_CREDENTIALS[role]
    for key in ("USER", "PASSWORD"):
        connection.settings_dict[key] = credentials[key]


@contextmanager
def as_role(role: str) -> Iterator[None]:
    use_role(role)
    try:
        yield
    finally:
        use_role("app")


@pytest.fixture(scope="session")
def migrated_database(django_db_blocker: Any) -> None:
    autodiscover_modules("tools", "context", "commands", "recall")  # as a worker, though with web settings
    with django_db_blocker.unblock(), as_role("owner"):
        call_command("migrate", verbosity=0)


@pytest.fixture(scope="session")
def owner_connection(migrated_database: None) -> Iterator[psycopg.Connection[Any]]:
    """Straight to PostgreSQL as the owner, past Django."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        yield connection


@pytest.fixture
def database(
    migrated_database: None, owner_connection: psycopg.Connection[Any], django_db_blocker: Any
) -> Iterator[None]:
    """The real database with real commits, empty at the end."""
    with django_db_blocker.unblock():
        try:
            yield
        finally:
            connections["default"].close()
            empty(owner_connection)


def empty(owner: psycopg.Connection[Any]) -> None:
    """Delete every row. TRUNCATE of as many tables costs half a second, whatever is in them."""
    owner.execute("DELETE FROM tenants_app_tenant")  # and all that is a tenant's, by the database's cascade
    tables = [row[0] for row in owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    asked = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in tables)
    left = [row[0] for row in owner.execute(asked) if row[0] not in KEPT]
    while left:
        table = left.pop(0)
        try:
            owner.execute(f'DELETE FROM "{table}"')
        except psycopg.errors.ForeignKeyViolation:
            left.append(table)  # what refers to it comes first


def make_tenant(slug: str = "acme", **fields: Any) -> Tenant:
    """A tenant, made as the operator makes it."""
    with as_role("operator"):
        return Tenant.objects.create(**{"slug": slug, "name": slug.title(), "quiet_seconds": 0, **fields})


@pytest.fixture
def acme(database: None) -> Tenant:
    return make_tenant("acme")


@pytest.fixture
def globex(database: None) -> Tenant:
    return make_tenant("globex")


@pytest.fixture(scope="session")
def running_doubles() -> Iterator[dict[str, Double]]:
    doubles = {name: Double.start(name) for name in ("anthropic", "whatsapp", "telegram")}
    yield doubles
    for double in doubles.values():
        double.stop()


@pytest.fixture
def doubles(running_doubles: dict[str, Double], settings: Any) -> dict[str, Double]:
    """The doubles, empty, and the settings that lead to them."""
    for double in running_doubles.values():
        double.post("reset")
    settings.ANTHROPIC_BASE_URL = running_doubles["anthropic"].url
    settings.ANTHROPIC_API_KEY = "sk-ant-test"
    settings.CHANNEL_BASE_URLS = {
        "whatsapp": f"{running_doubles['whatsapp'].url}/v26.0",
        "telegram": running_doubles["telegram"].url,
    }
    forget_all()
    return running_doubles


@pytest.fixture
def clock(database: None, owner_connection: psycopg.Connection[Any]) -> Iterator[Any]:
    """The database's clock as the schedules see it: steps, and is right again in the end."""
    from tests.schedules import stepped_clock

    with stepped_clock(owner_connection) as stepped:
        yield stepped


@pytest.fixture
def house(database: None, doubles: dict[str, Double]) -> Any:
    """A tenant with a WhatsApp number connected, its owner and one of its staff linked."""
    from tests.house import build

    built = build(doubles)
    built.connect_whatsapp()
    return built


@pytest.fixture
def home(database: None, doubles: dict[str, Double], settings: Any, tmp_path: Path) -> Iterator[Any]:
    """A house on both channels whose doubles deliver their own webhooks to it, over a socket."""
    from tests.house import build
    from tests.webhook_door import open_door, serving

    settings.MEDIA_ROOT = tmp_path
    with serving() as url:
        settings.PUBLIC_URL = url
        built = build(doubles)
        built.connect_whatsapp()
        open_door(built)
        yield built
