"""What every page of the operators' admin has in common.

Nothing is deleted through Django's own cascade: the operator may not delete from append-only tables, and the database's
cascade does it in one go where something is meant to go. Reading a tenant's things and changing them is audited.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib.admin import ShowFacets
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.paginator import InfinitePaginator

from tenants_app.admin.unfolded import ModelAdmin
from tenants_app.crossings import note_act, note_views, operator, subject_of, tenant_of

TENANT_FILTER = ("tenant", AutocompleteSelectFilter)


def actor_of(request: HttpRequest) -> str:
    user: AbstractBaseUser | AnonymousUser = request.user
    return operator(user.get_username())


def done(request: HttpRequest, url: str) -> HttpResponse:
    """After a dialog's verb: have the browser go to `url`, also where htmx sent the form."""
    if "HX-Request" in request.headers:
        return HttpResponse(headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


class HouseAdmin(ModelAdmin):
    compressed_fields = True
    warn_unsaved_form = True
    list_filter_submit = True
    list_per_page = 50
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # they count whole tables

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        note_act(actor_of(request), obj, f"{self.opts.model_name}.added")
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        if changes := changed_names(message):
            note_act(actor_of(request), obj, f"{self.opts.model_name}.changed", changes=changes)
        return super().log_change(request, obj, message)


def changed_names(message: Any) -> list[str]:
    """Which fields and inline rows a form changed, by name only: the values may be a person's."""
    names: list[str] = []
    for part in message if isinstance(message, list) else []:
        for verb, facts in part.items():
            names += facts.get("fields", []) or [f"{facts.get('name', 'row')} {verb}"]
    return names


class TenantRowAdmin(HouseAdmin):
    """Rows of tenants: whoever opens a page or a list of them leaves an entry in the trail of each tenant shown."""

    audit_list: ClassVar[bool] = False  # the list itself shows what people said or who they are

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Model | None = None,
    ) -> HttpResponse:
        if obj is not None and change:
            tenant = tenant_of(obj)
            if tenant is not None:
                note_views(actor_of(request), [tenant.pk], subject_of(obj))
            context |= self.page_context(request, obj)
        response: HttpResponse = super().render_change_form(request, context, add, change, form_url, obj)
        return response

    def page_context(self, request: HttpRequest, row: Any) -> Mapping[str, Any]:
        """What the page's own template (`change_form_template`) shows."""
        return {}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response: HttpResponse = super().changelist_view(request, extra_context)
        if self.audit_list and isinstance(response, TemplateResponse) and response.context_data:
            shown = response.context_data.get("cl")
            tenants = {row.tenant_id for row in shown.result_list} if shown is not None else set()
            note_views(actor_of(request), tenants, f"list of {self.opts.verbose_name_plural}")
        return response


class Journal(HouseAdmin):
    """Rows that nobody changes by hand. Their ids grow with time, so the newest come first without sorting."""

    ordering: ClassVar[Any] = ("-id",)
    paginator = InfinitePaginator
    actions: Any = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class TenantJournal(Journal, TenantRowAdmin):
    list_filter: ClassVar[Any] = (TENANT_FILTER,)
    list_select_related: ClassVar[Any] = ("tenant",)
