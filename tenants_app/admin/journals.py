from __future__ import annotations

from django.contrib import admin

from tenants_app.admin.base import Journal, TenantJournal
from tenants_app.models import AuditEntry, InstallationEvent


@admin.register(AuditEntry)
class AuditAdmin(TenantJournal):
    list_display = ("at", "actor", "action", "subject", "tenant")
    list_display_links = ("at", "action")
    search_fields = ("=actor", "=action", "=subject", "tenant__slug")
    search_help_text = "An actor (operator:alice), an action (tenant.paused), a subject or a tenant's slug"
    fields = ("at", "tenant", "actor", "action", "subject", "detail")


@admin.register(InstallationEvent)
class InstallationEventAdmin(Journal):
    list_display = ("at", "kind", "actor")
    list_filter = ("kind",)
    fields = ("at", "kind", "actor", "detail")
