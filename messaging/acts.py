"""What the tools of a turn that was interrupted may have done by then."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence

from memory.paths import FRAMEWORK, ROOT, folder_of
from messaging.models import Turn, TurnStep
from tooling import registry
from tooling.history import OUTCOME_UNKNOWN
from tooling.types import Step, ToolResultStep, ToolStartedStep, step_from_json

logger = logging.getLogger(__name__)


def have_acted(steps: Sequence[Step]) -> bool:
    """Whether a tool began that may have done more than look: then the turn cannot be begun anew from its messages."""
    return any(not only_looks(step) for step in started(steps))


def steps_of(turn: Turn) -> list[Step]:
    """Those that are recorded. Inside the tenant's scope."""
    rows = TurnStep.objects.filter(turn=turn).order_by("number")
    return [step_from_json(row.content) for row in rows]


def readable_steps_of(turn: Turn) -> list[Step]:
    """Of a turn that is given up, perhaps because one of them can no longer be read. Inside the tenant's scope."""
    found: list[Step] = []
    for row in TurnStep.objects.filter(turn=turn).order_by("number"):
        try:
            found.append(step_from_json(row.content))
        except (KeyError, TypeError, ValueError) as error:
            told = {"turn": str(turn.pk), "number": row.number, "kind": row.kind, "error": type(error).__name__}
            logger.warning("step.unreadable", extra=told)
    return found


def may_have_forgotten(steps: Sequence[Step], told: Collection[str]) -> bool:
    """Whether the turn itself may be why sessions must begin anew: it forgot something, or wrote what they begin with.

    `told`: the folders whose documents stand in every chat's prompt.
    """
    results = [step for step in steps if isinstance(step, ToolResultStep) and step.content != OUTCOME_UNKNOWN]
    undone = {result.tool_use_id for result in results if result.is_error}
    return any(reaches_prompts(step, told) for step in started(steps) if step.tool_use_id not in undone)


def reaches_prompts(step: ToolStartedStep, told: Collection[str]) -> bool:
    if step.name != "memory" or only_looks(step):
        return step.name == "forget"
    path = str(step.arguments.get("path", "")).removeprefix(ROOT).strip("/")
    return step.arguments.get("command") == "rename" or path == FRAMEWORK or folder_of(path) in told


def only_looks(step: ToolStartedStep) -> bool:
    if step.name == "memory":
        return step.arguments.get("command") == "view"
    tool = registry.registry.get(step.name)
    return tool is not None and tool.effect == "none" and tool.repeatable


def started(steps: Sequence[Step]) -> list[ToolStartedStep]:
    return [step for step in steps if isinstance(step, ToolStartedStep)]
