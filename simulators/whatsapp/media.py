"""Media: what the business uploads and what people send. Kept in memory, gone after a restart."""

from __future__ import annotations

import base64
import hashlib
import itertools
import secrets
from dataclasses import dataclass
from typing import Any

from simulators.whatsapp.errors import GraphError

LINK_SECONDS = 300
KEEP_SECONDS = 7 * 86400
MB = 1 << 20
CAPS = {"image": 5 * MB, "audio": 16 * MB, "video": 16 * MB}
DOCUMENT_CAP = 100 * MB
STICKER_CAP = 500 * 1024
OFFICE = "application/vnd.openxmlformats-officedocument"
TYPES = frozenset(
    {
        *(f"audio/{name}" for name in ("aac", "mp4", "mpeg", "amr", "ogg", "opus")),
        *(f"image/{name}" for name in ("jpeg", "png", "webp")),
        *(f"video/{name}" for name in ("mp4", "3gpp")),
        *(f"application/{name}" for name in ("pdf", "msword", "vnd.ms-excel", "vnd.ms-powerpoint")),
        *(f"{OFFICE}.{name}" for name in ("wordprocessingml.document", "presentationml.presentation")),
        f"{OFFICE}.spreadsheetml.sheet",
        "text/plain",
    }
)


@dataclass(frozen=True, kw_only=True)
class Media:
    id: str
    number_id: str
    content: bytes
    mime_type: str
    name: str
    at: float
    key: str  # in the download link

    @property
    def sha256(self) -> str:
        """In hexadecimal, as `GET /{media_id}` answers it."""
        return hashlib.sha256(self.content).hexdigest()

    def node(self) -> dict[str, Any]:
        """As it stands in a webhook, where the hash is in base64."""
        digest = base64.b64encode(hashlib.sha256(self.content).digest()).decode()
        return {"id": self.id, "mime_type": self.mime_type, "sha256": digest}


class MediaStore:
    def __init__(self) -> None:
        self._media: dict[str, Media] = {}
        self._ids = itertools.count(secrets.randbelow(10**15) + 10**15)

    def clear(self) -> None:
        self._media.clear()

    def add(self, number_id: str, content: bytes, mime_type: str, name: str, at: float) -> Media:
        media = Media(
            id=str(next(self._ids)),
            number_id=number_id,
            content=content,
            mime_type=mime_type,
            name=name,
            at=at,
            key=secrets.token_urlsafe(24),
        )
        self._media[media.id] = media
        return media

    def find(self, media_id: str, now: float) -> Media | None:
        media = self._media.get(media_id)
        return media if media is not None and now - media.at <= KEEP_SECONDS else None

    def type_of(self, media_id: str, now: float) -> str | None:
        media = self.find(media_id, now)
        return media.mime_type if media is not None else None

    def remove(self, media_id: str) -> None:
        self._media.pop(media_id, None)


def check_upload(mime_type: str, size: int) -> None:
    """Raises GraphError where Meta takes no file of this type or size."""
    if mime_type.partition(";")[0] not in TYPES:
        raise GraphError(100, f"Param file must be a file with one of the supported types, got {mime_type}")
    cap = STICKER_CAP if mime_type == "image/webp" else CAPS.get(mime_type.partition("/")[0], DOCUMENT_CAP)
    if size > cap:
        raise GraphError(131053, f"file of {size} bytes is larger than the {cap} bytes allowed for {mime_type}")
    if size == 0:
        raise GraphError(100, "Param file must not be empty")
