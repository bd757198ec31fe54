"""How large documents become and how they may grow. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from memory.content import size_of
from memory.problems import RefusedError

Growth = Literal["rewrite", "split", "append"]


@dataclass(frozen=True, kw_only=True)
class Budget:
    growth: Growth
    document_bytes: int


def check_growth(budget: Budget, shown: str, old: str | None, new: str, free_path: str, *, may_rewrite: bool) -> None:
    """Raise RefusedError where the new text is not what the folder allows; `old` is None for a new document.

    A document that is too large already, as the budget was lowered, may shrink.
    """
    if budget.growth == "append" and old is not None and not may_rewrite and not is_added(old, new):
        raise RefusedError(f"{shown} is only added to, at its end: what stands in it stays as it is.")
    size = size_of(new)
    if size <= budget.document_bytes or (old is not None and size < size_of(old)):
        return
    full = f"{shown} would have {size} bytes; a document in this folder may have at most {budget.document_bytes}."
    if budget.growth == "rewrite":
        raise RefusedError(f"{full} Shorten it: keep what still holds and is needed, in fewer words.")
    raise RefusedError(f"{full} Begin another document for it: {free_path} is free.")


def is_added(old: str, new: str) -> bool:
    """Whether whole lines were added after the old text, and nothing else changed."""
    added = new.removeprefix(old)
    return new.startswith(old) and (not added or not old or old.endswith("\n") or added.startswith("\n"))
