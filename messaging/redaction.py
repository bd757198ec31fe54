"""Taking what is of a person out of JSON and raw bodies, so that what remains is still of its form. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tenants_app.marks import ERASED, Marks

THINKING = ("thinking", "redacted_thinking")  # signed, or sealed: such a block goes as a whole
FILES = ("image", "document")
FORM = frozenset({"id", "tool_use_id", "type", "kind", "name", "role", "model", "stop_reason", "request_id", "path"})


def cut_step(step: dict[str, Any], marks: Marks, *, others: bool = False) -> dict[str, Any]:
    """A recorded step without what is of the person: of what somebody else wrote, names alone stay unless `others`."""
    names = others or step.get("kind") != "user"
    cut: dict[str, Any] = cut_json(step, marks, names=names)
    if cut == step:
        return step
    blocks = cut.get("content")
    if step.get("kind") == "assistant" and isinstance(blocks, list):  # what was thought led to what was cut
        cut["content"] = [{"type": "text", "text": ERASED} if b.get("type") in THINKING else b for b in blocks]
    return cut


def cut_json(value: Any, marks: Marks, *, names: bool) -> Any:
    """The same value; each string in it without the lines that are of the person, save for what gives it its form."""
    if isinstance(value, str):
        return marks.cut(value, names=names)
    if isinstance(value, list):
        return [cut_json(each, marks, names=names) for each in value]
    if isinstance(value, dict):
        formed = (
            {"name"} if "input" in value or "arguments" in value else set()
        )  # of a tool; else what somebody is called
        kept = (FORM - {"name"}) | formed
        return {
            key: each if key in kept and isinstance(each, str) else cut_json(each, marks, names=names)
            for key, each in value.items()
        }
    return value


def emptied(value: Any) -> Any:
    """The same form with nothing left of what was said."""
    if isinstance(value, str):
        return ERASED
    if isinstance(value, list):
        return [emptied(each) for each in value]
    if isinstance(value, dict) and value.get("type") in FILES:
        return {"type": "text", "text": ERASED}
    if isinstance(value, dict):
        return {key: each if key in FORM and isinstance(each, str) else emptied(each) for key, each in value.items()}
    return value


def emptied_step(step: dict[str, Any]) -> dict[str, Any]:
    """A step of a turn that was theirs, of which nothing stays but that it was."""
    cut: dict[str, Any] = emptied(step)
    if step.get("kind") == "assistant":
        kept = [block for block in cut["content"] if block.get("type") not in THINKING]
        cut["content"] = kept or [{"type": "text", "text": ERASED}]
        cut["unreadable"] = step["unreadable"]
    return cut


def strings_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from strings_in(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from strings_in(each)


def body_tells(raw: bytes, marks: Marks, *, names: bool) -> bool:
    """Whether a body, as a service sent it, is of the person. JSON is read, as it may spell letters as escapes."""
    try:
        texts = list(strings_in(json.loads(raw)))
    except ValueError:  # no JSON, or bytes that are no text
        texts = [raw.decode("utf-8", "replace")]
    return any(marks.tells(text, names=names) for text in texts)
