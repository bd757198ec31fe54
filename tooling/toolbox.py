"""The tools of one tenant: the built-in ones and its own, in one order and under one rule. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tooling.registry import Registry, Role, Tool, ToolContext, registry, run_tool
from tooling.types import ToolResult


class Toolbox:
    """What a turn may call. A tool of the tenant's own never takes the place of a built-in one."""

    def __init__(self, own: Iterable[Tool] = (), built_in: Registry = registry) -> None:
        self._built_in = built_in
        self._own = {tool.name: tool for tool in own}

    def get(self, name: str) -> Tool | None:
        return self._built_in.get(name) or self._own.get(name)

    def tools_for(self, role: Role) -> list[Tool]:
        """The built-in ones first, which are the same for all, then the tenant's; each in the order of their names."""
        taken = self._built_in.tools_for(role)
        own = [tool for tool in self._own.values() if role in tool.roles and self._built_in.get(tool.name) is None]
        return [*taken, *sorted(own, key=lambda tool: tool.name)]

    def definitions(self, role: Role) -> list[dict[str, Any]]:
        return [tool.definition() for tool in self.tools_for(role)]

    def repeatable(self, name: str) -> bool:
        tool = self.get(name)
        return tool is not None and tool.repeatable

    def call(self, name: str, arguments: Mapping[str, Any], context: ToolContext) -> ToolResult:
        """Run the tool and give its result, whatever happens; never raises for anything the tool does."""
        return run_tool(self.get(name), name, arguments, context)
