"""A search over everything that a tenant's assistant could find, with a link to where each thing stands."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils import timezone

from memory.admin.pages import MemoryPages, document_url, message_url
from memory.models import Document, ImportedMessage
from memory.paths import ROOT
from memory.search.finding import search
from memory.search.types import Hit, Viewer
from tenants_app.admin.pages import chosen_tenant
from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope

LIMIT = 20
LONGEST = 300  # characters of a question
RIGHTS = ("memory.view_document", "memory.view_fact", "messaging.view_conversation")  # what a hit may be from


@dataclass(frozen=True, kw_only=True)
class Found:
    hit: Hit
    url: str
    place: str  # where it stands, in words


class Searching(MemoryPages):
    def urls_of_search(self) -> list[URLPattern]:
        return [self.at("of/<uuid:tenant_id>/search/", self.search_view, "memory_search")]

    def search_view(self, request: HttpRequest, tenant_id: uuid.UUID) -> HttpResponse:
        if not request.user.has_perms(RIGHTS):
            raise PermissionDenied
        tenant = chosen_tenant(tenant_id)
        asked = request.GET.get("q", "").strip()[:LONGEST]
        context = {
            "title": f"Search in the memory of {tenant.name}",
            "asked": asked,
            "found": found_in(tenant, asked) if asked else [],
        }
        return self.page(request, "folder/search", tenant, context, subject="memory search" if asked else "")


def found_in(tenant: Tenant, asked: str) -> list[Found]:
    with tenant_scope(tenant):
        hits = search(tenant, Viewer(role="owner"), asked, limit=LIMIT, now=timezone.now())
        return list(linked(tenant, hits))


def linked(tenant: Tenant, hits: Iterable[Hit]) -> Iterable[Found]:
    """With the page on which each stands. Two queries, however many."""
    hits = list(hits)
    paths = [hit.reference.removeprefix(f"{ROOT}/") for hit in hits if hit.source == "document"]
    documents = {row.path: row for row in Document.objects.filter(tenant=tenant, deleted_at=None, path__in=paths)}
    ids = [hit.reference.partition(":")[2] for hit in hits if hit.imported]
    chats = {str(row.pk): row for row in messages_of(tenant, ids)}
    for hit in hits:
        identifier = hit.reference.partition(":")[2]
        if hit.source == "document":
            path = hit.reference.removeprefix(f"{ROOT}/")
            url, place = (document_url(documents[path]), path) if path in documents else ("", path)
        elif hit.source == "fact":
            url, place = reverse("admin:memory_fact_change", args=[identifier]), "a fact"
        elif hit.imported:
            message = chats.get(identifier)
            url, place = chat_url(message), f"imported: {message.chat}" if message else "an imported chat"
        else:
            url, place = message_url(identifier), "a conversation"
        yield Found(hit=hit, url=url, place=place)


def messages_of(tenant: Tenant, ids: Iterable[str]) -> QuerySet[ImportedMessage]:
    return ImportedMessage.objects.select_related("chat").filter(tenant=tenant, pk__in=list(ids))


def chat_url(message: ImportedMessage | None) -> str:
    if message is None:
        return ""
    return f"{reverse('admin:memory_importedchat_change', args=[message.chat_id])}?at={message.seq}#m{message.seq}"
