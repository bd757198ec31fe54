from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from tenants_app.admin.base import HouseAdmin, TenantJournal
from tenants_app.admin.unfolded import action, display
from tenants_app.models import Price, UsageRow


@admin.register(UsageRow)
class UsageAdmin(TenantJournal):
    list_display = ("at", "tenant", "purpose", "model", "prompt", "output_tokens", "cached", "cost")
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
        return "no price" if row.price_id is None else f"${row.dollars:.6f}"


@admin.register(Price)
class PriceAdmin(HouseAdmin):
    """A changed price is a new row from a moment on: what was priced before keeps the rate that held then."""

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
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"valid_from": timezone.now(), **super().get_changeform_initial_data(request)}

    @action(description="New price from now", icon="add", permissions=["add"])
    def from_now(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The form for a new row, filled with this one's rates."""
        price = Price.objects.filter(pk=object_id).values(*self.copied).first() or {}
        known = {name: value for name, value in price.items() if value is not None}
        return HttpResponseRedirect(f"{reverse('admin:tenants_app_price_add')}?{urlencode(known)}")
