"""Writing documents in the admin, with a preview beside the text, through the verbs that everybody else uses."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern
from django.views.decorators.http import require_POST

from memory import documents
from memory.admin.forms import LONGEST, EditForm, NewForm
from memory.admin.pages import MemoryPages, author_of, back_to, chosen_contact, folder_url
from memory.admin.rendered import rendered
from memory.authors import Author
from memory.models import Document, Revision
from memory.problems import MemoryProblem, StaleError
from tenants_app.admin.base import actor_of
from tenants_app.admin.compared import compare
from tenants_app.admin.pages import chosen_tenant
from tenants_app.crossings import note_act
from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope


def carried_out(
    request: HttpRequest, tenant: Tenant, act: str, verb: Callable[[Author], Document], row: Document | None
) -> Document:
    """Run a verb on `row`, or one that makes a document, and note in the tenant's trail what it changed.

    Raises MemoryProblem.
    """
    with tenant_scope(tenant):
        done = verb(author_of(request))
        if row is None or done.number != row.number:
            note_act(actor_of(request), done, act)
    return done


def refused(form: forms.Form, problem: MemoryProblem) -> None:
    form.add_error(None, str(problem))


class Writing(MemoryPages):
    """Of a document's admin: new ones, and editing."""

    def urls_of_writing(self) -> list[URLPattern]:
        return [
            self.at("new/<uuid:tenant_id>/", self.new_view, "memory_document_new"),
            self.at("preview/", require_POST(self.preview_view), "memory_document_preview"),
            self.at("<uuid:document_id>/edit/", self.edit_view, "memory_document_edit"),
        ]

    def chosen(self, request: HttpRequest, document_id: uuid.UUID, verb: str = "view") -> Document:
        if not (self.may(request, verb) or (verb == "view" and self.may(request, "change"))):
            raise PermissionDenied
        found = Document.objects.select_related("tenant", "contact").filter(pk=document_id).first()
        if found is None:
            raise Http404("There is no such document.")
        return found

    def new_view(self, request: HttpRequest, tenant_id: uuid.UUID) -> HttpResponse:
        """`?folder=` and `?contact=` fill in where it goes and whom it is about."""
        self.require(request, "add")
        tenant = chosen_tenant(tenant_id)
        contact = chosen_contact(tenant, request.GET.get("contact", ""))
        initial = {
            "folder": request.GET.get("folder", "relationships" if contact else "knowledge"),
            "contact": contact,
        }
        form = NewForm(request.POST or None, tenant=tenant, contact=contact, initial=initial)
        if form.is_valid() and (made := self.made(request, tenant, form)):
            messages.success(request, f"{made.path} stands in the life folder.")
            return back_to(made)
        context = {
            "title": "A new document",
            "form": form,
            "html": rendered(form.data.get("content", "")),
            "back": folder_url(tenant.pk),
        }
        return self.page(request, "document/new", tenant, context, subject="life folder")

    def made(self, request: HttpRequest, tenant: Tenant, form: NewForm) -> Document | None:
        given = form.cleaned_data

        def write(author: Author) -> Document:
            return documents.write(
                tenant,
                form.path,
                given["content"],
                author=author,
                reason=given["reason"],
                base=None,
                about=given["about"] or None,
                audience=given["audience"] or None,
                contact_id=given["contact"].pk if given["contact"] else None,
            )

        try:
            return carried_out(request, tenant, "document.created", write, None)
        except MemoryProblem as problem:
            refused(form, problem)
            return None

    def edit_view(self, request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
        document = self.chosen(request, document_id, "change")
        if document.deleted_at:
            raise Http404("This document is deleted; restore it first.")
        form = EditForm(request.POST or None, initial={"content": document.content, "base": document.number})
        if form.is_valid():
            try:
                return self.edited(request, document, form)
            except StaleError as problem:
                return self.clash(request, document, form, problem)
            except MemoryProblem as problem:
                refused(form, problem)
        text = form.data.get("content", "") if form.is_bound else document.content
        context = {
            "title": f"Edit {document.path}",
            "document": document,
            "form": form,
            "html": rendered(text),
        }
        return self.page(request, "document/edit", document.tenant, context)

    def edited(self, request: HttpRequest, document: Document, form: EditForm) -> HttpResponse:
        given = form.cleaned_data

        def write(author: Author) -> Document:
            return documents.write(
                document.tenant,
                document.path,
                given["content"],
                author=author,
                reason=given["reason"],
                base=given["base"],
            )

        carried_out(request, document.tenant, "document.edited", write, document)
        messages.success(request, f"{document.path} is changed.")
        return back_to(document)

    def clash(self, request: HttpRequest, document: Document, form: EditForm, problem: StaleError) -> HttpResponse:
        """Somebody was quicker: both texts, and a form on the newest revision that holds what was typed."""
        fresh = self.chosen(request, document.pk, "change")
        typed = form.cleaned_data["content"]
        context = {
            "title": f"Edit {fresh.path}",
            "document": fresh,
            "form": EditForm({**form.cleaned_data, "base": fresh.number}),
            "html": rendered(typed),
            "problem": str(problem),
            "newest": Revision.objects.filter(tenant=fresh.tenant_id, document=fresh, number=fresh.number).first(),
            "comparison": compare(fresh.content, typed),
        }
        return self.page(request, "document/edit", fresh.tenant, context, status=409)

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        if not (self.may(request, "change") or self.may(request, "add")):
            raise PermissionDenied
        return HttpResponse(rendered(request.POST.get("content", "")[:LONGEST]))
