from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from messaging.channels import CHANNELS
from messaging.models import ChannelAccount, ChannelApp
from tenants_app.admin.base import TENANT_FILTER, HouseAdmin, TenantRowAdmin, actor_of
from tenants_app.admin.unfolded import display
from tenants_app.crossings import note_act


def label_of(kind: str) -> str:
    return CHANNELS[kind].label if kind in CHANNELS else kind


DOUBLE, REAL = "a double stands in", "the real one"


@admin.register(ChannelAccount)
class AccountAdmin(TenantRowAdmin):
    """WhatsApp numbers and Telegram bots. `manage.py onboard` connects them, and checks them at the service."""

    list_display = ("shown_name", "tenant", "channel", "address", "shown_status", "service", "front_desk")
    list_filter = (TENANT_FILTER, "kind", "status", "front_desk")
    list_select_related = ("tenant",)
    search_fields = ("address", "name", "=external_id", "tenant__slug")
    ordering = ("-id",)
    readonly_fields = (
        "tenant",
        "channel",
        "address",
        "external_id",
        "shown_status",
        "service",
        "fix",
        "webhook",
        "created_at",
    )
    fieldsets = (
        (None, {"fields": (("tenant", "channel"), ("address", "external_id"), ("shown_status", "service"), "fix")}),
        ("Webhook", {"fields": ("webhook",)}),
        ("Answers", {"fields": ("front_desk", "answers_strangers")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @display(description="service", label={DOUBLE: "warning", REAL: None})
    def service(self, account: ChannelAccount) -> str:
        return DOUBLE if account.is_simulated else REAL

    @display(description="status", ordering="status", label={"active": "success", "refused": "danger"})
    def shown_status(self, account: ChannelAccount) -> str:
        return account.status

    @display(description="name", ordering="name")
    def shown_name(self, account: ChannelAccount) -> str:
        return account.name or account.external_id

    @display(description="channel", ordering="kind")
    def channel(self, account: ChannelAccount) -> str:
        return label_of(account.kind)

    @display(description="what to do")
    def fix(self, account: ChannelAccount) -> SafeString:
        return render_to_string("admin/messaging/channelaccount/fix.html", {"account": account})

    @display(description="URL")
    def webhook(self, account: ChannelAccount) -> SafeString:
        return render_to_string("admin/house/copyable.html", {"text": account.webhook_url})


@admin.register(ChannelApp)
class AppAdmin(HouseAdmin):
    """Apps at a service whose one webhook serves accounts of many tenants. Their secrets are never shown."""

    list_display = ("__str__", "channel", "created_at")
    list_filter = ("kind",)
    ordering = ("-id",)
    fields = ("channel", "webhook", "token_button", "created_at")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[ChannelApp]:
        apps: QuerySet[ChannelApp] = super().get_queryset(request)
        return apps.defer("wrapped", "ciphertext", "fingerprint")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(require_POST(self.show_token))
        return [path("<uuid:app_id>/verify-token/", view, name="messaging_channelapp_token"), *super().get_urls()]

    @display(description="channel", ordering="kind")
    def channel(self, app: ChannelApp) -> str:
        return label_of(app.kind)

    @display(description="webhook URL")
    def webhook(self, app: ChannelApp) -> SafeString:
        return render_to_string(
            "admin/house/copyable.html", {"text": ChannelAccount(kind=app.kind, app=app).webhook_url}
        )

    @display(description="verify token")
    def token_button(self, app: ChannelApp) -> SafeString:
        return render_to_string("admin/messaging/channelapp/token_button.html", {"app": app})

    def show_token(self, request: HttpRequest, app_id: Any) -> HttpResponse:
        """On demand and noted: whoever has it and the URL can register the webhook at the service."""
        app = self.get_object(request, str(app_id))
        if not isinstance(app, ChannelApp) or not self.has_view_permission(request, app):
            raise Http404("There is no such app.")
        note_act(actor_of(request), app, "channelapp.token_shown")
        context = {**self.admin_site.each_context(request), "title": "Verify token", "opts": self.opts, "app": app}
        return TemplateResponse(request, "admin/messaging/channelapp/token.html", context)
