"""What travels between the index, the scoring and whoever asks. No Django."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from tooling.registry import Role

Source = Literal["message", "imported", "document", "fact"]


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """Who asks: what they may not see is not found. Made by code from verified facts."""

    role: Role
    contact_id: uuid.UUID | None = None  # None: an operator, who sees what the owner sees
    conversation_id: uuid.UUID | None = None  # the chat they ask in


@dataclass(frozen=True, kw_only=True)
class Term:
    """A word of the question, or one that may stand for it. `weight` is 1 for what was asked itself."""

    word: str  # as written, or several with spaces between; the database stems them in every language it knows
    weight: float = 1.0
    of: int = 0  # the place of the asked word that it stands for: only the best of these counts


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry of the index that has something of the question. Bit i belongs to term i."""

    id: uuid.UUID
    source: Source
    chat: uuid.UUID
    seq: int
    at: datetime
    length: int  # words that count
    matched: int
    spoken: int  # the term is the name of who said it
    asked: int = 0  # matched, but only in sentences that ask
    timed: bool = False  # says a time: "yesterday", "in May", "two weeks"


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """Of everything that the tenant has in the index, or a fair sample scaled up."""

    entries: int
    mean_length: float
    frequency: Sequence[int]  # in how many entries term i stands


@dataclass(frozen=True, kw_only=True)
class Scored:
    """A place of a chat and what it is worth. It may be a neighbour that has no word of the question itself."""

    chat: uuid.UUID
    seq: int
    score: float


@dataclass(frozen=True, kw_only=True)
class Hit:
    """Something found, ready to be read."""

    source: Literal["message", "document", "fact"]
    reference: str  # by which it can be forgotten or looked up: "message:<id>", "fact:<id>", "/memories/<path>"
    ids: Sequence[str]  # of the messages in the window, as their service or export named them; else the reference
    score: float
    text: str  # a window: one line a message with date and speaker
    at: datetime
    speaker: str = ""
    imported: bool = False
    untrusted: bool = False
    extra: Sequence[str] = field(default_factory=tuple)
