"""The verbs on documents: each change a revision, nobody's writing lost, and what may not be done refused in words."""

from __future__ import annotations

import pytest

from memory import documents
from memory.authors import Author, operator
from memory.folders import FOLDERS
from memory.models import Document, Folder, Revision
from memory.problems import LockedError, RefusedError, StaleError, TakenError
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope
from tests.fixtures import as_role

ALICE = operator("alice")
OWNERS = Author(kind="assistant", name="assistant", role="owner")
STAFFS = Author(kind="assistant", name="assistant", role="staff")
LEARNING = Author(kind="learning", name="learning", role="owner")


def test_a_tenant_begins_with_its_folders_once(acme: Tenant) -> None:
    with tenant_scope(acme):
        documents.make_folders(acme)
        Folder.objects.get(name="knowledge").delete()
        documents.make_folders(acme)
        assert [folder.name for folder in Folder.objects.all()] == ["identity", "boundaries", "relationships"]
        assert Document.objects.get().path == "CLAUDE.md"


def test_each_change_is_a_revision(acme: Tenant) -> None:
    with tenant_scope(acme):
        row = documents.write(acme, "knowledge/a.md", "# Prices\n\nA cut is 20 €.\n", author=ALICE, base=None)
        row = documents.write(acme, row.path, "# Prices\n\nA cut is 25 €.\n", author=OWNERS, base=1, reason="dearer")
        row = documents.rename(row, "knowledge/prices.md", author=ALICE, base=2)
        row = documents.delete(row, author=ALICE, base=3)
        row = documents.restore(row, 1, author=ALICE)
        assert (row.path, row.content, row.number) == ("knowledge/prices.md", "# Prices\n\nA cut is 20 €.\n", 5)
        kept = Revision.objects.filter(document=row).order_by("number")
        assert [(each.number, each.action, each.actor, each.path) for each in kept] == [
            (1, "created", "operator:alice", "knowledge/a.md"),
            (2, "edited", "assistant", "knowledge/a.md"),
            (3, "renamed", "operator:alice", "knowledge/prices.md"),
            (4, "deleted", "operator:alice", "knowledge/prices.md"),
            (5, "restored", "operator:alice", "knowledge/prices.md"),
        ]
        stored = Document.objects.get(pk=row.pk)
        assert (stored.title, stored.about, stored.deleted_at) == ("Prices", "A cut is 20 €.", None)
