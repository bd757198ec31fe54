"""Meta's error codes as our error family. They come as an answer to a call, or later as a status "failed".

Source: https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes. A code that is not listed here is
judged by its HTTP status.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypedDict

from messaging.channels.base import Finding, LimitScope, TemplateTrouble, TransportError
from messaging.channels.door import text_of
from messaging.channels.findings import worded
from messaging.channels.whatsapp.troubles import WORDS
from messaging.channels.wire import Answer

SLOW_DOWN = {4, 17, 32, 613, 80007, 130429, 131048, 131056, 133016}
PAIR_RATE = 131056
PAIR_SECONDS = 6.0  # about one message per 6 s to one person, in the long run
UNAUTHORIZED = {0, 3, 10, 102, 190, 131005} | set(range(200, 300))
UNREACHABLE = {131026}
WINDOW_CLOSED = {131047}
TEMPLATES: Mapping[int, TemplateTrouble] = {
    132000: "unfit",  # another number of values
    132001: "gone",
    132005: "unfit",  # too long with its values
    132007: "unfit",
    132012: "unfit",
    132015: "paused",
    132016: "disabled",
    132018: "unfit",
}
# Not the message but the account: locked, unpaid, not registered, under maintenance. It goes out once that is mended.
ACCOUNT = {368, 131031, 131042, 131045, 131057, 133010}
TROUBLES = {131031: "account_locked", 368: "account_locked", 131042: "payment"}
NOT_REGISTERED = 133010
OURS_TO_TRY_AGAIN = {1, 2, 131000, 131016, 133004}


class Flags(TypedDict, total=False):
    permanent: bool
    unreachable: bool
    unauthorized: bool
    window_closed: bool
    template: TemplateTrouble


def flags_of(code: int | None, status: int) -> Flags:
    """Which flags of TransportError a code sets."""
    if code in UNREACHABLE:
        return {"unreachable": True, "permanent": True}
    if code in WINDOW_CLOSED:
        return {"window_closed": True}
    if code is not None and code in TEMPLATES:
        return {"permanent": True, "template": TEMPLATES[code]}
    if code in UNAUTHORIZED or (status == 401 and code not in SLOW_DOWN):
        return {"unauthorized": True}
    if code in SLOW_DOWN | ACCOUNT | OURS_TO_TRY_AGAIN or status == 429 or status >= 500:
        return {}
    return {"permanent": True}


def error_of(answer: Answer, error: Mapping[str, Any], doing: str) -> TransportError:
    """The error for an answer that is Meta's own error object."""
    code = code_of(error)
    subcode = error.get("error_subcode")
    flags = flags_of(code, answer.status)
    if flags == {"permanent": True} and error.get("is_transient") is True:
        flags = {}
    retry_after = answer.retry_after
    if retry_after is None and code == PAIR_RATE:
        retry_after = PAIR_SECONDS
    shown = f"{code}/{subcode}" if isinstance(subcode, int) and code is not None else str(code or answer.status)
    return TransportError(
        f"WhatsApp refused {doing}: {shown} {summary_of(error)}".strip(),
        retry_after=retry_after,
        scope=scope_of(code, answer.status),
        trouble=trouble_of(code, summary_of(error)),
        code=shown,
        **flags,
    )


def scope_of(code: int | None, status: int) -> LimitScope | None:
    """Whom a refusal for having sent too fast concerns."""
    if code == PAIR_RATE:
        return "chat"
    return "account" if code in SLOW_DOWN or status == 429 else None


def trouble_of(code: int | None, summary: str) -> Finding | None:
    """What is wrong with the account, where that is what a code says."""
    if code == NOT_REGISTERED:
        unknown = {"address": "of this account", "status": str(code), "number": "ID"}  # a check tells more
        return worded(WORDS, "number_not_registered", "error", silences=True, **unknown)
    if code not in TROUBLES:
        return None
    return worded(WORDS, TROUBLES[code], "error", silences=True, detail=f"{code} {summary}"[:200])


def code_of(error: Mapping[str, Any]) -> int | None:
    code = error.get("code")
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def summary_of(error: Mapping[str, Any]) -> str:
    """Meta's words for it, as `impersonal` leaves them."""
    details = error.get("error_data")
    words = text_of(error.get("message")) or text_of(error.get("title"))
    more = text_of(details.get("details")) if isinstance(details, dict) else ""
    return impersonal(f"{words} ({more})" if more and more != words else words)


def impersonal(words: str) -> str:
    """Meta's words without what may be a person's: quoted text, addresses, numbers long enough for a telephone."""
    words = re.sub(r"\"[^\"]*\"|'[^']*'(?!\w)|“[^”]*”|[^\s@]+@[^\s@]+", "…", words)
    return re.sub(r"\+?\d{7,}", "…", words)[:300]
