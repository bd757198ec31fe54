"""/tools: the business's own tools as they did lately, to those who may use them."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from tenants_app.scope import tenant_scope
from tests.house import ALICE, BOB, CHARLIE, House
from tests.tenant_tools import install
from tests.test_turns import set_tenant
from tooling import executions, versions
from tooling.models import CustomTool, Execution
from tooling.types import Ran, RunOutcome


def asks(house: House, words: str, sender: str = ALICE) -> str:
    house.says(words, sender)
    house.work()
    return house.sent()[-1]


def ran(house: House, name: str, *outcomes: RunOutcome, **more: Any) -> None:
    with tenant_scope(house.tenant):
        for outcome in outcomes:
            executions.record(
                house.tenant.pk, kind=more.get("kind", Execution.Kind.TOOL), name=name, ran=Ran(outcome=outcome)
            )


@pytest.fixture
def tools(house: House) -> House:
    install(house.tenant, "return 1", name="charge", autonomy="owner")
    install(house.tenant, "return 1", name="lookup")
    install(house.tenant, "return 1", name="new_one")
    off = install(house.tenant, "return 1", name="old_one")
    with tenant_scope(house.tenant):
        versions.disable(off, actor="test", reason="it was *slow*")
        CustomTool.objects.create(tenant=house.tenant, name="unready")
    ran(house, "lookup", "error", "ok", "ok", "refused")
    ran(house, "lookup", "error", kind=Execution.Kind.TRY)
    thirty_times: list[RunOutcome] = ["ok"] * 30
    ran(house, "charge", *thirty_times, "timeout")
    return house


def test_the_owner_sees_all_with_how_they_did(tools: House) -> None:
    today = f"{timezone.now():%Y-%m-%d}"
    begin, _, charge, lookup, new, old, unready = asks(tools, "/tools").split("\n")
    assert begin == "Your own tools:"
    assert charge.startswith(f"- charge: failed last time, on {today} ")
    assert charge.endswith("; 19 of its last 20 runs went well")
    assert lookup.startswith(f"- lookup: works; 2 of its last 3 runs went well, the newest on {today} ")
    assert new == "- new_one: not used yet"
    assert old == "- old_one: switched off (it was *slow*)"
    assert unready == "- unready: not ready yet, its self-test has not passed"


def test_the_staff_see_what_they_may_use_in_their_language(tools: House) -> None:
    set_tenant(tools, language="es")
    said = asks(tools, "herramientas", BOB)
    assert "- lookup: funciona; salieron bien 2 de las últimas 3 veces" in said
    assert "- new_one: aún sin usar" in said
    assert "charge" not in said
    assert "unready" not in said


def test_without_tools_it_says_so(house: House) -> None:
    assert asks(house, "/tools").startswith("There are no tools of your own")


def test_a_customer_is_told_nothing_of_them(tools: House) -> None:
    with tenant_scope(tools.tenant):
        account = tools.accounts["whatsapp"]
        account.front_desk = True
        account.save(update_fields=["front_desk"])
    assert "lookup" not in asks(tools, "/tools", CHARLIE)
