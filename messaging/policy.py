"""Who may have what done: the one table that decides whether a call runs, is put to the owner, or is refused. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tooling.registry import Autonomy, Effect, Role

REACHING: frozenset[Effect] = frozenset({"outward", "spends", "deletes", "identity"})  # beyond one's own notes
COSTLY: frozenset[Effect] = frozenset({"spends", "deletes"})


class Why(StrEnum):
    """Why the owner is asked; kept with what they are asked."""

    OUTSIDE = "outside"  # words that nobody of the business wrote may have asked for it
    AUTONOMY = "autonomy"  # the business wants to be asked each time
    CUSTOMER = "customer"  # a customer has it done
    QUIET = "quiet"  # it is to reach somebody in the quiet hours


class Refusal(StrEnum):
    OWNER_ONLY = "owner_only"
    IN_GROUP = "in_group"


@dataclass(frozen=True, kw_only=True)
class Question:
    """A call by what counts of it; its tool is one that the role may use."""

    role: Role  # of the lowest authority present
    effect: Effect
    autonomy: Autonomy = "auto"
    tainted: bool = False  # words that nobody of the business wrote are in the session
    in_group: bool = False
    in_quiet_hours: bool = False  # it asks for the quiet hours not to count


def decide(question: Question) -> Why | Refusal | None:
    """None: it runs."""
    if question.role != "owner" and (question.autonomy == "owner" or question.effect == "identity"):
        return Refusal.OWNER_ONLY
    why = _why_ask(question)
    return Refusal.IN_GROUP if why is not None and question.in_group else why


def _why_ask(question: Question) -> Why | None:
    """A customer's words are always from outside: what they may have done is what the business laid down for them."""
    is_asked_for = question.effect in REACHING or question.autonomy != "auto"
    if question.tainted and is_asked_for and question.role != "customer":
        return Why.OUTSIDE  # before all else: what is done then is marked by it
    if question.autonomy == "confirm":
        return Why.AUTONOMY
    if question.role == "customer":
        return Why.CUSTOMER if question.effect in COSTLY else None
    return Why.QUIET if question.in_quiet_hours else None
