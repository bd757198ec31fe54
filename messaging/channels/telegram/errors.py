"""The Bot API's refusals as our error family. It tells them apart by words; nobody above this folder needs to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from messaging.channels.base import TransportError
from messaging.channels.door import text_of
from messaging.channels.wire import Answer

# 400s that mean the same as a 403: nobody can be reached in that chat.
_NOBODY_THERE = re.compile(
    r"chat not found|user not found|PEER_ID_INVALID|USER_IS_BLOCKED|CHAT_WRITE_FORBIDDEN|bot was kicked"
    r"|have no rights to send|not enough rights to send",
    re.IGNORECASE,
)
_BAD_FORMAT = re.compile(r"can't parse entities|can't find end of", re.IGNORECASE)
_BAD_PHOTO = re.compile(r"PHOTO_INVALID_DIMENSIONS|IMAGE_PROCESS_FAILED|PHOTO_EXT_INVALID|PHOTO_SAVE_FILE_INVALID")
_FOR_NOW = re.compile(r"temporarily unavailable", re.IGNORECASE)  # said of a wrong file id as well
_SECRET = re.compile(r"\"[^\"]*\"|'[^']*'(?!\w)|<[^>]*>|\bbot[^/\s]*:[^/\s]*")  # quoted text, tags, a token


class FormatRefusedError(TransportError):
    """The text's HTML was refused; the plain text will do."""


class PhotoRefusedError(TransportError):
    """The image cannot be shown as a photo; as a document it will do."""


def error_of(answer: Answer, body: Mapping[str, Any], doing: str) -> TransportError:
    """The error for an answer that is the service's own `{"ok": false, …}`."""
    description = text_of(body.get("description"))
    status = body.get("error_code")
    status = status if isinstance(status, int) and not isinstance(status, bool) else answer.status
    message = f"Telegram refused {doing}: {status} {impersonal(description)}"[:300]
    code = str(status)[:20]
    parameters = body.get("parameters")
    parameters = parameters if isinstance(parameters, dict) else {}
    if status == 400 and _BAD_FORMAT.search(description):
        return FormatRefusedError(message, permanent=True, code=code)
    if status == 400 and _BAD_PHOTO.search(description):
        return PhotoRefusedError(message, permanent=True, code=code)
    if status == 400 and _FOR_NOW.search(description):
        return TransportError(message, code=code)
    migrated_to = parameters.get("migrate_to_chat_id")
    if isinstance(migrated_to, int) and not isinstance(migrated_to, bool):
        return TransportError(message, migrated_to=str(migrated_to), code=code)
    if status == 429:
        seconds = _seconds(parameters.get("retry_after"), answer)
        return TransportError(message, retry_after=seconds, scope="account", code=code)  # it does not say which limit
    if status in {401, 404}:  # a wrong token makes a path that does not exist
        return TransportError(message, unauthorized=True, code=code)
    if status == 403 or _NOBODY_THERE.search(description):
        return TransportError(message, permanent=True, unreachable=True, code=code)
    return TransportError(message, permanent=status < 500, code=code)


def impersonal(words: str) -> str:
    """Telegram's words without quoted text, tags and tokens."""
    return _SECRET.sub("…", words)


def _seconds(value: object, answer: Answer) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 10**9:
        return float(value)
    return answer.retry_after
