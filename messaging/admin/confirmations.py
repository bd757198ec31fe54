"""What owners were asked to allow, and what they said."""

from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from messaging.admin.readable import pretty
from messaging.confirming import visible
from messaging.models import Confirmation
from messaging.policy import Why
from tenants_app.admin.base import TENANT_FILTER, TenantJournal
from tenants_app.admin.unfolded import display

COLOURS = {"waiting": "warning", "allowed": "info", "used": "success", "declined": "danger", "expired": ""}
STATES = {
    "used": "allowed, and done",
    "allowed": "allowed, not done yet",
    "expired": "void: it ran out or was taken back",
}
WHY = {
    Why.OUTSIDE: "words from outside may have asked for it",
    Why.AUTONOMY: "the business wants to be asked each time",
    Why.CUSTOMER: "a customer has it done",
    Why.QUIET: "it reaches somebody in the quiet hours",
}


@admin.register(Confirmation)
class ConfirmationAdmin(TenantJournal):
    """A call of a tool that waited for an owner's tap. The tap itself is theirs alone."""

    audit_list = True
    list_display = ("created_at", "tool", "contact", "shown_why", "shown_state", "decided_by", "tenant")
    list_display_links = ("created_at",)
    list_filter = (TENANT_FILTER, "state")
    list_select_related = ("tenant", "contact", "decided_by")
    search_fields = ("=tool", "tenant__slug")
    search_help_text = "A tool's name or a tenant's slug"
    fields = (
        ("tenant", "tool", "shown_state"),
        "shown_arguments",
        "shown_why",
        ("contact", "conversation", "turn"),
        ("created_at", "asked_in", "expires_at"),
        ("decided_at", "decided_by", "used_in"),
    )
    readonly_fields = ("shown_arguments", "shown_why", "shown_state")

    @display(description="why it was asked")
    def shown_why(self, row: Confirmation) -> str:
        return WHY[Why(row.why)]

    @display(description="state", label=COLOURS)
    def shown_state(self, row: Confirmation) -> tuple[str, str]:
        return row.state, STATES.get(row.state, row.get_state_display())

    @display(description="arguments")
    def shown_arguments(self, row: Confirmation) -> SafeString:
        lines = pretty(row.arguments).split("\n")
        return format_html('<pre class="whitespace-pre-wrap">{}</pre>', "\n".join(visible(line) for line in lines))
