"""Having something forgotten for good from the admin: a fact, or passages wherever they stand."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import pluralize
from django.urls import URLPattern

from memory import forgetting
from memory.admin.pages import MemoryPages, author_of, folder_url
from memory.forgetting import Forgotten
from memory.models import Fact
from memory.problems import MemoryProblem
from tenants_app.admin.pages import chosen_tenant
from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope

MOST = 20  # passages at once


class ForgetForm(forms.Form):
    passages = forms.CharField(
        required=False,
        max_length=4000,
        label="Passages",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="One a line, as they were written. Every line of a document that holds one goes, out of its history "
        "too; messages that say one are no longer found or used.",
    )

    def __init__(self, *given: Any, beside_a_fact: bool, **more: Any) -> None:
        super().__init__(*given, **more)
        if not beside_a_fact:
            self.fields["passages"].required = True
            self.fields["passages"].error_messages["required"] = "Say what is to be forgotten."

    def clean_passages(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["passages"].splitlines()]
        found = [line for line in lines if line]
        if len(found) > MOST:
            raise forms.ValidationError(f"At most {MOST} passages at once.")
        return found


class Forgetting(MemoryPages):
    """Of the facts' admin."""

    def urls_of_forgetting(self) -> list[URLPattern]:
        return [self.at("of/<uuid:tenant_id>/forget/", self.forget_view, "memory_forget")]

    def forget_view(self, request: HttpRequest, tenant_id: uuid.UUID) -> HttpResponse:
        """`?fact=` is forgotten with every fact that says the same, and with the messages it comes from."""
        if not (self.may(request, "delete") and request.user.has_perm("memory.change_document")):
            raise PermissionDenied
        tenant = chosen_tenant(tenant_id)
        fact = chosen_fact(tenant, request.GET.get("fact", ""))
        form = ForgetForm(request.POST or None, beside_a_fact=fact is not None)
        if form.is_valid() and (forgotten := self.forgotten(request, tenant, fact, form)):
            messages.success(request, in_words(forgotten))
            for problem in forgotten.problems:
                messages.warning(request, problem)
            return redirect(folder_url(tenant.pk))
        context = {"title": "Forget for good", "form": form, "fact": fact, "back": folder_url(tenant.pk)}
        return self.page(request, "fact/forget", tenant, context)

    def forgotten(self, request: HttpRequest, tenant: Tenant, fact: Fact | None, form: ForgetForm) -> Forgotten | None:
        try:
            with tenant_scope(tenant):
                return forgetting.forget(
                    tenant,
                    references=[f"fact:{fact.pk}"] if fact else [],
                    words=form.cleaned_data["passages"],
                    author=author_of(request),
                )
        except MemoryProblem as problem:
            form.add_error(None, str(problem))
            return None


def chosen_fact(tenant: Tenant, fact_id: str) -> Fact | None:
    try:
        return Fact.objects.filter(tenant=tenant, pk=uuid.UUID(fact_id)).first()
    except ValueError:
        return None


def in_words(forgotten: Forgotten) -> str:
    counts = ((forgotten.facts, "fact"), (forgotten.messages, "message"), (forgotten.documents, "document"))
    told = ", ".join(f"{count} {name}{pluralize(count)}" for count, name in counts)
    return f"Forgotten: {told}. Open sessions end, so that no chat goes on with it."
