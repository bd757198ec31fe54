"""What people, models and services wrote, made fit to be shown: nothing that UTF-8 or a page cannot hold."""

from __future__ import annotations

import json
from typing import Any

SHOWN_BYTES = 200_000  # of a raw body; a webhook may have megabytes


def printable(text: str) -> str:
    """Lone surrogates and NUL, which stored JSON may hold, become the replacement character."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace").replace("\x00", "\ufffd")


def pretty(value: Any) -> str:
    return printable(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def shown_raw(raw: bytes) -> tuple[str, str]:
    """The bytes as text, and what it is: JSON in a readable layout, else the text as it came, bytes as escapes."""
    try:
        text, kind = pretty(json.loads(raw)), "JSON"
    except (ValueError, RecursionError):
        text, kind = raw[:SHOWN_BYTES].decode("utf-8", "backslashreplace").replace("\x00", "\\x00"), "not JSON"
    if len(text) > SHOWN_BYTES or len(raw) > SHOWN_BYTES:
        return text[:SHOWN_BYTES], f"{kind}, {len(raw):,} bytes, the beginning of it"
    return text, f"{kind}, {len(raw):,} bytes"
