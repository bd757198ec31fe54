"""Files that bots upload and people send. Kept in memory, gone after a restart."""

from __future__ import annotations

import mimetypes
import secrets
from dataclasses import dataclass
from typing import Any

from simulators.telegram.errors import bad

MB = 1 << 20
DOWNLOAD_CAP = 20 * MB
UPLOAD_CAPS = {"photo": 10 * MB}
UPLOAD_CAP = 50 * MB
FOLDERS = {"photo": "photos", "voice": "voice", "video": "videos", "audio": "music", "sticker": "stickers"}


@dataclass(frozen=True)
class File:
    id: str
    unique_id: str
    path: str
    name: str
    mime_type: str
    size: int
    content: bytes

    def node(self) -> dict[str, Any]:
        return {"file_id": self.id, "file_unique_id": self.unique_id, "file_size": self.size}


class FileStore:
    def __init__(self) -> None:
        self._files: dict[str, File] = {}
        self._by_path: dict[str, File] = {}

    def clear(self) -> None:
        self._files.clear()
        self._by_path.clear()

    def add(self, kind: str, content: bytes, name: str, mime_type: str, *, size: int | None = None) -> File:
        """`size` may claim more than there is, so that limits can be tried without the bytes."""
        number = len(self._files) + 1
        ending = mimetypes.guess_extension(mime_type) or ""
        path = f"{FOLDERS.get(kind, 'documents')}/file_{number}{ending}"
        file = File(
            id="AgACAgIAAxk" + secrets.token_urlsafe(33),
            unique_id="AQAD" + secrets.token_urlsafe(9),
            path=path,
            name=name,
            mime_type=mime_type,
            size=len(content) if size is None else size,
            content=content,
        )
        self._files[file.id] = self._by_path[path] = file
        return file

    def find(self, file_id: str) -> File | None:
        return self._files.get(file_id)

    def at(self, path: str) -> File | None:
        file = self._by_path.get(path)
        return file if file is not None and file.size <= DOWNLOAD_CAP else None

    def to_download(self, file_id: str) -> File:
        """Raises ApiError for files that are unknown or over the 20 MB that bots may download."""
        file = self._files.get(file_id)
        if file is None:
            raise bad("wrong file_id or the file is temporarily unavailable")
        if file.size > DOWNLOAD_CAP:
            raise bad("file is too big")
        return file


def is_image(content: bytes) -> bool:
    return content.startswith((b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM")) or content[8:12] == b"WEBP"


def media_node(kind: str, file: File) -> Any:
    """A message's media as the service tells it; sizes in pixels and seconds are made up."""
    if kind == "photo":
        return [{**file.node(), "width": 1280, "height": 960}]
    node = {**file.node(), "mime_type": file.mime_type}
    if kind in {"document", "audio", "video"} and file.name:
        node["file_name"] = file.name
    if kind in {"audio", "voice", "video"}:
        node["duration"] = 3
    if kind in {"video", "sticker"}:
        node |= {"width": 512, "height": 512}
    if kind == "sticker":
        node |= {"type": "regular", "is_animated": False, "is_video": False}
    return node
