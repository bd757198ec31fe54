"""Which version of the framework a tenant is on, what another would change for it, and applying that."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, reverse
from django.views.decorators.http import require_POST

from memory import framework
from memory.admin.pages import MemoryPages
from memory.models import Framework
from tenants_app.admin.base import TENANT_FILTER, TenantJournal, actor_of
from tenants_app.admin.compared import Comparison, compare
from tenants_app.admin.pages import chosen_tenant
from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope


@dataclass(frozen=True, kw_only=True)
class Difference:
    roles: str  # whose prompt it is
    comparison: Comparison


def differences(tenant: Tenant, before: int, after: int) -> list[Difference]:
    """One for all roles whose prompts change alike."""
    found: dict[Comparison, list[str]] = {}
    for role in framework.ROLES:
        texts = (framework.text_of(tenant, role, version) for version in (before, after))
        found.setdefault(compare(*texts), []).append(role)
    return [
        Difference(roles=", ".join(roles), comparison=comparison)
        for comparison, roles in found.items()
        if not comparison.is_same
    ]


@admin.register(Framework)
class FrameworkAdmin(MemoryPages, TenantJournal):
    list_display = ("version", "tenant", "applied_at", "applied_by")
    list_filter = (TENANT_FILTER, "version")
    ordering = ("-applied_at",)
    fields = ("tenant", "version", "applied_at", "applied_by")

    def get_urls(self) -> list[URLPattern]:
        return [
            self.at("of/<uuid:tenant_id>/", self.tenant_view, "memory_framework_of"),
            self.at("of/<uuid:tenant_id>/apply/", require_POST(self.apply_view), "memory_framework_apply"),
            *super().get_urls(),
        ]

    def tenant_view(self, request: HttpRequest, tenant_id: uuid.UUID) -> HttpResponse:
        """`?to=2` compares with that version; without it, with the newest."""
        self.require(request, "view")
        tenant = chosen_tenant(tenant_id)
        before, versions = framework.version_of(tenant), framework.versions()
        to = version_in(request.GET.get("to", str(versions[-1])))
        context = {
            "title": f"Framework of {tenant.name}",
            "before": before,
            "after": to,
            "newest": versions[-1],
            "others": [each for each in reversed(versions) if each not in (before, to)],
            "changes": framework.changes_in(to),
            "differences": differences(tenant, before, to),
            "left": f"Version {before}",
            "right": f"Version {to}",
            "applied": Framework.objects.filter(tenant=tenant).order_by("-applied_at"),
            "others_on_it": Framework.objects.filter(version=to).exclude(tenant=tenant).count(),
            "may_apply": self.may(request, "change"),
        }
        return self.page(request, "framework/page", tenant, context, subject="framework")

    def apply_view(self, request: HttpRequest, tenant_id: uuid.UUID) -> HttpResponse:
        self.require(request, "change")
        tenant, version = chosen_tenant(tenant_id), version_in(request.POST.get("version", ""))
        with tenant_scope(tenant):
            done = framework.apply(tenant, version, actor_of(request))
        if done:
            messages.success(request, f"{tenant.name} is on version {version}; its sessions begin anew with it.")
        else:
            messages.info(request, f"{tenant.name} was on version {version} already.")
        return redirect(reverse("admin:memory_framework_of", args=[tenant.pk]))


def version_in(text: str) -> int:
    known = {str(version): version for version in framework.versions()}
    if text not in known:
        raise Http404("There is no such version.")
    return known[text]
