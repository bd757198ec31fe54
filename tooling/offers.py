"""What a tool may have sent along with the answer: a `ToolResult` carries offers, and they go out when the turn ends.

An offer is JSON, is kept with the recorded result, and goes out exactly once, whatever fails in between. Claude does
not get it: the result's `content` says in words what will be sent. For a file there is `ToolContext.keep_file`. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from tooling.types import Offer


def choices(titles: Sequence[str], *, question: str = "", button: str = "") -> Offer:
    """Buttons or a list under the answer, or under a question of their own; what is pressed comes back as its title.

    `button` opens the list where there are more of them than buttons fit. Raises ValueError where two look the same.
    """
    shown = [" ".join(title.split()) for title in titles]
    if not shown or not all(shown) or len(set(shown)) < len(shown):
        raise ValueError("there must be choices, each with a title of its own")
    key = hashlib.blake2b("\n".join(shown).encode("utf-8", "replace"), digest_size=6).hexdigest()
    listed = [{"id": f"{key}-{number}", "title": title} for number, title in enumerate(shown, start=1)]
    return {"kind": "choices", "choices": listed, "question": question, "button": button}


def reaction(emoji: str) -> Offer:
    """On the newest message that the turn answers."""
    return {"kind": "reaction", "emoji": emoji}


def reply(message_id: str) -> Offer:
    """The answer quotes the message with this id of the service's."""
    return {"kind": "reply", "to": message_id}


def receipt(phrase: str, **values: str) -> Offer:
    """A line below the answer that says what was really done: one of `messaging.phrases`, with the values it needs.

    It is written by code, from the values as they are; "{time}" in the phrase is that of now.
    """
    return {"kind": "receipt", "phrase": phrase, "values": values, "at": datetime.now(UTC).isoformat()}
