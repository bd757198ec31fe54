"""What the memory's own pages have in common, beside the lists and forms that Django makes."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import ClassVar
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse

from memory.authors import Author, operator
from memory.models import Document
from tenants_app.admin.pages import Pages
from tenants_app.models import Contact, Tenant

OPERATOR, CONTACT = "operator:", "contact:"
WORDS = {"assistant": "the assistant", "learning": "learning", "import": "an import", "system": "ProxyStaff"}
MANY = 300  # contacts that a form offers


class MemoryPages(Pages):
    """Part of the admin of a memory's rows."""

    pages_in: ClassVar[str] = "memory"


def author_of(request: HttpRequest) -> Author:
    return operator(request.user.get_username())


def chosen_contact(tenant: Tenant, contact_id: str) -> Contact | None:
    """The contact that a link names; None where it names none of this tenant."""
    try:
        return Contact.objects.filter(tenant=tenant, pk=uuid.UUID(contact_id)).first()
    except ValueError:
        return None


def names_of(tenant_id: uuid.UUID, actors: Iterable[str]) -> dict[str, str]:
    """Of those actors that are contacts, the names. One query."""
    ids = {each.removeprefix(CONTACT) for each in actors if each.startswith(CONTACT)}
    rows = Contact.objects.filter(tenant=tenant_id, pk__in=ids) if ids else []
    return {f"{CONTACT}{row.pk}": str(row) for row in rows}


def written_by(kind: str, actor: str, names: Mapping[str, str]) -> str:
    """Who wrote something, for people: "alice (operator)", "Nora (owner)", "the assistant"."""
    if actor in WORDS:
        return WORDS[actor]
    name = names.get(actor) or actor.removeprefix(OPERATOR)
    return f"{name} ({kind or 'contact'})"


def people_of(tenant: Tenant, *more: Contact | None) -> list[Contact]:
    """Whom a document or fact can be about: those that are asked for, then the first by name."""
    found = [each for each in more if each is not None]
    known = {each.pk for each in found}
    rows = Contact.objects.filter(tenant=tenant).exclude(name="").order_by("name")[:MANY]
    return found + [row for row in rows if row.pk not in known]


# --- where things are ------------------------------------------------------------------------------------------------


def folder_url(tenant_id: uuid.UUID, **query: str) -> str:
    return with_query(reverse("admin:memory_life_folder", args=[tenant_id]), query)


def document_url(document: Document) -> str:
    return reverse("admin:memory_document_change", args=[document.pk])


def timeline_url(tenant_id: uuid.UUID, **query: str) -> str:
    return with_query(reverse("admin:memory_timeline", args=[tenant_id]), query)


def message_url(message_id: uuid.UUID | str) -> str:
    """The conversation at that message, where an app keeps conversations."""
    try:
        return reverse("admin:messaging_conversation_message", args=[message_id])
    except NoReverseMatch:
        return ""


def with_query(url: str, query: Mapping[str, str]) -> str:
    return f"{url}?{urlencode(query)}" if query else url


def back_to(document: Document) -> HttpResponse:
    return redirect(document_url(document))
