"""What the assistant's tools did: the runs of all tenants, newest first."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tenants_app.admin.base import TENANT_FILTER, TenantJournal
from tenants_app.admin.unfolded import display
from tenants_app.days import first_id
from tenants_app.models import Tenant
from tooling.admin.outcomes import COLOURS, WORDS
from tooling.admin.pages import BY_TENANT
from tooling.models import CustomTool, Execution
from tooling.registry import registry

DAYS = 7  # unless the filter says otherwise: no page looks through years for the few that failed
MOST_TOOLS = 200  # that the filter offers
MOST_TENANTS = 50  # that a search means


class SinceFilter(admin.SimpleListFilter):
    """By when they began where a tenant is chosen, as its index has them; else by their ids, which grow with time."""

    title = "since"
    parameter_name = "since"
    days: ClassVar[dict[str | None, int]] = {None: DAYS, "day": 1, "month": 31}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("day", "The last 24 hours"), ("month", "The last 31 days"), ("ever", "Ever")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        first, *others = super().choices(changelist)
        yield {**first, "display": f"The last {DAYS} days"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        days = self.days.get(self.value())
        if days is None:
            return queryset
        since = timezone.now() - timedelta(days=days)
        return (
            queryset.filter(started_at__gte=since) if is_of_one(request) else queryset.filter(pk__gte=first_id(since))
        )


class ToolFilter(admin.SimpleListFilter):
    """Where a tenant is chosen: its own tools, and those that everybody has."""

    title = "tool"
    parameter_name = "tool"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        if not is_of_one(request):
            return []
        own = CustomTool.objects.filter(tenant=uuid.UUID(request.GET[BY_TENANT])).order_by("name")
        built_in = sorted({tool.name for tool in registry.tools_for("owner")})
        return [(name, name) for name in [*own.values_list("name", flat=True)[:MOST_TOOLS], *built_in]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        name = self.value()
        return queryset.filter(name=name) if name else queryset


def is_of_one(request: HttpRequest) -> bool:
    """Whether the list is of one tenant."""
    try:
        return bool(uuid.UUID(request.GET.get(BY_TENANT, "")))
    except ValueError:
        return False


@admin.register(Execution)
class ExecutionAdmin(TenantJournal):
    audit_list = True
    change_form_template = "admin/tooling/run/page.html"
    list_display = ("began", "name", "shown_kind", "shown_outcome", "took", "asked", "tenant", "why")
    list_display_links = ("began",)
    list_filter = (TENANT_FILTER, "kind", "outcome", ToolFilter, SinceFilter)
    search_fields = ("name", "signature")
    search_help_text = "A tenant; with one chosen, a tool's name or words of an error"
    sortable_by = ()
    fields = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Execution]:
        rows: QuerySet[Execution] = super().get_queryset(request)
        return rows.select_related("tenant")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Of one tenant, as its index has them."""
        return ("-started_at",) if is_of_one(request) else ("-id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Execution], search_term: str
    ) -> tuple[QuerySet[Execution], bool]:
        """No search goes through the words of a million runs."""
        if is_of_one(request) or not search_term:
            return super().get_search_results(request, queryset, search_term)
        named = Q(slug__icontains=search_term) | Q(name__icontains=search_term)
        found = list(Tenant.objects.filter(named).order_by("slug").values_list("pk", flat=True)[:MOST_TENANTS])
        return queryset.filter(tenant__in=found), False

    def page_context(self, request: HttpRequest, row: Any) -> Mapping[str, Any]:
        own = CustomTool.objects.filter(tenant=row.tenant_id, name=row.name).first()
        return {
            "title": f"{row.name}: {WORDS[row.outcome]}",
            "tenant": row.tenant,
            "run": row,
            "own": own,
            "colour": COLOURS[row.outcome],
            "ended_at": ended_at(row),
            "links": links_of(row),
        }

    @display(description="began")
    def began(self, row: Execution) -> datetime:
        return row.started_at

    @display(description="kind")
    def shown_kind(self, row: Execution) -> str:
        return {Execution.Kind.TOOL: "call"}.get(Execution.Kind(row.kind), str(row.get_kind_display()))

    @display(description="outcome", label=COLOURS)
    def shown_outcome(self, row: Execution) -> tuple[str, str]:
        return row.outcome, WORDS[row.outcome]

    @display(description="took")
    def took(self, row: Execution) -> SafeString:
        return format_html('<span class="tools-number">{} ms</span>', f"{row.ms:,}")

    @display(description="requests")
    def asked(self, row: Execution) -> str:
        return str(len(row.requests) or "")

    @display(description="error")
    def why(self, row: Execution) -> SafeString:
        return format_html('<span class="tools-why">{}</span>', row.signature) if row.signature else SafeString("")


def ended_at(row: Execution) -> datetime:
    return row.started_at + timedelta(milliseconds=row.ms)


def links_of(row: Execution) -> list[tuple[str, str]]:
    """In what it took place, as far as there is such a thing."""
    places = (
        ("Turn", "messaging_turn", row.turn_id),
        ("Session", "messaging_session", row.session_id),
        ("Conversation", "messaging_conversation", row.conversation_id),
    )
    return [(label, reverse(f"admin:{name}_change", args=[key])) for label, name, key in places if key]
