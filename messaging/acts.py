"""What the tools of a turn that was interrupted may have done by then."""

from __future__ import annotations

from collections.abc import Sequence

from messaging.models import Turn, TurnStep
from tooling import registry
from tooling.types import Step, ToolStartedStep, step_from_json


def have_acted(steps: Sequence[Step]) -> bool:
    """Whether a tool began that may have done more than look: then the turn cannot be begun anew from its messages."""
    return any(not only_looks(step) for step in started(steps))


def steps_of(turn: Turn) -> list[Step]:
    """Those that are recorded. Inside the tenant's scope."""
    rows = TurnStep.objects.filter(turn=turn).order_by("number")
    return [step_from_json(row.content) for row in rows]


def may_have_forgotten(steps: Sequence[Step]) -> bool:
    """Whether the turn itself may be why sessions must begin anew: it forgot something, or wrote in the life folder."""
    return any(step.name in ("forget", "memory") and not only_looks(step) for step in started(steps))


def only_looks(step: ToolStartedStep) -> bool:
    if step.name == "memory":
        return step.arguments.get("command") == "view"
    tool = registry.registry.get(step.name)
    return tool is not None and tool.effect == "none" and tool.repeatable


def started(steps: Sequence[Step]) -> list[ToolStartedStep]:
    return [step for step in steps if isinstance(step, ToolStartedStep)]
