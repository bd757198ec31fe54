"""What every channel needs where foreign JSON comes in: strict decoding, text that can be stored, bounded ids."""

from __future__ import annotations

import hmac
import json
import math
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from messaging.channels.base import MalformedBody

LONGEST_ID = 255
LONGEST_FILE_ID = 500
LONGEST_CHOICE = 200
LONGEST_QUOTE = 1000
LONGEST_REASON = 200
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL refuses NUL; lone surrogates have no UTF-8 form
_LATEST = 4_102_444_800  # the year 2100: later times are garbage, and break arithmetic in other zones


class NotAsDocumentedError(ValueError):
    """A part of a body is not of the shape that the service documents; says where, never what stood there."""


def decode(body: bytes) -> Any:
    """The body's JSON; raises MalformedBody for what is not strictly JSON in UTF-8."""
    try:
        return json.loads(body.decode(), parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise MalformedBody(f"not JSON: {type(error).__name__}") from None


def encode(part: object) -> bytes:
    """JSON as Meta writes it: code points above U+007F escaped, which keeps lone surrogates what they are."""
    try:
        return json.dumps(part, separators=(",", ":")).encode()
    except RecursionError:
        raise MalformedBody("JSON nested too deep") from None


def _refuse(constant: str) -> float:
    raise ValueError(constant)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(digits)
    return number


def clean(text: str) -> str:
    return _UNSTORABLE.sub("", text)


def text_of(value: object, limit: int | None = None) -> str:
    """A string made storable and cut to `limit`; "" for anything else."""
    return clean(value)[:limit] if isinstance(value, str) else ""


def id_of(value: object, where: str, longest: int = LONGEST_ID) -> str:
    """An id as a string; raises NotAsDocumentedError for what cannot be one."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**30:
        return str(value)
    if isinstance(value, str) and 0 < len(value) <= longest and value == clean(value) and value.strip():
        return value
    raise NotAsDocumentedError(f"{where} is not an id")


def size_of(value: object) -> int | None:
    """A count of bytes that a column can hold, or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else None


def line_of(value: object, limit: int) -> str:
    """A string as one line: what strangers write must not look like another line of ours."""
    return " ".join(text_of(value).split())[:limit]


def object_of(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise NotAsDocumentedError(f"{where} is not an object")
    return value


def list_of(value: object, where: str) -> list[Any]:
    """A list; an absent one is empty."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise NotAsDocumentedError(f"{where} is not a list")
    return value


def time_of(value: object, where: str) -> datetime:
    """Seconds since 1970, as a number or as digits, as an aware time in UTC."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,10}", value, re.ASCII):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _LATEST:
        raise NotAsDocumentedError(f"{where} is not a time")
    return datetime.fromtimestamp(value, UTC)


def uuid_of(value: object) -> str | None:
    """A UUID in its usual form, or None: ids come back to us through strangers and go into typed columns."""
    try:
        return str(uuid.UUID(value)) if isinstance(value, str) else None
    except ValueError:
        return None


def reason(text: str) -> str:
    return clean(text)[:LONGEST_REASON]


def header(headers: Mapping[str, str], name: str) -> str:
    """A header's value without regard to the case of its name; "" where it is absent."""
    return next((value for key, value in headers.items() if key.lower() == name.lower()), "")


def same(given: str, expected: str) -> bool:
    """Compare in constant time; whatever the caller sent, also what is not ASCII."""
    return hmac.compare_digest(given.encode(errors="replace"), expected.encode(errors="replace"))
