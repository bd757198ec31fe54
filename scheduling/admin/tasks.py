"""Scheduled tasks: a list of all, and each with its next times and what became of the earlier ones."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.views import ChangeList

from memory.admin.pages import OPERATOR, names_of, written_by
from messaging.admin.accounts import label_of
from messaging.admin.readable import printable
from scheduling import changes, times
from scheduling.admin.buttons import Buttons
from scheduling.admin.outcomes import COLOURS, FILTERS, is_overdue, lasting, outcome
from scheduling.admin.runs import log_of, moment
from scheduling.admin.writing import Writing
from scheduling.models import Occurrence, Task
from scheduling.telling import rule_of
from scheduling.times import Upcoming
from tenants_app.admin.base import TENANT_FILTER, TenantJournal
from tenants_app.admin.unfolded import display
from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope

SHOWN = 5  # times to come
MOST_TENANTS = 50  # that a search means
MOST_SKIPPED = 20  # times left out, of those to come
BY_TENANT = "tenant__id__exact"  # of the list's filter
STATES: dict[str, str | None] = {
    "active": "success",
    "overdue": "danger",
    "paused": "warning",
    "done": None,
    "disabled": "danger",
}


def with_last(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """Adds `last_id`, of the newest of its times that is not to come."""
    times = Occurrence.objects.filter(tenant=OuterRef("tenant"), task=OuterRef("pk"), scheduled_for__lte=Now())
    return tasks.annotate(last_id=Subquery(times.order_by("-scheduled_for").values("pk")[:1]))


class TaskList(ChangeList):
    """With the next and the last time of each task that a page shows, in three queries."""

    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        tasks = self.result_list = list(self.result_list)
        now = timezone.now()
        ahead = times.upcoming_of(tasks, 1, now)
        last = {row.task_id: row for row in Occurrence.objects.filter(pk__in=[task.last_id for task in tasks])}
        for task in tasks:
            task.ahead = next(iter(ahead[task.pk]), None)
            task.last = last.get(task.pk)
            if task.last is not None:
                task.last.task = task


@admin.register(Task)
class TaskAdmin(Buttons, Writing, TenantJournal):
    audit_list = True
    change_form_template = "admin/scheduling/task/page.html"
    list_before_template = "admin/scheduling/task/above.html"
    list_display = ("title", "person", "when", "shown_state", "shown_next", "last_outcome", "last_at", "tenant")
    list_filter = (TENANT_FILTER, "state", "kind")
    search_fields = ("title", "contact__name")
    search_help_text = "A tenant; with one chosen, a title or a person's name"
    sortable_by = ()
    fields = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Task]:
        tasks: QuerySet[Task] = super().get_queryset(request)
        return with_last(tasks.select_related("tenant", "contact", "conversation__account"))

    def get_list_filter(self, request: HttpRequest) -> tuple[Any, ...]:
        """Of all tenants, those by which an index finds its way."""
        return self.list_filter if request.GET.get(BY_TENANT) else self.list_filter[:-1]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Task], search_term: str
    ) -> tuple[QuerySet[Task], bool]:
        """No search goes through the words of a million tasks."""
        if request.GET.get(BY_TENANT) or not search_term:
            return super().get_search_results(request, queryset, search_term)
        named = Q(slug__icontains=search_term) | Q(name__icontains=search_term)
        found = list(Tenant.objects.filter(named).order_by("slug").values_list("pk", flat=True)[:MOST_TENANTS])
        return queryset.filter(tenant__in=found), False

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return TaskList

    def get_urls(self) -> list[URLPattern]:
        return [*self.urls_of_writing(), *self.urls_of_buttons(), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        if isinstance(response, TemplateResponse) and response.context_data and self.may(request, "add"):
            chosen = request.GET.get(BY_TENANT)
            whose = [uuid.UUID(chosen)] if chosen else []
            response.context_data["new_url"] = reverse("admin:scheduling_task_new", args=whose)
        return response

    def page_context(self, request: HttpRequest, row: Any) -> Mapping[str, Any]:
        now = timezone.now()
        wanted = request.GET.get("log", "")
        with tenant_scope(row.tenant):
            ahead = times.upcoming(row, SHOWN, now)
            skipped = changes.skipped_ahead(row, now).order_by("scheduled_for")[: MOST_SKIPPED + 1]
            left_out = list(skipped.values_list("scheduled_for", flat=True))
        return {
            "title": row.title,
            "tenant": row.tenant,
            "task": row,
            "state": state_of(row),
            "state_colour": STATES[state_of(row)],
            "rule": rule_of(row, now),
            "made_by": maker_of(row),
            "channel": label_of(row.conversation.account.kind) if row.conversation is not None else "",
            "worth": lasting(timedelta(seconds=row.misfire_seconds)),
            "instruction": printable(row.instruction),
            "ahead": ahead,
            "left_out": left_out[:MOST_SKIPPED],
            "more_left_out": len(left_out) > MOST_SKIPPED,
            "log": log_of(row, wanted, moment(request.GET.get("before", "")), now),
            "wanted": wanted,
            "filters": [(key, words) for key, (words, _) in FILTERS.items()],
            "may_write": self.may(request, "change"),
            "may_delete": self.may(request, "delete"),
        }

    @display(description="for", ordering="contact__name")
    def person(self, task: Task) -> str:
        return str(task.contact)

    @display(description="when")
    def when(self, task: Task) -> str:
        return rule_of(task, timezone.now())

    @display(description="state", label=STATES)
    def shown_state(self, task: Task) -> str:
        return state_of(task)

    @display(description="next")
    def shown_next(self, task: Any) -> SafeString | str:
        found: Upcoming | None = task.ahead
        if found is None:
            return ""
        return render_to_string("admin/scheduling/moment.html", {"at": found.fires_at, "zone": task.zone_name})

    @display(description="last outcome", label=COLOURS)
    def last_outcome(self, task: Any) -> str:
        return outcome(task.last, timezone.now()).word if task.last is not None else ""

    @display(description="last time")
    def last_at(self, task: Any) -> SafeString | str:
        if task.last is None:
            return ""
        context = {"at": task.last.scheduled_for, "zone": task.zone_name, "is_short": True}
        return render_to_string("admin/scheduling/moment.html", context)


def maker_of(task: Task) -> str:
    if not task.created_by:
        return ""
    kind = "operator" if task.created_by.startswith(OPERATOR) else ""
    return written_by(kind, task.created_by, names_of(task.tenant_id, [task.created_by]))


def state_of(task: Task) -> str:
    """One of STATES: an active task whose time has passed is one that no tick has seen."""
    late = task.state == Task.State.ACTIVE and is_overdue(task.next_run_at, timezone.now())
    return "overdue" if late else task.state
