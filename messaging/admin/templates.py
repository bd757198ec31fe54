from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from messaging import templates
from messaging.admin.accounts import label_of
from messaging.channels.base import TransportError
from messaging.models import Template
from tenants_app.admin.base import TENANT_FILTER, TenantRowAdmin, actor_of
from tenants_app.admin.unfolded import action, display
from tenants_app.crossings import note_act

COLOURS = {
    "approved": "success",
    "pending": "primary",
    "rejected": "danger",
    "paused": "warning",
    "disabled": "danger",
    "gone": None,
}


@admin.register(Template)
class TemplateAdmin(TenantRowAdmin):
    """What a service has approved to be sent when free text may not be. It is written there; here stands what for."""

    list_display = ("name", "language", "shown_status", "shown_purpose", "category", "shown_account", "tenant")
    list_filter = (TENANT_FILTER, "status", "purpose")
    list_select_related = ("tenant", "account")
    search_fields = ("name", "tenant__slug")
    search_help_text = "A template's name or a tenant's slug"
    ordering = ("tenant", "name", "language")
    fields = (
        ("tenant", "shown_account"),
        ("name", "language"),
        ("shown_status", "reason"),
        "category",
        "body",
        "purpose",
        "synced_at",
    )
    readonly_fields = (
        *("tenant", "shown_account", "name", "language", "shown_status", "reason", "category", "body", "synced_at"),
    )
    actions = ("sync_accounts",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @display(description="status", ordering="status", label=COLOURS)
    def shown_status(self, template: Template) -> str:
        return template.status

    @display(description="used for", ordering="purpose")
    def shown_purpose(self, template: Template) -> str:
        return template.purpose or "nothing"

    @display(description="account", ordering="account__address")
    def shown_account(self, template: Template) -> str:
        return f"{label_of(template.account.kind)} {template.account.address}"

    @action(description="Ask the service for its list", permissions=["change"])
    def sync_accounts(self, request: HttpRequest, queryset: QuerySet[Template]) -> None:
        """Of each account of which a template was chosen."""
        chosen: dict[uuid.UUID, Any] = {row.account_id: row.account for row in queryset.select_related("account")}
        for account_id, account in chosen.items():
            try:
                count = templates.sync(account.tenant_id, account_id)
            except TransportError as error:
                self.message_user(request, f"{account}: {error}", messages.ERROR)
                continue
            note_act(actor_of(request), account, "templates.synced", count=count)
            self.message_user(request, f"{account}: its service lists {count} templates.", messages.SUCCESS)
