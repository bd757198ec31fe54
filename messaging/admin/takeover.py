"""Writing to a person as one of the team, and having the assistant be silent meanwhile."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from messaging import handover, window
from messaging.admin.bubbles import Page, team_member
from messaging.channels import get_channel
from messaging.models import Conversation
from tenants_app.admin.base import actor_of
from tenants_app.ids import new_id

LONGEST = 4000  # characters; longer ones go out in pieces, and nobody reads them


class WriteForm(forms.Form):
    text = forms.CharField(max_length=LONGEST, error_messages={"required": "There is nothing to send."})
    form = forms.UUIDField(error_messages={"required": "Open the page again."})
    seen = forms.IntegerField(min_value=0, max_value=2**62)


def state_of(conversation: Conversation, page: Page, *, may_write: bool) -> dict[str, Any]:
    """What the page shows of it; the form can be sent once."""
    until = conversation.paused_until if conversation.is_with_team else None
    return {
        "may_write": may_write and page.is_newest,
        "minutes": conversation.tenant.handover_minutes,
        "longest": LONGEST,
        "form": new_id(),
        "seen": page.bubbles[-1].seq if page.bubbles else 0,
        "until": clock(until, conversation.tenant.zone) if until else "",
        "by": team_member(conversation.paused_by),
        "minutes_left": minutes_left(until),
        "window_closed": not window.is_open(conversation, timezone.now()),
        "window_hours": get_channel(conversation.account.kind).capabilities.free_form_hours,
    }


def clock(moment: datetime, zone: ZoneInfo) -> str:
    """By the clock of the business, with the day where that is not today."""
    there = moment.astimezone(zone)
    is_today = there.date() == timezone.now().astimezone(zone).date()
    return f"{there:%H:%M}" if is_today else f"{there:%a} {there.day} {there:%b}, {there:%H:%M}"


def minutes_left(until: datetime | None) -> int:
    """Begun ones count."""
    return 0 if until is None else int(-((timezone.now() - until).total_seconds() // 60))


class Takeover:
    """The verbs of a conversation's page, for its admin."""

    admin_site: Any

    def urls_of_takeover(self) -> list[URLPattern]:
        verbs = (("write", self.write), ("take", self.take), ("give-back", self.give_back))
        return [
            path(
                f"<uuid:conversation_id>/{name}/",
                self.admin_site.admin_view(require_POST(view)),
                name=f"messaging_conversation_{name.replace('-', '_')}",
            )
            for name, view in verbs
        ]

    def may_write(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("messaging.change_conversation"))

    def chosen(self, request: HttpRequest, conversation_id: UUID) -> Conversation:
        found = Conversation.objects.select_related("tenant").filter(pk=conversation_id).first()
        if found is None or not self.may_write(request):
            raise Http404("There is no such conversation.")
        return found

    def write(self, request: HttpRequest, conversation_id: UUID) -> HttpResponse:
        conversation = self.chosen(request, conversation_id)
        given = request.POST.copy()
        given["text"] = given.get("text", "").replace("\r\n", "\n")  # as the browser counts
        form = WriteForm(given)
        if not form.is_valid():
            words = " ".join(str(error) for errors in form.errors.values() for error in errors)
            messages.error(request, f"Nothing was sent. {words}")
        elif handover.write(conversation, actor_of(request), **form.cleaned_data):
            messages.success(request, "It is on its way.")
        else:
            messages.warning(request, "This was sent already; it goes out once.")
        return back(conversation)

    def take(self, request: HttpRequest, conversation_id: UUID) -> HttpResponse:
        conversation = self.chosen(request, conversation_id)
        handover.take(conversation, actor_of(request))
        messages.success(request, "The assistant is silent here.")
        return back(conversation)

    def give_back(self, request: HttpRequest, conversation_id: UUID) -> HttpResponse:
        conversation = self.chosen(request, conversation_id)
        if handover.give_back(conversation, actor_of(request)):
            messages.success(request, "The assistant goes on here.")
        else:
            messages.warning(request, "Nothing was changed: the assistant was not silent.")
        return back(conversation)


def back(conversation: Conversation) -> HttpResponse:
    return redirect(reverse("admin:messaging_conversation_change", args=[conversation.pk]) + "#team")
