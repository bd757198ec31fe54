"""Taking what is of a person out of JSON and raw bodies, so that what remains is still of its form. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from tenants_app.marks import ERASED, Marks

THINKING = ("thinking", "redacted_thinking")  # signed, or sealed: such a block goes as a whole
FILES = ("image", "document")
ARGUMENTS = ("input", "arguments")  # of a call: whatever its keys are called, it was said
COUNTS = "usage"  # numbers of ours
FORM = frozenset(
    {"id", "tool_use_id", "type", "kind", "name", "role", "model", "stop_reason", "request_id", "path", COUNTS}
)


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
    """The same value; each string in it without the lines that are of the person, and without numbers that are theirs,
    save for what gives it its form."""
    return rewritten(value, lambda text: marks.cut(text, names=names), form_of)


def form_of(value: dict[str, Any]) -> frozenset[str]:
    """ "name" is a tool's; else it is what somebody is called."""
    return FORM if any(key in value for key in ARGUMENTS) else FORM - {"name"}


def rewritten(value: Any, text: Callable[[str], str], form: Callable[[dict[str, Any]], frozenset[str]]) -> Any:
    """With every string as `text` makes it, and every whole number that it changes, but for those under the keys of its
    form. A tool's arguments have none."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, int) and not isinstance(value, bool):
        changed = text(str(value))
        return value if changed == str(value) else changed
    if isinstance(value, list):
        return [rewritten(each, text, form) for each in value]
    if not isinstance(value, dict):
        return value
    kept = form(value)
    return {
        key: each
        if key in kept and (isinstance(each, str) or key == COUNTS)
        else rewritten(each, text, formless if key in ARGUMENTS else form)
        for key, each in value.items()
    }


def formless(value: dict[str, Any]) -> frozenset[str]:
    return frozenset()


def emptied(value: Any) -> Any:
    """The same form with nothing left of what was said."""
    return rewritten(without_files(value), lambda _: ERASED, lambda _: FORM)


def without_files(value: Any) -> Any:
    if isinstance(value, list):
        return [without_files(each) for each in value]
    if isinstance(value, dict) and value.get("type") in FILES:
        return {"type": "text", "text": ERASED}
    if isinstance(value, dict):
        return {key: without_files(each) for key, each in value.items()}
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
    """Every text, key and whole number: some services write people's ids as numbers."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, int):
        yield str(value)
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
