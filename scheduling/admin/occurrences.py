"""The run log of all tasks of the installation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from scheduling.admin.outcomes import COLOURS, FILTERS, outcome
from scheduling.admin.runs import runs_of
from scheduling.models import Occurrence
from tenants_app.admin.base import TENANT_FILTER, TenantJournal
from tenants_app.admin.unfolded import display
from tenants_app.days import first_id

DAYS = 7  # unless the filter says otherwise: no page looks through years for the few that failed


class SinceFilter(admin.SimpleListFilter):
    """By their ids, which grow with time: those of the last days, unless more are asked for."""

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
        return queryset if days is None else queryset.filter(pk__gte=first_id(timezone.now() - timedelta(days=days)))


class OutcomeFilter(admin.SimpleListFilter):
    title = "outcome"
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(key, words) for key, (words, _) in FILTERS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = FILTERS.get(self.value() or "")
        return queryset if chosen is None else queryset.filter(chosen[1])


@admin.register(Occurrence)
class OccurrenceAdmin(TenantJournal):
    """Each time of each task: when it was to be, when it began, what came of it."""

    audit_list = True
    change_form_template = "admin/scheduling/occurrence/page.html"
    list_display = ("due", "title", "person", "shown_outcome", "late", "took", "tenant", "why")
    list_display_links = ("due",)
    list_filter = (TENANT_FILTER, OutcomeFilter, SinceFilter)
    search_fields = ("task__title", "task__contact__name", "tenant__slug")
    search_help_text = "A task's title, a person's name or a tenant's slug"
    sortable_by = ()
    fields = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Occurrence]:
        rows: QuerySet[Occurrence] = super().get_queryset(request)
        return rows.select_related("tenant", "task__tenant", "task__contact", "message")

    def page_context(self, request: HttpRequest, row: Any) -> Mapping[str, Any]:
        [run] = runs_of([row], timezone.now())
        return {"title": row.task.title, "tenant": row.tenant, "task": row.task, "run": run}

    @display(description="scheduled for")
    def due(self, row: Occurrence) -> SafeString:
        context = {"at": row.scheduled_for, "zone": row.task.zone_name, "until": row.last_for, "times": row.times}
        return render_to_string("admin/scheduling/moment.html", context)

    @display(description="task")
    def title(self, row: Occurrence) -> SafeString:
        url = reverse("admin:scheduling_task_change", args=[row.task_id])
        return format_html('<a class="house-link" href="{}">{}</a>', url, row.task.title)

    @display(description="for")
    def person(self, row: Occurrence) -> str:
        return str(row.task.contact)

    @display(description="outcome", label=COLOURS)
    def shown_outcome(self, row: Occurrence) -> str:
        return outcome(row, timezone.now()).word

    @display(description="late")
    def late(self, row: Occurrence) -> SafeString | str:
        late = outcome(row, timezone.now()).shown_late
        return format_html('<span class="schedules-late">{}</span>', late) if late else ""

    @display(description="took")
    def took(self, row: Occurrence) -> str:
        return outcome(row, timezone.now()).shown_took

    @display(description="why")
    def why(self, row: Occurrence) -> SafeString:
        return format_html('<span class="schedules-why">{}</span>', row.reason) if row.reason else SafeString("")
