"""A part of an answer as the message that Meta takes, within its limits.

Source: https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from messaging.channels.base import (
    Choice,
    ChoicePart,
    FilePart,
    Part,
    ReactionPart,
    TemplatePart,
    TextPart,
    TransportError,
)
from messaging.channels.choices import below, numbered, title_of
from messaging.channels.multipart import Upload, name_of
from messaging.channels.wire import file_too_large

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_BODY = 1024  # of a message with buttons or a list
MAX_BUTTONS, MAX_BUTTON = 3, 20
MAX_ROWS, MAX_ROW, MAX_DESCRIPTION, MAX_ROW_ID = 10, 24, 72, 200
MB = 1024 * 1024
LARGEST_IMAGE, LARGEST_DOCUMENT = 5 * MB, 100 * MB
IMAGES = {"image/jpeg", "image/png"}
LIST_OPENER = "☰"  # in any language
LINK = re.compile(r"https?://\S")
# Meta takes no other kind of text; the name keeps its ending, by which phones open it.
_TEXTS = re.compile(r"text/|application/(?:json|xml|yaml|x-yaml|csv)$")

Node = dict[str, object]


def message_of(part: Part, reply_to: str | None, upload: Callable[[FilePart], str]) -> Node:
    """`upload` takes a file to Meta and gives its id. Raises TransportError."""
    if isinstance(part, ReactionPart):
        return _reaction(part, reply_to)
    message = _message(part, upload)
    return {**message, "context": {"message_id": reply_to}} if reply_to else message


def _message(part: TextPart | ChoicePart | FilePart | TemplatePart, upload: Callable[[FilePart], str]) -> Node:
    if isinstance(part, TextPart):
        return _text(part.text)
    if isinstance(part, TemplatePart):
        return _template(part)
    if isinstance(part, FilePart):
        return _file(part, upload(part))
    return _choices(part)


def _template(part: TemplatePart) -> Node:
    values = [{"type": "text", "text": value} for value in part.values]
    components = [{"type": "body", "parameters": values}] if values else []
    template = {"name": part.name, "language": {"code": part.language}, "components": components}
    return {"type": "template", "template": template}


def _choices(part: ChoicePart) -> Node:
    body = part.text if part.text.strip() else numbered(part.choices)
    if len(body) <= MAX_BODY and _are_distinct(part.choices):
        if _fit_buttons(part.choices):
            return _interactive("button", body, {"buttons": [_button(choice) for choice in part.choices]})
        if _fit_list(part.choices):
            sections = [{"rows": [_row(choice) for choice in part.choices]}]
            return _interactive("list", body, {"button": part.button[:MAX_BUTTON] or LIST_OPENER, "sections": sections})
    return _text(below(part.text, part.choices)[:MAX_TEXT])


def _text(text: str) -> Node:
    return {"type": "text", "text": {"body": text, "preview_url": len(LINK.findall(text)) == 1}}


def _are_distinct(choices: Sequence[Choice]) -> bool:
    ids = {choice.id for choice in choices if 0 < len(choice.id) <= MAX_ROW_ID}
    return len(ids) == len(choices)


def _fit_buttons(choices: Sequence[Choice]) -> bool:
    """A button shows no description, so what has one goes into a list; nor may two look the same."""
    titles = {title_of(choice) for choice in choices if not choice.description}
    return 0 < len(titles) == len(choices) <= MAX_BUTTONS and all(0 < len(title) <= MAX_BUTTON for title in titles)


def _fit_list(choices: Sequence[Choice]) -> bool:
    fitting = (0 < len(title_of(each)) <= MAX_ROW and len(each.description) <= MAX_DESCRIPTION for each in choices)
    return 0 < len(choices) <= MAX_ROWS and all(fitting)


def _interactive(kind: str, body: str, action: Node) -> Node:
    return {"type": "interactive", "interactive": {"type": kind, "body": {"text": body}, "action": action}}


def _button(choice: Choice) -> Node:
    return {"type": "reply", "reply": {"id": choice.id, "title": title_of(choice)}}


def _row(choice: Choice) -> Node:
    row: Node = {"id": choice.id, "title": title_of(choice)}
    return {**row, "description": choice.description} if choice.description.strip() else row


def upload_of(part: FilePart) -> Upload:
    """Raises TransportError where Meta takes no file of this size."""
    if len(part.content) > LARGEST_DOCUMENT:
        raise file_too_large("WhatsApp", LARGEST_DOCUMENT)
    mime = "text/plain" if _TEXTS.match(part.mime) else part.mime
    return Upload(form_field="file", name=part.name, mime=mime, content=part.content)


def _file(part: FilePart, media_id: str) -> Node:
    caption = {"caption": part.caption} if part.caption else {}
    if part.kind == "image" and part.mime in IMAGES and len(part.content) <= LARGEST_IMAGE:
        return {"type": "image", "image": {"id": media_id, **caption}}
    return {"type": "document", "document": {"id": media_id, "filename": name_of(part.name), **caption}}


def _reaction(part: ReactionPart, message_id: str | None) -> Node:
    if not message_id:
        raise TransportError("A reaction needs a message to stand on", permanent=True, code="no_message")
    return {"type": "reaction", "reaction": {"message_id": message_id, "emoji": part.emoji}}
