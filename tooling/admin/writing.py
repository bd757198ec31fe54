"""New tools, and new versions of those that are there: saving never changes a version."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, reverse

from tenants_app.admin.base import actor_of
from tenants_app.admin.pages import chosen_tenant
from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope
from tooling import versions
from tooling.admin.forms import VersionForm
from tooling.admin.pages import ToolPages, version_of
from tooling.drafts import InvalidTool
from tooling.models import Credential, CustomTool, ToolVersion
from tooling.versions import Saved


class Writing(ToolPages):
    def urls_of_writing(self) -> list[URLPattern]:
        return [
            self.at("new/", self.whose_view, "tooling_customtool_new"),
            self.at("of/<uuid:tenant_id>/new/", self.new_view, "tooling_customtool_new"),
            self.at("<uuid:tool_id>/edit/", self.edit_view, "tooling_customtool_edit"),
        ]

    def whose_view(self, request: HttpRequest) -> HttpResponse:
        self.require(request, "add")
        return self.tenants_page(request, "A new tool: for which tenant?", "admin:tooling_customtool_new")

    def new_view(self, request: HttpRequest, tenant_id: uuid.UUID) -> HttpResponse:
        self.require(request, "add")
        tenant = chosen_tenant(tenant_id)
        form = VersionForm(request.POST or None)
        if form.is_valid() and self.is_free(form, tenant):
            saved = saved_from(request, form, tenant, form.cleaned_data["name"])
            if saved is not None:
                messages.success(request, "It is saved. Run its self-test, then make it live.")
                return redirect(page_of(saved.version))
        context = {
            "title": f"A new tool of {tenant.name}",
            "form": form,
            "known": names_of_credentials(tenant),
            "back": reverse("admin:tooling_customtool_changelist"),
            "button": "Save it",
        }
        return self.page(request, "tool/edit", tenant, context)

    def is_free(self, form: VersionForm, tenant: Tenant) -> bool:
        """A name that is taken would get another version of somebody else's tool."""
        taken = CustomTool.objects.filter(tenant=tenant, name=form.cleaned_data["name"]).exists()
        if taken:
            form.add_error("name", "There is a tool of this name: make a new version of it on its page.")
        return not taken

    def edit_view(self, request: HttpRequest, tool_id: uuid.UUID) -> HttpResponse:
        """`?from=3` begins with that version; without it, the newest."""
        tool = self.chosen(request, tool_id, "change")
        asked = request.GET.get("from", "")
        version = version_of(tool, asked) if asked else newest_of(tool)
        form = VersionForm(request.POST or None, draft=versions.draft_of(version))
        if form.is_valid():
            saved = saved_from(request, form, tool.tenant, tool.name)
            if saved is not None:
                tell_saved(request, saved)
                return redirect(page_of(saved.version))
        context = {
            "title": f"A new version of {tool.name}",
            "tool": tool,
            "version": version,
            "form": form,
            "known": names_of_credentials(tool.tenant),
            "back": reverse("admin:tooling_customtool_change", args=[tool.pk]),
            "button": "Save as a new version",
        }
        return self.page(request, "tool/edit", tool.tenant, context, subject=versions.subject_of(tool))


def saved_from(request: HttpRequest, form: VersionForm, tenant: Tenant, name: str) -> Saved | None:
    """None where something is wrong with it; the form tells what."""
    try:
        with tenant_scope(tenant):
            return versions.save(tenant, form.draft(name), actor=actor_of(request))
    except InvalidTool as problem:
        form.refuse(problem)
        return None


def tell_saved(request: HttpRequest, saved: Saved) -> None:
    number = saved.version.number
    if saved.is_new:
        messages.success(request, f"Version {number} is saved. Run its self-test, then make it live.")
    else:
        messages.info(request, f"Nothing differs from version {number}: this is it.")


def page_of(version: ToolVersion) -> str:
    return reverse("admin:tooling_customtool_version", args=[version.tool_id, version.number])


def newest_of(tool: CustomTool) -> ToolVersion:
    version = ToolVersion.objects.filter(tenant=tool.tenant_id, tool=tool).latest("number")
    version.tool, version.tenant = tool, tool.tenant
    return version


def names_of_credentials(tenant: Tenant) -> list[str]:
    return list(Credential.objects.filter(tenant=tenant).order_by("name").values_list("name", flat=True))
