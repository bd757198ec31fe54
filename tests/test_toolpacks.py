"""The packs that come along, installed by their command and tested in the real sandbox."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tenants_app.models import AuditEntry, Tenant
from tenants_app.scope import tenant_scope
from tests.fixtures import as_role
from tooling.models import CustomTool, Execution, ToolVersion

PACKS = Path(__file__).parent.parent / "toolpacks"
NAMES = sorted(path.name for path in PACKS.iterdir() if path.is_dir())


def add(directory: Path, *more: str) -> dict[str, Any]:
    out = io.StringIO()
    with as_role("operator"):
        call_command("add_tool", str(directory), "--tenant", "acme", "--json", *more, stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def test_four_come_along() -> None:
    assert NAMES == ["http_get", "listing_search", "mortgage_payment", "open_house_followup"]


@pytest.mark.parametrize("name", NAMES)
def test_a_pack_is_live_after_one_command(acme: Tenant, name: str) -> None:
    answer = add(PACKS / name)
    assert answer["live"], answer
    assert all(case["passed"] for case in answer["cases"])
    with tenant_scope(acme):
        tool = CustomTool.objects.select_related("live").get(tenant=acme)
        assert tool.name == name
        assert tool.live is not None
        assert (tool.live.number, tool.live.state, tool.live.origin) == (1, "green", f"pack:{name}")
        runs = Execution.objects.filter(tenant=acme, version=tool.live, kind=Execution.Kind.SELF_TEST)
        assert [run.outcome for run in runs] == ["ok"] * len(answer["cases"])


def test_again_is_harmless(acme: Tenant) -> None:
    add(PACKS / "mortgage_payment")
    with tenant_scope(acme):
        before = AuditEntry.objects.filter(tenant=acme).count()
    answer = add(PACKS / "mortgage_payment")
    assert (answer["version"], answer["new"], answer["live"]) == (1, False, True)
    with tenant_scope(acme):
        assert ToolVersion.objects.filter(tenant=acme).count() == 1
        assert AuditEntry.objects.filter(tenant=acme).count() == before


def test_it_says_which_credentials_are_missing(acme: Tenant) -> None:
    assert add(PACKS / "http_get")["missing_credentials"] == ["example_api"]


def test_it_can_be_installed_without_going_live(acme: Tenant) -> None:
    answer = add(PACKS / "mortgage_payment", "--no-live")
    assert (answer["state"], answer["live"]) == ("green", False)


def test_a_pack_for_nobody(acme: Tenant) -> None:
    with as_role("operator"), pytest.raises(CommandError, match="There is no tenant “nobody”"):
        call_command("add_tool", str(PACKS / "http_get"), "--tenant", "nobody")
