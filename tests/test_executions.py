"""Every call of a tool in a turn is one row, written with its result, and with nothing of what anybody said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone

from messaging import runs as turn_runs
from messaging import turns, work
from messaging.calling import Caller
from messaging.models import Session, Turn, TurnStep, Work
from messaging.recorder import Recorder
from messaging.work import LeaseLost
from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope
from tests.house import House
from tests.tenant_tools import install, runs
from tests.test_answers import uses
from tests.test_turns import set_tenant
from tooling.executions import hash_of, record
from tooling.models import CustomTool, Execution
from tooling.registry import ToolContext, ToolError, registry
from tooling.types import Ran, Step, ToolResult, ToolResultStep

PRIVATE = "Íñigo's divorce"


@pytest.fixture
def tools() -> Iterator[None]:
    """Built-in tools that work, fail and bring words from outside."""

    @registry.tool(name="ask_around")
    def ask_around(context: ToolContext, word: str = "") -> ToolResult:
        """Ask around."""
        return ToolResult(content="Somebody said so.", from_outside=True)

    @registry.tool(name="mislay")
    def mislay(context: ToolContext, word: str = "") -> str:
        """Fail."""
        raise ToolError(f"There is no “{word}” in 4 places.")

    @registry.tool(name="stumble")
    def stumble(context: ToolContext) -> str:
        """Break."""
        raise KeyError(PRIVATE)

    yield
    for name in ("ask_around", "mislay", "stumble"):
        del registry._tools[name]


def asks(house: House, *answers: dict[str, Any]) -> None:
    house.script(*answers)
    house.says("go on")
    house.work()


def several(*calls: dict[str, Any]) -> dict[str, Any]:
    return {"content": [block for call in calls for block in call["content"]]}


def test_a_call_is_one_row_that_says_where_when_and_how(house: House, tools: None) -> None:
    before = timezone.now()
    asks(house, uses("ask_around", word=PRIVATE), {"text": "So they say."})
    (run,) = runs(house.tenant)
    with tenant_scope(house.tenant):
        turn, session = Turn.objects.get(), Session.objects.get()
        call_id = TurnStep.objects.get(kind="tool_started").content["tool_use_id"]
    assert (run.kind, run.name, run.outcome, run.role) == ("tool", "ask_around", "ok", "owner")
    assert (run.turn_id, run.session_id, run.conversation_id) == (turn.pk, session.pk, turn.conversation_id)
    assert (run.call_id, run.arguments_hash) == (call_id, hash_of({"word": PRIVATE}))
    assert (run.version, run.number, run.signature, run.error) == (None, 0, "", "")
    assert run.result_bytes == len("Somebody said so.")
    assert before <= run.started_at <= timezone.now()
    assert not run.tainted


def test_what_follows_on_words_from_outside_is_marked(house: House, tools: None) -> None:
    asks(house, uses("ask_around"), uses("current_time"), {"text": "So."})
    assert [(run.name, run.tainted) for run in runs(house.tenant)] == [("ask_around", False), ("current_time", True)]


def test_a_failure_has_a_signature_and_no_words(house: House, tools: None) -> None:
    asks(house, uses("mislay", word=PRIVATE), uses("stumble"), uses("mislay", wrong=1), {"text": "Sorry."})
    failed, broke, refused = runs(house.tenant)
    assert (failed.outcome, failed.signature, failed.error) == ("error", "There is no <text> in <n> places.", "")
    assert (broke.outcome, broke.signature) == ("error", "KeyError in the product's code")
    assert (refused.outcome, refused.signature) == (
        "refused",
        "The arguments are wrong, nothing was done. wrong: Extra inputs are not permitted",
    )
    with tenant_scope(house.tenant):
        assert PRIVATE not in str(list(Execution.objects.values()))


def test_calls_at_once_are_a_row_each(house: House, tools: None) -> None:
    calls = [uses("ask_around", word=str(number)) for number in range(6)]
    asks(house, several(*calls, uses("current_time")), {"text": "So."})
    assert sorted(run.arguments_hash for run in runs(house.tenant, name="ask_around")) == sorted(
        hash_of({"word": str(number)}) for number in range(6)
    )
    assert len(runs(house.tenant)) == 7


def test_what_a_limit_or_the_role_keeps_from_running_is_refused(house: House, tools: None, settings: Any) -> None:
    settings.TURN_MAX_TOOL_CALLS = 1
    asks(house, several(uses("current_time"), uses("ask_around")), {"text": "So."})
    settings.TURN_MAX_TOOL_CALLS = 40
    asks(house, uses("no_such_tool"), {"text": "So."})
    found = {run.name: run.outcome for run in runs(house.tenant)}
    assert found == {"current_time": "ok", "ask_around": "refused", "no_such_tool": "refused"}


def test_a_call_whose_worker_died_is_unknown_and_the_row_comes_with_the_result(
    house: House, tools: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = Recorder.__call__

    def die(recorder: Recorder, step: Step) -> None:
        if isinstance(step, ToolResultStep):
            raise LeaseLost("killed")
        record(recorder, step)

    house.script(uses("ask_around", word="x"), {"text": "Nobody knows."})
    house.says("go on")
    claim = work.claim_next(Work.Kind.TURN)
    assert claim is not None
    with monkeypatch.context() as patched:
        patched.setattr(Recorder, "__call__", die)
        turns.run_turn(claim)
    assert runs(house.tenant) == []
    work.give_back(claim)
    house.work()
    (run,) = runs(house.tenant)
    assert (run.outcome, run.role, run.arguments_hash) == ("unknown", "owner", hash_of({"word": "x"}))


def test_a_turn_that_is_given_up_leaves_its_cut_off_call_as_unknown(
    house: House, tools: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.script(uses("ask_around"), {"text": "never said"})
    house.says("go on")
    claim = work.claim_next(Work.Kind.TURN)
    assert claim is not None
    with monkeypatch.context() as patched:
        patched.setattr(Caller, "__call__", lambda *_: (_ for _ in ()).throw(LeaseLost("killed")))
        turns.run_turn(claim)
    with tenant_scope(house.tenant):
        Turn.objects.update(claims=1000)
    work.give_back(claim)
    house.work()
    assert [(run.name, run.outcome) for run in runs(house.tenant)] == [("ask_around", "unknown")]


def test_a_step_that_is_not_written_has_no_row(house: House, tools: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database goes away between the two: both are written by the second try, once."""
    tried: list[str] = []
    keep: Callable[..., None] = turn_runs.keep

    def keep_and_break(*arguments: Any, **more: Any) -> None:
        keep(*arguments, **more)
        if isinstance(arguments[3][-1], ToolResultStep) and not tried:
            tried.append("broke")
            from django.db import connection

            connection.connection.close()

    monkeypatch.setattr(turn_runs, "keep", keep_and_break)
    asks(house, uses("ask_around"), {"text": "So."})
    assert (tried, [run.name for run in runs(house.tenant)]) == (["broke"], ["ask_around"])
    assert house.sent() == ["So."]


def test_no_other_tenant_sees_a_run(house: House, tools: None) -> None:
    from tests.fixtures import make_tenant

    asks(house, uses("current_time"), {"text": "So."})
    set_tenant(house, name="Acme")
    assert len(runs(house.tenant)) == 1
    assert runs(make_tenant("globex")) == []


def test_a_run_is_kept_though_its_tool_was_deleted_meanwhile(acme: Tenant) -> None:
    version = install(acme, "return 1", "gone").live
    assert version is not None
    with tenant_scope(acme):
        CustomTool.objects.all().delete()
        record(acme.pk, kind=Execution.Kind.TOOL, name="gone", ran=Ran(outcome="ok"), version_id=version.pk, number=1)
    [run] = runs(acme)
    assert (run.name, run.number, run.version_id) == ("gone", 1, None)
