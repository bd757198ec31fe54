"""Credentials of tenants' tools: how they do, never what they are."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from tenants_app.admin.base import TENANT_FILTER, TenantJournal, actor_of
from tenants_app.admin.pages import chosen_tenant
from tenants_app.admin.unfolded import display
from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope
from tooling import credential_health, credentials
from tooling.admin.outcomes import EXPIRY, HEALTH, expiry_of
from tooling.admin.pages import BY_TENANT, ToolingPages
from tooling.credentials import CredentialError, Facts
from tooling.models import Credential, CustomTool


class CredentialForm(forms.Form):
    """The value goes in and never comes back: not even to whoever typed it wrong."""

    name = forms.CharField(max_length=64, label="Name", help_text="By which tools declare it, such as mls.")
    kind = forms.ChoiceField(choices=Credential.Kind.choices, label="Kind")
    value = forms.CharField(
        label="Value",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Of a user and password: user:password. It is sealed, and never shown again.",
    )
    header = forms.CharField(
        max_length=100,
        required=False,
        label="Header",
        help_text=f"Of an API key: the header that it goes in; {credentials.DEFAULT_HEADER} unless you name another.",
    )
    parameter = forms.CharField(
        max_length=100, required=False, label="Parameter", help_text="Of an API key that goes into the address."
    )
    check_url = forms.CharField(
        max_length=500,
        required=False,
        label="Address to check it at",
        help_text="Read with GET, once a day: one that changes nothing and refuses a wrong credential.",
        widget=forms.URLInput(attrs={"placeholder": "https://api.example.com/me"}),
    )
    expires_on = forms.DateField(
        required=False, label="Expires on", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, data: Any = None, *, tenant: Tenant, row: Credential | None = None) -> None:
        super().__init__(data, initial=initial_of(row) if row is not None else None)
        self.tenant = tenant
        if row is not None:
            del self.fields["name"]
            self.fields["value"].required = False
            self.fields["value"].help_text = "Empty: the one that is stored stays."

    @property
    def facts(self) -> Facts:
        given = self.cleaned_data
        day = given["expires_on"]
        return Facts(
            kind=given["kind"],
            header=given["header"],
            parameter=given["parameter"],
            check_url=given["check_url"],
            expires_at=end_of(day, self.tenant) if day else None,
        )

    def refuse(self, problem: CredentialError) -> None:
        names = {"expires_at": "expires_on"}
        field = names.get(problem.field, problem.field)
        self.add_error(field if field in self.fields else None, problem.text)


def end_of(day: date, tenant: Tenant) -> datetime:
    """It is valid through that day, by the tenant's clock."""
    return datetime.combine(day, time.max, tenant.zone)


def initial_of(row: Credential) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "header": row.header,
        "parameter": row.parameter,
        "check_url": row.check_url,
        "expires_on": last_day(row),
    }


def last_day(row: Credential) -> date | None:
    return row.expires_at.astimezone(row.tenant.zone).date() if row.expires_at else None


