"""The file of a Telegram message, for those kinds that have one.

Read from the update itself: python-telegram-bot makes a string of whatever stands where a file's id should.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from messaging.channels.base import Media, MediaKind
from messaging.channels.door import (
    LONGEST_FILE_ID,
    LONGEST_ID,
    NotAsDocumentedError,
    id_of,
    object_of,
    size_of,
    text_of,
)

Node = Mapping[str, Any]

# Telegram names no type for some of these: photos are always JPEG, round videos MP4.
_KINDS: Mapping[str, tuple[MediaKind, str]] = {
    "photo": ("image", "image/jpeg"),
    "voice": ("voice", "audio/ogg"),
    "audio": ("audio", ""),
    "video": ("video", ""),
    "video_note": ("video", "video/mp4"),
    "animation": ("video", "video/mp4"),
    "document": ("document", ""),
    "sticker": ("sticker", "image/webp"),
}


def files_of(message: Node, kind: str) -> tuple[Media, ...]:
    """The file of a message of that kind; raises NotAsDocumentedError where it names none that can be fetched."""
    if kind not in _KINDS:
        return ()
    media_kind, mime = _KINDS[kind]
    file = _largest(message.get(kind)) if kind == "photo" else object_of(message.get(kind), kind)
    if file.get("is_animated") is True:
        mime = "application/x-tgsticker"
    elif file.get("is_video") is True:
        mime = "video/webm"
    file_id = file.get("file_id")
    if not isinstance(file_id, str):
        raise NotAsDocumentedError(f"{kind}.file_id is not an id")
    media = Media(
        kind=media_kind,
        file_id=id_of(file_id, f"{kind}.file_id", LONGEST_FILE_ID),
        mime=text_of(file.get("mime_type"), LONGEST_ID) or mime,
        name=text_of(file.get("file_name"), LONGEST_ID),
        size=size_of(file.get("file_size")),
    )
    return (media,)


def _largest(sizes: object) -> Node:
    """Of the sizes in which a photo can be had."""
    nodes = [object_of(size, "photo[]") for size in sizes] if isinstance(sizes, list) else []
    if not nodes:
        raise NotAsDocumentedError("photo has no sizes")
    return max(nodes, key=lambda node: (size_of(node.get("width")) or 0) * (size_of(node.get("height")) or 0))
