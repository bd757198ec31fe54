"""Documents: the text as people read it, where it comes from, and how it came to be so."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern

from memory.admin.buttons import Buttons
from memory.admin.origins import Source, behind_revisions
from memory.admin.pages import names_of, written_by
from memory.admin.rendered import rendered
from memory.admin.shelves import Line, room_in
from memory.models import Document, Folder, Revision
from memory.paths import folder_of
from tenants_app.admin.base import TENANT_FILTER, TenantJournal
from tenants_app.admin.compared import compare
from tenants_app.admin.unfolded import display
from tenants_app.crossings import subject_of
from tenants_app.scope import tenant_scope

NEWEST = 8  # changes that a document's page tells of
PAGE = 50  # changes on a page of the history


@dataclass(frozen=True, kw_only=True)
class Change:
    revision: Revision
    by: str
    sources: Sequence[Source]
    is_current: bool

    @property
    def before(self) -> int:
        """The number of the revision that it changed; 0 for the first."""
        return self.revision.number - 1


def changes_of(document: Document, revisions: Sequence[Revision]) -> list[Change]:
    names = names_of(document.tenant_id, (row.actor for row in revisions))
    with tenant_scope(document.tenant_id):
        sources = behind_revisions([row.pk for row in revisions])
    return [
        Change(
            revision=row,
            by=written_by(row.actor_kind, row.actor, names),
            sources=sources.get(row.pk, ()),
            is_current=row.number == document.number,
        )
        for row in revisions
    ]


def revisions_of(document: Document) -> QuerySet[Revision]:
    return Revision.objects.filter(tenant=document.tenant_id, document=document)


def revision_of(document: Document, number: str) -> Revision:
    found = revisions_of(document).filter(number=int(number)).first() if is_number(number) else None
    if found is None:
        raise Http404("There is no such revision.")
    return found


def is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


@admin.register(Document)
class DocumentAdmin(Buttons, TenantJournal):
    audit_list = True
    change_form_template = "admin/memory/document/page.html"
    list_display = ("path", "title", "shown_audience", "shown_state", "shown_size", "tenant", "changed_at")
    list_display_links = ("path", "title")
    list_filter = (TENANT_FILTER, "audience", "locked", ("deleted_at", admin.EmptyFieldListFilter))
    search_fields = ("path", "title", "tenant__slug")
    search_help_text = "A path, a title or a tenant's slug"
    ordering = ("-changed_at",)
    fields = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        rows: QuerySet[Document] = super().get_queryset(request)
        return rows.select_related("tenant", "contact")

    def get_urls(self) -> list[URLPattern]:
        reading = [
            self.at("<uuid:document_id>/compare/", self.compare_view, "memory_document_compare"),
            self.at("<uuid:document_id>/revisions/<int:number>/", self.revision_view, "memory_document_revision"),
        ]
        return [*reading, *self.urls_of_writing(), *self.urls_of_buttons(), *super().get_urls()]

    def page_context(self, request: HttpRequest, row: Any) -> Mapping[str, Any]:
        folder = Folder.objects.filter(tenant=row.tenant_id, name=folder_of(row.path)).first()
        newest = list(revisions_of(row).defer("content").order_by("-number")[:NEWEST])
        return {
            "title": row.title or row.path,
            "tenant": row.tenant,
            "document": row,
            "line": Line(document=row, name=row.path, room=room_in(folder, row.path), by=""),
            "folder": folder,
            "html": rendered(row.content),
            "changes": changes_of(row, newest),
            "may_write": self.may(request, "change"),
            "may_delete": self.may(request, "delete"),
        }

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Every change, newest first, and two of them to compare."""
        document = self.chosen(request, uuid.UUID(object_id))
        rows = Paginator(revisions_of(document).defer("content").order_by("-number"), PAGE)
        page = rows.get_page(request.GET.get("p"))
        context = {
            "title": f"History of {document.path}",
            "document": document,
            "shown": page,
            "changes": changes_of(document, list(page.object_list)),
            "may_write": self.may(request, "change"),
        }
        subject = f"history of {subject_of(document)}"
        return self.page(request, "document/history", document.tenant, context, subject=subject)

    def compare_view(self, request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
        """`?from=3&to=5`; without them, the newest change."""
        document = self.chosen(request, document_id)
        newer = revision_of(document, request.GET.get("to", str(document.number)))
        older = revision_of(document, request.GET.get("from", str(max(1, newer.number - 1))))
        context = {
            "title": f"{document.path}: {older.number} and {newer.number}",
            "document": document,
            "comparison": compare(older.content, newer.content),
            "sides": changes_of(document, [older, newer]),
            "others": settings_changed(older, newer),
            "left": f"Revision {older.number}",
            "right": f"Revision {newer.number}",
        }
        subject = f"history of {subject_of(document)}"
        return self.page(request, "document/compare", document.tenant, context, subject=subject)

    def revision_view(self, request: HttpRequest, document_id: uuid.UUID, number: int) -> HttpResponse:
        """The document as it stood then, to be read before it is restored."""
        document = self.chosen(request, document_id)
        revision = revision_of(document, str(number))
        [change] = changes_of(document, [revision])
        context = {
            "title": f"{revision.path}, revision {number}",
            "document": document,
            "change": change,
            "html": rendered(revision.content),
            "comparison": compare(document.content, revision.content),
            "then": f"Revision {number}",
            "may_write": self.may(request, "change"),
        }
        subject = f"history of {subject_of(document)}"
        return self.page(request, "document/revision", document.tenant, context, subject=subject)

    @display(description="size", ordering="size")
    def shown_size(self, document: Document) -> str:
        return str(filesizeformat(document.size))

    @display(description="known to", ordering="audience")
    def shown_audience(self, document: Document) -> str:
        return document.get_audience_display()

    @display(description="state", label={"locked": "info", "deleted": "danger", "from outside": "warning"})
    def shown_state(self, document: Document) -> str:
        if document.deleted_at:
            return "deleted"
        return "locked" if document.locked else "from outside" if document.untrusted else ""


def settings_changed(older: Revision, newer: Revision) -> list[tuple[str, str, str]]:
    """What differs beside the text: its name, what it was, what it became."""
    names = (("path", "Path"), ("title", "Title"), ("about", "Description"))
    pairs = ((label, getattr(older, name), getattr(newer, name)) for name, label in names)
    return [(label, before, after) for label, before, after in pairs if before != after]
