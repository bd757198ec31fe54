"""What goes out: the parts of an answer, and what the service says of one that it took. Nothing here imports Django."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class TextPart:
    """One message's worth of text: in the service's own format, and plain for when the service refuses the format."""

    text: str
    plain: str


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A button, or a row of a list."""

    id: str  # comes back as `InboundMessage.choice`; at most 64 bytes
    title: str
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class ChoicePart:
    """A text with things to choose from; a channel that cannot show them writes them as a numbered list."""

    text: str
    plain: str
    choices: Sequence[Choice]
    button: str = ""  # what opens the list, where there are more choices than buttons fit


@dataclass(frozen=True, kw_only=True)
class FilePart:
    """A file. `caption` and `plain_caption` as `TextPart`'s two."""

    kind: Literal["image", "document"]
    content: bytes = field(repr=False)
    mime: str
    name: str
    caption: str = ""
    plain_caption: str = ""


@dataclass(frozen=True, kw_only=True)
class ReactionPart:
    """An emoji on the message that `Outgoing.reply_to` names; "" takes it back."""

    emoji: str


@dataclass(frozen=True, kw_only=True)
class TemplatePart:
    """A message that the service approved beforehand, for people to whom free text may not be sent."""

    name: str
    language: str  # the service's code: "en_US"
    values: Sequence[str]  # what stands for {{1}}, {{2}} …
    plain: str  # as the person reads it


Part = TextPart | ChoicePart | FilePart | ReactionPart | TemplatePart


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    delivery_id: str  # echoed in statuses where the service can
    chat_id: str
    part: Part
    reply_to: str | None = None


@dataclass(frozen=True, kw_only=True)
class Sent:
    external_id: str
    sent_plain: bool = False  # the service refused the format and got the plain text
