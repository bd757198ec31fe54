"""Deleting a tenant leaves no row and no file, and nothing of another tenant's is touched."""

from __future__ import annotations

import json
import sys
import uuid
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command

from tenants_app.deletion import tenant_files
from tenants_app.models import InstallationEvent, Tenant
from tests.fixtures import as_role
from tests.isolation.sweep import Twins

JOURNAL = "tenants_app_installationevent"


@pytest.fixture
def files(settings: Any, tmp_path: Path, acme: Tenant, globex: Tenant) -> dict[str, Path]:
    """A folder with a file in it for each tenant."""
    settings.MEDIA_ROOT = tmp_path
    folders = {tenant.slug: tenant_files(tenant) for tenant in (acme, globex)}
    for folder in folders.values():
        (folder / "media").mkdir(parents=True)
        (folder / "media" / "photo.jpg").write_bytes(b"picture")
    return folders


def delete(*arguments: str) -> str:
    out = StringIO()
    with as_role("operator"):
        call_command("delete_tenant", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def everything(owner: psycopg.Connection[Any], tenant: uuid.UUID) -> dict[str, list[Any]]:
    """Every row of every table of the database that mentions the tenant, in whatever column."""
    tables = [row[0] for row in owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    query = 'SELECT t::text FROM "{}" t WHERE t::text LIKE %s ORDER BY 1'
    found = {table: owner.execute(query.format(table), [f"%{tenant}%"]).fetchall() for table in tables}
    return {table: rows for table, rows in found.items() if rows}


def test_no_row_and_no_file_is_left(twins: Twins, files: dict[str, Path]) -> None:
    others = everything(twins.owner, twins.b)
    assert set(everything(twins.owner, twins.a)) == set(others) == {table.name for table in twins.catalogue.of_tenants}
    assert json.loads(delete("acme", "--yes", "--json")) == {"tenant": "acme", "deleted": True, "folders_removed": 1}
    assert set(everything(twins.owner, twins.a)) == {JOURNAL}
    assert everything(twins.owner, twins.b) == others
    assert not files["acme"].exists()
    assert (files["globex"] / "media" / "photo.jpg").read_bytes() == b"picture"


def test_the_installations_journal_keeps_that_it_was_deleted(acme: Tenant, files: dict[str, Path]) -> None:
    delete("acme", "--yes")
    with as_role("operator"):
        event = InstallationEvent.objects.get()
    assert (event.kind, event.detail) == ("tenant.deleted", {"tenant": str(acme.pk), "slug": "acme"})
    assert event.actor


def test_a_folder_that_a_crash_left_is_removed_by_the_next_call(files: dict[str, Path]) -> None:
    delete("acme", "--yes")
    files["acme"].mkdir()
    (files["acme"] / "late.jpg").write_bytes(b"written while it was deleted")
    assert json.loads(delete("acme", "--yes", "--json")) == {"tenant": "acme", "deleted": False, "folders_removed": 1}
    assert not files["acme"].exists()
    assert files["globex"].exists()


def test_deleting_another_tenant_removes_it_as_well_and_nothing_unknown(files: dict[str, Path]) -> None:
    delete("acme", "--yes")
    files["acme"].mkdir()
    unknown = files["acme"].with_name(str(uuid.uuid4()))
    unknown.mkdir()
    assert "2 folders" in delete("globex", "--yes")
    assert [folder.name for folder in unknown.parent.iterdir()] == [unknown.name]


def test_a_rollback_leaves_the_files(files: dict[str, Path], owner_connection: psycopg.Connection[Any]) -> None:
    owner_connection.execute(
        """CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';
           CREATE TRIGGER refuse BEFORE DELETE ON tenants_app_tenant FOR EACH ROW EXECUTE FUNCTION refuse()"""
    )
    try:
        with pytest.raises(Exception, match="no"):
            delete("acme", "--yes")
    finally:
        owner_connection.execute("DROP FUNCTION refuse CASCADE")
    assert files["acme"].exists()
    with as_role("operator"):
        assert Tenant.objects.count() == 2
        assert InstallationEvent.objects.count() == 0


@pytest.mark.parametrize(("typed", "left"), [("acme\n", 1), ("globex\n", 2), ("", 2), ("y\n", 2)])
def test_the_name_must_be_typed(files: dict[str, Path], monkeypatch: Any, typed: str, left: int) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO(typed))
    if left == 2:
        with pytest.raises(CommandError, match="nothing was deleted"):
            delete("acme")
    else:
        assert "acme is deleted" in delete("acme")
    with as_role("operator"):
        assert Tenant.objects.count() == left


def test_an_unknown_name_is_refused_with_those_there_are(acme: Tenant) -> None:
    with pytest.raises(CommandError, match=r"no tenant 'acne'\. There are: acme\."):
        delete("acne", "--yes")
