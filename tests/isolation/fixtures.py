from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from tenants_app.models import Tenant
from tests.isolation.catalogue import Catalogue, read_catalogue
from tests.isolation.seeding import Seeder
from tests.isolation.sweep import Twins


@pytest.fixture
def catalogue(migrated_database: None, owner_connection: psycopg.Connection[Any]) -> Catalogue:
    return read_catalogue(owner_connection)


@pytest.fixture
def roles(migrated_database: None) -> Iterator[dict[str, psycopg.Connection[Any]]]:
    """A connection of each role, past Django."""
    variables = {"app": "DATABASE_URL", "operator": "DATABASE_OPERATOR_URL", "owner": "DATABASE_OWNER_URL"}
    with ExitStack() as stack:
        yield {
            role: stack.enter_context(psycopg.connect(os.environ[variable], autocommit=True))
            for role, variable in variables.items()
        }


@pytest.fixture
def twins(catalogue: Catalogue, roles: dict[str, psycopg.Connection[Any]], acme: Tenant, globex: Tenant) -> Twins:
    """Both tenants with a row in every table, each seeded by the app in its own scope."""
    seeder = Seeder(catalogue)
    rows = [seeder.seed(roles["app"], tenant.pk) for tenant in (acme, globex)]
    for tenant, own in zip((acme, globex), rows, strict=True):
        own["tenants_app_tenant"] = {"id": tenant.pk, "slug": tenant.slug}
        seeder.link(roles["owner"], own)
    entries = [own["memory_entry"]["id"] for own in rows]
    roles["owner"].execute("DELETE FROM memory_entry WHERE id <> ALL (%s)", [entries])  # which the triggers made
    roles["owner"].execute("ANALYZE")  # so that there are statistics to spy on
    return Twins(catalogue, seeder, acme.pk, globex.pk, rows[0], rows[1], **roles)
