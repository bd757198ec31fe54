"""The calls of a turn as they are kept for those who look after the tools: one Execution for each that has a result."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from messaging import outside
from messaging.models import Session, Turn
from tooling import executions
from tooling.history import OUTCOME_UNKNOWN, close_history, started_ids, tool_calls
from tooling.models import Execution
from tooling.registry import Tool
from tooling.toolbox import Toolbox
from tooling.types import AssistantStep, Ran, Step, ToolCall, ToolResult, ToolResultStep

NO_TOOLS = Toolbox()


@dataclass(frozen=True, kw_only=True)
class Made:
    """A call that was made, or refused by the policy, by this worker."""

    ran: Ran
    began_at: datetime
    tainted: bool  # when it began


def keep(
    turn: Turn,
    session: Session | None,
    before: Sequence[Step],
    fresh: Sequence[Step],
    *,
    role: str = "",
    made: Mapping[str, Made] | None = None,
    toolbox: Toolbox = NO_TOOLS,
) -> None:
    """Write the calls down whose results are among the turn's `fresh` steps, in the transaction that writes these.

    `made`: by their tool_use ids. A call that is not there was refused by a limit, or made by a worker that is gone.
    """
    results = {step.tool_use_id: step for step in fresh if isinstance(step, ToolResultStep)}
    if not results:
        return
    steps = [*before, *fresh]
    started = started_ids(steps)
    for call in calls_in(steps):
        if call.id not in results:
            continue
        known = (made or {}).get(call.id)
        ran = known.ran if known is not None else not_made(results[call.id], began=call.id in started)
        where = executions.Where(
            conversation_id=turn.conversation_id,
            session_id=session.pk if session is not None else None,
            turn_id=turn.pk,
            call_id=call.id,
            role=role,
            arguments_hash=executions.hash_of(call.arguments),
            tainted=known.tainted if known is not None else session is not None and outside.has_come(session, before),
        )
        if known is not None:
            where["started_at"] = known.began_at
        put(turn, call, ran, toolbox.get(call.name), where)


def keep_unanswered(turn: Turn, steps: Sequence[Step]) -> None:
    """Those that have no result, of a turn that ends without more than these steps."""
    keep(turn, turn.session, steps, close_history(steps, told=""))


def put(turn: Turn, call: ToolCall, ran: Ran, tool: Tool | None, where: executions.Where) -> None:
    """Whole is kept what a script says of its failure. What our own code tells Claude may quote a person: of that only
    the signature is."""
    is_own = tool is not None and bool(tool.version)
    if tool is not None and is_own:
        where["version_id"], where["number"] = uuid.UUID(tool.version), tool.number
    keep_error = is_own and ran.outcome != "refused"
    executions.record(turn.tenant_id, kind=Execution.Kind.TOOL, name=call.name, ran=ran, keep_error=keep_error, **where)


def calls_in(steps: Sequence[Step]) -> list[ToolCall]:
    return [call for step in steps if isinstance(step, AssistantStep) for call in tool_calls(step.reply)]


def not_made(result: ToolResultStep, *, began: bool) -> Ran:
    if began and result.content == OUTCOME_UNKNOWN:
        return Ran(outcome="unknown", error=OUTCOME_UNKNOWN)
    return Ran(outcome="refused", error=words_of(result))


def words_of(result: ToolResult | ToolResultStep) -> str:
    return result.content if isinstance(result.content, str) else ""
