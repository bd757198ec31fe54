from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from messaging.admin.accounts import label_of
from messaging.admin.bubbles import TICKS
from messaging.admin.dialogs import asks
from messaging.admin.readable import printable
from messaging.doubt import mark_arrived, resend_once
from messaging.models import Delivery, DeliveryStatus
from messaging.window import INSTEAD
from tenants_app.admin.base import TENANT_FILTER, TenantJournal, actor_of, done
from tenants_app.admin.unfolded import action, display

COLOURS: dict[str, str | None] = {
    "pending": "primary",
    "sending": "info",
    "in_doubt": "danger",
    "sent": "success",
    "delivered": "success",
    "read": "success",
    "failed": "danger",
    "held": "warning",
    "withdrawn": None,
}
Verb = Callable[[Delivery, str], bool]


@admin.register(Delivery)
class DeliveryAdmin(TenantJournal):
    """Every piece of every answer on its way. What is in doubt may have arrived: look first, then say which it was."""

    change_form_template = "admin/messaging/delivery/page.html"
    list_display = ("to", "channel", "status_label", "attempts", "error_code", "tenant", "created_at", "sent_at")
    list_filter = (TENANT_FILTER, "status", "conversation__account__kind", "created_at")
    list_select_related = ("tenant", "conversation__contact", "conversation__account")
    search_fields = ("=external_id", "=error_code", "tenant__slug", "conversation__contact__name")
    search_help_text = "The service's message id, an error code, a tenant's slug or a person's name"
    fields = ()
    actions = ("arrived_selected", "resend_selected")
    actions_detail = ("arrived_one", "resend_one")

    def has_settle_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("messaging.change_delivery")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        deliveries: QuerySet[Delivery] = super().get_queryset(request)
        return deliveries.select_related(*self.list_select_related, "message")

    def page_context(self, request: HttpRequest, row: Any) -> Mapping[str, Any]:
        reported = DeliveryStatus.objects.filter(tenant=row.tenant_id, delivery=row).order_by("id")
        return {
            "title": f"To {row.conversation.contact}",
            "delivery": row,
            "channel": label_of(row.conversation.account.kind),
            "tick": TICKS[row.status],
            "text": printable(row.payload.get("text", "")),
            "sent_instead": printable(row.payload.get(INSTEAD, {}).get("plain", "")),
            "reported": reported,
            "colour": COLOURS[row.status],
        }

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Only what is in doubt can be settled."""
        if not Delivery.objects.filter(pk=object_id, status=Delivery.Status.IN_DOUBT).exists():
            return []
        return super().get_actions_detail(request, object_id)

    @display(description="to", ordering="conversation__contact__name")
    def to(self, delivery: Delivery) -> str:
        return str(delivery.conversation.contact)

    @display(description="channel")
    def channel(self, delivery: Delivery) -> str:
        return label_of(delivery.conversation.account.kind)

    @display(description="status", ordering="status", label=COLOURS)
    def status_label(self, delivery: Delivery) -> tuple[str, str]:
        return delivery.status, delivery.status.replace("_", " ")

    # --- settling ----------------------------------------------------------------------------------------------------

    @action(
        description="It arrived…",
        icon="done",
        permissions=["settle"],
        dialog=asks("It arrived", "You have seen that the message is there. It counts as sent.", "It arrived"),
    )
    def arrived_one(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self.settle_one(request, object_id, mark_arrived, "It counts as sent.")

    @action(
        description="Resend once…",
        icon="replay",
        permissions=["settle"],
        dialog=asks(
            "Resend once",
            "If the message did arrive after all, the person gets it twice. It is sent now, once.",
            "Resend",
        ),
    )
    def resend_one(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self.settle_one(request, object_id, resend_once, "It is sent again.")

    @action(description="In doubt: it arrived", permissions=["settle"])
    def arrived_selected(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        self.settle_all(request, queryset, mark_arrived)

    @action(description="In doubt: resend once", permissions=["settle"])
    def resend_selected(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        self.settle_all(request, queryset, resend_once)

    def settle_one(self, request: HttpRequest, object_id: str, verb: Verb, words: str) -> HttpResponse:
        delivery = self.get_object(request, object_id)
        if not isinstance(delivery, Delivery):
            raise Http404("There is no such delivery.")
        if verb(delivery, actor_of(request)):
            self.message_user(request, words, messages.SUCCESS)
        else:
            self.message_user(request, "Nothing was changed: it is no longer in doubt.", messages.WARNING)
        return done(request, reverse("admin:messaging_delivery_change", args=[delivery.pk]))

    def settle_all(self, request: HttpRequest, queryset: QuerySet[Delivery], verb: Verb) -> None:
        chosen = list(queryset)
        settled = sum(verb(delivery, actor_of(request)) for delivery in chosen)
        self.message_user(request, f"{settled} settled; {len(chosen) - settled} were not in doubt.", messages.SUCCESS)
