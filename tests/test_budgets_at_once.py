"""The statements that set money aside and book it, while somebody else changes the same counters."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar

import psycopg
import pytest
from django.db import connection
from django.utils import timezone
from psycopg import Connection

from tenants_app import budgets
from tenants_app.budgets import Held, Refusal
from tenants_app.ids import new_id
from tenants_app.models import Reservation, Tenant, UsageRow
from tenants_app.scope import tenant_scope
from tests.house import wait_for
from tests.test_budgets import ONE, alerts, call, counters, held, settle

T = TypeVar("T")
PERIODS = ["day", "month"]
WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'proxystaff_app'"


@contextmanager
def somebody_else() -> Iterator[Connection[Any]]:
    """Whose transaction is open until it commits."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as other:
        yield other


def spend(other: Connection[Any], tenant: Tenant, period: str, dollars: str) -> None:
    statement = "UPDATE tenants_app_spending SET spent = spent + %s WHERE tenant_id = %s AND period = %s"
    assert other.execute(statement, [Decimal(dollars), tenant.pk, period]).rowcount == 1


def while_another_spends(tenant: Tenant, period: str, dollars: str, do: Callable[[], T]) -> T:
    """`do` comes while another holds the counter. That one goes from day to month, and so must `do`."""
    with somebody_else() as other, ThreadPoolExecutor(1) as pool:
        spend(other, tenant, period, dollars)
        doing = pool.submit(do)
        wait_for(waiting)
        for later in PERIODS[PERIODS.index(period) + 1 :]:
            spend(other, tenant, later, dollars)
        other.commit()
        return doing.result()


def waiting() -> Any:
    with psycopg.connect(os.environ["DATABASE_ADMIN_URL"], autocommit=True) as admin:
        return admin.execute(WAITING).fetchone()


@pytest.fixture
def used(acme: Tenant) -> Tenant:
    """Its counters stand; nothing is spent."""
    acme.day_budget = acme.month_budget = Decimal("1.50")
    settle(acme, held(acme), 0)
    return acme


@pytest.mark.parametrize("period", PERIODS)
def test_who_waited_for_a_counter_finds_no_room_in_it(used: Tenant, period: str) -> None:
    found = while_another_spends(used, period, "1", lambda: budgets.reserve(used, call(), timezone.now()))
    assert isinstance(found, Refusal)
    assert (found.left, found.momentary) == (Decimal("0.5"), False)
    assert [reserved for _, reserved in counters(used)] == [0, 0]
    with tenant_scope(used):
        assert not Reservation.objects.exists()


@pytest.mark.parametrize("period", PERIODS)
def test_who_waited_for_a_counter_takes_what_is_left(used: Tenant, period: str) -> None:
    found = while_another_spends(used, period, "0.5", lambda: budgets.reserve(used, call(), timezone.now()))
    assert isinstance(found, Held)
    assert [reserved for _, reserved in counters(used)] == [ONE, ONE]
    assert counters(used)[1][0] == Decimal("0.5")


@pytest.mark.parametrize("period", PERIODS)
def test_what_is_booked_after_a_wait_comes_on_top(used: Tenant, period: str) -> None:
    """Whoever passes the mark with what the other left sees it."""
    money = held(used)
    while_another_spends(used, period, "1", lambda: settle(used, money, 25_000))
    both, own = (Decimal("1.25"), Decimal(0)), (Decimal("0.25"), Decimal(0))
    assert counters(used) == ([both, both] if period == "day" else [own, both])
    assert alerts(used) == ({"budget.early.day", "budget.early.month"} if period == "day" else {"budget.early.month"})


def test_a_call_found_lost_while_it_is_booked_is_freed_once(used: Tenant) -> None:
    money = held(used, call(given=10_000, tokens=1000))
    with ThreadPoolExecutor(1) as pool:
        with tenant_scope(used):
            budgets.lose(used, money)
            doing = pool.submit(settle, used, money, 10_000)
            wait_for(waiting)
        doing.result()
    assert counters(used) == [(Decimal("0.12"), Decimal(0))] * 2
    with tenant_scope(used):
        assert UsageRow.objects.filter(assumed=True).count() == 1


@pytest.mark.parametrize("later", [False, True], ids=["taken up", "ran out"])
def test_a_lost_call_is_booked_before_the_next_also_where_both_fit(acme: Tenant, later: bool) -> None:
    settle(acme, held(acme), 0)
    lost = call(given=10_000, tokens=1000)
    held(acme, lost)
    now = timezone.now() + timedelta(minutes=10 * later)
    following = held(acme, call(epoch=2, reference=new_id() if later else lost.reference), now)
    with tenant_scope(acme):
        assert UsageRow.objects.get(assumed=True).reference == lost.reference
        assert Reservation.objects.get().pk == following.id


def test_a_call_that_fits_the_day_alone_leaves_nothing_in_it(used: Tenant) -> None:
    used.day_budget = Decimal(10)
    held(used)
    found = budgets.reserve(used, call(), timezone.now())
    assert isinstance(found, Refusal)
    assert found.momentary
    assert counters(used) == [(Decimal(0), ONE)] * 2


# --- the statements name columns by hand ------------------------------------------------------------------------------


def test_every_column_of_a_reservation_is_written(used: Tenant) -> None:
    asked = call(epoch=1_700_000_000_000_000, given=7, tokens=1000)
    now = timezone.now()
    expected = budgets.reservation(used, asked, now)
    found = held(used, asked, now)
    with tenant_scope(used):
        row = Reservation.objects.get()
    assert found.id == row.pk
    fields = [field.attname for field in Reservation._meta.concrete_fields if field.attname != "id"]
    assert {name: getattr(row, name) for name in fields} == {name: getattr(expected, name) for name in fields}


def test_every_column_of_a_usage_row_is_written(used: Tenant) -> None:
    """Each is given something that is not its default: a new column would show here."""
    money = held(used)
    before = timezone.now()
    given = UsageRow(
        tenant=used,
        purpose="chat",
        model="claude-sonnet-5-5-20260101",
        reference=new_id(),
        request_id="req_1",
        input_tokens=1,
        output_tokens=2,
        cache_read_tokens=3,
        cache_write_5m_tokens=4,
        cache_write_1h_tokens=5,
        assumed=True,
    )
    with tenant_scope(used):
        budgets.settle(used, money, given)
        row = UsageRow.objects.get(pk=given.pk)
    assert before <= row.at <= timezone.now()
    for field in UsageRow._meta.concrete_fields:
        if field.attname != "at":
            assert getattr(row, field.attname) == getattr(given, field.attname)
            assert getattr(row, field.attname) != field.get_default()
    assert row.dollars == money.price.cost(given)


def test_numbers_of_any_length_are_one_statement_to_plan(used: Tenant) -> None:
    asked = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%INSERT INTO tenants_app_usagerow%%'"
    money = held(used)
    with tenant_scope(used):
        for tokens in [1, 40_000, 3_000_000] * 5:
            budgets.settle(used, money, UsageRow(tenant=used, reference=new_id(), input_tokens=tokens))
        with connection.cursor() as cursor:
            cursor.execute(asked, [])
            assert cursor.fetchone() == (1,)
