"""The frozen values that travel between the Claude client, the loop and whoever stores a turn. No Django, no SDK.

Blocks and messages stay the JSON objects of the Messages API: they must go back exactly as they came.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

Block = dict[str, Any]
Message = dict[str, Any]
Offer = Mapping[str, Any]  # JSON, see `tooling.offers`

RunOutcome = Literal["ok", "error", "timeout", "killed", "refused", "unknown"]

ErrorKind = Literal[
    "overloaded",
    "rate_limited",
    "server",
    "timeout",
    "connection",
    "spend_limit",
    "bad_key",
    "invalid_request",
    "context_full",
]


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Tokens of one or more replies, as billed: the five counts are disjoint and priced apart."""

    input_tokens: int = 0  # neither read from nor written to the cache
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cache_read_tokens=self.cache_read_tokens + other.cache_read_tokens,
            cache_write_5m_tokens=self.cache_write_5m_tokens + other.cache_write_5m_tokens,
            cache_write_1h_tokens=self.cache_write_1h_tokens + other.cache_write_1h_tokens,
        )

    @property
    def prompt_tokens(self) -> int:
        return self.input_tokens + self.cache_read_tokens + self.cache_write_5m_tokens + self.cache_write_1h_tokens

    @property
    def total_tokens(self) -> int:
        return self.prompt_tokens + self.output_tokens

    @property
    def fresh_tokens(self) -> int:
        """What was not read from the cache: the part that a runaway turn grows by."""
        return self.total_tokens - self.cache_read_tokens

    def to_json(self) -> dict[str, int]:
        return {
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cache_read_tokens": self.cache_read_tokens,
            "cache_write_5m_tokens": self.cache_write_5m_tokens,
            "cache_write_1h_tokens": self.cache_write_1h_tokens,
        }


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One answer of the model.

    `content` holds the blocks exactly as received. `unreadable` names the tool_use blocks whose arguments were cut or
    are not JSON; their `input` is {} and they must not run.
    """

    content: list[Block]
    stop_reason: str
    stop_details: dict[str, Any] | None = None
    usage: Usage = field(default_factory=Usage)
    model: str = ""
    request_id: str = ""
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    id: str  # the tool_use id, unique within a conversation
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Ran:
    """How a call went, for those who look after the tools: see `tooling.models.Execution`. Claude never sees it."""

    outcome: RunOutcome
    error: str = ""  # redacted; may hold a traceback
    ms: int = 0
    result_bytes: int = 0
    requests: Sequence[Mapping[str, Any]] = ()  # what a script asked of the network, without bodies


@dataclass(frozen=True, kw_only=True)
class ToolResult:
    """What Claude reads of a call, and `offers`, which it does not: what goes out to the person with the answer.

    `from_outside`: it holds words that nobody of the business wrote. `ran`: how it went, where the tool itself knows
    more than that it failed or not.
    """

    content: str | list[Block]
    is_error: bool = False
    offers: Sequence[Offer] = ()
    from_outside: bool = False
    ran: Ran | None = None


@dataclass(frozen=True, kw_only=True)
class UserStep:
    """A user message exactly as it is sent."""

    kind: ClassVar[Literal["user"]] = "user"
    message: Message

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "message": self.message}


@dataclass(frozen=True, kw_only=True)
class AssistantStep:
    """A reply, or the closing words that our own code writes for one (see `close_history`; its `model` is "")."""

    kind: ClassVar[Literal["assistant"]] = "assistant"
    reply: Reply

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "content": self.reply.content,
            "stop_reason": self.reply.stop_reason,
            "stop_details": self.reply.stop_details,
            "usage": self.reply.usage.to_json(),
            "model": self.reply.model,
            "request_id": self.reply.request_id,
            "unreadable": list(self.reply.unreadable),
        }


@dataclass(frozen=True, kw_only=True)
class ToolStartedStep:
    """Written before a tool runs: without its result, what the tool did is unknown."""

    kind: ClassVar[Literal["tool_started"]] = "tool_started"
    tool_use_id: str
    name: str
    arguments: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "tool_use_id": self.tool_use_id, "name": self.name, "arguments": self.arguments}


@dataclass(frozen=True, kw_only=True)
class ToolResultStep:
    """What the model is told of a call, and what goes out because of it. One without a `tool_started` never ran."""

    kind: ClassVar[Literal["tool_result"]] = "tool_result"
    tool_use_id: str
    content: str | list[Block]
    is_error: bool = False
    offers: Sequence[Offer] = ()
    from_outside: bool = False

    def to_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {
            "kind": self.kind,
            "tool_use_id": self.tool_use_id,
            "content": self.content,
            "is_error": self.is_error,
        }
        if self.offers:
            told["offers"] = list(self.offers)
        return told | {"from_outside": True} if self.from_outside else told


Step = UserStep | AssistantStep | ToolStartedStep | ToolResultStep


def step_from_json(data: Mapping[str, Any]) -> Step:
    """The step that `to_json` described; raises ValueError for an unknown kind and KeyError for a missing part."""
    match data["kind"]:
        case "user":
            return UserStep(message=data["message"])
        case "assistant":
            reply = Reply(
                content=data["content"],
                stop_reason=data["stop_reason"],
                stop_details=data["stop_details"],
                usage=Usage(**data["usage"]),
                model=data["model"],
                request_id=data["request_id"],
                unreadable=tuple(data["unreadable"]),
            )
            return AssistantStep(reply=reply)
        case "tool_started":
            return ToolStartedStep(tool_use_id=data["tool_use_id"], name=data["name"], arguments=data["arguments"])
        case "tool_result":
            return ToolResultStep(
                tool_use_id=data["tool_use_id"],
                content=data["content"],
                is_error=data["is_error"],
                offers=tuple(data.get("offers", ())),
                from_outside=data.get("from_outside", False),
            )
        case kind:
            raise ValueError(f"unknown kind of step: {kind!r}")


def dumps(step: Step) -> str:
    """The step as one line of ASCII, safe in a text column: NUL and lone surrogates stand as escapes.

    Not for a jsonb column: that refuses both and sorts the keys, and sorted keys are another prompt to the cache.
    """
    return json.dumps(step.to_json(), ensure_ascii=True, separators=(",", ":"))


def loads(line: str) -> Step:
    return step_from_json(json.loads(line))


class ClaudeError(Exception):
    """A call to Claude that gave no usable reply.

    `permanent`: asking again the same way cannot help. `retry_after`: seconds the service asked to wait. `usage_seen`:
    what the service had reported before a stream broke; what was billed beyond that is unknown. `outcome_unknown`: the
    request may have reached the service, and nothing at all is known of what it did. `detail` is the service's own
    wording, for operators only: it may quote the request, so it stays out of `str(error)` and of logs.
    """

    def __init__(
        self,
        kind: ErrorKind,
        message: str,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        status: int | None = None,
        error_code: str = "",
        request_id: str = "",
        usage_seen: Usage | None = None,
        outcome_unknown: bool = False,
        detail: str = "",
    ) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message
        self.permanent = permanent
        self.retry_after = retry_after
        self.status = status
        self.error_code = error_code
        self.request_id = request_id
        self.usage_seen = usage_seen
        self.outcome_unknown = outcome_unknown
        self.detail = detail
