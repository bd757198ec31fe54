from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from messaging import health
from messaging.admin.dialogs import asks
from messaging.admin.issues import COLOURS, open_of, with_worst
from messaging.channels import CHANNELS
from messaging.models import ChannelAccount, ChannelApp
from tenants_app.admin.base import TENANT_FILTER, HouseAdmin, TenantRowAdmin, actor_of, done
from tenants_app.admin.unfolded import action, display
from tenants_app.crossings import note_act


def label_of(kind: str) -> str:
    return CHANNELS[kind].label if kind in CHANNELS else kind


HEALTH = {"ok": "success", "not checked": None, **COLOURS}
CHECKED_AT_ONCE = 20  # each waits for its service
DOUBLE, REAL = "a double stands in", "the real one"


@admin.register(ChannelAccount)
class AccountAdmin(TenantRowAdmin):
    """WhatsApp numbers and Telegram bots. `manage.py onboard` connects them, and checks them at the service."""

    list_display = ("shown_name", "tenant", "channel", "address", "health", "shown_status", "service", "front_desk")
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
        "issues",
        "webhook",
        "created_at",
    )
    fieldsets = (
        (None, {"fields": (("tenant", "channel"), ("address", "external_id"), ("shown_status", "service"))}),
        ("Health", {"fields": ("issues",)}),
        ("Webhook", {"fields": ("webhook",)}),
        ("Answers", {"fields": ("front_desk", "answers_strangers")}),
    )

    actions = ("check_selected",)
    actions_detail = ("check_one",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_check_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("messaging.change_channelaccount")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ChannelAccount]:
        return with_worst(super().get_queryset(request))

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

    @display(description="health", label=HEALTH)
    def health(self, account: Any) -> str:
        worst: str = account.worst
        return worst

    @display(description="what is wrong")
    def issues(self, account: ChannelAccount) -> SafeString:
        context = {"account": account, "issues": open_of(account)}
        return render_to_string("admin/messaging/channelaccount/health.html", context)

    @display(description="URL")
    def webhook(self, account: ChannelAccount) -> SafeString:
        return render_to_string("admin/house/copyable.html", {"text": account.webhook_url})

    # --- checking ----------------------------------------------------------------------------------------------------

    @action(
        description="Check now…",
        icon="health_and_safety",
        permissions=["check"],
        dialog=asks("Check now", "Asks the service what is wrong with the account. It takes some seconds.", "Check"),
    )
    def check_one(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        account = self.get_object(request, object_id)
        if not isinstance(account, ChannelAccount):
            raise Http404("There is no such account.")
        found = self.look(request, account)
        if found:
            self.message_user(request, f"{found} open: see below.", messages.WARNING)
        else:
            self.message_user(request, "All is well.", messages.SUCCESS)
        return done(request, reverse("admin:messaging_channelaccount_change", args=[account.pk]))

    @action(description="Check now", permissions=["check"])
    def check_selected(self, request: HttpRequest, queryset: QuerySet[ChannelAccount]) -> None:
        chosen = list(queryset[:CHECKED_AT_ONCE])
        troubled = sum(bool(self.look(request, account)) for account in chosen)
        level = messages.WARNING if troubled else messages.SUCCESS
        self.message_user(request, f"{len(chosen)} accounts checked; {troubled} with something open.", level)

    def look(self, request: HttpRequest, account: ChannelAccount) -> int:
        """How many issues are open after it; what only a notice told of is among them."""
        note_act(actor_of(request), account, "account.checked")
        health.check(account.tenant_id, account.pk)
        return len(open_of(account))


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
