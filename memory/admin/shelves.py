"""A life folder as operators see it: its folders with their rules, and what stands in each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from memory.admin.pages import names_of, written_by
from memory.folders import FRAMEWORK_BYTES
from memory.models import Document, Folder, Revision
from memory.paths import FRAMEWORK
from tenants_app.models import Tenant

MOST = 1_000  # documents on one page; the list has all of them
NEARLY = 80  # percent of a document's room


@dataclass(frozen=True, kw_only=True)
class Line:
    document: Document
    name: str  # without the folder
    room: int  # bytes; 0 where nothing limits it
    by: str

    @property
    def percent(self) -> int:
        return round(100 * self.document.size / self.room) if self.room else 0

    @property
    def state(self) -> str:
        return "full" if self.percent >= 100 else "early" if self.percent >= NEARLY else ""


@dataclass(frozen=True, kw_only=True)
class Shelf:
    name: str
    folder: Folder | None  # none for documents beside the folders, such as CLAUDE.md
    lines: tuple[Line, ...]

    @property
    def standing(self) -> int:
        return sum(line.document.deleted_at is None for line in self.lines)


def with_last_change(documents: QuerySet[Document]) -> QuerySet[Document]:
    """Adds `last_actor`, `last_kind` and `last_action`, of the newest revision."""
    newest = Revision.objects.filter(tenant=OuterRef("tenant"), document=OuterRef("pk"), number=OuterRef("number"))
    return documents.annotate(
        last_actor=Subquery(newest.values("actor")[:1]),
        last_kind=Subquery(newest.values("actor_kind")[:1]),
        last_action=Subquery(newest.values("action")[:1]),
    )


def shelves_of(tenant: Tenant, *, deleted: bool) -> tuple[list[Shelf], bool]:
    """The folders in their order, and whether there are more documents than are shown. Three queries."""
    rows = with_last_change(Document.objects.filter(tenant=tenant)).defer("content").select_related("contact")
    if not deleted:
        rows = rows.filter(deleted_at=None)
    found: list[Any] = list(rows.order_by("path", "-changed_at")[: MOST + 1])
    names = names_of(tenant.pk, (row.last_actor or "" for row in found))
    by_folder = sorted_into_folders(found[:MOST])
    folders = list(Folder.objects.filter(tenant=tenant))
    known = {folder.name for folder in folders}
    shelves = [shelf_of(folder.name, folder, by_folder.get(folder.name, ()), names) for folder in folders]
    beside = [shelf_of(name, None, lines, names) for name, lines in sorted(by_folder.items()) if name not in known]
    return beside + shelves, len(found) > MOST


def sorted_into_folders(documents: Iterable[Any]) -> Mapping[str, list[Any]]:
    by_folder: dict[str, list[Any]] = defaultdict(list)
    for row in documents:
        folder, slash, _ = row.path.partition("/")
        by_folder[folder if slash else ""].append(row)
    return by_folder


def room_in(folder: Folder | None, path: str) -> int:
    """How many bytes a document there may have; 0 where nobody says."""
    return folder.document_bytes if folder else FRAMEWORK_BYTES if path == FRAMEWORK else 0


def shelf_of(name: str, folder: Folder | None, documents: Iterable[Any], names: Mapping[str, str]) -> Shelf:
    lines = tuple(
        Line(
            document=row,
            name=row.path.removeprefix(f"{name}/"),
            room=room_in(folder, row.path),
            by=written_by(row.last_kind or "", row.last_actor or "", names),
        )
        for row in documents
    )
    return Shelf(name=name, folder=folder, lines=lines)
