"""Self-describing tokens: each message's text holds one, so any journal that shows a text tells whose words they are.

`q2xwx07x0012z` is tenant 2, WhatsApp, chat 7, message 12. Letters and digits only, so that no formatting, escaping or
splitting of words touches it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

CHANNELS = {"w": "whatsapp", "t": "telegram"}
TOKEN = re.compile(r"q(\d+)x([wt])x(\d+)x(\d+)z", re.ASCII)


@dataclass(frozen=True, order=True)
class Token:
    """`number` counts in its chat, from 1, in the order in which the messages are first posted."""

    tenant: int
    channel: str  # "whatsapp" | "telegram"
    chat: int
    number: int

    def __str__(self) -> str:
        return f"q{self.tenant}x{self.channel[0]}x{self.chat:02}x{self.number:04}z"

    @property
    def place(self) -> tuple[int, str, int]:
        """The conversation that it belongs to."""
        return self.tenant, self.channel, self.chat


@lru_cache(maxsize=1 << 20)
def parse(text: str) -> Token:
    """The one token that the text is; raises ValueError."""
    found = TOKEN.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no token")
    tenant, channel, chat, number = found.groups()
    return Token(int(tenant), CHANNELS[channel], int(chat), int(number))


def find(text: str) -> tuple[str, ...]:
    """Every token in a text, in order, repeated ones too."""
    return tuple(match.group() for match in TOKEN.finditer(text))