@admin.register(Credential)
class CredentialAdmin(ToolingPages, TenantJournal):
    change_form_template = "admin/tooling/credential/page.html"
    list_before_template = "admin/tooling/credential/above.html"
    list_display = ("name", "shown_health", "expires", "kind", "used_at", "uses", "checked_at", "tenant")
    list_filter = (TENANT_FILTER, "health", "kind")
    search_fields = ("name", "tenant__slug")
    search_help_text = "A credential's name or a tenant's slug"
    sortable_by = ()
    fields = ("name",)  # the page shows no form, and one of all fields would warn of the address

    def get_queryset(self, request: HttpRequest) -> QuerySet[Credential]:
        rows: QuerySet[Credential] = super().get_queryset(request)
        return rows.select_related("tenant")

    def get_urls(self) -> list[URLPattern]:
        return [
            self.at("new/", self.whose_view, "tooling_credential_new"),
            self.at("of/<uuid:tenant_id>/new/", self.new_view, "tooling_credential_new"),
            self.at("<uuid:credential_id>/edit/", self.edit_view, "tooling_credential_edit"),
            self.at("<uuid:credential_id>/check/", require_POST(self.check_view), "tooling_credential_check"),
            self.at("<uuid:credential_id>/remove/", self.remove_view, "tooling_credential_remove"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        if isinstance(response, TemplateResponse) and response.context_data and self.may(request, "add"):
            chosen = request.GET.get(BY_TENANT)
            whose = [uuid.UUID(chosen)] if chosen else []
            response.context_data["new_url"] = reverse("admin:tooling_credential_new", args=whose)
        return response

    def page_context(self, request: HttpRequest, row: Any) -> Mapping[str, Any]:
        kind, words = expiry_of(row, timezone.now()) or ("", "")
        return {
            "title": row.name,
            "tenant": row.tenant,
            "row": row,
            "health_colour": HEALTH[row.health],
            "expiry": words,
            "expiry_colour": EXPIRY.get(kind),
            "last_day": last_day(row),
            "tools": tools_with(row),
            "header": row.header or credentials.DEFAULT_HEADER,
            "may_write": self.may(request, "change"),
            "may_delete": self.may(request, "delete"),
        }

    # --- writing -----------------------------------------------------------------------------------------------------

    def chosen(self, request: HttpRequest, credential_id: uuid.UUID, verb: str) -> Credential:
        self.require(request, verb)
        found = Credential.objects.select_related("tenant").filter(pk=credential_id).first()
        if found is None:
            raise Http404("There is no such credential.")
        return found

    def whose_view(self, request: HttpRequest) -> HttpResponse:
        self.require(request, "add")
        return self.tenants_page(request, "A new credential: for which tenant?", "admin:tooling_credential_new")

    def new_view(self, request: HttpRequest, tenant_id: uuid.UUID) -> HttpResponse:
        self.require(request, "add")
        tenant = chosen_tenant(tenant_id)
        form = CredentialForm(request.POST or None, tenant=tenant)
        if form.is_valid():
            if Credential.objects.filter(tenant=tenant, name=form.cleaned_data["name"]).exists():
                form.add_error("name", "There is one of this name: replace its value on its page.")
            elif row := saved_from(request, form, form.cleaned_data["name"]):
                messages.success(request, f"{row.name} is stored.")
                return redirect("admin:tooling_credential_change", row.pk)
        back = reverse("admin:tooling_credential_changelist")
        context = {"title": f"A new credential of {tenant.name}", "form": form, "back": back, "button": "Store it"}
        return self.page(request, "credential/edit", tenant, context)

    def edit_view(self, request: HttpRequest, credential_id: uuid.UUID) -> HttpResponse:
        row = self.chosen(request, credential_id, "change")
        form = CredentialForm(request.POST or None, tenant=row.tenant, row=row)
        if form.is_valid() and saved_from(request, form, row.name):
            messages.success(request, f"{row.name} is changed.")
            return redirect("admin:tooling_credential_change", row.pk)
        back = reverse("admin:tooling_credential_change", args=[row.pk])
        context = {"title": f"Change {row.name}", "form": form, "back": back, "button": "Save"}
        return self.page(request, "credential/edit", row.tenant, context, subject=credentials.subject_of(row))

    def check_view(self, request: HttpRequest, credential_id: uuid.UUID) -> HttpResponse:
        """Asks the service, while the browser waits."""
        row = self.chosen(request, credential_id, "change")
        checked = credential_health.check(row.tenant, row.pk)
        level = messages.ERROR if credential_health.is_failure(checked) else messages.INFO
        messages.add_message(request, level, credential_health.in_words(checked))
        return redirect("admin:tooling_credential_change", row.pk)

    def remove_view(self, request: HttpRequest, credential_id: uuid.UUID) -> HttpResponse:
        """Asks first: it cannot be taken back."""
        row = self.chosen(request, credential_id, "delete")
        if request.method != "POST":
            context = {"title": f"Delete {row.name}", "row": row, "tools": tools_with(row)}
            return self.page(request, "credential/remove", row.tenant, context)
        with tenant_scope(row.tenant):
            credentials.delete(row, actor=actor_of(request))
        messages.success(request, f"{row.name} is deleted, with its value.")
        return redirect("admin:tooling_credential_changelist")

    # --- the list ----------------------------------------------------------------------------------------------------

    @display(description="health", label=HEALTH)
    def shown_health(self, row: Credential) -> tuple[str, str]:
        return row.health, row.get_health_display()

    @display(description="expires", label=EXPIRY)
    def expires(self, row: Credential) -> tuple[str, str] | None:
        return expiry_of(row, timezone.now())


def saved_from(request: HttpRequest, form: CredentialForm, name: str) -> Credential | None:
    """None where something is wrong with it; the form tells what."""
    value = form.cleaned_data["value"]
    try:
        with tenant_scope(form.tenant):
            return credentials.save(form.tenant, name, form.facts, value or None, actor=actor_of(request))
    except CredentialError as problem:
        form.refuse(problem)
        return None


def tools_with(row: Credential) -> list[CustomTool]:
    """Those whose live version declares it."""
    tools = CustomTool.objects.filter(tenant=row.tenant_id, live__credentials__contains=[{"name": row.name}])
    return list(tools.order_by("name"))
