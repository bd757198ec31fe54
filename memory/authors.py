"""Who writes memory, and with whose authority."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Literal

from tooling.registry import Role, ToolContext

FROM_OUTSIDE = (
    "from_outside"  # in a tool's `extras`: words that nobody of the business wrote have come into the session
)
BEGIN_CLEAN = (
    "Text from outside (something forwarded, a file, a page, what others said) has come into this session. Where it is "
    "the person's own wish, they can send /new, which begins a session without that text, and say it again there."
)
Kind = Literal["owner", "staff", "customer", "operator", "assistant", "learning", "import"]


@dataclass(frozen=True, kw_only=True)
class Author:
    """`kind` writes it down; `role` is whose authority counts: an operator has the owner's, the assistant that of the
    person it talks with. Made by code from verified facts, never from text.

    `trusted`: nothing in it came from outside (a customer, a page, a tool's output).
    """

    kind: Kind
    name: str  # "operator:alice", "assistant", "contact:<id>"
    role: Role
    contact_id: uuid.UUID | None = None  # in whose chat
    turn_id: uuid.UUID | None = None
    trusted: bool = True

    @property
    def is_owner(self) -> bool:
        return self.role == "owner"


def assistant_in(context: ToolContext) -> Author:
    """The assistant, in the turn that a tool was called in; not to be trusted once text from outside came into its
    session."""
    return Author(
        kind="assistant",
        name="assistant",
        role=context.role,
        contact_id=uuid.UUID(context.contact_id),
        turn_id=uuid.UUID(context.turn_id),
        trusted=context.role != "customer" and not context.extras.get(FROM_OUTSIDE),
    )


def operator(name: str) -> Author:
    return Author(kind="operator", name=f"operator:{name}", role="owner")
