"""What a document's page does beside its text: who knows of it, its name, its lock, deleting and restoring it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, reverse
from django.views.decorators.http import require_POST

from memory import documents
from memory.admin.forms import DeleteForm, LockForm, RenameForm, RestoreForm, SettingsForm
from memory.admin.pages import back_to, chosen_contact
from memory.admin.writing import Writing, carried_out, refused
from memory.authors import Author
from memory.models import Document
from memory.problems import MemoryProblem

Verb = Callable[[dict[str, Any], Author], Document]


class Buttons(Writing):
    def urls_of_buttons(self) -> list[URLPattern]:
        one = "<uuid:document_id>"
        verbs = (
            ("rename", self.rename_view),
            ("remove", self.remove_view),
            ("restore", self.restore_view),
            ("lock", self.lock_view),
        )
        posted = [self.at(f"{one}/{name}/", require_POST(view), f"memory_document_{name}") for name, view in verbs]
        return [self.at(f"{one}/settings/", self.settings_view, "memory_document_settings"), *posted]

    def settings_view(self, request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
        document = self.chosen(request, document_id, "change")
        contact = chosen_contact(document.tenant, request.GET.get("contact", ""))
        form = SettingsForm(request.POST or None, document=document, contact=contact)
        if form.is_valid() and self.kept(request, document, form):
            messages.success(request, f"{document.path} is changed.")
            return back_to(document)
        context = {
            "title": f"Settings of {document.path}",
            "document": document,
            "form": form,
            "rename": RenameForm(initial={"path": document.path, "base": document.number}, auto_id="rename_%s"),
            "remove": DeleteForm(initial={"base": document.number}, auto_id="remove_%s"),
            "may_delete": self.may(request, "delete"),
        }
        return self.page(request, "document/settings", document.tenant, context)

    def kept(self, request: HttpRequest, document: Document, form: SettingsForm) -> bool:
        given = form.cleaned_data

        def change(author: Author) -> Document:
            return documents.settings(
                document,
                audience=given["audience"],
                contact_id=given["contact"].pk if given["contact"] else None,
                about=given["about"],
                title=given["title"],
                author=author,
            )

        try:
            carried_out(request, document.tenant, "document.settings_changed", change, document)
        except MemoryProblem as problem:
            refused(form, problem)
            return False
        return True

    def rename_view(self, request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
        document = self.chosen(request, document_id, "change")
        return self.pressed(
            request,
            document,
            RenameForm(request.POST),
            "renamed",
            lambda given, author: documents.rename(
                document, given["path"].strip(), author=author, base=given["base"], reason=given["reason"]
            ),
        )

    def remove_view(self, request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
        document = self.chosen(request, document_id, "delete")
        return self.pressed(
            request,
            document,
            DeleteForm(request.POST),
            "deleted",
            lambda given, author: documents.delete(document, author=author, base=given["base"], reason=given["reason"]),
        )

    def restore_view(self, request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
        document = self.chosen(request, document_id, "change")
        return self.pressed(
            request,
            document,
            RestoreForm(request.POST),
            "restored",
            lambda given, author: documents.restore(document, given["number"], author=author, reason=given["reason"]),
        )

    def lock_view(self, request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
        document = self.chosen(request, document_id, "change")
        return self.pressed(
            request,
            document,
            LockForm(request.POST),
            "locked" if request.POST.get("locked") == "yes" else "unlocked",
            lambda given, author: documents.set_lock(document, given["locked"] == "yes", author=author),
        )

    def pressed(
        self, request: HttpRequest, document: Document, form: forms.Form, done: str, verb: Verb
    ) -> HttpResponse:
        """Carry out a button's verb and say what came of it."""
        if not form.is_valid():
            words = " ".join(str(error) for errors in form.errors.values() for error in errors)
            messages.error(request, f"Nothing was changed. {words}")
            return redirect(reverse("admin:memory_document_settings", args=[document.pk]))
        try:
            carried_out(
                request, document.tenant, f"document.{done}", lambda who: verb(form.cleaned_data, who), document
            )
        except MemoryProblem as problem:
            messages.error(request, f"Nothing was changed. {problem}")
        else:
            messages.success(request, f"{document.path} is {done}.")
        return back_to(document)
