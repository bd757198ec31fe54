"""Answers written beforehand: a queue from which each call takes the first that matches it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulators.anthropic.errors import ApiError
from simulators.anthropic.prompt import FACTS, Block, Prompt
from simulators.anthropic.reply import Draft
from simulators.common import ControlError, matches
from simulators.common.faults import checked_match

STOP_REASONS = (
    "end_turn",
    "max_tokens",
    "stop_sequence",
    "tool_use",
    "pause_turn",
    "refusal",
    "model_context_window_exceeded",
)
_SOURCES = {"content", "text", "echo", "error"}
_FIELDS = _SOURCES | {
    "thinking",
    "stop_reason",
    "stop_sequence",
    "stop_details",
    "delay",
    "chunk_delay",
    "usage",
    "match",
    "times",
}
_NEEDED: dict[str, dict[str, type]] = {
    "text": {"text": str},
    "thinking": {"thinking": str},
    "tool_use": {"name": str, "input": dict},
}


@dataclass(slots=True, eq=False)
class Scripted:
    answer: dict[str, Any]
    match: dict[str, Any] = field(default_factory=dict)
    times: int | None = 1  # None: always

    def draft(self, prompt: Prompt) -> Draft:
        """What to answer; raises the ApiError that was scripted."""
        answer = self.answer
        if (error := answer.get("error")) is not None:
            raise _api_error(error)
        filled = {"last_user": prompt.last_user, "tool_result": "\n".join(r.text for r in prompt.tool_results)}
        content: list[Block] = []
        if "thinking" in answer:
            content.append({"type": "thinking", "thinking": answer["thinking"]})
        if answer.get("echo"):
            content.append({"type": "text", "text": prompt.last_user or "(nothing)"})
        elif "text" in answer:
            content.append({"type": "text", "text": _fill(answer["text"], filled)})
        else:
            content.extend(_fill(block, filled) for block in answer.get("content", ()))
        return Draft(
            content=content,
            stop_reason=answer.get("stop_reason"),
            stop_sequence=answer.get("stop_sequence"),
            stop_details=answer.get("stop_details"),
            delay=answer.get("delay"),
            chunk_delay=answer.get("chunk_delay"),
            usage=answer.get("usage") or {},
        )


class Script:
    def __init__(self) -> None:
        self._queue: list[Scripted] = []

    def __len__(self) -> int:
        return len(self._queue)

    def clear(self) -> None:
        self._queue.clear()

    def pending(self) -> list[dict[str, Any]]:
        return [
            {
                **scripted.answer,
                "match": scripted.match,
                "times": "always" if scripted.times is None else scripted.times,
            }
            for scripted in self._queue
        ]

    def add_all(self, body: Mapping[str, Any]) -> int:
        """Queue the answers of a control body; raises ControlError and queues none where one is wrong."""
        answers = body.get("answers")
        if not isinstance(answers, list):
            raise ControlError("answers must be a list")
        defaults = {key: body[key] for key in ("match", "times") if key in body}
        queued = [_read(answer, index, defaults) for index, answer in enumerate(answers)]
        self._queue.extend(queued)
        return len(queued)

    def take(self, facts: Mapping[str, str]) -> Scripted | None:
        for scripted in self._queue:
            if matches(scripted.match, facts):
                if scripted.times is not None:
                    scripted.times -= 1
                    if scripted.times == 0:
                        self._queue.remove(scripted)
                return scripted
        return None


def _read(given: object, index: int, defaults: Mapping[str, Any]) -> Scripted:
    where = f"answers[{index}]"
    if not isinstance(given, dict):
        raise ControlError(f"{where} must be an object")
    if unknown := given.keys() - _FIELDS:
        raise ControlError(f"{where}: unknown {', '.join(sorted(unknown))}; known are {', '.join(sorted(_FIELDS))}")
    answer = {**defaults, **given}
    times, match = answer.pop("times", 1), checked_match(answer.pop("match", None), FACTS)
    if times != "always" and not (type(times) is int and times > 0):
        raise ControlError(f'{where}: times must be a positive integer or "always"')
    if not _SOURCES & answer.keys():
        raise ControlError(f"{where} needs one of {', '.join(sorted(_SOURCES))}")
    if answer.get("stop_reason") not in {None, *STOP_REASONS}:
        raise ControlError(f"{where}: stop_reason must be one of {', '.join(STOP_REASONS)}")
    _check_types(answer, where)
    return Scripted(answer, match, None if times == "always" else times)


def _check_types(answer: Mapping[str, Any], where: str) -> None:
    for name in ("text", "thinking"):
        if not isinstance(answer.get(name, ""), str):
            raise ControlError(f"{where}: {name} must be a string")
    for name in ("delay", "chunk_delay"):
        value = answer.get(name)
        if value is not None and not (isinstance(value, int | float) and value >= 0):
            raise ControlError(f"{where}: {name} must be seconds, 0 or more")
    for name in ("error", "usage", "stop_details"):
        if answer.get(name) is not None and not isinstance(answer[name], dict):
            raise ControlError(f"{where}: {name} must be an object")
    _check_blocks(answer.get("content", []), where)


def _check_blocks(content: object, where: str) -> None:
    if not isinstance(content, list):
        raise ControlError(f"{where}: content must be a list of blocks")
    for place, block in enumerate(content):
        if not isinstance(block, dict) or not isinstance(block.get("type"), str):
            raise ControlError(f"{where}: content[{place}] must be an object with a type")
        for name, kind in _NEEDED.get(block["type"], {}).items():
            if not isinstance(block.get(name), kind):
                raise ControlError(f"{where}: content[{place}] needs {name}")


def _api_error(error: Mapping[str, Any]) -> ApiError:
    return ApiError(
        int(error.get("status", 500)),
        str(error.get("message", "Scripted error")),
        kind=error.get("type"),
        details=error.get("details"),
        headers={str(name): str(value) for name, value in (error.get("headers") or {}).items()},
    )


def _fill(value: Any, filled: Mapping[str, str]) -> Any:
    """Put the call's own text where {{last_user}} and {{tool_result}} stand."""
    if isinstance(value, str):
        for name, text in filled.items():
            value = value.replace("{{" + name + "}}", text)
        return value
    if isinstance(value, dict):
        return {key: _fill(part, filled) for key, part in value.items()}
    if isinstance(value, list):
        return [_fill(part, filled) for part in value]
    return value
