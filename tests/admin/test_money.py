"""What operators see and set of money: budgets with their bars, prices that keep what was booked, totals."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tenants_app import audit
from tenants_app.budgets import Held, reserve
from tenants_app.models import AuditEntry, OperatorAlert, Price, Spending, Tenant
from tenants_app.periods import periods_of
from tenants_app.scope import tenant_scope
from tests.admin.rows import furnish
from tests.admin.test_pages import list_url, page_url
from tests.test_budgets import call

FORM = {
    "name": "Acme",
    "slug": "acme",
    "timezone": "UTC",
    "language": "en",
    "quiet_seconds": "0",
    "quiet_limit_seconds": "8",
    "max_running_turns": "20",
    "chat_model": "",
    "cheaper_model": "",
    "in_doubt_policy": "leave",
    "handover_minutes": "30",
    "window_policy": "template",
    "proactive_limit": "50",
    "max_tasks": "100",
    "day_budget": "",
    "month_budget": "",
}
RATES = {
    "input": "2",
    "output": "10",
    "cache_read": "0.1",
    "cache_write_5m": "2.5",
    "cache_write_1h": "4",
    "long_prompt_tokens": "",
    "long_prompt_factor": "1",
}


def words(page: str) -> str:
    """The page without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def spend(tenant: Tenant, dollars: str) -> None:
    periods = periods_of(tenant.zone, timezone.now())
    for period in ("day", "month"):
        Spending.objects.create(
            tenant=tenant, period=period, starts_on=periods.starts_on(period), spent=Decimal(dollars)
        )


def price_form(model: str, moment: Any, **rates: str) -> dict[str, str]:
    when = {"valid_from_0": f"{moment:%Y-%m-%d}", "valid_from_1": f"{moment:%H:%M:%S}"}
    return {"model": model, **when, **RATES, **rates}


def test_a_tenants_page_shows_what_is_spent_of_each_budget(acme: Tenant, olivia: Client) -> None:
    acme.day_budget = Decimal("4.50")
    acme.save()
    spend(acme, "4.20")
    page = olivia.get(page_url(acme)).text
    assert '<progress max="100" value="93"' in page
    assert "house-budget--early" in page
    assert re.search(r"Today \$4\.20 of \$4\.50 \(93 %\)", words(page))
    assert re.search(r"This month \$4\.20 of \$50\.00 \(8 %, the default budget\)", words(page))
    assert "$4.2000 of $4.50" in olivia.get(list_url("tenants_app.tenant")).text


def test_a_budget_is_changed_in_the_trail_with_its_amount_and_ends_the_alert(acme: Tenant, olivia: Client) -> None:
    acme.day_budget = Decimal(1)
    acme.save()
    spend(acme, "0.99")
    Spending.objects.filter(period="day").update(refused_limit=1)
    with tenant_scope(acme):
        audit.alert(acme, "budget.full.day", "Used up.")
    assert "Used up: people are told so." in words(olivia.get(page_url(acme)).text)
    assert olivia.post(page_url(acme), {**FORM, "day_budget": "20"}).status_code == 302
    entry = AuditEntry.objects.get(action="budget.changed")
    assert (entry.actor, entry.detail["day"], entry.detail["month"]) == ("operator:olivia", "20.00", None)
    assert not OperatorAlert.objects.filter(resolved_at=None).exists()
    assert "Used up" not in words(olivia.get(page_url(acme)).text)
    assert olivia.post(page_url(acme), {**FORM, "day_budget": "20", "name": "Acme Ltd"}).status_code == 302
    assert AuditEntry.objects.filter(action="budget.changed").count() == 1


def test_a_negative_budget_is_refused(acme: Tenant, olivia: Client) -> None:
    assert olivia.post(page_url(acme), {**FORM, "day_budget": "-1"}).status_code == 200
    acme.refresh_from_db()
    assert acme.day_budget is None


def test_a_price_that_holds_is_not_edited_and_one_to_come_can_be(olivia: Client) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    try:
        assert olivia.post(reverse("admin:tenants_app_price_add"), price_form("new", tomorrow)).status_code == 302
        added = Price.objects.get(model="new")
        assert olivia.post(page_url(added), price_form("new", tomorrow, input="3")).status_code == 302
        added.refresh_from_db()
        assert added.input == 3
        holding = Price.objects.get(model="claude-sonnet-5-5")
        assert olivia.post(page_url(holding), price_form(holding.model, timezone.now(), input="3")).status_code == 403
        assert Price.objects.get(pk=holding.pk).input == 2
    finally:
        Price.objects.filter(model="new").delete()


def test_a_price_of_nothing_is_refused(olivia: Client) -> None:
    page = olivia.post(reverse("admin:tenants_app_price_add"), price_form("free", timezone.now(), input="0"))
    assert "what costs nothing has no ceiling" in page.text
    assert not Price.objects.filter(model="free").exists()


def test_entering_a_price_ends_the_alert_for_it(acme: Tenant, olivia: Client) -> None:
    with tenant_scope(acme):
        audit.alert(acme, "price.missing:new", "It has no price.")
    try:
        now = timezone.now() - timedelta(minutes=1)
        assert olivia.post(reverse("admin:tenants_app_price_add"), price_form("new", now)).status_code == 302
        assert not OperatorAlert.objects.filter(resolved_at=None).exists()
    finally:
        Price.objects.filter(model="new").delete()


def test_the_list_of_usage_tells_its_total(acme: Tenant, globex: Tenant, olivia: Client) -> None:
    for tenant in (acme, acme, globex):
        furnish(tenant)
    url = list_url("tenants_app.usagerow")
    assert "3 calls $0.0369" in words(olivia.get(url).text)
    assert "2 calls $0.0246" in words(olivia.get(url, {"tenant__id__exact": str(acme.pk), "since": "day"}).text)


def test_spending_shows_what_calls_that_run_have_set_aside(acme: Tenant, olivia: Client) -> None:
    assert isinstance(reserve(acme, call(), timezone.now()), Held)
    assert "$1.0000" in olivia.get(list_url("tenants_app.spending")).text
    assert "$1.00 set aside for calls that run now." in words(olivia.get(page_url(acme)).text)
