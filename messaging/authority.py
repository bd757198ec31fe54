"""Whether a call may run now, by what it does, who asked, and whether words from outside had a part in it."""

from __future__ import annotations

from collections.abc import Sequence

from memory.rendering import tells_unverified
from messaging import confirming, effects, outbound, outside, sending
from messaging.policy import Question, Refusal, Why, decide
from messaging.turn_begin import Plan
from tenants_app.scope import tenant_scope
from tooling.history import messages_of
from tooling.registry import Effect, Tool, ToolError
from tooling.schema import BadArgumentsError
from tooling.types import Step, ToolCall, ToolResult

REFUSED = {
    Refusal.OWNER_ONLY: "Not done: only the owner may have this done, and they can say it in a chat of their own.",
    Refusal.IN_GROUP: (
        "Not done: this needs the owner's confirmation, which is asked for in a chat with them alone, not in a group. "
        "Tell them to say it there."
    ),
}


def why_not(plan: Plan, call: ToolCall, *, tainted: bool, steps: Sequence[Step] = ()) -> ToolResult | None:
    """What Claude is told of a call that may not run now; None where it may. Outside of any scope.

    `steps`: the turn's so far. A call that no tool takes runs, as the tool says best what is wrong with it.
    """
    tool = plan.toolbox.get(call.name)
    if tool is None or plan.situation.role not in tool.roles:
        return None
    if confirming.is_made_by_code(plan, call):  # also where its arguments are gone: then it counts no more
        return forbidden(plan, call, tool) or use(plan, call, tool)
    if not is_readable(tool, call):
        return None
    verdict = decide(question(plan, call, tool, tainted=tainted, steps=steps))
    if verdict is None:
        return forbidden(plan, call, tool)
    if isinstance(verdict, Refusal):
        return confirming.refused(REFUSED[verdict])
    return forbidden(plan, call, tool) or ask(plan, call, tool, verdict)


def is_readable(tool: Tool, call: ToolCall) -> bool:
    try:
        tool.signature.check(call.arguments)
    except BadArgumentsError:
        return False
    return True


def question(plan: Plan, call: ToolCall, tool: Tool, *, tainted: bool, steps: Sequence[Step]) -> Question:
    situation = plan.situation
    effect: Effect = tool.effect
    if tool.name == "memory":
        with tenant_scope(plan.tenant):
            effect = effects.memory_effect(plan.tenant, call.arguments)
    elif tool.name == effects.FETCH:
        said = [*plan.history, *messages_of(steps)]
        told = not tainted or effects.was_told(str(call.arguments.get("url", "")), said)
        effect = "none" if told else "outward"  # what the address says would leave with it
    else:
        effect = effects.effect_of(tool, call.arguments, situation.role)
    return Question(
        role=situation.role,
        effect=effect,
        autonomy=tool.autonomy,
        tainted=tainted,
        in_group=situation.conversation.is_group,
        in_quiet_hours=tool.name == sending.NAME and call.arguments.get("in_quiet_hours") is True,
    )


def is_tainted(plan: Plan, steps: Sequence[Step]) -> bool:
    """Whether words that nobody of the business wrote may be behind a call that comes after the turn's `steps`."""
    return (plan.session is not None and outside.has_come(plan.session, steps)) or was_told_unverified(plan)


def was_told_unverified(plan: Plan) -> bool:
    """Whether the prompt holds documents or facts that nobody of the business vouches for."""
    return any(section.group == "folder" and tells_unverified(section.text) for section in plan.sections)


def forbidden(plan: Plan, call: ToolCall, tool: Tool) -> ToolResult | None:
    """Whom the business never writes to is written to by no tool, not even where the owner could allow it."""
    if tool.effect not in ("outward", "spends") or tool.name == sending.NAME:  # which knows whom it writes to
        return None
    found = outbound.forbidden_in(plan.tenant, outbound.strings_in(call.arguments))
    return confirming.refused(outbound.FORBIDDEN.format(who=found)) if found else None


def use(plan: Plan, call: ToolCall, tool: Tool) -> ToolResult | None:
    """What the owner allowed goes to whom they were shown, or not at all."""
    about = ""
    if tool.name == sending.NAME and call.arguments:
        if sending.is_sent(plan.tenant, str(plan.turn.pk), call.id):
            return None  # which tells so
        try:
            about = sending.recipient_in_words(plan.tenant, call.arguments, allowed=True)
        except ToolError as error:
            return confirming.refused(str(error))
    return confirming.use(plan, call, tool, about)


def ask(plan: Plan, call: ToolCall, tool: Tool, why: Why) -> ToolResult:
    about = ""
    if tool.name == sending.NAME:
        try:
            about = sending.recipient_in_words(plan.tenant, call.arguments)
        except ToolError as error:
            return confirming.refused(str(error))
    return confirming.ask(plan, call, tool, why, about)
