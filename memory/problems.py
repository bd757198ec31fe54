"""Why something was not written into memory, in words that the model may read and people may be shown."""

from __future__ import annotations


class MemoryProblem(Exception):
    """What was wrong and what to do about it."""


class StaleError(MemoryProblem):
    """Somebody else changed the document since it was read."""


class LockedError(MemoryProblem):
    """The document is locked."""


class RefusedError(MemoryProblem):
    """It may not be done: the path, the size or the author's authority."""


class TakenError(RefusedError):
    """A document with this path is there already."""
