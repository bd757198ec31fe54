"""Budgets at the verb: what is set aside, booked and given back, whatever dies in between and however many ask."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as project
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.settings import dollars as dollars_of
from tenants_app import budgets, ceilings
from tenants_app.budgets import Call, Held, Refusal
from tenants_app.ids import new_id
from tenants_app.models import AuditEntry, OperatorAlert, Price, Reservation, Spending, Tenant, UsageRow
from tenants_app.periods import periods_of
from tenants_app.scope import tenant_scope
from tests.doubles import ROOT
from tests.fixtures import as_role, make_tenant

ONE = Decimal("1.00000000")  # what each call of these tests may cost: 100,000 tokens of output


def call(*, reference: uuid.UUID | None = None, epoch: int = 1, tokens: int = 100_000, given: int = 0) -> Call:
    price = Price.objects.get(model="claude-sonnet-5-5")
    return Call(
        reference=reference or new_id(),
        epoch=epoch,
        purpose="chat",
        price=price,
        input_tokens=given,
        max_tokens=tokens,
    )


def usage(tenant: Tenant, output: int) -> UsageRow:
    return UsageRow(tenant=tenant, purpose="chat", model="claude-sonnet-5-5", reference=new_id(), output_tokens=output)


def held(tenant: Tenant, asked: Call | None = None, now: datetime | None = None) -> Held:
    found = budgets.reserve(tenant, asked or call(), now or timezone.now())
    assert isinstance(found, Held), found
    return found


def refused(tenant: Tenant, asked: Call | None = None, now: datetime | None = None) -> Refusal:
    found = budgets.reserve(tenant, asked or call(), now or timezone.now())
    assert isinstance(found, Refusal), found
    return found


def counters(tenant: Tenant, now: datetime | None = None) -> list[tuple[Decimal, Decimal]]:
    """Spent and reserved of the day and of the month."""
    periods = periods_of(tenant.zone, now or timezone.now())
    with tenant_scope(tenant):
        rows = Spending.objects.filter(starts_on__in=[periods.day, periods.month])
        found = {(row.period, row.starts_on): (row.spent, row.reserved) for row in rows}
    return [found["day", periods.day], found["month", periods.month]]


def alerts(tenant: Tenant) -> set[str]:
    with tenant_scope(tenant):
        return set(OperatorAlert.objects.filter(resolved_at=None).values_list("kind", flat=True))


def settle(tenant: Tenant, money: Held, output: int) -> None:
    with tenant_scope(tenant):
        budgets.settle(tenant, money, usage(tenant, output))


# --- one call --------------------------------------------------------------------------------------------------------


def test_what_is_set_aside_becomes_what_was_used(acme: Tenant) -> None:
    money = held(acme)
    assert counters(acme) == [(Decimal(0), ONE)] * 2
    settle(acme, money, 25_000)
    assert counters(acme) == [(Decimal("0.25"), Decimal(0))] * 2
    with tenant_scope(acme):
        row = UsageRow.objects.get()
        assert not Reservation.objects.exists()
    assert (row.dollars, row.price_id, row.assumed) == (Decimal("0.25"), money.price.pk, False)


def test_what_was_not_used_is_given_back_once(acme: Tenant) -> None:
    money = held(acme)
    for _ in range(2):
        with tenant_scope(acme):
            budgets.release(acme, money)
    assert counters(acme) == [(Decimal(0), Decimal(0))] * 2
    with tenant_scope(acme):
        assert not UsageRow.objects.exists()


def test_a_call_without_an_answer_is_booked_at_its_estimated_prompt(acme: Tenant) -> None:
    money = held(acme, call(given=10_000, tokens=1000))
    for _ in range(2):
        with tenant_scope(acme):
            budgets.lose(acme, money)
    with tenant_scope(acme):
        row = UsageRow.objects.get()
    assert (row.assumed, row.input_tokens, row.dollars) == (True, 10_000, Decimal("0.02"))
    assert counters(acme) == [(Decimal("0.02"), Decimal(0))] * 2


def test_a_tenant_nobody_configured_has_a_ceiling(acme: Tenant) -> None:
    assert acme.day_budget is None
    fitting = [budgets.reserve(acme, call(), timezone.now()) for _ in range(6)]
    assert [isinstance(each, Held) for each in fitting] == [True] * 5 + [False]
    assert project.DEFAULT_DAY_BUDGET == 5


def test_the_month_holds_where_the_day_would_not(acme: Tenant) -> None:
    acme.day_budget, acme.month_budget = Decimal(10), Decimal("1.50")
    settle(acme, held(acme), 100_000)
    refusal = refused(acme)
    assert (refusal.period, refusal.limit, refusal.left, refusal.momentary) == (
        "month",
        Decimal("1.50"),
        Decimal("0.5"),
        False,
    )
    assert counters(acme) == [(ONE, Decimal(0))] * 2, "the day's counter keeps nothing of a call that did not fit"


def test_only_calls_that_run_now_stand_in_the_way(acme: Tenant) -> None:
    acme.day_budget = Decimal(1)
    money = held(acme)
    assert refused(acme).momentary
    settle(acme, money, 0)
    held(acme)


def test_a_budget_of_nothing_lets_nothing_through(acme: Tenant) -> None:
    acme.day_budget = Decimal(0)
    assert not refused(acme).momentary


def test_one_tenants_money_is_not_anothers(acme: Tenant, globex: Tenant) -> None:
    acme.day_budget = globex.day_budget = Decimal(1)
    held(acme)
    held(globex)
    refused(acme)


@pytest.mark.parametrize("wrong", ["abc", "-1", "NaN", "Infinity", "1e12"])
def test_a_default_that_is_no_amount_is_refused_at_the_start(wrong: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DEFAULT_DAY_BUDGET"):
        dollars_of("DEFAULT_DAY_BUDGET", wrong)


# --- workers that die ------------------------------------------------------------------------------------------------


def test_who_takes_a_turn_up_ends_what_the_one_before_had_set_aside(acme: Tenant) -> None:
    acme.day_budget = Decimal("1.50")
    turn = new_id()
    held(acme, call(reference=turn, epoch=1))
    again = held(acme, call(reference=turn, epoch=2))
    with tenant_scope(acme):
        assert UsageRow.objects.get().assumed
        assert Reservation.objects.get().pk == again.id


def test_a_reservation_that_nobody_ends_runs_out(acme: Tenant) -> None:
    acme.day_budget = Decimal(1)
    held(acme)
    later = timezone.now() + timedelta(minutes=10)
    refused(acme)
    held(acme, now=later)


def test_a_reply_that_comes_after_its_reservation_ran_out_is_booked_and_frees_nothing_twice(acme: Tenant) -> None:
    late = held(acme, call(given=10_000))
    ceilings.tidy(acme, timezone.now() + timedelta(minutes=10))
    settle(acme, late, 10_000)
    assert counters(acme) == [(Decimal("0.12"), Decimal(0))] * 2


def test_a_step_that_is_not_recorded_books_nothing(acme: Tenant) -> None:
    """Usage, counters, reservation and step are one transaction."""
    money = held(acme)
    with suppress(InterruptedError), tenant_scope(acme):
        budgets.settle(acme, money, usage(acme, 5))
        raise InterruptedError
    assert counters(acme) == [(Decimal(0), ONE)] * 2
    settle(acme, money, 100_000)
    assert counters(acme) == [(ONE, Decimal(0))] * 2


# --- many at once ----------------------------------------------------------------------------------------------------


def spend_in_processes(tenant: Tenant, processes: int, *arguments: str) -> list[Any]:
    command = [sys.executable, "-m", "tests.spender", str(tenant.pk), *arguments]
    running = [
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ}
        )
        for _ in range(processes)
    ]
    try:
        for each in running:
            assert each.stdout is not None
            assert each.stdout.readline() == "ready\n"
        for each in running:
            assert each.stdin is not None
            each.stdin.write("go\n")
            each.stdin.flush()
        return [json.loads(each.communicate(timeout=100)[0]) for each in running]
    finally:
        for each in running:
            each.kill()
            each.wait()


def test_two_hundred_at_once_set_aside_what_fifty_may_cost(database: None) -> None:
    """Four processes of 50 threads, none of which gives anything back."""
    tenant = make_tenant(day_budget=50, month_budget=1000)
    told = spend_in_processes(tenant, 4, "keep", "50")
    assert sum(each["held"] for each in told) == 50
    assert sum(each["refused"] for each in told) == 150
    assert counters(tenant) == [(Decimal(0), 50 * ONE)] * 2
    with tenant_scope(tenant):
        assert Reservation.objects.count() == 50


def test_money_that_comes_back_is_spent_and_never_more_than_the_budget(database: None) -> None:
    """Each call uses three quarters of what was set aside, and who is refused for the moment asks again."""
    tenant = make_tenant(day_budget=50, month_budget=1000)
    told = spend_in_processes(tenant, 2, "spend", "8")
    held_in_all = sum(each["held"] for each in told)
    [day, month] = counters(tenant)
    assert day == month == (held_in_all * ONE * 3 / 4, Decimal(0))
    assert 49 < day[0] <= 50
    with tenant_scope(tenant):
        assert UsageRow.objects.count() == held_in_all
        assert not Reservation.objects.exists()


# --- days, months and alerts -----------------------------------------------------------------------------------------


def test_days_and_months_are_the_tenants_own() -> None:
    auckland = periods_of(ZoneInfo("Pacific/Auckland"), datetime(2026, 11, 30, 11, 30, tzinfo=UTC))
    assert (auckland.day, auckland.month) == (date(2026, 12, 1), date(2026, 12, 1))
    assert auckland.day_ends == datetime(2026, 12, 1, 11, 0, tzinfo=UTC)
    assert auckland.month_ends == datetime(2026, 12, 31, 11, 0, tzinfo=UTC)
    honolulu = periods_of(ZoneInfo("Pacific/Honolulu"), datetime(2026, 12, 1, 9, 0, tzinfo=UTC))
    assert (honolulu.day, honolulu.month) == (date(2026, 11, 30), date(2026, 11, 1))


def test_a_day_of_23_hours_ends_at_midnight() -> None:
    periods = periods_of(ZoneInfo("America/Chicago"), datetime(2026, 3, 8, 12, 0, tzinfo=UTC))
    assert periods.day_ends == datetime(2026, 3, 9, 5, 0, tzinfo=UTC)


def test_a_new_day_opens_the_days_budget(acme: Tenant) -> None:
    acme.day_budget = Decimal(1)
    now = timezone.now()
    tomorrow = periods_of(acme.zone, now).day_ends
    settle(acme, held(acme, now=now), 100_000)
    refused(acme, now=tomorrow - timedelta(seconds=1)) if now < tomorrow - timedelta(seconds=1) else None
    held(acme, now=tomorrow)


def test_a_call_counts_for_the_day_in_which_it_began(acme: Tenant) -> None:
    now = timezone.now()
    yesterday = now - timedelta(days=1)
    money = held(acme, now=yesterday)
    settle(acme, money, 10_000)
    assert counters(acme, yesterday)[0] == (Decimal("0.1"), Decimal(0))


def test_passing_four_fifths_alerts_once(acme: Tenant) -> None:
    acme.day_budget = Decimal(10)
    settle(acme, held(acme), 79_000)
    acme.day_budget = Decimal(1)
    assert alerts(acme) == set()
    settle(acme, held(acme, call(tokens=1000)), 1000)
    assert alerts(acme) == {"budget.early.day"}
    settle(acme, held(acme, call(tokens=1000)), 1000)
    with tenant_scope(acme):
        [alert] = OperatorAlert.objects.all()
    assert alert.text == "Acme has used 80% of its budget for the day: $0.80 of $1.00."


def full(tenant: Tenant) -> None:
    settle(tenant, held(tenant), 100_000)
    with tenant_scope(tenant):
        ceilings.note_full(tenant, refused_inside(tenant), timezone.now())


def refused_inside(tenant: Tenant) -> Refusal:
    found = budgets.set_aside(tenant, call(), timezone.now())
    assert isinstance(found, Refusal)
    return found


def test_alerts_end_when_the_budget_is_raised(acme: Tenant) -> None:
    acme.day_budget = Decimal(1)
    full(acme)
    assert alerts(acme) == {"budget.full.day", "budget.early.day"}
    ceilings.tidy(acme, timezone.now())
    assert alerts(acme) == {"budget.full.day", "budget.early.day"}
    acme.day_budget = Decimal(100)
    ceilings.changed(acme, "operator:olivia")
    assert alerts(acme) == set()
    with tenant_scope(acme):
        entry = AuditEntry.objects.get(action="budget.changed")
    assert (entry.actor, entry.detail["day"]) == ("operator:olivia", "100.00")


def test_alerts_end_when_the_day_does(acme: Tenant) -> None:
    acme.day_budget = Decimal(1)
    with tenant_scope(acme):
        Tenant.objects.filter(pk=acme.pk).update(day_budget=1)
    full(acme)
    assert [each.pk for each in ceilings.tenants_to_tidy()] == [acme.pk]
    ceilings.tidy(acme, periods_of(acme.zone, timezone.now()).day_ends)
    assert alerts(acme) == set()
    assert ceilings.tenants_to_tidy() == []


def test_a_call_that_costs_more_than_its_estimate_is_booked_whole(acme: Tenant, caplog: Any) -> None:
    settle(acme, held(acme, call(tokens=1000)), 2000)
    assert counters(acme) == [(Decimal("0.02"), Decimal(0))] * 2
    assert "budget.estimate_exceeded" in caplog.messages


# --- its cost --------------------------------------------------------------------------------------------------------


def queries(tenant: Tenant) -> tuple[int, int]:
    """Of setting aside and of booking."""
    asked = call()
    with CaptureQueriesContext(connection) as reserving:
        money = held(tenant, asked)
    with tenant_scope(tenant), CaptureQueriesContext(connection) as settling:
        budgets.settle(tenant, money, usage(tenant, 10))
    first, second = ([each for each in some if "tenants_app_" in each["sql"]] for some in (reserving, settling))
    return len(first), len(second)


def test_it_costs_the_same_whatever_was_spent_before(acme: Tenant) -> None:
    acme.day_budget = Decimal(100)
    settle(acme, held(acme), 10)
    before = queries(acme)
    assert before == (1, 1)
    with as_role("operator"):
        periods = periods_of(acme.zone, timezone.now())
        Spending.objects.bulk_create(
            Spending(tenant=acme, period="day", starts_on=periods.day - timedelta(days=number + 1))
            for number in range(500)
        )
        UsageRow.objects.bulk_create(usage(acme, 1) for _ in range(500))
    for _ in range(20):
        held(acme)
    assert queries(acme) == before
