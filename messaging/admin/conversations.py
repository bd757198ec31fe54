from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.safestring import SafeString

from messaging.admin.accounts import label_of
from messaging.admin.bubbles import page_of
from messaging.admin.readable import printable
from messaging.admin.states import STATES, with_last_message, with_state
from messaging.admin.takeover import Takeover, state_of
from messaging.models import Conversation, Message, Session
from tenants_app.admin.base import TENANT_FILTER, TenantJournal
from tenants_app.admin.unfolded import display

AFTER = 20  # messages that are shown behind one that a link leads to


@admin.register(Conversation)
class ConversationAdmin(Takeover, TenantJournal):
    """What was said, as it was said; and writing there as one of the team."""

    audit_list = True
    change_form_template = "admin/messaging/conversation/page.html"
    list_display = ("who", "channel", "last_message", "state_label", "tenant", "last_at_shown")
    list_filter = (TENANT_FILTER, "account__kind", "is_group")
    list_select_related = ("tenant", "account", "contact")
    search_fields = ("contact__name", "=chat_id", "tenant__slug")
    search_help_text = "A person's name, a chat's id (a number) or a tenant's slug"
    fields = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        conversations: QuerySet[Conversation] = super().get_queryset(request)
        return with_last_message(with_state(conversations.select_related("tenant", "account", "contact")))

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.message_view)
        message = path("message/<uuid:message_id>/", view, name="messaging_conversation_message")
        return [message, *self.urls_of_takeover(), *super().get_urls()]

    def message_view(self, request: HttpRequest, message_id: UUID) -> HttpResponse:
        """To where that message stands in its conversation, among those around it."""
        message = Message.objects.select_related("conversation").filter(pk=message_id).first()
        if message is None:
            raise Http404("There is no such message.")
        if not self.has_view_permission(request, message.conversation):
            raise PermissionDenied
        url = reverse("admin:messaging_conversation_change", args=[message.conversation_id])
        is_near_end = message.conversation.last_seq - message.seq < AFTER
        return redirect(f"{url}{'' if is_near_end else f'?before={message.seq + AFTER}'}#m{message.seq}")

    def page_context(self, request: HttpRequest, row: Any) -> Mapping[str, Any]:
        before = request.GET.get("before", "")
        page = page_of(row, int(before) if before.isdecimal() and len(before) < 19 else None)
        return {
            "title": f"{row.contact} · {label_of(row.account.kind)}",
            "conversation": row,
            "channel": label_of(row.account.kind),
            "page": page,
            "team": state_of(row, page, may_write=self.may_write(request)),
            "state_colour": STATES[row.state],
            "session": Session.objects.filter(tenant=row.tenant_id, conversation=row, closed_at=None).first(),
        }

    @display(description="who", ordering="contact__name")
    def who(self, conversation: Conversation) -> SafeString:
        return render_to_string("admin/messaging/conversation/who.html", {"conversation": conversation})

    @display(description="channel", ordering="account__kind")
    def channel(self, conversation: Conversation) -> str:
        return f"{label_of(conversation.account.kind)} {conversation.account.address}"

    @display(description="last message")
    def last_message(self, conversation: Any) -> SafeString:
        return render_to_string(
            "admin/messaging/conversation/last.html",
            {"conversation": conversation, "text": printable(conversation.last_text or "")},
        )

    @display(description="state", label=STATES)
    def state_label(self, conversation: Any) -> str:
        state: str = conversation.state
        return state

    @display(description="at", ordering="last_inbound_at")
    def last_at_shown(self, conversation: Any) -> Any:
        return conversation.last_at
