"""What a node of `messages[]` or `message_echoes[]` holds, whoever sent it: one reader for each type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from messaging.channels.base import Media, MediaKind
from messaging.channels.door import (
    LONGEST_CHOICE,
    LONGEST_FILE_ID,
    LONGEST_ID,
    NotAsDocumentedError,
    id_of,
    list_of,
    object_of,
    size_of,
    text_of,
)
from messaging.channels.whatsapp.errors import code_of, summary_of
from messaging.channels.whatsapp.words import button_words, contacts_words, reply_words, words_of

Node = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Content:
    """The fields of `InboundMessage` that the message's type decides."""

    kind: str
    text: str = ""
    media: tuple[Media, ...] = ()
    choice: str = ""
    about: str | None = None  # the message that a reaction, an edit or a deletion is about
    wakes: bool = True


UNSUPPORTED = Content(kind="unsupported")


def content_of(node: Node) -> Content:
    """What a message holds, `UNSUPPORTED` where its type is unknown; raises NotAsDocumentedError."""
    kind = _kind(node)
    reader = _DONE.get(kind) or _SAID.get(kind)
    return reader(node) if reader else UNSUPPORTED


def errors_words(node: Node) -> str:
    """What Meta says went wrong with a message, to stand behind another sentence; "" where it says nothing."""
    errors = node.get("errors")
    error = errors[0] if isinstance(errors, list) and errors else None
    return f" (error {code_of(error)}: {summary_of(error)})" if isinstance(error, dict) else ""


def _kind(node: Node) -> str:
    kind = text_of(node.get("type"))
    if not kind:
        raise NotAsDocumentedError("message type missing")
    return kind


def _words(node: Node) -> Content:
    kind = _kind(node)
    return Content(kind=kind, text=words_of(node, kind))


def _contacts(node: Node) -> Content:
    return Content(kind="contacts", text=contacts_words(list_of(node.get("contacts"), "contacts")))


def _file(node: Node) -> Content:
    kind = _kind(node)
    file = object_of(node.get(kind), kind)
    media = Media(
        kind="voice" if kind == "audio" and file.get("voice") is True else _FILES[kind],
        file_id=id_of(file.get("id"), f"{kind}.id", LONGEST_FILE_ID),
        mime=text_of(file.get("mime_type"), LONGEST_ID),
        name=text_of(file.get("filename"), LONGEST_ID),
        size=size_of(file.get("file_size")),
    )
    return Content(kind=kind, text=text_of(file.get("caption")), media=(media,))


def _interactive(node: Node) -> Content:
    if "interactive" not in node:
        raise NotAsDocumentedError("interactive without content")
    inner = object_of(node["interactive"], "interactive")
    for name in ("button_reply", "list_reply"):
        if name in inner:
            reply = object_of(inner[name], name)
            return Content(kind="interactive", text=reply_words(reply), choice=text_of(reply.get("id"), LONGEST_CHOICE))
    if text_of(inner.get("type")):  # a flow, or what came after it
        return UNSUPPORTED
    raise NotAsDocumentedError("interactive without a reply")


def _button(node: Node) -> Content:
    button = object_of(node.get("button"), "button")
    choice = text_of(button.get("payload"), LONGEST_CHOICE)
    return Content(kind="button", text=button_words(button), choice=choice)


def _reaction(node: Node) -> Content:
    reaction = object_of(node.get("reaction"), "reaction")
    emoji = reaction.get("emoji")
    if not isinstance(emoji, str | None):
        raise NotAsDocumentedError("reaction.emoji is not a string")
    about = id_of(reaction.get("message_id"), "reaction.message_id")
    return Content(kind="reaction", text=text_of(emoji), about=about, wakes=False)


def _edit(node: Node) -> Content:
    edit = object_of(node.get("edit"), "edit")
    about = id_of(edit.get("original_message_id"), "edit.original_message_id")
    changed = object_of(edit.get("message"), "edit.message")
    kind = _kind(changed)
    if kind not in _SAID:
        return replace(UNSUPPORTED, about=about)
    file = changed.get(kind)
    if kind in _FILES and isinstance(file, dict) and "id" not in file:  # only its caption is another
        return Content(kind="edit", text=text_of(file.get("caption")), about=about)
    return replace(_SAID[kind](changed), kind="edit", about=about)


def _revoke(node: Node) -> Content:
    revoke = object_of(node.get("revoke"), "revoke")
    about = id_of(revoke.get("original_message_id"), "revoke.original_message_id")
    return Content(kind="deletion", about=about, wakes=False)


_FILES: Mapping[str, MediaKind] = {
    "image": "image",
    "video": "video",
    "document": "document",
    "audio": "audio",
    "sticker": "sticker",
}
_SAID: Mapping[str, Callable[[Node], Content]] = {
    "text": _words,
    "location": _words,
    "order": _words,
    "contacts": _contacts,
    "interactive": _interactive,
    "button": _button,
    **dict.fromkeys(_FILES, _file),
}
_DONE: Mapping[str, Callable[[Node], Content]] = {"reaction": _reaction, "edit": _edit, "revoke": _revoke}
