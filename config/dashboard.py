"""The operators' first page: the few numbers that say whether all is well, each leading to its list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Min, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince

from messaging.models import AccountIssue, Delivery, Turn, Work
from tenants_app.days import first_id, start_of_day, start_of_month
from tenants_app.models import OperatorAlert, Tenant, UsageRow

PATIENCE = 60  # seconds that work may wait before it is shown as trouble


@dataclass(frozen=True, kw_only=True)
class Line:
    words: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Card:
    title: str
    number: str
    icon: str
    url: str
    lines: tuple[Line, ...] = ()
    trouble: bool = False
    hint: str = ""


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Adds the cards of what this operator may see."""
    cards = [make() for permission, make in CARDS.items() if request.user.has_perm(permission)]
    return {**context, "title": "Overview", "cards": cards, "now": timezone.now()}


def listed(model: str, **filters: object) -> str:
    query = f"?{urlencode(filters)}" if filters else ""
    return f"{reverse(f'admin:{model}_changelist')}{query}"


def tenants() -> Card:
    counts = dict(Tenant.objects.order_by().values_list("status").annotate(n=Count("pk")))
    paused = counts.get(Tenant.Status.PAUSED, 0)
    url = "tenants_app_tenant"
    return Card(
        title="Tenants",
        number=f"{sum(counts.values()):,}",
        icon="storefront",
        url=listed(url),
        lines=(Line(words=f"{paused} paused", url=listed(url, status__exact="paused")),) if paused else (),
        trouble=bool(paused),
        hint="" if paused else "none paused",
    )


def alerts() -> Card:
    count = OperatorAlert.objects.filter(resolved_at=None).count()
    url = listed("tenants_app_operatoralert", state="open")
    hint = "" if count else "nothing needs you"
    return Card(title="Open alerts", number=f"{count:,}", icon="notifications", url=url, trouble=bool(count), hint=hint)


def accounts() -> Card:
    """Those with something open that the owner is told of."""
    issues = AccountIssue.objects.filter(resolved_at=None).exclude(severity=AccountIssue.Severity.INFO)
    counts = dict(issues.order_by().values_list("severity").annotate(n=Count("pk")))
    model = "messaging_accountissue"
    lines = tuple(
        Line(words=f"{counts[severity]:,} {severity}", url=listed(model, state="open", severity__exact=severity))
        for severity in ("error", "warning")
        if counts.get(severity)
    )
    return Card(
        title="Account issues",
        number=f"{sum(counts.values()):,}",
        icon="health_and_safety",
        url=listed(model, state="open"),
        lines=lines,
        trouble=bool(counts),
        hint="" if counts else "no number or bot is known to be in trouble",
    )


def in_doubt() -> Card:
    count = Delivery.objects.filter(status=Delivery.Status.IN_DOUBT).count()
    url = listed("messaging_delivery", status__exact="in_doubt")
    hint = "they may have arrived: look, then say which" if count else "every send is accounted for"
    return Card(title="In doubt", number=f"{count:,}", icon="help", url=url, trouble=bool(count), hint=hint)


def turns() -> Card:
    today = start_of_day()
    rows = Turn.objects.filter(pk__gte=first_id(today)).order_by().values_list("status").annotate(n=Count("pk"))
    counts = dict(rows)
    model, since = "messaging_turn", f"{today:%Y-%m-%d %H:%M:%S}+00:00"
    lines = tuple(
        Line(
            words=f"{counts[status]:,} {status}",
            url=listed(model, status__exact=status, began_at__gte=since),
        )
        for status in Turn.Status.values
        if counts.get(status)
    )
    return Card(
        title="Turns today",
        number=f"{sum(counts.values()):,}",
        icon="auto_awesome",
        url=listed(model, began_at__gte=since),
        lines=lines,
        trouble=bool(counts.get(Turn.Status.APOLOGISED)),
        hint="" if lines else "since midnight UTC",
    )


def spend() -> Card:
    today, month = spent_since(start_of_day()), spent_since(start_of_month())
    return Card(
        title="Spent today",
        number=money(today),
        icon="payments",
        url=listed("tenants_app_usagerow"),
        hint=f"{money(month)} this month (UTC)",
    )


def money(dollars: Any) -> str:
    """Cents matter below a dollar: a turn costs a fraction of one."""
    return f"${dollars:,.2f}" if dollars >= 1 else f"${dollars:.4f}"


def spent_since(moment: datetime) -> Any:
    return UsageRow.objects.filter(pk__gte=first_id(moment)).aggregate(sum=Sum("dollars"))["sum"] or 0


def waiting() -> Card:
    now = timezone.now()
    oldest = Work.objects.filter(lease_until=None, due_at__lte=now).aggregate(oldest=Min("due_at"))["oldest"]
    late = oldest is not None and (now - oldest).total_seconds() > PATIENCE
    number = "none" if oldest is None else timesince(oldest, now) if late else "now"
    return Card(
        title="Oldest waiting work",
        number=number,
        icon="pending_actions",
        url=listed("messaging_work", state="waiting"),
        trouble=late,
        hint="is a worker running?" if late else "nobody waits",
    )


CARDS: dict[str, Callable[[], Card]] = {
    "tenants_app.view_tenant": tenants,
    "tenants_app.view_operatoralert": alerts,
    "messaging.view_accountissue": accounts,
    "messaging.view_delivery": in_doubt,
    "messaging.view_turn": turns,
    "tenants_app.view_usagerow": spend,
    "messaging.view_work": waiting,
}
