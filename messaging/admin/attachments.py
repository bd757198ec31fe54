"""Files that people sent: what became of each, and the file itself for whoever may read the conversation."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.urls import URLPattern, path

from messaging.admin.readable import printable
from messaging.models import Attachment
from tenants_app.admin.base import TENANT_FILTER, TenantJournal, actor_of
from tenants_app.admin.unfolded import display
from tenants_app.crossings import note_act

SHOWN_INLINE = {"image/jpeg", "image/png"}  # made by us from what came; anything else is only downloaded


@admin.register(Attachment)
class AttachmentAdmin(TenantJournal):
    change_form_template = "admin/messaging/attachment/page.html"
    list_display = ("kind", "state", "what", "tenant", "stored_at")
    list_filter = (TENANT_FILTER, "state", "kind")
    fields = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attachment]:
        rows: QuerySet[Attachment] = super().get_queryset(request)
        return rows.select_related("tenant", "conversation")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.file_view)
        return [path("<uuid:attachment_id>/file", view, name="messaging_attachment_file"), *super().get_urls()]

    def file_view(self, request: HttpRequest, attachment_id: uuid.UUID) -> HttpResponseBase:
        """`?view` gives the picture that Claude sees, to be shown; without it, the file as it came, to be kept."""
        row = Attachment.objects.select_related("tenant").filter(pk=attachment_id).first()
        if row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        inline = "view" in request.GET and row.view_type in SHOWN_INLINE
        stored = row.view if inline else row.file
        name = stored.name or ""
        if not name or not stored.storage.exists(name):
            raise Http404
        if not inline:
            note_act(actor_of(request), row, "attachment.downloaded")
        suffix = name.rpartition(".")[2]
        response = FileResponse(
            stored.open(),
            as_attachment=not inline,
            filename=f"{row.kind}-{str(row.pk)[-8:]}.{suffix}",
            content_type=row.view_type if inline else "application/octet-stream",
        )
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
        response["Cache-Control"] = "private, no-store"
        return response

    def page_context(self, request: HttpRequest, row: Any) -> Mapping[str, Any]:
        return {"title": f"{row.kind} from a person", "attachment": row, "text": printable(row.text)}

    @display(description="what it is")
    def what(self, row: Attachment) -> str:
        return row.media_type or row.claimed_type or "not known yet"
