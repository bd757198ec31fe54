"""Work and lanes, to look at: what is due, what runs and under whose lease."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from messaging.models import Lane, Work
from tenants_app.admin.base import TENANT_FILTER, TenantJournal
from tenants_app.admin.unfolded import display


class WorkState(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", "Waiting"), ("leased", "Leased")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "waiting":
            return queryset.filter(due_at__isnull=False, lease_until=None)
        if self.value() == "leased":
            return queryset.filter(lease_until__isnull=False)
        return queryset


@admin.register(Work)
class WorkAdmin(TenantJournal):
    ordering = (F("due_at").asc(nulls_last=True), "id")
    list_display = ("contact", "kind", "tenant", "state", "due_at", "lease_until", "worker", "epoch")
    list_filter = (WorkState, "kind", TENANT_FILTER)
    list_select_related = ("tenant", "conversation__contact")
    search_fields = ("tenant__slug", "=worker")
    fields = ("tenant", "kind", "due_at", "first_at", "epoch", "lease_until", "worker", "busy", "hinted")

    @display(description="conversation with")
    def contact(self, work: Work) -> str:
        return str(work.conversation.contact)

    @display(description="state", label={"leased": "info", "late": "danger", "due": "primary", "rests": None})
    def state(self, work: Work) -> str:
        now = timezone.now()
        if work.lease_until is not None:
            return "leased" if work.lease_until > now else "late"
        return "rests" if work.due_at is None else "due"


@admin.register(Lane)
class LaneAdmin(TenantJournal):
    list_display = ("tenant", "kind", "running", "most", "next_due_at", "idle_looks")
    list_filter = (TENANT_FILTER, "kind")
    search_fields = ("tenant__slug",)
    fields = ("tenant", "kind", "running", "next_due_at", "idle_looks")

    @display(description="at most")
    def most(self, lane: Lane) -> int:
        return lane.tenant.max_running_turns
