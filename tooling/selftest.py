"""A version's self-test: its own examples, run in the sandbox. Green, it may become live; red, it says why not."""

from __future__ import annotations

import json
import math
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.utils import timezone

from tenants_app import audit
from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope
from tooling import credentials, executions, packages, scripts
from tooling.canned import Replies
from tooling.egress import Proxy
from tooling.models import Execution, ToolVersion
from tooling.sandbox.runner import run as run_script
from tooling.sandbox.types import MEBIBYTE, Network, Run, Script
from tooling.types import Ran
from tooling.versions import subject_of

SECONDS = 120.0  # for all tests of a version together
SHOWN = 1000  # characters of a result or an output in the report
NO_TESTS = 'There is no test. Write one at least, such as {"args": {...}, "returns": {...}}.'
NOTHING_HELD = credentials.Held(secrets={}, injections={}, known=())


@dataclass(frozen=True, kw_only=True)
class Case:
    """How one test went: `why` not, and what the script gave."""

    name: str
    passed: bool
    why: str = ""
    outcome: str = ""
    ms: int = 0
    result: str = ""  # as JSON, its beginning
    output: str = ""  # the end of what it printed
    traceback: str = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    passed: bool
    cases: tuple[Case, ...]
    why: str = ""  # it failed as a whole

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def run(tenant: Tenant, version_id: uuid.UUID, *, actor: str) -> Report:
    """Run all tests and keep what came of them. Outside of any scope; raises SandboxMissing, and then keeps nothing.

    A test that asks for the network reaches the tool's real hosts with its real credentials; raises ToolError where one
    of these is missing.
    """
    with tenant_scope(tenant):
        version = ToolVersion.objects.select_related("tool").get(tenant=tenant, pk=version_id)
        has_network = any(test.get("network") for test in version.tests)
        held = credentials.for_version(tenant, version) if has_network else NOTHING_HELD
    report, rans = _tested(tenant, version, held)
    state = ToolVersion.State.GREEN if report.passed else ToolVersion.State.RED
    with tenant_scope(tenant):
        ToolVersion.objects.filter(tenant=tenant, pk=version.pk).update(
            state=state, report=report.to_json(), tested_at=timezone.now()
        )
        for number, (test, ran) in enumerate(zip(version.tests, rans, strict=False), 1):
            executions.record(
                tenant.pk,
                kind=Execution.Kind.SELF_TEST,
                name=version.tool.name,
                ran=ran,
                version_id=version.pk,
                number=version.number,
                call_id=f"test {number}",
                arguments_hash=executions.hash_of(test.get("args", {})),
            )
        detail = {"name": version.tool.name, "number": version.number, "passed": report.passed}
        audit.record(tenant, actor, "tool.tested", subject_of(version.tool), **detail)
    return report


def _tested(tenant: Tenant, version: ToolVersion, held: credentials.Held) -> tuple[Report, list[Ran]]:
    if not version.tests:
        return Report(passed=False, cases=(), why=NO_TESTS), []
    cases, rans = [], []
    until = time.monotonic() + SECONDS
    for number, test in enumerate(version.tests, 1):
        name = str(test.get("name", "") or f"test {number}")[:100]
        if time.monotonic() > until:
            cases.append(Case(name=name, passed=False, why=f"Not run: the tests took more than {SECONDS:.0f} seconds."))
            continue
        case, ran = _case(tenant, version, test, held, name)
        cases.append(case)
        rans.append(ran)
    return Report(passed=all(case.passed for case in cases), cases=tuple(cases)), rans


def _case(
    tenant: Tenant, version: ToolVersion, test: Mapping[str, Any], held: credentials.Held, name: str
) -> tuple[Case, Ran]:
    network, secrets = _around(version, test, held)
    script = script_of(tenant, version, test.get("args", {}), secrets)
    if "now" in test:
        script = replace(script, now=datetime.fromisoformat(test["now"]))
    ended = run_script(script, network, known=held.known)
    why = _why_not(test, ended)
    result = json.dumps(ended.result, ensure_ascii=False) if ended.outcome == "ok" else ""
    case = Case(
        name=name,
        passed=not why,
        why=why,
        outcome=ended.outcome,
        ms=ended.ms,
        result=result[:SHOWN],
        output=(ended.stdout + ended.stderr)[-SHOWN:],
        traceback=ended.traceback[-SHOWN:],
    )
    requests = [asdict(each) for each in network.requests] if isinstance(network, Proxy) else []
    failed = "error" if ended.outcome == "ok" else ended.outcome
    ran = Ran(
        outcome=failed if why else "ok",
        error=case.traceback or case.why if why else "",
        ms=ended.ms,
        result_bytes=len(result),
        requests=requests,
    )
    return case, ran


def script_of(tenant: Tenant, version: ToolVersion, args: Mapping[str, Any], secrets: Mapping[str, str]) -> Script:
    """A call of the version, as the sandbox takes it."""
    return Script(
        source=version.source,
        args=args,
        secrets=secrets,
        now=timezone.now(),
        timezone=tenant.timezone,
        language=tenant.language,
        seconds=version.seconds,
        memory_bytes=version.memory_mb * MEBIBYTE,
        packages=packages.directory(),
    )


def _around(
    version: ToolVersion, test: Mapping[str, Any], held: credentials.Held
) -> tuple[Network | None, Mapping[str, str]]:
    """The way out and the secrets: real ones for a test that asks for the network, else made-up ones."""
    if test.get("network"):
        return scripts.way_out(version.hosts, held, version.seconds), held.secrets
    given = test.get("secrets", {})
    own = [each["name"] for each in version.credentials if not each.get("host")]
    made_up = {name: given.get(name, f"placeholder-{name}") for name in own}
    return (Replies(version.hosts, test["replies"]) if test.get("replies") else None), made_up


def _why_not(test: Mapping[str, Any], ended: Run) -> str:
    """What is otherwise than the test says; "" where nothing is."""
    if "raises" in test:
        if ended.outcome == "ok":
            return f"It should have raised an error with “{test['raises']}”, and returned something."
        if ended.outcome != "error" or test["raises"] not in ended.reason:
            return f"It should have raised an error with “{test['raises']}”: {ended.reason}"
        return ""
    if ended.outcome != "ok":
        return ended.reason or f"It ended with {ended.outcome}."
    return next(iter(_differences(test["returns"], ended.result, "the result")), "") if "returns" in test else ""


def _differences(wanted: Any, got: Any, where: str) -> Iterable[str]:
    """Where `got` lacks what is wanted: objects may have more keys than that, lists not more entries."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        for key, value in wanted.items():
            if key not in got:
                yield f"{where}: {key!r} is missing."
            else:
                yield from _differences(value, got[key], f"{where}.{key}")
    elif isinstance(wanted, list) and isinstance(got, list):
        if len(wanted) != len(got):
            yield f"{where}: there are {len(got)} entries instead of {len(wanted)}."
        for number, (each, other) in enumerate(zip(wanted, got, strict=False)):
            yield from _differences(each, other, f"{where}[{number}]")
    elif not _is_same(wanted, got):
        yield f"{where} is {_short(got)} instead of {_short(wanted)}."


def _is_same(wanted: Any, got: Any) -> bool:
    if {type(wanted), type(got)} <= {int, float}:
        return math.isclose(wanted, got, rel_tol=1e-9)
    return type(wanted) is type(got) and bool(wanted == got)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:200]}…"
