"""What is wrong with accounts, and what was."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import Case, CharField, IntegerField, OuterRef, QuerySet, Subquery, Value, When
from django.http import HttpRequest
from django.utils import timezone

from messaging.issues import end, label
from messaging.models import AccountIssue, ChannelAccount
from tenants_app import audit
from tenants_app.admin.alerts import OpenFilter
from tenants_app.admin.base import TENANT_FILTER, TenantJournal, actor_of
from tenants_app.admin.unfolded import action, display
from tenants_app.scope import tenant_scope

COLOURS = {"error": "danger", "warning": "warning", "info": "info"}
RANK = Case(
    When(severity="error", then=Value(0)),
    When(severity="warning", then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)


def open_of(account: ChannelAccount) -> list[AccountIssue]:
    """Worst first, each with the colour of its badge."""
    rows = list(
        AccountIssue.objects.filter(tenant=account.tenant_id, account=account, resolved_at=None).order_by(RANK, "id")
    )
    for row in rows:
        row.colour = COLOURS[row.severity]  # type: ignore[attr-defined]
    return rows


def with_worst(accounts: QuerySet[ChannelAccount]) -> QuerySet[ChannelAccount]:
    """Adds `worst`: the severity of the worst open issue, "ok", or "not checked"."""
    mine = AccountIssue.objects.filter(tenant=OuterRef("tenant"), account=OuterRef("pk"), resolved_at=None)
    severity = Subquery(mine.order_by(RANK).values("severity")[:1], output_field=CharField())
    unseen = When(worst_open=None, checked_at=None, then=Value("not checked"))
    return accounts.annotate(worst_open=severity).annotate(
        worst=Case(unseen, When(worst_open=None, then=Value("ok")), default="worst_open", output_field=CharField())
    )


@admin.register(AccountIssue)
class IssueAdmin(TenantJournal):
    """What a check found or the service told. Most end themselves; what only a notice told of, an operator ends."""

    list_display = ("shown_severity", "text", "shown_account", "tenant", "state", "found_at", "seen_at")
    list_display_links = ("text",)
    list_filter = (OpenFilter, TENANT_FILTER, "severity", "account__kind")
    list_select_related = ("tenant", "account")
    search_fields = ("=code", "text", "tenant__slug", "=account__external_id")
    search_help_text = "A code, words, a tenant's slug or an account's id at the service"
    fields = (
        ("tenant", "shown_account"),
        ("shown_severity", "state"),
        "text",
        "fix",
        "code",
        ("found_at", "seen_at"),
        ("told_at", "resolved_at"),
    )
    readonly_fields = ("shown_account", "shown_severity", "state")
    actions = ("resolve",)

    def has_resolve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("messaging.change_accountissue")

    @display(description="severity", ordering="severity", label=COLOURS)
    def shown_severity(self, issue: AccountIssue) -> str:
        return issue.severity

    @display(description="account")
    def shown_account(self, issue: AccountIssue) -> str:
        return label(issue.account)

    @display(description="state", label={"open": "danger", "resolved": "success"})
    def state(self, issue: AccountIssue) -> str:
        return "open" if issue.resolved_at is None else "resolved"

    @action(description="Resolve", permissions=["resolve"])
    def resolve(self, request: HttpRequest, queryset: QuerySet[AccountIssue]) -> None:
        resolved = 0
        for issue in queryset.filter(resolved_at=None).select_related("tenant"):
            with tenant_scope(issue.tenant):
                if end(issue, timezone.now()):
                    subject = f"accountissue {issue.pk}"
                    audit.record(issue.tenant, actor_of(request), "issue.resolved", subject, code=issue.code)
                    resolved += 1
        self.message_user(request, f"{resolved} issues resolved.", messages.SUCCESS)
