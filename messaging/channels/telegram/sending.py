"""A part of an answer as the call of the Bot API that sends it, within its limits.

Source: https://core.telegram.org/bots/api#sendmessage.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from telegram.constants import ReactionEmoji

from messaging.channels.base import Choice, ChoicePart, FilePart, TextPart
from messaging.channels.choices import below, numbered, title_of
from messaging.channels.multipart import Upload
from messaging.channels.wire import file_too_large
from messaging.formatting.telegram_html import escape, utf16_units

MAX_TEXT = 4096  # UTF-16 units, of what is seen
MAX_CAPTION = 1024
MAX_BUTTONS = 20  # one in a row; more are easier to read as a list
MAX_DATA = 64  # bytes
MB = 1024 * 1024
LARGEST_PHOTO, LARGEST_DOCUMENT = 10 * MB, 50 * MB
PHOTOS = {"image/jpeg", "image/png", "image/webp"}
LINK = re.compile(r"https?://\S")
REACTIONS: frozenset[str] = frozenset(each.value for each in ReactionEmoji)

Keyboard = Sequence[Sequence[Mapping[str, str]]]


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call that sends a message. Its words may be refused as HTML, and an image as a photo; then there is another."""

    method: str
    words: Literal["text", "caption"]  # the field that they stand in
    html: str
    plain: str
    more: Mapping[str, object]
    upload: Upload | None = None
    is_plain: bool = False

    @property
    def payload(self) -> dict[str, object]:
        if not self.plain:
            return {**self.more}
        if self.is_plain:
            return {**self.more, self.words: self.plain}
        return {**self.more, self.words: self.html, "parse_mode": "HTML"}

    def plainly(self) -> Call:
        return replace(self, is_plain=True)

    def as_document(self) -> Call:
        assert self.upload is not None  # noqa: S101 - only a file was called a photo
        return replace(self, method="sendDocument", upload=replace(self.upload, form_field="document"))


def call_of(part: TextPart | ChoicePart | FilePart) -> Call:
    """Raises TransportError for a file larger than bots may send."""
    if isinstance(part, TextPart):
        return _message(part.text, part.plain)
    if isinstance(part, ChoicePart):
        return _choices(part)
    return _file(part)


def _message(html: str, plain: str, keyboard: Keyboard = ()) -> Call:
    more: dict[str, object] = {"link_preview_options": {"is_disabled": len(LINK.findall(plain)) != 1}}
    if keyboard:
        more["reply_markup"] = {"inline_keyboard": keyboard}
    return Call(method="sendMessage", words="text", html=html, plain=plain, more=more)


def _choices(part: ChoicePart) -> Call:
    if not _fit(part.choices):
        return _written_out(part)
    keyboard = [[{"text": title_of(choice), "callback_data": choice.id}] for choice in part.choices]
    if not part.plain.strip() or any(choice.description for choice in part.choices):  # which a button does not show
        return _written_out(part, keyboard)
    return _message(part.text, part.plain, keyboard)


def _fit(choices: Sequence[Choice]) -> bool:
    fitting = (title_of(choice) and 0 < len(choice.id.encode()) <= MAX_DATA for choice in choices)
    return 0 < len(choices) <= MAX_BUTTONS and all(fitting)


def _written_out(part: ChoicePart, keyboard: Keyboard = ()) -> Call:
    plain = below(part.plain, part.choices)
    if utf16_units(plain) > MAX_TEXT:
        plain = plain.encode("utf-16-le")[: 2 * MAX_TEXT].decode("utf-16-le", "ignore")
        return _message(escape(plain), plain, keyboard)
    html = "\n\n".join(each for each in (part.text, escape(numbered(part.choices))) if each)
    return _message(html, plain, keyboard)


def _file(part: FilePart) -> Call:
    size = len(part.content)
    if size > LARGEST_DOCUMENT:
        raise file_too_large("Telegram", LARGEST_DOCUMENT)
    is_photo = part.kind == "image" and part.mime in PHOTOS and size <= LARGEST_PHOTO
    field = "photo" if is_photo else "document"
    return Call(
        method="sendPhoto" if is_photo else "sendDocument",
        words="caption",
        html=part.caption,
        plain=part.plain_caption,
        more={},
        upload=Upload(form_field=field, name=part.name, mime=part.mime, content=part.content),
    )


def _uncoloured(emoji: str) -> str:
    """Without the sign that asks for colour, which models and phones write after a heart."""
    return emoji.replace("\ufe0f", "")


_LISTED = {_uncoloured(emoji): emoji for emoji in REACTIONS}


def reaction_emoji(emoji: str) -> str:
    """As Telegram lists it."""
    return _LISTED.get(_uncoloured(emoji), emoji)
