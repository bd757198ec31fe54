"""Words that nobody of the business wrote, in a turn: what is remembered in it is marked as not verified."""

from __future__ import annotations

from collections.abc import Iterable

from messaging.models import Message
from tooling import registry
from tooling.types import Step, ToolStartedStep


def has_come(messages: Iterable[Message], steps: Iterable[Step]) -> bool:
    """Whether something was forwarded, or a tool was used whose results come from outside, such as a page."""
    tools = {step.name for step in steps if isinstance(step, ToolStartedStep)}
    found = (registry.registry.get(name) for name in tools)
    return any(message.forwarded for message in messages) or any(tool and tool.from_outside for tool in found)
