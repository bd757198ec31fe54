"""Outcomes, states and health as operators see them: in a word, with a colour."""

from __future__ import annotations

from datetime import datetime

from tooling.credential_health import WARNED_BEFORE
from tooling.models import Credential, CustomTool, Execution

Outcome = Execution.Outcome
WORDS: dict[str, str] = {value: str(label) for value, label in Outcome.choices}
COLOURS: dict[str, str | None] = {
    Outcome.OK: "success",
    Outcome.ERROR: "danger",
    Outcome.TIMEOUT: "danger",
    Outcome.KILLED: "danger",
    Outcome.REFUSED: "warning",
    Outcome.UNKNOWN: "warning",
}
STATES: dict[str, str | None] = {"draft": None, "green": "success", "red": "danger"}
TOOL_STATES: dict[str, str | None] = {"live": "success", "off": "warning", "not live": None}
HEALTH: dict[str, str | None] = {"unknown": None, "works": "success", "refused": "danger", "unreached": "warning"}
EXPIRY: dict[str, str | None] = {"past": "danger", "soon": "danger", "later": "success"}


def state_of(tool: CustomTool) -> str:
    """One of TOOL_STATES."""
    if not tool.enabled:
        return "off"
    return "live" if tool.live_id else "not live"


def expiry_of(credential: Credential, now: datetime) -> tuple[str, str] | None:
    """One of EXPIRY, and the words; None where it does not expire."""
    if credential.expires_at is None:
        return None
    left = credential.expires_at - now
    if left.total_seconds() <= 0:
        return "past", "expired"
    days = f"{left.days} day{'' if left.days == 1 else 's'}" if left.days else "today"
    return ("soon" if left < WARNED_BEFORE else "later"), days
