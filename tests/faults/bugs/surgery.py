"""Takes one guard out of the running product, by its text: where that has changed, the process refuses to start."""

from __future__ import annotations

import inspect
import textwrap
from types import FunctionType, ModuleType
from typing import Any

Change = tuple[str, str]  # what stands there, exactly once, and what comes in its place


class GuardMoved(Exception):
    """The product no longer reads as the bug expects it: see where its guard is now, and mend the bug."""


def edit(function: Any, *changes: Change) -> None:
    """Change a function's source where it stands, so that whoever imported it by name runs the changed one too.

    Raises GuardMoved where a text is not found exactly once.
    """
    inner = inspect.unwrap(function)
    if not isinstance(inner, FunctionType):
        raise GuardMoved(f"{function!r} is no function any more")
    source = textwrap.dedent(inspect.getsource(inner))
    source = source[source.index("def ") :]  # without its decorators, which have done their work
    changed = changed_text(source, changes, inner.__qualname__)
    made: dict[str, Any] = {}
    # The product's own code, changed; "annotations" as the product's modules have it, so that none is evaluated.
    code = compile(f"from __future__ import annotations\n{changed}", inner.__code__.co_filename, "exec")
    exec(code, inner.__globals__, made)
    inner.__code__ = made[inner.__name__].__code__


def rewrite(module: ModuleType, name: str, *changes: Change) -> None:
    """Change a text that a module holds under a name. Raises GuardMoved."""
    text = getattr(module, name, None)
    if not isinstance(text, str):
        raise GuardMoved(f"{module.__name__} has no text named {name} any more")
    setattr(module, name, changed_text(text, changes, f"{module.__name__}.{name}"))


def changed_text(text: str, changes: tuple[Change, ...], where: str) -> str:
    for old, new in changes:
        if (count := text.count(old)) != 1:
            raise GuardMoved(f"{where} holds {old!r} {count} times, not once")
        text = text.replace(old, new)
    return text
