"""Where a revision or a fact comes from. Messages belong to messaging, which keeps the ties and registers here."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from memory.authors import Author


@dataclass(frozen=True, kw_only=True)
class Said:
    """A message from which something is known."""

    message_id: uuid.UUID
    speaker: str  # as people know them
    at: datetime
    channel: str  # "Telegram"
    text: str  # its beginning; "" where it was forgotten
    chat_with: uuid.UUID | None = None  # the person in whose private chat it was said; None: in a group
    chat_role: str = ""  # of that person: decides who of the team may read it
    untrusted: bool = False  # nobody of the business wrote it


class Book(Protocol):
    """Every method runs inside the tenant's scope."""

    def tie_revision(self, revision_id: uuid.UUID, turn_id: uuid.UUID) -> None:
        """To the messages that the turn answers."""

    def tie_fact(self, fact_id: uuid.UUID, turn_id: uuid.UUID) -> None: ...

    def tie_alike(self, fact_id: uuid.UUID, source_id: uuid.UUID) -> None:
        """To the messages that another fact comes from, of which it takes over a part or all."""

    def said_at(self, turn_id: uuid.UUID) -> datetime | None:
        """When the newest message that the turn answers was sent."""

    def of_turn(self, turn_id: uuid.UUID) -> Collection[uuid.UUID]:
        """The messages of the turn: what is asked in it does not answer it."""

    def behind_revisions(self, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Sequence[Said]]: ...

    def behind_facts(self, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Sequence[Said]]: ...

    def forget_behind_facts(self, ids: Sequence[uuid.UUID], author: Author) -> int:
        """Have neither the search nor the assistant see the messages again from which these facts come; how many.

        Here and below, only messages of chats that the author may read.
        """

    def known_from_forgotten(self) -> Mapping[uuid.UUID, Sequence[str]]:
        """The facts that come from messages, each of which is forgotten, with what those said."""

    def forget_messages(self, ids: Sequence[uuid.UUID], author: Author) -> int: ...

    def forget_answers(self, told: Sequence[Sequence[str]], author: Author, most: int) -> tuple[int, int]:
        """The same for what code and the assistant said, and nobody else. `told`: of each thing the words that tell it.

        How many that say one of the things were forgotten, and how many left, as more than `most` of the assistant's
        say the same one.
        """

    def forget_words(self, words: Sequence[str], author: Author, most: int) -> int:
        """The same for every message that says one of these passages, and take them out of sessions' summaries.

        Raises RefusedError where more than `most` messages say one.
        """


_books: list[Book] = []


def register(book: Book) -> None:
    _books[:] = [book]


def book() -> Book:
    if not _books:
        raise LookupError("no app keeps the messages behind memory: messaging's recall.py was not loaded")
    return _books[0]
