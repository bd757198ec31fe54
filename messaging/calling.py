"""A call of a tool in a turn: whether it may run, the run, and what is kept of it."""

from __future__ import annotations

from dataclasses import replace

from django.db import connection

from memory.authors import FROM_OUTSIDE
from messaging import authority, outside
from messaging.recorder import Recorder
from messaging.turn_begin import Plan
from tenants_app.faults import fault
from tooling.registry import ToolContext
from tooling.types import ToolCall, ToolResult


class Caller:
    """Runs the calls of one turn."""

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
        tainted = plan.session is not None and outside.has_come(plan.session, self._recorder.steps)
        refused = authority.why_not(plan, call, tainted=tainted)
        if refused is not None:
            return refused
        context = replace(self._context, extras={FROM_OUTSIDE: tainted})
        return plan.toolbox.call(call.name, call.arguments, context)
