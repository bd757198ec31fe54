from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from messaging.admin.accounts import label_of
from messaging.admin.bubbles import TICKS
from messaging.admin.readable import pretty, printable
from messaging.admin.steps import step_views
from messaging.models import Delivery, Message, Session, Turn, TurnStep
from messaging.parts import in_words
from tenants_app.admin.base import TENANT_FILTER, TenantJournal
from tenants_app.admin.unfolded import display
from tenants_app.models import UsageRow

COLOURS = {"open": "info", "answered": "success", "apologised": "danger", "silent": None}


@admin.register(Turn)
class TurnAdmin(TenantJournal):
    """Each answer, from what was asked to what it cost."""

    change_form_template = "admin/messaging/turn/page.html"
    list_display = ("title", "tenant", "contact", "status_label", "attempts", "step_count", "spent", "began_at", "took")
    list_filter = (TENANT_FILTER, "status", "began_at")
    list_select_related = ("tenant", "conversation__contact", "conversation__account")
    search_fields = ("tenant__slug", "conversation__contact__name")
    search_help_text = "A tenant's slug or a person's name"
    fields = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Turn]:
        mine = {"tenant": OuterRef("tenant")}
        steps = TurnStep.objects.filter(**mine, turn=OuterRef("pk")).order_by().values("turn")
        usage = UsageRow.objects.filter(**mine, reference=OuterRef("pk")).order_by().values("reference")
        turns: QuerySet[Turn] = super().get_queryset(request)
        return turns.select_related(*self.list_select_related, "session").annotate(
            steps=Coalesce(Subquery(steps.annotate(n=Count("pk")).values("n")), 0),
            dollars=Subquery(usage.annotate(sum=Sum("dollars")).values("sum")),
        )

    @display(description="turn", ordering="number")
    def title(self, turn: Turn) -> str:
        return f"{label_of(turn.conversation.account.kind)} turn {turn.number}"

    @display(description="with", ordering="conversation__contact__name")
    def contact(self, turn: Turn) -> str:
        return str(turn.conversation.contact)

    @display(description="status", ordering="status", label=COLOURS)
    def status_label(self, turn: Turn) -> str:
        return turn.status

    @display(description="steps")
    def step_count(self, turn: Any) -> int:
        count: int = turn.steps
        return count

    @display(description="cost", ordering="dollars")
    def spent(self, turn: Any) -> str:
        return "–" if turn.dollars is None else f"${turn.dollars:.6f}"

    @display(description="took")
    def took(self, turn: Turn) -> str:
        return "–" if turn.committed_at is None else f"{(turn.committed_at - turn.began_at).total_seconds():.1f} s"

    def page_context(self, request: HttpRequest, row: Any) -> Mapping[str, Any]:
        usage = list(UsageRow.objects.filter(tenant=row.tenant_id, reference=row.pk).order_by("id"))
        dollars: dict[str, Decimal] = {each.request_id: each.dollars for each in usage if each.request_id}
        steps = TurnStep.objects.filter(tenant=row.tenant_id, turn=row).order_by("number")
        answers = Message.objects.filter(tenant=row.tenant_id, turn=row, direction=Message.Direction.OUT)
        deliveries = Delivery.objects.filter(tenant=row.tenant_id, message__in=answers.values("pk")).order_by("seq")
        return {
            "title": f"Turn {row.number}",
            "turn": row,
            "took": self.took(row),
            "spent": self.spent(row),
            "colour": COLOURS[row.status],
            "steps": step_views(steps, dollars),
            "usage": usage,
            "deliveries": [(each, printable(in_words(each.payload)), TICKS[each.status]) for each in deliveries],
        }


@admin.register(Session)
class SessionAdmin(TenantJournal):
    """What Claude was told once for a stretch of conversation, as it stood when that began."""

    change_form_template = "admin/messaging/session/page.html"
    list_display = ("__str__", "tenant", "role", "model", "tainted", "prompt_tokens", "opened_at", "close_reason")
    list_filter = (TENANT_FILTER, "role", "tainted")
    search_fields = ("tenant__slug", "=model")
    fields = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Session]:
        sessions: QuerySet[Session] = super().get_queryset(request)
        return sessions.select_related("tenant", "conversation__contact")

    def page_context(self, request: HttpRequest, row: Any) -> Mapping[str, Any]:
        turns = Turn.objects.filter(tenant=row.tenant_id, session=row).order_by("-number")[:50]
        return {
            "title": f"Session {row.number}",
            "session": row,
            "sections": [(str(part[0]), printable(str(part[1]))) for part in row.system],
            "tools": [(str(tool.get("name", "")), pretty(tool)) for tool in row.tools],
            "turns": turns,
        }
