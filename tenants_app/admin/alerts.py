from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from tenants_app import audit
from tenants_app.admin.base import TenantJournal, actor_of
from tenants_app.admin.unfolded import action, display
from tenants_app.models import OperatorAlert


class OpenFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Open"), ("resolved", "Resolved")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in ("open", "resolved"):
            return queryset.filter(resolved_at__isnull=self.value() == "open")
        return queryset


@admin.register(OperatorAlert)
class AlertAdmin(TenantJournal):
    """What needs an operator. Most resolve themselves when the trouble ends."""

    list_display = ("state", "text", "kind", "tenant", "opened_at", "resolved_at")
    list_display_links = ("text",)
    list_filter = (OpenFilter, *TenantJournal.list_filter)
    search_fields = ("kind", "text", "tenant__slug")
    fields = ("tenant", "kind", "text", "opened_at", "resolved_at")
    actions = ("resolve",)

    def has_resolve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("tenants_app.change_operatoralert")

    @display(description="state", label={"open": "danger", "resolved": "success"})
    def state(self, alert: OperatorAlert) -> str:
        return "open" if alert.resolved_at is None else "resolved"

    @action(description="Resolve", permissions=["resolve"])
    def resolve(self, request: HttpRequest, queryset: QuerySet[OperatorAlert]) -> None:
        resolved = 0
        for alert in queryset.filter(resolved_at=None).select_related("tenant"):
            if OperatorAlert.objects.filter(pk=alert.pk, resolved_at=None).update(resolved_at=timezone.now()):
                audit.record(
                    alert.tenant, actor_of(request), "alert.resolved", f"operatoralert {alert.pk}", kind=alert.kind
                )
                resolved += 1
        self.message_user(request, f"{resolved} alerts resolved.", messages.SUCCESS)
