"""Operators write tenants' tools, test and try them in the sandbox, make them live and go back, and see their runs."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from tenants_app.models import AuditEntry, Tenant
from tests.admin.rows import SCRIPT, TOKEN, ran, tool_of
from tests.admin.test_pages import list_url, page_url
from tests.admin.test_schedules import text_of
from tests.tenant_tools import install
from tooling.admin.charts import chart_of
from tooling.admin.pages import BY_TENANT
from tooling.models import CustomTool, Execution, ToolVersion

GREETING = 'def run(args, context):\n    return {"greeting": f"Hello, {args[\'name\']}!"}\n'
SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
TESTS = [{"args": {"name": "Nora"}, "returns": {"greeting": "Hello, Nora!"}}]


def url(verb: str, *args: Any) -> str:
    return reverse(f"admin:tooling_customtool_{verb}", args=[str(arg) for arg in args])


def filled(**fields: Any) -> dict[str, Any]:
    """The form as a browser sends it."""
    values = {
        "description": "Greets somebody.",
        "source": GREETING.replace("\n", "\r\n"),
        "hosts": "",
        "credentials": "",
    }
    texts = {"schema": json.dumps(SCHEMA), "tests": json.dumps(TESTS), "roles": ["owner", "staff"], "autonomy": "auto"}
    return {**values, **texts, "effect": "none", "seconds": "10", "memory_mb": "128", **fields}


def made(tenant: Tenant, olivia: Client, **fields: Any) -> CustomTool:
    olivia.post(url("new", tenant.pk), filled(name="greet", **fields))
    return CustomTool.objects.get(tenant=tenant, name="greet")


def version(tool: CustomTool, number: int = 1) -> ToolVersion:
    return ToolVersion.objects.get(tool=tool, number=number)


def acts(tenant: Tenant) -> list[str]:
    rows = AuditEntry.objects.filter(tenant=tenant, actor="operator:olivia").exclude(action="viewed")
    return list(rows.order_by("id").values_list("action", flat=True))


def fields_with_errors(page: str) -> dict[str, str]:
    """What is said beside which label."""
    parts = re.findall(r'(?s)<(?:p|div) class="memory-field[^"]*memory-field--wrong.*?role="alert">(.*?)</span>', page)
    labels = re.findall(r"(?s)memory-field--wrong.*?<label[^>]*>\s*(.*?)\s*(?:<span.*?)?</label>", page)
    return {text_of(label).strip(): text_of(part) for label, part in zip(labels, parts, strict=True)}


# --- Writing ----------------------------------------------------------------------------------------------------------


def test_a_tool_is_written_tested_made_live_and_taken_back(acme: Tenant, olivia: Client) -> None:
    tool = made(acme, olivia)
    first = version(tool)
    assert (first.source, first.state, first.origin) == (GREETING, "draft", "operator:olivia")
    refused = olivia.post(url("live", tool.pk, 1), follow=True).text
    assert "its self-test has not run yet" in refused
    tested = olivia.post(url("test", tool.pk, 1), follow=True).text
    assert "Self-test of version 1: 1 of 1 passed." in tested
    assert version(tool).state == "green"
    assert "version 1 is live" in olivia.post(url("live", tool.pk, 1), follow=True).text.replace("V", "v")
    changed = filled(source=GREETING.replace("Hello", "Good day"))
    assert "Version 2 is saved" in olivia.post(url("edit", tool.pk), changed, follow=True).text
    red = olivia.post(url("test", tool.pk, 2), follow=True).text
    assert "0 of 1 passed" in red
    assert "Good day, Nora!" in red
    assert "Make live" not in red
    expected = json.dumps([{"args": {"name": "Nora"}, "returns": {"greeting": "Good day, Nora!"}}])
    olivia.post(url("edit", tool.pk), {**changed, "tests": expected})
    olivia.post(url("test", tool.pk, 3))
    olivia.post(url("live", tool.pk, 3))
    tool.refresh_from_db()
    assert tool.live_id == version(tool, 3).pk
    assert "Go back to this version" in olivia.get(url("version", tool.pk, 1)).text
    olivia.post(url("live", tool.pk, 1))
    tool.refresh_from_db()
    assert tool.live_id == first.pk
    assert [each for each in acts(acme) if each != "tool.tested"] == [
        *("tool.created", "tool.saved", "tool.went_live", "tool.saved", "tool.saved", "tool.went_live"),
        "tool.went_back",
    ]
    assert Execution.objects.filter(tenant=acme, kind="self_test").count() == 3


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_saved(acme: Tenant, olivia: Client) -> None:
    wrong = filled(
        name="greet",
        source="def run(args):\n    return 1\n",
        schema='{"type": "object",\n "properties": {,}}',
        hosts="http://127.0.0.1",
        credentials="mls other.example.com",
        seconds="1000",
    )
    page = olivia.post(url("new", acme.pk), wrong).text
    told = fields_with_errors(page)
    assert told.keys() == {"Arguments"}, "what is no JSON is said before the rest is looked at"
    assert "Line 2" in told["Arguments"]
    page = olivia.post(url("new", acme.pk), {**wrong, "schema": '{"type": "array"}'}).text
    told = fields_with_errors(page)
    assert {*told} == {"Python", "Arguments", "Hosts that it may reach", "Seconds at most"}
    assert "two arguments" in told["Python"]
    assert "def run(args):" in page, "what was typed is still there"
    assert not CustomTool.objects.exists()


def test_the_same_again_is_no_new_version_and_a_taken_name_no_other_version(acme: Tenant, olivia: Client) -> None:
    tool = made(acme, olivia)
    assert "Nothing differs from version 1" in olivia.post(url("edit", tool.pk), filled(), follow=True).text
    taken = olivia.post(url("new", acme.pk), filled(name="greet", description="Another")).text
    assert "There is a tool of this name" in taken
    assert ToolVersion.objects.count() == 1


def test_two_versions_are_compared_in_all_that_they_say(acme: Tenant, olivia: Client) -> None:
    tool = made(acme, olivia)
    olivia.post(url("edit", tool.pk), filled(source=GREETING.replace("Hello", SCRIPT), hosts="api.example.com"))
    page = olivia.get(url("compare", tool.pk), {"from": 1, "to": 2}).text
    assert SCRIPT not in page
    assert "<del>Hello</del>" in page
    assert "api.example.com" in page
    assert ">Arguments<" not in page, "what is the same in both is left out"
    for asked in ({"from": "x"}, {"from": "9" * 30}, {"to": "7"}):
        assert olivia.get(url("compare", tool.pk), asked).status_code == 404


def test_switching_off_and_deleting_are_noted(acme: Tenant, olivia: Client) -> None:
    tool = made(acme, olivia)
    olivia.post(url("disable", tool.pk))
    assert not CustomTool.objects.get().enabled
    olivia.post(url("enable", tool.pk))
    assert CustomTool.objects.get().enabled
    assert "goes with all its versions" in olivia.get(url("remove", tool.pk)).text
    olivia.post(url("remove", tool.pk))
    assert not ToolVersion.objects.exists()
    assert acts(acme)[2:] == ["tool.disabled", "tool.enabled", "tool.deleted"]


@pytest.mark.parametrize("verb", ["test", "live"])
def test_no_button_works_by_a_link(verb: str, acme: Tenant, olivia: Client) -> None:
    tool = made(acme, olivia)
    assert olivia.get(url(verb, tool.pk, 1)).status_code == 405


def test_the_right_to_see_is_not_the_right_to_run(acme: Tenant, trainee: Client) -> None:
    tool = tool_of(acme)
    user = User.objects.get(username="trainee")
    user.user_permissions.set(Permission.objects.filter(codename="view_customtool"))
    for page in (page_url(tool), url("version", tool.pk, 1), url("compare", tool.pk), url("sandbox")):
        assert trainee.get(page).status_code == 200
    assert "Run self-test" not in trainee.get(page_url(tool)).text
    for verb, args in (("test", [1]), ("live", [1]), ("try", [1]), ("edit", []), ("disable", []), ("remove", [])):
        assert trainee.post(url(verb, tool.pk, *args), filled()).status_code == 403
    assert trainee.post(url("new", acme.pk), filled(name="other")).status_code == 403
    assert trainee.get(list_url("tooling.execution")).status_code == 403


# --- Trying -----------------------------------------------------------------------------------------------------------

EVERYTHING = {
    "type": "object",
    "properties": {
        "town": {"type": "string", "maxLength": 50},
        "rooms": {"type": "integer", "minimum": 1},
        "price": {"type": "number"},
        "garden": {"type": "boolean"},
        "sort": {"enum": ["price", "size", 3]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "years": {"type": "array", "items": {"type": "integer"}},
        "near": {"type": "object", "properties": {"lat": {"type": "number"}}},
    },
    "required": ["town", "rooms"],
}
GIVEN = {
    "arg_town": "Porto",
    "arg_rooms": "3",
    "arg_price": "1.5",
    "arg_garden": "false",
    "arg_sort": "3",
    "arg_tags": "new\r\n sunny \r\n",
    "arg_years": "2001\r\n2002",
    "arg_near": '{"lat": 41.1}',
}


def test_a_form_from_the_schema_gives_the_script_what_it_says(acme: Tenant, olivia: Client) -> None:
    source = 'import sys\nprint("looking")\nprint("hm", file=sys.stderr)\nreturn {"args": args}'
    tool = install(acme, source, schema=EVERYTHING, tests=[{"args": {"town": "Faro", "rooms": 2, "garden": True}}])
    asked = olivia.get(url("try", tool.pk, 1)).text
    assert 'value="Faro"' in asked
    assert '<option value="true" selected>yes</option>' in asked
    page = olivia.post(url("try", tool.pk, 1), GIVEN).text
    result = re.search(r'(?s)aria-label="Result">(.*?)</pre>', page)
    assert result, text_of(page)
    assert json.loads(result.group(1).replace("&quot;", '"')) == {
        "args": {
            "town": "Porto",
            "rooms": 3,
            "price": 1.5,
            "garden": False,
            "sort": 3,
            "tags": ["new", "sunny"],
            "years": [2001, 2002],
            "near": {"lat": 41.1},
        }
    }
    assert "looking" in page
    assert ">hm" in page
    assert "an endless loop: timeout" in page, "the layers that held"
    run = Execution.objects.get(tenant=acme)
    assert (run.kind, run.outcome, run.version_id) == ("try", "ok", tool.live_id)
    assert acts(acme)[-1] == "tool.tried"


def test_arguments_that_do_not_fit_are_told_beside_their_fields(acme: Tenant, olivia: Client) -> None:
    tool = install(acme, "return 1", schema=EVERYTHING, tests=[{"args": {"town": "Faro", "rooms": 2}}])
    wrong = {**GIVEN, "arg_town": "x" * 60, "arg_rooms": "", "arg_near": "{"}
    told = fields_with_errors(olivia.post(url("try", tool.pk, 1), wrong).text)
    assert {*told} == {"near"}
    told = fields_with_errors(olivia.post(url("try", tool.pk, 1), {**wrong, "arg_near": ""}).text)
    assert {*told} == {"town", "rooms"}
    assert told["rooms"] == "It is missing."
    assert not Execution.objects.exists()


def test_a_failed_try_shows_the_traceback_and_what_claude_would_read(acme: Tenant, olivia: Client) -> None:
    tool = install(acme, 'raise ValueError("no such listing")')
    page = text_of(olivia.post(url("try", tool.pk, 1), {}).text)
    assert "failed" in page
    assert "The tool did not succeed." in page
    assert "Traceback" in page
    run = Execution.objects.get(tenant=acme)
    assert (run.outcome, run.kind) == ("error", "try")
    assert "ValueError" in olivia.get(page_url(run)).text


def test_real_credentials_are_given_only_when_asked_for_and_shown_never(acme: Tenant, olivia: Client) -> None:
    source = 'return {"is_real": context.secrets["mls"].startswith("EAAG"), "value": context.secrets["mls"]}'
    olivia.post(
        reverse("admin:tooling_credential_new", args=[acme.pk]), {"name": "mls", "kind": "bearer", "value": TOKEN}
    )
    tool = install(acme, source, credentials=[{"name": "mls"}])
    made_up = olivia.post(url("try", tool.pk, 1), {}).text
    assert "&quot;is_real&quot;: false" in made_up
    real = olivia.post(url("try", tool.pk, 1), {"real_credentials": "on"}).text
    assert "&quot;is_real&quot;: true" in real
    assert TOKEN not in real
    assert "credential.used" in AuditEntry.objects.filter(tenant=acme).values_list("action", flat=True)


# --- Runs -------------------------------------------------------------------------------------------------------------


def test_runs_are_narrowed_by_tool_outcome_kind_and_time(acme: Tenant, globex: Tenant, olivia: Client) -> None:
    tool_of(acme, "lookup")
    now = datetime.now(UTC)
    for tenant, name, outcome, at in (
        (acme, "lookup", "ok", now),
        (acme, "current_time", "timeout", now),
        (acme, "lookup", "killed", now - timedelta(days=12)),
        (globex, "lookup", "refused", now),
    ):
        ran(tenant, name, outcome, error="" if outcome == "ok" else f"It {outcome}", started_at=at)
    of_acme = {BY_TENANT: str(acme.pk)}

    def outcomes(**asked: str) -> set[str]:
        page = olivia.get(list_url("tooling.execution"), asked).text
        assert SCRIPT not in page
        return {each.outcome for each in Execution.objects.all() if page_url(each) in page}

    assert outcomes() == {"error", "ok", "timeout", "refused", "killed"}, "by their ids, which are of today"
    assert outcomes(**of_acme) == {"error", "ok", "timeout"}
    assert outcomes(**of_acme, since="ever") == {"error", "ok", "timeout", "killed"}
    assert outcomes(**of_acme, tool="lookup") == {"error", "ok"}
    assert outcomes(outcome__exact="refused") == {"refused"}
    assert outcomes(kind__exact="try") == set()
    assert outcomes(q="globex") == {"refused"}
    assert outcomes(q="killed") == set(), "no search goes through the words of all tenants' runs"
    assert outcomes(q="it timeout", **of_acme) == {"timeout"}
    assert "tool=lookup" in olivia.get(list_url("tooling.execution"), of_acme).text


def test_charts_count_calls_and_what_they_took(acme: Tenant, globex: Tenant, olivia: Client) -> None:
    tool = install(acme, "return 1")
    now = datetime(2026, 5, 20, 12, 30, tzinfo=UTC)
    for ms, outcome, hours in ((100, "ok", 1), (300, "ok", 1), (900, "error", 3), (50, "ok", 30), (70, "ok", 24 * 20)):
        ran(acme, tool.name, outcome, ms=ms, started_at=now - timedelta(hours=hours))
    ran(globex, tool.name, "error", started_at=now)
    charts = {days: chart_of(acme.pk, tool.name, days, now) for days in ("1", "7", "30")}
    assert {days: (each.whole.runs, each.whole.done) for days, each in charts.items()} == {
        "1": (3, 2),
        "7": (4, 3),
        "30": (5, 4),
    }
    day = charts["1"]
    assert [len(each.bars) for each in charts.values()] == [24, 28, 30]
    assert (day.whole.median, day.whole.slow, day.slowest, day.most_runs) == (300, 900, 900, 2)
    [early, late] = [bar for bar in day.bars if bar.figures.runs]
    assert (early.starts_at.hour, early.figures.failed, early.failed_high) == (9, 1, 50.0)
    assert (late.starts_at.hour, late.figures.runs, late.done_high, late.figures.slow) == (11, 2, 100.0, 300)
    assert day.median_line.count("M") == 2, "a gap is no line"
    ran(acme, tool.name, "ok", ms=100)
    page = olivia.get(page_url(tool), {"days": "1"}).text
    assert "100.0 % done, of 1 call" in text_of(page)
    assert "<td>100 ms</td>" in page
    assert "<rect" in page


# --- The sandbox ------------------------------------------------------------------------------------------------------


def test_the_index_says_whether_the_sandbox_holds(acme: Tenant, olivia: Client, monkeypatch: Any) -> None:
    from tooling.sandbox import probe

    assert "The sandbox holds." in olivia.get(list_url("tooling.customtool")).text
    layers = olivia.get(url("sandbox")).text
    for name in ("network namespace", "system calls", "deadline"):
        assert name in layers
    broken = probe.Layer(name="launcher", works=False, stopped="bubblewrap is missing", how_to_get="install bubblewrap")
    monkeypatch.setattr(probe, "check", lambda: [broken])
    monkeypatch.setattr(probe, "_known", probe._Known())
    assert "The sandbox is not complete" in olivia.get(list_url("tooling.customtool")).text
    tool = install(acme, "return 1")
    assert "install bubblewrap" in olivia.post(url("test", tool.pk, 1), follow=True).text
    assert "It did not run." in olivia.post(url("try", tool.pk, 1), {}).text
    assert not Execution.objects.exists()
