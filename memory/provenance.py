"""Where a revision or a fact comes from. Messages belong to messaging, which keeps the ties and registers here."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Said:
    """A message from which something is known."""

    message_id: uuid.UUID
    speaker: str  # as people know them
    at: datetime
    channel: str  # "Telegram"
    text: str  # its beginning; "" where it was forgotten


class Book(Protocol):
    """Every method runs inside the tenant's scope."""

    def tie_revision(self, revision_id: uuid.UUID, turn_id: uuid.UUID) -> None:
        """To the messages that the turn answers."""

    def tie_fact(self, fact_id: uuid.UUID, turn_id: uuid.UUID) -> None: ...

    def behind_revisions(self, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Sequence[Said]]: ...

    def behind_facts(self, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Sequence[Said]]: ...

    def forget_behind_facts(self, ids: Sequence[uuid.UUID]) -> int:
        """Have neither the search nor the assistant see the messages again from which these facts come; how many."""

    def forget_messages(self, ids: Sequence[uuid.UUID]) -> int: ...

    def forget_words(self, words: Sequence[str]) -> int:
        """The same for every message that says one of these passages, and take them out of sessions' summaries."""


_books: list[Book] = []


def register(book: Book) -> None:
    _books[:] = [book]


def book() -> Book:
    if not _books:
        raise LookupError("no app keeps the messages behind memory: messaging's recall.py was not loaded")
    return _books[0]
