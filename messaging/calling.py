"""A call of a tool in a turn: whether it may run, the run, and what is kept of it."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Literal

from django.db import connection
from django.utils import timezone

from memory.authors import FROM_OUTSIDE
from messaging import authority, confirming
from messaging.recorder import Recorder
from messaging.runs import Made, words_of
from messaging.sending import ALLOWED, CALL_ID
from messaging.turn_begin import Plan
from tenants_app.faults import fault
from tooling.registry import ToolContext
from tooling.types import Ran, ToolCall, ToolResult


class Caller:
    """Runs the calls of one turn, several at once in threads of their own."""

    def __init__(self, plan: Plan, recorder: Recorder, context: ToolContext) -> None:
        self._plan = plan
        self._recorder = recorder
        self._context = context

    def __call__(self, call: ToolCall) -> ToolResult:
        fault("before_tool")
        try:
            return self._run(call)
        finally:
            connection.close()
            fault("after_tool")

    def _run(self, call: ToolCall) -> ToolResult:
        plan = self._plan
        steps = list(self._recorder.steps)
        tainted = authority.is_tainted(plan, steps)
        began_at, began = timezone.now(), time.monotonic()
        refused = authority.why_not(plan, call, tainted=tainted, steps=steps)
        if refused is not None:
            self._recorder.made[call.id] = Made(ran=ran_of(refused, "refused"), began_at=began_at, tainted=tainted)
            return refused
        allowed = confirming.is_made_by_code(plan, call)  # word by word: then it is the owner's own
        extras = {FROM_OUTSIDE: tainted and not allowed, CALL_ID: call.id, ALLOWED: allowed}
        context = replace(self._context, extras=extras)
        result = plan.toolbox.call(call.name, call.arguments, context)
        ran = ran_of(result, "error" if result.is_error else "ok")
        ran = replace(ran, ms=ran.ms or round((time.monotonic() - began) * 1000))
        self._recorder.made[call.id] = Made(ran=ran, began_at=began_at, tainted=tainted)
        return result


def ran_of(result: ToolResult, otherwise: Literal["ok", "error", "refused"]) -> Ran:
    """How it went, where the tool said nothing of it as far as the result shows it."""
    ran = result.ran or Ran(outcome=otherwise, error=words_of(result) if result.is_error else "")
    return ran if ran.result_bytes else replace(ran, result_bytes=size_of(result))


def size_of(result: ToolResult) -> int:
    content = result.content if isinstance(result.content, str) else json.dumps(result.content)
    return len(content.encode("utf-8", "replace"))
