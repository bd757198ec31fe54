"""What people said of the assistant, and of what they want to get from it."""

from __future__ import annotations

from django.contrib import admin

from messaging.admin.accounts import label_of
from messaging.models import Feedback
from tenants_app.admin.base import TENANT_FILTER, TenantJournal
from tenants_app.admin.unfolded import display
from tenants_app.models import Consent


@admin.register(Feedback)
class FeedbackAdmin(TenantJournal):
    list_display = ("text", "contact", "tenant", "at")
    list_filter = (TENANT_FILTER, "at")
    list_select_related = ("tenant", "contact")
    search_fields = ("text", "tenant__slug")
    fields = ("tenant", "contact", "conversation", "turn", "text", "at")


@admin.register(Consent)
class ConsentAdmin(TenantJournal):
    list_display = ("contact", "given", "category", "channel", "source", "tenant", "at")
    list_filter = (TENANT_FILTER, "given", "source", "at")
    list_select_related = ("tenant", "contact")
    search_fields = ("contact__name", "tenant__slug")
    fields = ("tenant", "contact", "kind", "category", "given", "source", "words", "at", "stored_at")

    @display(description="channel", ordering="kind")
    def channel(self, consent: Consent) -> str:
        return label_of(consent.kind)
