"""What follows from a budget that is used up or nearly so: alerts that end by themselves, and what operators see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

from tenants_app import audit
from tenants_app.budgets import EARLY, Refusal, book_lost, limit_of
from tenants_app.models import BudgetNotice, OperatorAlert, Period, Reservation, Spending, Tenant
from tenants_app.models.budget import ZERO
from tenants_app.periods import periods_of
from tenants_app.scope import tenant_scope

CHEAPER = "budget.cheaper"
TENANTS_AT_ONCE = 500
NOTICES_KEPT = timedelta(days=40)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a tenant stands in the current day or month."""

    period: str
    starts_on: date
    ends_at: datetime
    limit: Decimal
    is_default: bool  # the installation's, as the tenant has none of its own
    spent: Decimal
    reserved: Decimal  # for calls that run now
    refused: bool  # a call did not fit under this budget
    zone: ZoneInfo

    @property
    def share(self) -> float:
        """Of the budget, 0 to 1 and beyond."""
        return float(self.spent / self.limit) if self.limit else 1.0

    @property
    def percent(self) -> int:
        return round(self.share * 100)

    @property
    def until(self) -> str:
        return f"Until {self.ends_at.astimezone(self.zone):%Y-%m-%d %H:%M} ({self.zone.key})."

    @property
    def state(self) -> str:
        """One of full, early and nothing, as the alerts have it."""
        return "full" if self.refused else "early" if self.spent >= self.limit * EARLY else ""


def standings(tenant: Tenant, now: datetime) -> list[Standing]:
    """The day's and the month's. Inside the tenant's scope, or as the operator."""
    periods = periods_of(tenant.zone, now)
    rows = Spending.objects.filter(tenant=tenant, starts_on__in=[periods.day, periods.month])
    by_period = {(row.period, row.starts_on): row for row in rows}
    found = []
    for period in Period.values:
        starts_on, limit = periods.starts_on(period), limit_of(tenant, period)
        row = by_period.get((period, starts_on))
        found.append(
            Standing(
                period=period,
                starts_on=starts_on,
                ends_at=periods.ends(period),
                limit=limit,
                is_default=(tenant.day_budget if period == Period.DAY else tenant.month_budget) is None,
                spent=row.spent if row else ZERO,
                reserved=row.reserved if row else ZERO,
                zone=tenant.zone,
                refused=row is not None and row.refused_limit is not None and row.refused_limit >= limit,
            )
        )
    return found


def note_full(tenant: Tenant, refusal: Refusal, now: datetime) -> None:
    """Remember under which budget a call did not fit, and alert. Inside the tenant's scope."""
    starts_on = periods_of(tenant.zone, now).starts_on(refusal.period)
    Spending.objects.filter(tenant=tenant, period=refusal.period, starts_on=starts_on).update(
        refused_limit=refusal.limit
    )
    local = refusal.opens_at.astimezone(tenant.zone)
    audit.alert(
        tenant,
        f"budget.full.{refusal.period}",
        f"{tenant.name}'s budget for the {refusal.period} is used up: ${refusal.spent:.2f} of ${refusal.limit:.2f}. "
        f"People are told instead of answered until {local:%Y-%m-%d %H:%M} ({tenant.timezone}). Raise it to go on now.",
    )


def note_cheaper(tenant: Tenant, refusal: Refusal, model: str) -> None:
    """Let conversations that cannot go on with the usual model go on with the cheaper one. In the tenant's scope."""
    Tenant.objects.filter(pk=tenant.pk).update(cheaper_until=refusal.opens_at)
    tenant.cheaper_until = refusal.opens_at
    local = refusal.opens_at.astimezone(tenant.zone)
    audit.alert(
        tenant,
        CHEAPER,
        f"{tenant.name} answers with {model}, as its budget for the {refusal.period} no longer covers the usual model: "
        f"${refusal.spent:.2f} of ${refusal.limit:.2f}. The usual one returns {local:%Y-%m-%d %H:%M} "
        f"({tenant.timezone}), or when the budget is raised.",
    )


def changed(tenant: Tenant, actor: str) -> None:
    """A budget or the cheaper model was edited: write down the new amounts, and end what followed from the old."""
    day, month = (None if each is None else f"{each:.2f}" for each in (tenant.day_budget, tenant.month_budget))
    with tenant_scope(tenant):
        audit.record(tenant, actor, "budget.changed", day=day, month=month, cheaper_model=tenant.cheaper_model)
        Tenant.objects.filter(pk=tenant.pk).update(cheaper_until=None)
        tenant.cheaper_until = None
        resolve_alerts(tenant, timezone.now())


def unpriced(model: str) -> str:
    """The kind of the alert that a model has no price."""
    return f"price.missing:{model}"[:60]


def priced(model: str) -> None:
    """A price was entered: nobody needs to be asked for it any more. As the operator, who sees every tenant."""
    OperatorAlert.objects.filter(kind=unpriced(model), resolved_at=None).update(resolved_at=timezone.now())


def tenants_to_tidy() -> list[Tenant]:
    """Those with an open alert of a budget, or a reservation that nobody ended."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id FROM tenants_app_budgets_to_tidy(%s)", [TENANTS_AT_ONCE])
        ids = [row[0] for row in cursor.fetchall()]
    connection.close()
    found: list[Tenant] = []
    for tenant_id in ids:
        with tenant_scope(tenant_id):
            found += Tenant.objects.filter(pk=tenant_id)
    return found


def tidy(tenant: Tenant, now: datetime) -> None:
    """End reservations that ran out, and alerts whose day, month or budget is another by now."""
    with tenant_scope(tenant):
        expired = list(Reservation.objects.filter(expires_at__lt=now))
    for row in expired:  # each in a transaction of its own: counters are locked in one order
        with tenant_scope(tenant):
            book_lost(tenant, row)
    with tenant_scope(tenant):
        resolve_alerts(tenant, now)
        BudgetNotice.objects.filter(day__lt=(now - NOTICES_KEPT).date()).delete()


def resolve_alerts(tenant: Tenant, now: datetime) -> None:
    """Inside the tenant's scope."""
    standing = {each.period: each for each in standings(tenant, now)}
    for kind in OperatorAlert.objects.filter(tenant=tenant, kind__startswith="budget.", resolved_at=None).values_list(
        "kind", flat=True
    ):
        if not still_holds(kind, tenant, standing, now):
            audit.resolve_alert(tenant, kind)


def still_holds(kind: str, tenant: Tenant, standing: dict[str, Standing], now: datetime) -> bool:
    if kind == CHEAPER:
        return tenant.cheaper_until is not None and now < tenant.cheaper_until
    _, state, period = kind.split(".")
    at = standing[period]
    return at.refused if state == "full" else at.share >= EARLY
