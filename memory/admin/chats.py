"""Chats that were brought along: nobody answers in them, they can be read and found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from memory.admin.documents import is_number
from memory.models import ImportedChat, ImportedMessage
from tenants_app.admin.base import TENANT_FILTER, TenantJournal

PAGE = 100
AFTER = 20  # messages that are shown behind one that was found


@admin.register(ImportedChat)
class ImportedChatAdmin(TenantJournal):
    audit_list = True
    change_form_template = "admin/memory/chat/page.html"
    list_display = ("name", "tenant", "imported_at")
    list_filter = (TENANT_FILTER,)
    search_fields = ("name", "tenant__slug")
    fields = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportedChat]:
        rows: QuerySet[ImportedChat] = super().get_queryset(request)
        return rows.select_related("tenant")

    def page_context(self, request: HttpRequest, row: Any) -> Mapping[str, Any]:
        """`?before=` pages back; `?at=` shows a message among those around it."""
        rows = ImportedMessage.objects.filter(tenant=row.tenant_id, chat=row)
        at, before = request.GET.get("at", ""), request.GET.get("before", "")
        if is_number(at):
            rows = rows.filter(seq__lt=int(at) + AFTER)
        elif is_number(before):
            rows = rows.filter(seq__lt=int(before))
        newest_first = list(rows.order_by("-seq")[: PAGE + 1])
        shown = newest_first[:PAGE][::-1]
        return {
            "title": row.name,
            "tenant": row.tenant,
            "chat": row,
            "shown": shown,
            "at": int(at) if is_number(at) else None,
            "earlier": shown[0].seq if len(newest_first) > PAGE else None,
            "is_newest": not (is_number(at) or is_number(before)),
        }
