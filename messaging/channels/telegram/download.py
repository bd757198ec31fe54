"""Fetching what people sent: getFile names a path, under which the file lies for an hour."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from messaging.channels import wire
from messaging.channels.base import Credentials, Fetched, Media, TransportError
from messaging.channels.telegram.errors import error_of

_PATH = re.compile(r"[\w-]+(?:[/.][\w-]+)*", re.ASCII)
_SERVICE = "Telegram"


def fetch(credentials: Credentials, media: Media, max_bytes: int, get_file: Callable[[str], Any]) -> Fetched:
    """`get_file` is the method of that name for an id. Raises TransportError."""
    node = get_file(media.file_id)
    path, size = (node.get("file_path"), node.get("file_size")) if isinstance(node, dict) else (None, None)
    if isinstance(size, int) and size > max_bytes:
        raise wire.file_too_large(_SERVICE, max_bytes)
    if not isinstance(path, str) or not _PATH.fullmatch(path):
        raise TransportError("Telegram's getFile did not name a file")
    url = f"{credentials.base_url}/file/bot{quote(credentials.token, safe=':')}/{path}"
    answer = wire.download(_SERVICE, url, max_bytes=max_bytes)
    if isinstance(answer, wire.Answer):
        raise _refusal(answer)
    mime = media.mime or mimetypes.guess_type(path)[0] or answer.mime
    return Fetched(content=answer.content, mime=mime, name=media.name or path.rpartition("/")[2])


def _refusal(answer: wire.Answer) -> TransportError:
    if answer.status == 404:  # a wrong token is 404 as well, but with that one getFile would not have answered
        return TransportError("Telegram has no file at the path that it named", code="404")
    if answer.body is None or answer.body.get("ok") is not False:
        return wire.not_from_service(_SERVICE, answer, harmless=True)
    return error_of(answer, answer.body, "a file")
