"""Life folders: whose, what stands in them, and the rules of each folder."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, DateTimeField, IntegerField, Max, Model, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern
from django.views.decorators.http import require_POST

from memory.admin.forms import FolderForm
from memory.admin.pages import folder_url
from memory.admin.searching import Searching
from memory.admin.shelves import shelves_of
from memory.epochs import begin_anew
from memory.folders import FOLDERS, make_folders
from memory.models import Document, Fact, Folder
from tenants_app.admin.base import TenantRowAdmin, actor_of
from tenants_app.admin.pages import chosen_tenant
from tenants_app.crossings import note_act
from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope

PAGE = 50  # tenants
COUNTED = 1_000  # facts that a page counts; more are "more than"
IN_PROMPT = {"inline", "is_profile"}  # of a folder's fields, those that change what stands in every prompt
OURS = {str(each["name"]) for each in FOLDERS if each.get("is_profile")}


def with_documents(tenants: QuerySet[Tenant]) -> QuerySet[Tenant]:
    """Adds `documents`, `bytes` and `changed_at` of what stands in their life folders."""
    rows = Document.objects.filter(tenant=OuterRef("pk"), deleted_at=None).order_by().values("tenant")
    return tenants.annotate(
        documents=Coalesce(Subquery(rows.values(n=Count("pk")), output_field=IntegerField()), 0),
        bytes=Coalesce(Subquery(rows.values(n=Sum("size")), output_field=IntegerField()), 0),
        changed_at=Subquery(rows.values(at=Max("changed_at")), output_field=DateTimeField()),
    )


@admin.register(Folder)
class FolderAdmin(Searching, TenantRowAdmin):
    form = FolderForm
    autocomplete_fields = ("tenant",)
    fieldsets = (
        (None, {"fields": ("tenant", ("name", "order"), "about")}),
        ("Its documents", {"fields": ("audience", "growth", ("document_bytes", "most_documents"))}),
        ("In the prompt", {"fields": ("inline", "is_profile")}),
    )

    def get_urls(self) -> list[URLPattern]:
        return [
            self.at("of/<uuid:tenant_id>/", self.folder_view, "memory_life_folder"),
            self.at("of/<uuid:tenant_id>/begin/", require_POST(self.begin_view), "memory_life_folder_begin"),
            *self.urls_of_search(),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Whose life folder: the tenants, with what stands in theirs."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        asked = request.GET.get("q", "").strip()
        tenants = Tenant.objects.order_by("slug")
        if asked:
            tenants = tenants.filter(Q(slug__icontains=asked) | Q(name__icontains=asked))
        shown = Paginator(with_documents(tenants), PAGE).get_page(request.GET.get("p"))
        return self.page(request, "folder/tenants", None, {"title": "Life folders", "asked": asked, "shown": shown})

    def folder_view(self, request: HttpRequest, tenant_id: uuid.UUID) -> HttpResponse:
        """`?deleted` shows what was deleted, too."""
        self.require(request, "view")
        tenant = chosen_tenant(tenant_id)
        deleted = "deleted" in request.GET
        shelves, more = shelves_of(tenant, deleted=deleted)
        context = {
            "title": f"Life folder of {tenant.name}",
            "shelves": shelves,
            "more": more,
            "deleted": deleted,
            "deleted_count": Document.objects.filter(tenant=tenant).exclude(deleted_at=None).count(),
            "facts": Fact.objects.filter(tenant=tenant)[: COUNTED + 1].count(),
            "counted": COUNTED,
            "may_read": request.user.has_perm("memory.view_document"),
            "may_write": request.user.has_perm("memory.add_document"),
            "may_arrange": self.may(request, "change"),
            "may_forget": request.user.has_perms(("memory.delete_fact", "memory.change_document")),
        }
        return self.page(request, "folder/page", tenant, context, subject="life folder")

    def begin_view(self, request: HttpRequest, tenant_id: uuid.UUID) -> HttpResponse:
        self.require(request, "add")
        tenant = chosen_tenant(tenant_id)
        with tenant_scope(tenant):
            make_folders(tenant)
            note_act(actor_of(request), tenant, "folders.made")
        messages.success(request, "The folders that every business begins with are there.")
        return redirect(folder_url(tenant.pk))

    # --- rules -------------------------------------------------------------------------------------------------------

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """A folder's name stands in its documents' paths; what protects identity and boundaries stays."""
        if not isinstance(obj, Folder):
            return ()
        return ("tenant", "name", *(("is_profile",) if obj.name in OURS else ()))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if IN_PROMPT & set(form.changed_data):
            begin_anew(obj.tenant)

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        return HttpResponseRedirect(folder_url(obj.tenant_id))

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        return HttpResponseRedirect(folder_url(obj.tenant_id))
