"""Whether a call may run now, by what it does, who asked, and whether words from outside had a part in it."""

from __future__ import annotations

from messaging.turn_begin import Plan
from tooling.types import ToolCall, ToolResult


def why_not(plan: Plan, call: ToolCall, *, tainted: bool) -> ToolResult | None:
    """What Claude is told of a call that may not run now; None where it may. Outside of any scope."""
    return None
