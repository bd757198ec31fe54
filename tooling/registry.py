"""The tools that Claude may be offered: typed functions, registered by a decorator in each app's `tools.py`.

A tool's docstring and signature become its schema. Bad arguments and failures are results the model reads, never
exceptions. The role decides what is in the request, and is checked again when a call comes in.
"""

from __future__ import annotations

import inspect
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, Protocol

from tooling.schema import BadArgumentsError, Signature
from tooling.types import Block, Offer, Ran, RunOutcome, ToolResult

logger = logging.getLogger(__name__)

Role = Literal["owner", "staff", "customer"]
Effect = Literal["none", "notes", "outward", "spends", "deletes", "identity"]
Autonomy = Literal["auto", "confirm", "owner"]
Returned = str | list[Block] | ToolResult

ROLES: tuple[Role, ...] = ("owner", "staff", "customer")
CHANGES: frozenset[Effect] = frozenset({"outward", "spends", "deletes"})  # for which the person gets a receipt

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
FAILED = "The tool failed unexpectedly. Whether it had any effect is unknown. Say so plainly; do not simply try again."


class ToolError(Exception):
    """A failure whose message the model may read and repeat to the person: what was wrong and what to do.

    `from_outside`: it quotes words that nobody of the business wrote.
    """

    def __init__(self, message: str, *, from_outside: bool = False) -> None:
        super().__init__(message)
        self.from_outside = from_outside


class KeepFile(Protocol):
    def __call__(self, content: bytes, name: str, mime: str = "") -> Offer:
        """`name` as people see it. `mime` is needed where neither the bytes nor the name tell it."""


def _no_files(content: bytes, name: str, mime: str = "") -> Offer:
    raise ToolError("Files cannot be sent from here.")


@dataclass(frozen=True, kw_only=True)
class ToolContext:
    """For whom and when a tool runs. Everything in it comes from the verified account and sender, never from text.

    `keep_file` stores a file with the tenant's and gives the offer (see `tooling.offers`) that sends it with the
    answer; it raises ToolError for one that cannot be sent.
    """

    tenant_id: str
    conversation_id: str
    contact_id: str
    role: Role
    timezone: str  # IANA name, the tenant's
    language: str  # IETF tag, the contact's where known
    now: datetime  # aware
    turn_id: str
    deadline: float = float("inf")  # by time.monotonic: nothing goes on after it
    keep_file: KeepFile = _no_files
    extras: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


class Arguments(Protocol):
    """What a tool takes."""

    @property
    def schema(self) -> Mapping[str, Any]: ...

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """As keyword arguments of the tool's function; raises BadArgumentsError."""


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A registered tool, or one of a tenant's own.

    `repeatable`: running it twice does the same as once, so an interrupted call may run again. `effect`: what it does
    to the world outside the conversation, for policies: notes (the owner's own records), outward (reaches third
    parties), spends, deletes, identity (alters identity, boundaries or tools). `from_outside`: each of its results
    holds words of nobody in the business, such as a page's; of another tool a single result may say so. `autonomy`:
    whether a call of it waits until the owner has allowed it.
    """

    name: str
    description: str
    roles: frozenset[Role]
    repeatable: bool
    effect: Effect
    function: Callable[..., Returned]
    signature: Arguments
    from_outside: bool = False
    native: Mapping[str, Any] | None = None  # a tool that the model was trained on: all that the request says of it
    autonomy: Autonomy = "auto"
    version: str = ""  # the id of a tenant's own tool's version
    number: int = 0  # that version's

    def definition(self) -> dict[str, Any]:
        """As the Messages API takes it. Not `strict`: that allows few tools a request, and `call` checks anyway."""
        if self.native is not None:
            return dict(self.native)
        return {"name": self.name, "description": self.description, "input_schema": dict(self.signature.schema)}


class Registry:
    def __init__(self) -> None:
        self._tools: dict[str, Tool] = {}

    def tool(
        self,
        *,
        roles: frozenset[Role] = frozenset({"owner", "staff"}),
        repeatable: bool = False,
        effect: Effect = "none",
        name: str | None = None,
        from_outside: bool = False,
        native: Mapping[str, Any] | None = None,
    ) -> Callable[[Callable[..., Returned]], Callable[..., Returned]]:
        """Register the function below as a tool under its own name; see `Tool`.

        Raises TypeError at definition where it has no docstring or an argument has no schema, and ValueError for a
        name that another tool has.
        """

        def register(function: Callable[..., Returned]) -> Callable[..., Returned]:
            self._add(
                Tool(
                    name=name or function.__name__,
                    description=inspect.getdoc(function) or "",
                    roles=roles,
                    repeatable=repeatable,
                    effect=effect,
                    function=function,
                    signature=Signature(function),
                    from_outside=from_outside,
                    native=native,
                )
            )
            return function

        return register

    def _add(self, tool: Tool) -> None:
        if not NAME.fullmatch(tool.name):
            raise ValueError(f"{tool.name!r} is no name for a tool")
        if not tool.description:
            raise TypeError(f"{tool.name}: a tool needs a docstring, which is all that the model knows of it")
        known = self._tools.get(tool.name)
        if known is not None and known.function.__module__ != tool.function.__module__:
            raise ValueError(f"two tools are named {tool.name}")
        self._tools[tool.name] = tool

    def tools_for(self, role: Role) -> list[Tool]:
        """In the order of their names, which is the same in every process: they begin the cached prompt."""
        return sorted((tool for tool in self._tools.values() if role in tool.roles), key=lambda tool: tool.name)

    def definitions(self, role: Role) -> list[dict[str, Any]]:
        return [tool.definition() for tool in self.tools_for(role)]

    def get(self, name: str) -> Tool | None:
        return self._tools.get(name)

    def repeatable(self, name: str) -> bool:
        tool = self._tools.get(name)
        return tool is not None and tool.repeatable

    def call(self, name: str, arguments: Mapping[str, Any], context: ToolContext) -> ToolResult:
        """Run the tool and give its result, whatever happens; never raises for anything the tool does."""
        return run_tool(self._tools.get(name), name, arguments, context)


def run_tool(tool: Tool | None, name: str, arguments: Mapping[str, Any], context: ToolContext) -> ToolResult:
    """The result of a call of this name, whatever happens; never raises for anything the tool does."""
    if tool is None or context.role not in tool.roles:
        return _error(f"There is no tool named {name} here.", "refused")
    result = _result_of(tool, arguments, context)
    return replace(result, from_outside=True) if tool.from_outside else result


def _result_of(tool: Tool, arguments: Mapping[str, Any], context: ToolContext) -> ToolResult:
    try:
        checked = tool.signature.check(arguments)
    except BadArgumentsError as error:
        return _error(f"The arguments are wrong, nothing was done. {error}", "refused")
    try:
        returned = tool.function(context, **checked)
    except ToolError as error:
        return replace(_error(str(error)), from_outside=error.from_outside)
    except (
        Exception
    ) as error:  # the edge between any tool's code and a turn, which must go on; logged with its traceback
        logger.exception("tool.failed", extra={"tool": tool.name, "turn_id": context.turn_id})
        return replace(_error(FAILED), ran=Ran(outcome="error", error=f"{type(error).__name__} in the product's code"))
    return returned if isinstance(returned, ToolResult) else ToolResult(content=returned)


def _error(message: str, outcome: RunOutcome = "error") -> ToolResult:
    return ToolResult(content=message, is_error=True, ran=Ran(outcome=outcome, error=message))


registry = Registry()
tool = registry.tool
tools_for = registry.tools_for
definitions = registry.definitions
call = registry.call
repeatable = registry.repeatable
