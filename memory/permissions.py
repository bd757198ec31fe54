"""Who may change what in the life folder. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from memory.authors import BEGIN_CLEAN, Author
from memory.problems import LockedError, MemoryProblem, RefusedError

Act = Literal[
    "write",  # its text, its path, that it exists
    "settings",  # who sees it, whom it is about
    "lock",
]
LEARNT = frozenset({"knowledge", "relationships"})  # the folders that learning writes


@dataclass(frozen=True, kw_only=True)
class Place:
    """What counts of a document, or of the place where it is to stand."""

    shown: str
    folder: str  # "" for CLAUDE.md
    is_profile: bool = False  # who the business is and what it forbids
    is_public: bool = False
    is_owners: bool = False  # only the owner's chats know of it
    is_untrusted: bool = False  # something in it came from outside
    is_locked: bool = False

    @property
    def is_core(self) -> bool:
        """What it says steers the assistant in every chat."""
        return self.is_profile or not self.folder


def problem(author: Author, act: Act, place: Place) -> MemoryProblem | None:
    """Why the author may not, or None where they may."""
    reason = _unauthorised(author, act, place)
    if reason:
        return RefusedError(f"{place.shown} {reason}")
    if act == "write" and place.is_locked:
        return locked(place.shown)
    if place.is_core and (place.is_untrusted or not author.trusted):
        return RefusedError(f"{place.shown} takes nothing that came from outside. {_way_out(author, place)}")
    return None


def _way_out(author: Author, place: Place) -> str:
    """For what came from outside, or is asked for where such text is."""
    if author.kind == "assistant" and not author.trusted:
        return BEGIN_CLEAN
    return "Only an operator publishes that." if place.is_public else "Somebody must write it themselves."


def locked(shown: str) -> LockedError:
    return LockedError(f"{shown} is locked: it can be read, not changed. Only an operator can unlock it.")


def _unauthorised(author: Author, act: Act, place: Place) -> str:
    if author.kind == "operator":
        return ""
    if author.kind in ("customer", "import") or author.role == "customer":
        return "cannot be changed from here."
    if act != "write":
        return "" if author.kind == "owner" else "keeps who sees it and its lock: only an operator changes these."
    if author.kind == "learning":
        return _beyond_learning(place)
    if not place.folder:
        return "" if author.kind == "owner" else "is read-only here: an operator edits it in the admin."
    if place.is_profile and not author.is_owner:
        return "says who the business is and what it forbids: only the owner changes it."
    if place.is_owners and not author.is_owner:
        return "cannot be written; choose another name."  # it is not theirs to know that it is there
    if place.is_public and (place.is_untrusted or not author.trusted):
        return f"is public and takes nothing that came from outside. {_way_out(author, place)}"
    return ""


def _beyond_learning(place: Place) -> str:
    if place.is_public:
        return "is public: what was learnt from chats is not published by itself."
    return "" if place.folder in LEARNT else "is not for what was learnt from chats."
