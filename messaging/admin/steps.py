"""A turn's steps, made readable: what was said to Claude, what it answered, which tools it used and what they gave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from messaging.admin.readable import pretty, printable
from messaging.models import TurnStep
from tooling.types import AssistantStep, Block, Step, ToolResultStep, ToolStartedStep, Usage, UserStep, step_from_json

TITLES = {"user": "Said to Claude", "assistant": "Claude", "tool_started": "Tool begun", "tool_result": "Tool's result"}
SIGNS = {"user": "person", "assistant": "auto_awesome", "tool_started": "build", "tool_result": "output"}


@dataclass(frozen=True, kw_only=True)
class Piece:
    label: str  # empty: plain words
    text: str
    is_code: bool = False
    folded: bool = False


@dataclass(frozen=True, kw_only=True)
class StepView:
    number: int
    kind: str
    title: str
    sign: str
    at: datetime
    pieces: tuple[Piece, ...]
    failed: bool = False
    note: str = ""
    usage: Usage | None = None
    model: str = ""
    stop_reason: str = ""
    request_id: str = ""
    dollars: Decimal | None = None


def step_views(rows: Iterable[TurnStep], dollars: Mapping[str, Decimal]) -> list[StepView]:
    """`dollars`: what each request to Claude cost. A step of an unknown shape is shown as the JSON that it is."""
    return [view_of(row, dollars) for row in rows]


def view_of(row: TurnStep, dollars: Mapping[str, Decimal]) -> StepView:
    base: dict[str, Any] = {"number": row.number, "kind": row.kind, "at": row.at}
    base |= {"title": TITLES.get(row.kind, row.kind), "sign": SIGNS.get(row.kind, "question_mark")}
    try:
        return StepView(**base, **facts_of(step_from_json(row.content), dollars))
    except (KeyError, TypeError, ValueError, AttributeError):
        raw = Piece(label="as stored", text=pretty(row.content), is_code=True)
        return StepView(**base, pieces=(raw,), note="This version cannot read this step.")


def facts_of(step: Step, dollars: Mapping[str, Decimal]) -> dict[str, Any]:
    match step:
        case UserStep():
            return {"pieces": pieces_of(step.message["content"])}
        case AssistantStep(reply=reply):
            return {
                "pieces": pieces_of(reply.content, unreadable=reply.unreadable),
                "usage": reply.usage if reply.model else None,
                "model": reply.model or "written by the installation",
                "stop_reason": reply.stop_reason,
                "request_id": reply.request_id,
                "dollars": dollars.get(reply.request_id),
                "note": pretty(reply.stop_details) if reply.stop_details else "",
            }
        case ToolStartedStep():
            call = Piece(label=printable(step.name), text=pretty(step.arguments), is_code=True)
            return {"pieces": (call,)}
        case ToolResultStep():
            return {"pieces": pieces_of(step.content), "failed": step.is_error}


def pieces_of(content: str | list[Block], unreadable: Iterable[str] = ()) -> tuple[Piece, ...]:
    if isinstance(content, str):
        return (Piece(label="", text=printable(content)),)
    return tuple(piece_of(block, set(unreadable)) for block in content)


def piece_of(block: Block, unreadable: set[str]) -> Piece:
    match block["type"]:
        case "text":
            text = printable(block["text"])
            is_context = text.startswith("<context>")
            return Piece(label="context" if is_context else "", text=text, folded=is_context)
        case "tool_use":
            cut = ", its arguments cut off" if block["id"] in unreadable else ""
            label = f"asks for the tool {printable(str(block['name']))}{cut}"
            return Piece(label=label, text=pretty(block["input"]), is_code=True)
        case "thinking":
            return Piece(label="thinking", text=printable(str(block.get("thinking", ""))), folded=True)
        case "tool_result":
            return Piece(label="result", text=pretty(block.get("content")), is_code=True)
        case kind:
            return Piece(label=printable(str(kind)), text=pretty(block), is_code=True, folded=True)
