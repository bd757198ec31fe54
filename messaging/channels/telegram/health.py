"""What the Bot API tells of a bot's webhook: https://core.telegram.org/bots/api#webhookinfo."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from messaging.channels.base import Channel, Finding, Inspection, TransportError
from messaging.channels.door import line_of, text_of
from messaging.channels.findings import REFUSED, refused, worded
from messaging.channels.telegram.errors import impersonal
from messaging.channels.telegram.troubles import WORDS

BACKLOG = 100  # updates; a burst of one bot is over before so many wait
RECENT = timedelta(hours=1)  # Telegram tells of the last failure for ever, also when all has gone well since
_NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
_CODES = frozenset(
    {REFUSED, "webhook_not_set", "webhook_elsewhere", "webhook_failing", "webhook_backlog", "webhook_updates"}
)


def inspect(channel: Channel, webhook_url: str, updates: Sequence[str], webhook_info: Callable[[], Any]) -> Inspection:
    """Raises TransportError where Telegram cannot be asked."""
    try:
        info = webhook_info()
    except TransportError as error:
        if error.unauthorized:
            return Inspection(findings=(refused(channel, error),), looked_at=frozenset({REFUSED}))
        raise
    if not isinstance(info, dict) or not isinstance(info.get("url"), str):
        raise TransportError("Telegram's getWebhookInfo did not tell of a webhook")
    return Inspection(findings=tuple(_of_webhook(info, webhook_url, updates)), looked_at=_CODES)


def _of_webhook(info: Mapping[str, Any], ours: str, updates: Sequence[str]) -> Iterable[Finding]:
    url = text_of(info["url"])
    if not url:
        yield worded(WORDS, "webhook_not_set", "error")
        return
    if url != ours:
        yield worded(WORDS, "webhook_elsewhere", "error", theirs=shown_host(url))
        return
    failed_at, waiting = _number(info.get("last_error_date")), _number(info.get("pending_update_count"))
    failed = datetime.fromtimestamp(failed_at, UTC)
    if failed_at and datetime.now(UTC) - failed < RECENT:
        detail = impersonal(line_of(info.get("last_error_message"), 200)) or "no reason told"
        yield worded(WORDS, "webhook_failing", "warning", at=f"{failed:%H:%M}", detail=detail, ours=ours)
    if waiting > BACKLOG:
        yield worded(WORDS, "webhook_backlog", "warning", count=str(waiting))
    allowed = info.get("allowed_updates")
    missing = (
        set(updates) - {text_of(each) for each in allowed}
        if isinstance(allowed, list) and allowed
        else set(updates) & _NOT_BY_DEFAULT
    )
    if missing:
        yield worded(WORDS, "webhook_updates", "warning", missing=", ".join(sorted(missing)))


def shown_host(url: str) -> str:
    """A foreign webhook's host: programs put the bot's token into the path, or a secret."""
    return line_of(url.partition("://")[2].partition("/")[0].rpartition("@")[2], 200)


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**11 else 0
