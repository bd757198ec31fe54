"""Whoever keeps something that can be found registers here how it reads. The index itself knows words and places."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from memory.search.types import Source, Viewer

CHATS: frozenset[Source] = frozenset({"message", "imported"})  # what has neighbours


@dataclass(frozen=True, kw_only=True)
class Place:
    """An entry of the index: where it stands."""

    id: uuid.UUID
    source: Source
    chat: uuid.UUID
    seq: int


@dataclass(frozen=True, kw_only=True)
class Line:
    """What stands in a place, as people read it."""

    reference: str  # see `Hit.reference`
    external_id: str  # how the service or the export names it; else the reference
    at: datetime
    text: str
    speaker: str = ""
    untrusted: bool = False


@dataclass(frozen=True, kw_only=True)
class Visible:
    """Which chats a viewer may look into. `contact_id`: whose documents and facts a customer sees beside the public."""

    chats: Sequence[uuid.UUID] = ()  # of a customer: the only ones; of staff: those hidden from them
    contact_id: uuid.UUID | None = None


class Texts(Protocol):
    """Every method runs inside the tenant's scope."""

    def lines(self, places: Sequence[Place]) -> Mapping[uuid.UUID, Line]:
        """By the places' ids. What is not to be read any more is left out."""


class Chats(Protocol):
    def visible(self, viewer: Viewer) -> Visible: ...


_texts: dict[Source, Texts] = {}
_chats: list[Chats] = []


def register(source: Source, texts: Texts) -> None:
    _texts[source] = texts


def register_chats(chats: Chats) -> None:
    _chats[:] = [chats]


def texts_of(source: Source) -> Texts:
    if source not in _texts:
        raise LookupError(f"no app keeps what the index has as {source}: its recall.py was not loaded")
    return _texts[source]


def visible(viewer: Viewer) -> Visible:
    if not _chats:
        raise LookupError("no app knows who may look into which chat: messaging's recall.py was not loaded")
    return _chats[0].visible(viewer)
