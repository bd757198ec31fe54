"""Which trouble with an account a notice of Meta's tells of, or the end of which: the codes are those of a check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from messaging.channels.base import Finding, Severity
from messaging.channels.door import line_of
from messaging.channels.findings import worded
from messaging.channels.whatsapp.troubles import WORDS

Trouble = tuple[Finding | None, tuple[str, ...]]  # what is wrong, and the codes of what is over
NOTHING: Trouble = (None, ())
_LONGEST_DETAIL = 200


def trouble_of(field: str, value: Mapping[str, Any], word: str, summary: str, severity: Severity) -> Trouble:
    """`word`: Meta's own for what happened; `summary`: the notice in a line."""
    if field == "phone_number_quality_update":
        return _of_quality(value, word)
    if field == "account_update" and "REINSTATE" in word:
        return None, ("account_locked", "account_restricted")
    if field not in {"account_update", "account_alerts"} or severity == "info":
        return NOTHING
    detail = summary[:_LONGEST_DETAIL]
    if word == "DISABLED_UPDATE DISABLE":
        return worded(WORDS, "account_locked", "error", silences=True, detail=detail), ()
    if word.startswith(("ACCOUNT_RESTRICTION", "DISABLED_UPDATE")):
        return worded(WORDS, "account_restricted", severity, detail=detail), ()
    return worded(WORDS, "told_by_meta", severity, which=field, detail=detail), ()


def _of_quality(value: Mapping[str, Any], word: str) -> Trouble:
    address = line_of(value.get("display_phone_number"), 40)
    if word == "FLAGGED":
        return worded(WORDS, "quality_low", "warning", address=address, rating="low"), ()
    if word == "DOWNGRADE":
        new = line_of(value.get("current_limit"), 40)
        return worded(WORDS, "messaging_limit", "warning", address=address, limit=f": {new}" if new else ""), ()
    return None, {"UNFLAGGED": ("quality_low",), "UPGRADE": ("messaging_limit",)}.get(word, ())
