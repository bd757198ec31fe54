"""Tenants' own tools: each with its versions, how its runs go, and what stands in the sandbox's way."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils import timezone

from tenants_app.admin.base import TENANT_FILTER, TenantJournal
from tenants_app.admin.compared import compare
from tenants_app.admin.unfolded import display
from tooling import credentials
from tooling.admin.buttons import Buttons
from tooling.admin.charts import PERIODS, chart_of
from tooling.admin.outcomes import STATES, TOOL_STATES, state_of
from tooling.admin.pages import BY_TENANT, pretty, version_of
from tooling.admin.trials import Trials
from tooling.admin.writing import Writing, newest_of
from tooling.models import CustomTool, ToolVersion
from tooling.sandbox import probe
from tooling.versions import subject_of

PAGE = 20  # versions
FIELDS = (  # in which a version may differ, beside its source, schema, description and tests
    *("hosts", "credentials", "roles", "autonomy", "effect", "repeatable", "seconds", "memory_mb"),
)


@admin.register(CustomTool)
class CustomToolAdmin(Writing, Buttons, Trials, TenantJournal):
    audit_list = True
    change_form_template = "admin/tooling/tool/page.html"
    list_before_template = "admin/tooling/tool/above.html"
    list_display = ("name", "shown_state", "live_version", "effect", "autonomy", "tenant", "changed_at")
    list_filter = (TENANT_FILTER, "enabled")
    search_fields = ("name", "tenant__slug")
    search_help_text = "A tool's name or a tenant's slug"
    sortable_by = ()
    fields = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[CustomTool]:
        rows: QuerySet[CustomTool] = super().get_queryset(request)
        return rows.select_related("tenant", "live").defer("live__source", "live__tests", "live__report")

    def get_urls(self) -> list[URLPattern]:
        own = [
            self.at("sandbox/", self.sandbox_view, "tooling_customtool_sandbox"),
            self.at("<uuid:tool_id>/versions/<int:number>/", self.version_view, "tooling_customtool_version"),
            self.at("<uuid:tool_id>/compare/", self.compare_view, "tooling_customtool_compare"),
        ]
        ways = [*self.urls_of_writing(), *self.urls_of_buttons(), *self.urls_of_trials()]
        return [*own, *ways, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        if isinstance(response, TemplateResponse) and response.context_data:
            chosen = request.GET.get(BY_TENANT)
            whose = [uuid.UUID(chosen)] if chosen else []
            new = reverse("admin:tooling_customtool_new", args=whose) if self.may(request, "add") else ""
            response.context_data |= {"new_url": new, "lacking": probe.missing()}
        return response

    def page_context(self, request: HttpRequest, row: Any) -> Mapping[str, Any]:
        """`?days=` 1, 7 or 30: of which time the charts tell."""
        found = ToolVersion.objects.filter(tenant=row.tenant_id, tool=row).defer("source", "tests", "report")
        shown = Paginator(found.order_by("-number"), PAGE).get_page(request.GET.get("p"))
        days = request.GET.get("days", "")
        days = days if days in PERIODS else "7"
        live = row.live
        return {
            "title": row.name,
            "tenant": row.tenant,
            "tool": row,
            "live": live,
            "newest": newest_of(row),
            "state": state_of(row),
            "state_colour": TOOL_STATES[state_of(row)],
            "missing": credentials.missing(row.tenant, live) if live is not None else [],
            "shown": shown,
            "versions": [(version, STATES[version.state]) for version in shown.object_list],
            "chart": chart_of(row.tenant_id, row.name, days, timezone.now()),
            "days": days,
            "periods": [(key, period.words) for key, period in PERIODS.items()],
            "runs_url": runs_of(row),
            **self.rights(request),
        }

    def rights(self, request: HttpRequest) -> Mapping[str, bool]:
        return {"may_write": self.may(request, "change"), "may_delete": self.may(request, "delete")}

    def version_view(self, request: HttpRequest, tool_id: uuid.UUID, number: int) -> HttpResponse:
        version = self.chosen_version(request, tool_id, number, "view")
        tool = version.tool
        context = {
            "title": f"{tool.name}, version {number}",
            "tool": tool,
            "version": version,
            "is_live": tool.live_id == version.pk,
            "goes_back": tool.live is not None and tool.live.number > number,
            "colour": STATES[version.state],
            "schema": pretty(version.schema),
            "tests": pretty(version.tests),
            "missing": credentials.missing(tool.tenant, version),
            **self.rights(request),
        }
        return self.page(request, "tool/version", tool.tenant, context, subject=subject_of(tool))

    def compare_view(self, request: HttpRequest, tool_id: uuid.UUID) -> HttpResponse:
        """`?from=1&to=3`; without them, the newest and the one before it."""
        tool = self.chosen(request, tool_id, "view")
        newer = version_of(tool, asked) if (asked := request.GET.get("to", "")) else newest_of(tool)
        older = version_of(tool, request.GET.get("from", "") or max(1, newer.number - 1))
        context = {
            "title": f"{tool.name}: versions {older.number} and {newer.number}",
            "tool": tool,
            "left": f"Version {older.number}",
            "right": f"Version {newer.number}",
            "parts": [
                (label, compare(before, after)) for label, before, after in parts_of(older, newer) if before != after
            ],
        }
        return self.page(request, "tool/compare", tool.tenant, context, subject=subject_of(tool))

    def sandbox_view(self, request: HttpRequest) -> HttpResponse:
        """Each layer, tried just now; it takes a second or two."""
        self.require(request, "view")
        layers = probe.check()
        works = all(layer.works for layer in layers)
        return self.page(request, "sandbox", None, {"title": "The sandbox", "layers": layers, "works": works})

    @display(description="state", label=TOOL_STATES)
    def shown_state(self, tool: CustomTool) -> str:
        return state_of(tool)

    @display(description="live")
    def live_version(self, tool: CustomTool) -> str:
        return f"version {tool.live.number}" if tool.live is not None else ""

    @display(description="what it does")
    def effect(self, tool: CustomTool) -> str:
        return str(tool.live.get_effect_display()) if tool.live is not None else ""

    @display(description="it runs")
    def autonomy(self, tool: CustomTool) -> str:
        return str(tool.live.get_autonomy_display()) if tool.live is not None else ""


def parts_of(older: ToolVersion, newer: ToolVersion) -> list[tuple[str, str, str]]:
    """What versions can differ in, as texts."""
    return [
        ("Python", older.source, newer.source),
        ("Description", older.description, newer.description),
        ("Arguments", pretty(older.schema), pretty(newer.schema)),
        ("Rules", rules_of(older), rules_of(newer)),
        ("Self-test", pretty(older.tests), pretty(newer.tests)),
    ]


def rules_of(version: ToolVersion) -> str:
    return "\n".join(f"{name}: {pretty(getattr(version, name))}" for name in FIELDS)


def runs_of(tool: CustomTool) -> str:
    return f"{reverse('admin:tooling_execution_changelist')}?{BY_TENANT}={tool.tenant_id}&tool={tool.name}"
