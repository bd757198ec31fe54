"""Running a version of a tenant's own tool in the sandbox, and what Claude reads of it."""

from __future__ import annotations

import json
import logging
import re
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings

from tenants_app import audit
from tenants_app.scope import tenant_scope
from tooling import credentials, offers, packages
from tooling.credentials import Held
from tooling.egress import Limits, Proxy, RequestLog
from tooling.models import ToolVersion
from tooling.pool import Pool, PoolFull
from tooling.registry import CHANGES, ToolContext
from tooling.sandbox import runner
from tooling.sandbox.types import MEBIBYTE, Run, SandboxMissing, Script
from tooling.types import Offer, Ran, RunOutcome, ToolResult

logger = logging.getLogger(__name__)

LONGEST_RESULT = 20_000  # characters that Claude reads
LONGEST_RECEIPT = 120
SHORTEST_RUN = 1.0  # seconds
OFF = "tools.off"  # the kind of the operators' alert
FULL = "Too many tools are running just now; nothing was done. Try again in a minute."
NO_TIME = "There is no time left in this turn to run the tool; nothing was done. Say so, and offer to try again."
MISSING = (
    "The business's own tools are off on this installation, as its sandbox is not complete; nothing was done. Say so: "
    "whoever runs this assistant finds the reason with manage.py check_sandbox."
)
UNKNOWN = "It may have taken effect all the same: say so plainly, and check before trying it again."
LOOKS = frozenset({"GET", "HEAD", "OPTIONS"})
_LINE = re.compile(r'File "<tool>", line (\d+)')


@dataclass(frozen=True, kw_only=True)
class Done:
    """A run as it may be shown: none of the secrets that it knew is in it."""

    run: Run
    requests: Sequence[RequestLog] = ()


@lru_cache(maxsize=1)
def _pool(places: int, per_tenant: int, queue: int, longest_wait: float) -> Pool:
    return Pool(places=places, per_tenant=per_tenant, queue=queue, longest_wait=longest_wait)


def pool() -> Pool:
    """This process's places for scripts."""
    return _pool(settings.TOOL_RUNS, settings.TOOL_RUNS_PER_TENANT, settings.TOOL_QUEUE, settings.TOOL_QUEUE_SECONDS)


def run_version(version: ToolVersion, arguments: Mapping[str, Any], context: ToolContext) -> ToolResult:
    """Run it as soon as there is a place, within the turn's deadline. Outside of any scope; for a version whose tool
    and tenant are at hand. Raises ToolError where a credential is missing."""
    try:
        with pool().place(version.tenant_id, context.deadline - time.monotonic()):
            with tenant_scope(version.tenant_id):
                held = credentials.for_version(version.tenant, version)
            seconds = min(float(version.seconds), context.deadline - time.monotonic())
            if seconds < SHORTEST_RUN:
                return _refused(NO_TIME)
            return told(version, execute(version, arguments, held, context, seconds=seconds))
    except PoolFull:
        return _refused(FULL)
    except SandboxMissing as missing:
        logger.warning("tool.sandbox_missing", extra={"tenant": str(version.tenant_id), "tool": version.tool.name})
        with tenant_scope(version.tenant_id):
            audit.alert(version.tenant, OFF, f"Tenants' own tools are off: {missing}")
        return _refused(MISSING, str(missing))


def execute(
    version: ToolVersion, arguments: Mapping[str, Any], held: Held, context: ToolContext, *, seconds: float
) -> Done:
    """The run itself, whose outcome, output and log know no secret. Raises SandboxMissing."""
    script = Script(
        source=version.source,
        args=arguments,
        secrets=held.secrets,
        now=context.now,
        timezone=context.timezone,
        language=context.language,
        seconds=seconds,
        memory_bytes=version.memory_mb * MEBIBYTE,
        packages=packages.directory(),
    )
    network = way_out(version.hosts, held, seconds) if version.hosts else None
    run = runner.run(script, network, known=held.known)
    return Done(run=run, requests=network.requests if network is not None else ())


def way_out(hosts: Sequence[str], held: Held, seconds: float) -> Proxy:
    limits = Limits(seconds=seconds)
    return Proxy(allowed=hosts, injections=held.injections, secrets=held.known, limits=limits)


def told(version: ToolVersion, done: Done) -> ToolResult:
    """What Claude reads of a run, the receipt for the person, and what is kept for operators."""
    run, name = done.run, version.tool.name
    changes = version.effect in CHANGES
    text = json.dumps(run.result, ensure_ascii=False, separators=(",", ":"))
    ran = Ran(
        outcome=run.outcome,
        error="" if run.outcome == "ok" else run.traceback or run.reason,
        ms=run.ms,
        result_bytes=len(text.encode()) if run.outcome == "ok" else 0,
        requests=[asdict(request) for request in done.requests],
    )
    if run.outcome == "ok":
        receipts = [receipt_of(name, run.result)] if changes else []
        return ToolResult(content=shortened(text), offers=receipts, ran=ran)
    content = failure_of(done)
    if not (changes and may_have_acted(done)):
        return ToolResult(content=content, is_error=True, ran=ran)
    unknown = offers.receipt("receipt_tool_unknown", tool=name)
    return ToolResult(content=f"{content} {UNKNOWN}", is_error=True, offers=[unknown], ran=ran)


def failure_of(done: Done) -> str:
    """In a few words, what went wrong and where; a traceback is for operators."""
    run = done.run
    line = _LINE.findall(run.traceback)
    where = f" (line {line[-1]} of the tool)" if line and run.outcome == "error" else ""
    refused = dict.fromkeys(f"{each.host} ({each.refused})" for each in done.requests if each.refused and each.host)
    network = f" Not reached as asked: {', '.join(list(refused)[:3])}." if refused else ""
    return f"The tool did not succeed. {run.reason.rstrip('.')}{where}.{network}"


def may_have_acted(done: Done) -> bool:
    """Whether anything left that may do more than look; inside a tunnel nobody knows."""
    return any(request.bytes_out and request.method not in LOOKS for request in done.requests)


def receipt_of(tool: str, result: Any) -> Offer:
    """Under the tool's name, as what it says itself is its own words."""
    words = result.get("receipt") if isinstance(result, dict) else None
    if not isinstance(words, str) or not words.strip():
        return offers.receipt("receipt_tool_done", tool=tool)
    line = " ".join(words.split())
    line = line if len(line) <= LONGEST_RECEIPT else f"{line[: LONGEST_RECEIPT - 1]}…"
    return offers.receipt("receipt_tool", tool=tool, words=line)


def shortened(text: str) -> str:
    if len(text) <= LONGEST_RESULT:
        return text
    return f"{text[:LONGEST_RESULT]}\n[Cut here: the result has {len(text):,} characters. Ask the tool for less.]"


def version_at(tenant_id: uuid.UUID, version_id: str) -> ToolVersion | None:
    """With its tool and tenant, to be run; None where it is gone or its tool was turned off. Outside of any scope."""
    with tenant_scope(tenant_id):
        rows = ToolVersion.objects.select_related("tool", "tenant").defer("tests", "report")
        return rows.filter(pk=version_id, tool__enabled=True).first()


def _refused(message: str, error: str = "", outcome: RunOutcome = "refused") -> ToolResult:
    return ToolResult(content=message, is_error=True, ran=Ran(outcome=outcome, error=error or message))
