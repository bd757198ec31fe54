"""A tool's life: saved, tested in the sandbox, live, back again, off; each by whoever did it, in the trail."""

from __future__ import annotations

import io
import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tenants_app.models import AuditEntry, Secret, Tenant
from tenants_app.scope import tenant_scope
from tests.fixtures import as_role, make_tenant
from tooling import credentials, selftest, versions
from tooling.drafts import Draft, InvalidTool
from tooling.models import Credential, CustomTool, Execution, ToolVersion
from tooling.registry import ToolError

BY = "operator:alice"
DOUBLE = Draft(
    name="double",
    description="Double a number.",
    schema={"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]},
    source="def run(args, context):\n    return {'y': args['x'] * 2}\n",
    tests=[{"args": {"x": 2}, "returns": {"y": 4}}],
)
FETCHING = replace(
    DOUBLE,
    name="fetching",
    tests=[{"args": {}}],
    schema={"type": "object"},
    hosts=["api.example.com"],
    source="def run(args, context):\n    answer = context.fetch('https://api.example.com/x')\n"
    "    return [answer.status, answer.json()]\n",
)


def save(tenant: Tenant, draft: Draft = DOUBLE) -> versions.Saved:
    with tenant_scope(tenant):
        return versions.save(tenant, draft, actor=BY)


def live(tenant: Tenant, version: ToolVersion) -> bool:
    with tenant_scope(tenant):
        return versions.go_live(version, actor=BY)


def tried_out(tenant: Tenant, draft: Draft) -> tuple[ToolVersion, selftest.Report]:
    version = save(tenant, draft).version
    report = selftest.run(tenant, version.pk, actor=BY)
    with tenant_scope(tenant):
        return ToolVersion.objects.select_related("tool").get(pk=version.pk), report


def source(body: str) -> Draft:
    return replace(DOUBLE, source=f"def run(args, context):\n    {body}\n")


def trail(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant):
        return list(AuditEntry.objects.filter(tenant=tenant, actor=BY).order_by("at").values_list("action", flat=True))


# --- Saving -----------------------------------------------------------------------------------------------------------


def test_a_change_is_a_new_version_and_the_same_is_not(acme: Tenant) -> None:
    first = save(acme)
    again = save(acme, replace(DOUBLE, roles=["staff", "owner"], description=" Double a number. "))
    other = save(acme, replace(DOUBLE, seconds=5))
    back = save(acme)
    assert (first.is_new, again.is_new, other.is_new, back.is_new) == (True, False, True, False)
    assert (first.version.pk, other.version.number) == (again.version.pk, 2)
    assert back.version.pk == first.version.pk
    assert trail(acme) == ["tool.created", "tool.saved", "tool.saved"]


@pytest.mark.parametrize(
    "change",
    [
        {"description": "Double it."},
        {"schema": {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}},
        {"source": "def run(args, context):\n    return {'y': 4}\n"},
        {"hosts": ["api.example.com"]},
        {"credentials": [{"name": "mls"}]},
        {"roles": ["owner"]},
        {"autonomy": "confirm"},
        {"effect": "none"},
        {"repeatable": True},
        {"memory_mb": 64},
        {"tests": []},
    ],
    ids=lambda change: next(iter(change)),
)
def test_everything_that_matters_makes_another_version(acme: Tenant, change: dict[str, Any]) -> None:
    save(acme)
    assert save(acme, replace(DOUBLE, **change)).version.number == 2


def test_a_version_can_be_taken_up_and_changed(acme: Tenant) -> None:
    first = save(acme, FETCHING).version
    with tenant_scope(acme):
        row = ToolVersion.objects.select_related("tool").get(pk=first.pk)
        assert versions.save(acme, versions.draft_of(row), actor=BY).version.pk == first.pk


def test_there_may_be_so_many_tools(database: None) -> None:
    tenant = make_tenant("acme", max_tools=1)
    save(tenant)
    save(tenant, replace(DOUBLE, seconds=5))
    with pytest.raises(InvalidTool, match="may have 1"):
        save(tenant, replace(DOUBLE, name="second"))
    with tenant_scope(tenant):
        assert CustomTool.objects.filter(tenant=tenant).count() == 1


def test_two_savings_at_once_are_one_after_the_other(acme: Tenant) -> None:
    drafts = [replace(DOUBLE, seconds=seconds) for seconds in (5, 6, 7, 8)]
    ready = threading.Barrier(len(drafts))

    def one(draft: Draft) -> None:
        ready.wait()
        save(acme, draft)

    threads = [threading.Thread(target=one, args=(draft,)) for draft in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with tenant_scope(acme):
        numbers = ToolVersion.objects.filter(tenant=acme).order_by("number").values_list("number", flat=True)
        assert list(numbers) == [1, 2, 3, 4]


def test_what_is_wrong_leaves_nothing_behind(acme: Tenant) -> None:
    with pytest.raises(InvalidTool):
        save(acme, replace(DOUBLE, source="nonsense("))
    with tenant_scope(acme):
        assert not CustomTool.objects.filter(tenant=acme).exists()


# --- The self-test ----------------------------------------------------------------------------------------------------


def test_green_is_written_down_run_by_run(acme: Tenant) -> None:
    version, report = tried_out(acme, replace(DOUBLE, tests=[*DOUBLE.tests, {"args": {"x": 0.5}, "returns": {"y": 1}}]))
    assert report.passed
    assert version.state == "green"
    assert version.tested_at is not None
    assert [case["passed"] for case in version.report["cases"]] == [True, True]
    with tenant_scope(acme):
        runs = list(Execution.objects.filter(tenant=acme, version=version).order_by("call_id"))
        assert [(run.kind, run.outcome, run.number, run.name) for run in runs] == [("self_test", "ok", 1, "double")] * 2
        assert len({run.arguments_hash for run in runs}) == 2
    assert trail(acme)[-1] == "tool.tested"


@pytest.mark.parametrize(
    ("draft", "why"),
    [
        (source("return {'y': 5}"), "the result.y is 5 instead of 4."),
        (source("return {'y': True}"), "the result.y is true instead of 4."),
        (source("return {}"), "the result: 'y' is missing."),
        (source("return [4]"), 'the result is [4] instead of {"y": 4}.'),
        (source("raise ValueError('no such x')"), "ValueError: no such x"),
        (source("return args['z']"), "KeyError: 'z'"),
        (replace(DOUBLE, tests=[{"args": {"x": 1}, "raises": "too small"}]), "It should have raised an error"),
        (replace(source("raise ValueError('no')"), tests=[{"args": {"x": 1}, "raises": "yes"}]), "with “yes”: Val"),
        (replace(source("import time; time.sleep(60)"), seconds=1), "1"),
        (source("import socket; socket.create_connection(('example.com', 443), 3)"), "gaierror"),
        (source("context.fetch('https://example.com')"), "no network"),
    ],
)
def test_red_says_which_and_why(acme: Tenant, draft: Draft, why: str) -> None:
    version, report = tried_out(acme, draft)
    assert not report.passed
    assert version.state == "red"
    [case] = version.report["cases"]
    assert case["name"] == "test 1"
    assert why in case["why"]
    with tenant_scope(acme):
        run = Execution.objects.get(tenant=acme, version=version)
        assert run.outcome != "ok"
        assert run.signature
    with pytest.raises(versions.NotReady, match="its self-test failed"):
        live(acme, version)


def test_without_tests_nothing_is_green(acme: Tenant) -> None:
    version, report = tried_out(acme, replace(DOUBLE, tests=[]))
    assert version.state == "red"
    assert "There is no test" in report.why


def test_secrets_are_made_up_and_time_can_be_set(acme: Tenant) -> None:
    with tenant_scope(acme):
        credentials.save(acme, "mls", credentials.Facts(), "the-real-value", actor=BY)
    body = (
        "assert context.secrets == {'mls': 'placeholder-mls'} or args['x'] == 2, 'x'\n"
        "    assert args['x'] == 1 or context.secrets == {'mls': 'made-up'}, 'y'\n"
        "    return context.now.isoformat()"
    )
    tests: list[dict[str, Any]] = [
        {"args": {"x": 1}, "now": "2026-05-03T09:00:00+00:00", "returns": "2026-05-03T09:00:00+00:00"},
        {"args": {"x": 2}, "secrets": {"mls": "made-up"}},
    ]
    _, report = tried_out(acme, replace(source(body), credentials=[{"name": "mls"}], tests=tests))
    assert report.passed, report
    with tenant_scope(acme):
        assert Credential.objects.get(tenant=acme).uses == 0


def test_a_host_answers_what_the_test_says(acme: Tenant) -> None:
    url = "https://api.example.com/x"
    tests = [
        {"replies": [{"url": url, "json": {"a": 1}}], "returns": [200, {"a": 1}]},
        {"replies": [{"url": url, "status": 500, "text": "[]"}], "returns": [500, []]},
        {"replies": [{"url": "https://api.example.com/y"}], "returns": [502, {}]},
    ]
    _, report = tried_out(acme, replace(FETCHING, tests=tests))
    assert report.passed, report


def test_a_host_that_is_not_declared_is_refused_as_in_earnest(acme: Tenant) -> None:
    url = "https://api.example.com/x"
    tests = [{"replies": [{"url": url, "json": 1}], "returns": [403, {}]}]
    _, report = tried_out(acme, replace(FETCHING, hosts=["other.example.com"], tests=tests))
    assert report.passed, report


def test_a_test_with_the_network_needs_the_real_credentials(acme: Tenant) -> None:
    draft = replace(FETCHING, credentials=[{"name": "mls", "host": "api.example.com"}], tests=[{"network": True}])
    version = save(acme, draft).version
    with pytest.raises(ToolError, match="“mls” that this tool signs in with is not stored"):
        selftest.run(acme, version.pk, actor=BY)
    with tenant_scope(acme):
        assert ToolVersion.objects.get(pk=version.pk).state == "draft"


# --- Live and back ----------------------------------------------------------------------------------------------------


def test_live_and_back_again(acme: Tenant) -> None:
    first, _ = tried_out(acme, DOUBLE)
    second, _ = tried_out(acme, replace(DOUBLE, seconds=5))
    assert live(acme, first)
    assert live(acme, second)
    assert not live(acme, second), "it was live already"
    assert live(acme, first)
    with tenant_scope(acme):
        assert CustomTool.objects.get(tenant=acme).live_id == first.pk
        acts = AuditEntry.objects.filter(tenant=acme, action__startswith="tool.went").order_by("at")
        assert [(act.action, act.detail["number"], act.detail["before"]) for act in acts] == [
            ("tool.went_live", 1, 0),
            ("tool.went_live", 2, 1),
            ("tool.went_back", 1, 2),
        ]


def test_what_was_not_tested_does_not_go_live(acme: Tenant) -> None:
    with pytest.raises(versions.NotReady, match="has not run yet"):
        live(acme, save(acme).version)


def test_off_and_on(acme: Tenant) -> None:
    tool = save(acme).version.tool
    with tenant_scope(acme):
        assert versions.disable(tool, actor=BY, reason="asks the wrong system")
        assert not versions.disable(tool, actor=BY, reason="twice")
        assert CustomTool.objects.get(pk=tool.pk).disabled_reason == "asks the wrong system"
        assert versions.enable(tool, actor=BY)
        assert not versions.enable(tool, actor=BY)
    assert trail(acme)[-2:] == ["tool.disabled", "tool.enabled"]


def test_a_deleted_tool_leaves_its_runs(acme: Tenant) -> None:
    version, _ = tried_out(acme, DOUBLE)
    live(acme, version)
    with tenant_scope(acme):
        versions.delete(version.tool, actor=BY)
        assert not ToolVersion.objects.filter(tenant=acme).exists()
        assert Execution.objects.get(tenant=acme).version_id is None


def test_a_tools_things_go_with_their_tenant(acme: Tenant, globex: Tenant) -> None:
    for tenant in (acme, globex):
        tried_out(tenant, DOUBLE)
        with tenant_scope(tenant):
            credentials.save(tenant, "mls", credentials.Facts(), "the-real-value", actor=BY)
    with as_role("operator"):
        call_command("delete_tenant", "acme", "--yes", stdout=io.StringIO())
        for model in (CustomTool, ToolVersion, Execution, Credential, Secret):
            assert set(model.objects.values_list("tenant", flat=True)) == {globex.pk}


# --- Packs ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    (tmp_path / "tool.toml").write_text('name = "prices"\ndescription = "Prices."\n[data]\nprices = "prices.csv"\n')
    (tmp_path / "tool.py").write_text("def run(args, context):\n    return DATA['prices'].split()\n")
    (tmp_path / "prices.csv").write_text("a\nb\n")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "one.json").write_text('[{"returns": ["a", "b"]}]')
    return tmp_path


def add(pack: Path, *more: str) -> tuple[dict[str, Any], str]:
    """What it prints as JSON, and how it fails."""
    out = io.StringIO()
    failed = ""
    with as_role("operator"):
        try:
            call_command("add_tool", "--tenant", "acme", str(pack), "--json", *more, stdout=out)
        except CommandError as error:
            failed = str(error)
    return json.loads(out.getvalue() or "{}"), failed


def test_a_packs_data_and_test_files_become_a_part_of_it(acme: Tenant, pack: Path) -> None:
    answer, failed = add(pack)
    assert (failed, answer["live"]) == ("", True)
    (pack / "prices.csv").write_text("a\nc\n")
    (pack / "tests" / "one.json").write_text('{"returns": ["a", "c"]}')
    answer, failed = add(pack)
    assert (failed, answer["version"], answer["live"]) == ("", 2, True)


def test_a_red_pack_is_not_live_and_what_was_live_stays(acme: Tenant, pack: Path) -> None:
    add(pack)
    (pack / "prices.csv").write_text("x")
    answer, failed = add(pack)
    assert failed == "The self-test of prices failed, so it is not live."
    assert (answer["state"], answer["live"]) == ("red", False)
    assert answer["cases"][0]["why"] == "the result: there are 1 entries instead of 2."
    with tenant_scope(acme):
        tool = CustomTool.objects.select_related("live").get(tenant=acme)
        assert tool.live is not None
        assert tool.live.number == 1


@pytest.mark.parametrize(
    ("file", "text", "why"),
    [
        ("tool.toml", "name = ", "tool.toml: "),
        ("tool.toml", 'name = "prices"\n', "description: It is missing."),
        ("tool.toml", 'name = "p"\ndescription = "x"\nhost = 1', "host: A tool has no such field."),
        ("tool.toml", 'name = "p"\ndescription = "x"\nsource = "y"', "stands in tool.py"),
        ("tool.toml", 'name = "p"\ndescription = "x"\n[data]\nx = "../x.csv"', "outside of the pack"),
        ("tool.toml", 'name = "p"\ndescription = "x"\n[data]\nx = "none.csv"', "none.csv cannot be read"),
        ("tool.toml", 'name = "p"\ndescription = "x"\ntests = 1', "tests must be a list"),
        ("tool.py", "def run(args):\n  pass", "source: Line 1: run must take two arguments"),
        ("tests/one.json", "{", "one.json: "),
        ("tests/one.json", '{"arguments": {}}', "tests: Test 1: it has no field 'arguments'"),
    ],
)
def test_a_packs_mistakes_are_named(acme: Tenant, pack: Path, file: str, text: str, why: str) -> None:
    (pack / file).write_text(text)
    _, failed = add(pack)
    assert why in failed
    with tenant_scope(acme):
        assert not CustomTool.objects.filter(tenant=acme).exists()


def test_a_pack_that_is_not_there(acme: Tenant, tmp_path: Path) -> None:
    assert "There is no directory" in add(tmp_path / "none")[1]
    assert "tool.toml cannot be read" in add(tmp_path)[1]
