"""Two hundred turns at once against a budget for fifty, by worker processes, over real sockets."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from decimal import Decimal

import pytest

from messaging.models import Conversation, Turn
from messaging.worker import worker
from tenants_app.models import Reservation, Spending
from tenants_app.scope import tenant_scope
from tests.doubles import ROOT
from tests.house import House, wait_for
from tests.test_ceiling import ONLY_USUAL, UNCACHED, alerts, calls, spent_by_rows, statuses
from tests.test_turns import set_tenant


def people_write(house: House, count: int) -> None:
    with tenant_scope(house.tenant):
        house.accounts["whatsapp"].front_desk = True
        house.accounts["whatsapp"].save(update_fields=["front_desk"])
    for number in range(count):
        house.says("hello", f"1555040{number:04}")


@pytest.mark.timeout(900)
def test_two_hundred_turns_at_once_spend_what_fifty_cost(house: House) -> None:
    """Two worker processes, real sockets, each answer as dear as was set aside; the double's journal is the witness."""
    set_tenant(house, max_running_turns=1000, day_budget=1000, month_budget=1000, **ONLY_USUAL)
    people_write(house, 201)
    dear = set_aside_by_first(house)
    budget = (50 * dear).quantize(Decimal("0.01")) + Decimal("0.01")
    set_tenant(house, day_budget=budget)
    with tenant_scope(house.tenant):
        Spending.objects.update(spent=0)
    spent_before, calls_before = spent_by_rows(house), len(calls(house))
    environment = {**os.environ, "WORKER_THREADS": "100", "DATABASE_POOL": "30", "PROXYSTAFF_PROCESS": "worker"}
    environment |= {"ANTHROPIC_BASE_URL": house.anthropic.url, "ANTHROPIC_API_KEY": "sk-ant-test"}
    environment |= {"WHATSAPP_BASE_URL": house.whatsapp.url, "TURN_GIVE_UP_SECONDS": "3600"}
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.turn_worker"], cwd=ROOT, stdin=subprocess.PIPE, text=True, env=environment
        )
        for _ in range(2)
    ]
    try:
        wait_for(lambda: all(status != "open" for status, _ in statuses(house)) and len(statuses(house)) == 201, 600)
    finally:
        for each in workers:
            each.communicate("stop\n", timeout=60)
    made = len(calls(house)) - calls_before
    assert made == 50
    spent = spent_by_rows(house) - spent_before
    assert budget - dear < spent <= budget
    with tenant_scope(house.tenant):
        assert Spending.objects.get(period="day").spent == spent
        assert not Reservation.objects.exists()
        assert Turn.objects.filter(reason="The budget for the day is used up.").count() == 150
        assert Conversation.objects.count() == 201
    assert list(alerts(house)) == ["budget.early.day", "budget.full.day"]


def set_aside_by_first(house: House) -> Decimal:
    """Answer the first of those who wrote; tells what was set aside, and has every later answer cost just as much."""
    house.script({"text": "first", "delay": 1})
    thread = threading.Thread(target=worker.run_next)
    thread.start()

    def reservation() -> Reservation | None:
        with tenant_scope(house.tenant):
            return Reservation.objects.first()

    found = wait_for(reservation)
    thread.join()
    used = {
        "input_tokens": 2 * found.input_tokens,
        "output_tokens": 4096,
        **UNCACHED,
    }  # half of what an hour's cache write costs
    house.script({"text": "ok", "usage": used, "times": "always"})
    return Decimal(found.dollars)
