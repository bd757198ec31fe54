from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Count, Model, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from tenants_app import ceilings
from tenants_app.admin.base import TENANT_FILTER, HouseAdmin, TenantJournal
from tenants_app.admin.unfolded import action, display
from tenants_app.days import first_id, start_of_day, start_of_month
from tenants_app.models import Price, Spending, UsageRow

TOTAL_OF = 10_000  # of the newest calls that the filters leave: no page sums a whole table


class SinceFilter(admin.SimpleListFilter):
    title = "since"
    parameter_name = "since"
    starts: ClassVar[Any] = {"day": start_of_day, "month": start_of_month}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("day", "Today (UTC)"), ("month", "This month (UTC)")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        start = self.starts.get(self.value())
        return queryset.filter(pk__gte=first_id(start())) if start else queryset


@admin.register(UsageRow)
class UsageAdmin(TenantJournal):
    list_display = ("at", "tenant", "purpose", "model", "prompt", "output_tokens", "cached", "cost")
    list_filter = (SinceFilter, TENANT_FILTER)
    list_before_template = "admin/tenants_app/usagerow/total.html"
    search_fields = ("=model", "=purpose", "=request_id", "tenant__slug")
    search_help_text = "A model, a purpose, a request's id or a tenant's slug"

    @display(description="prompt tokens")
    def prompt(self, row: UsageRow) -> int:
        return row.input_tokens + row.cache_read_tokens + row.cache_write_5m_tokens + row.cache_write_1h_tokens

    @display(description="of these from the cache")
    def cached(self, row: UsageRow) -> str:
        prompt = self.prompt(row)
        return f"{row.cache_read_tokens / prompt:.0%}" if prompt else "–"

    @display(description="cost", ordering="dollars")
    def cost(self, row: UsageRow) -> str:
        assumed = " (assumed: no answer came)" if row.assumed else ""
        return "no price" if row.price_id is None and not row.dollars else f"${row.dollars:.6f}{assumed}"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """With what the calls cost that the filters leave, together."""
        response = super().changelist_view(request, extra_context)
        if isinstance(response, TemplateResponse) and response.context_data and "cl" in response.context_data:
            shown = response.context_data["cl"].queryset.order_by("-pk")[:TOTAL_OF]
            total = shown.aggregate(calls=Count("pk"), dollars=Sum("dollars"))
            response.context_data["total"] = {**total, "is_part": total["calls"] == TOTAL_OF}
        return response


@admin.register(Spending)
class SpendingAdmin(TenantJournal):
    """Each tenant's days and months in its own time zone. What holds them in bounds stands on the tenant's page."""

    list_display = ("starts_on", "period", "tenant", "spent_dollars", "reserved_dollars", "ceiling")
    list_filter = ("period", TENANT_FILTER)
    search_fields = ("tenant__slug",)
    fields = ("tenant", "period", "starts_on", "spent", "reserved", "refused_limit")

    @display(description="spent", ordering="spent")
    def spent_dollars(self, row: Spending) -> str:
        return f"${row.spent:.4f}"

    @display(description="set aside for calls that run")
    def reserved_dollars(self, row: Spending) -> str:
        return f"${row.reserved:.4f}" if row.reserved else ""

    @display(description="used up at", label="danger")
    def ceiling(self, row: Spending) -> str | None:
        return None if row.refused_limit is None else f"${row.refused_limit:.2f}"


@admin.register(Price)
class PriceAdmin(HouseAdmin):
    """A changed price is a new row from a moment on: what was priced before keeps the rate that held then.

    A row that does not hold yet can still be corrected.
    """

    list_display = ("model", "valid_from", "input", "output", "cache_read", "cache_write_5m", "cache_write_1h")
    list_filter = ("model",)
    search_fields = ("model",)
    actions_row = ("from_now",)
    fieldsets = (
        (None, {"fields": (("model", "valid_from"),)}),
        (
            "Dollars per million tokens",
            {"fields": (("input", "output"), ("cache_read", "cache_write_5m", "cache_write_1h"))},
        ),
        ("Long prompts", {"fields": (("long_prompt_tokens", "long_prompt_factor"),)}),
    )
    copied = (
        *("model", "input", "output", "cache_read", "cache_write_5m", "cache_write_1h"),
        *("long_prompt_tokens", "long_prompt_factor"),
    )

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        waits = isinstance(obj, Price) and obj.valid_from > timezone.now()
        return waits and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if obj.valid_from <= timezone.now():
            ceilings.priced(obj.model)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"valid_from": timezone.now(), **super().get_changeform_initial_data(request)}

    @action(description="New price from now", icon="add", permissions=["add"])
    def from_now(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The form for a new row, filled with this one's rates."""
        price = Price.objects.filter(pk=object_id).values(*self.copied).first() or {}
        known = {name: value for name, value in price.items() if value is not None}
        return HttpResponseRedirect(f"{reverse('admin:tenants_app_price_add')}?{urlencode(known)}")
