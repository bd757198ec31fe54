"""What came in and could not be acted on, as it came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from messaging.admin.accounts import label_of
from messaging.admin.readable import shown_raw
from messaging.models import DeadLetter, UnroutedWebhook
from tenants_app.admin.base import TENANT_FILTER, Journal, TenantJournal, actor_of
from tenants_app.admin.unfolded import display
from tenants_app.crossings import note_act

PAGE = "admin/messaging/letter/page.html"


def letter_context(row: Any, kind: str, facts: list[tuple[str, object]]) -> dict[str, Any]:
    body, what = shown_raw(bytes(row.raw))
    facts = [("Came at", row.stored_at), ("Channel", label_of(kind)), *facts]
    return {"title": "What came in", "letter": row, "facts": facts, "body": body, "what": what}


@admin.register(DeadLetter)
class DeadLetterAdmin(TenantJournal):
    change_form_template = PAGE
    list_display = ("reason", "tenant", "channel", "stored_at")
    list_filter = (TENANT_FILTER, "account__kind", "stored_at")
    list_select_related = ("tenant", "account")
    search_fields = ("reason", "tenant__slug")
    fields = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[DeadLetter]:
        letters: QuerySet[DeadLetter] = super().get_queryset(request)
        return letters.select_related("tenant", "account").defer("raw")

    def page_context(self, request: HttpRequest, row: Any) -> Mapping[str, Any]:
        return letter_context(row, row.account.kind, [("Tenant", row.tenant), ("Account", row.account)])

    @display(description="channel", ordering="account__kind")
    def channel(self, letter: DeadLetter) -> str:
        return label_of(letter.account.kind)


@admin.register(UnroutedWebhook)
class UnroutedAdmin(Journal):
    list_display = ("reason", "channel", "target", "stored_at")
    list_filter = ("stored_at",)
    search_fields = ("=kind", "reason", "=target")
    change_form_template = PAGE
    fields = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[UnroutedWebhook]:
        webhooks: QuerySet[UnroutedWebhook] = super().get_queryset(request)
        return webhooks.defer("raw")

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        row = kwargs.get("obj")
        if isinstance(row, UnroutedWebhook):
            note_act(actor_of(request), row, "unroutedwebhook.viewed")
            context |= letter_context(row, row.kind, [("The URL named", row.target)])
        return super().render_change_form(request, context, *args, **kwargs)

    @display(description="channel", ordering="kind")
    def channel(self, webhook: UnroutedWebhook) -> str:
        return label_of(webhook.kind)
