"""Bots, made on first sight of a well-formed token."""

from __future__ import annotations

import re
import secrets
from dataclasses import asdict, dataclass, field
from typing import Any

from simulators.common import ControlError
from simulators.telegram.errors import ApiError

TOKEN = re.compile(r"([1-9][0-9]{0,18}):[A-Za-z0-9_-]{35}")
ALMOST_TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
UPDATE_ID_GAP = 1000  # after a restart, as the last ids given out may not have been written
UPDATE_KINDS = frozenset(
    {
        *("message", "edited_message", "channel_post", "edited_channel_post", "business_connection"),
        *("business_message", "edited_business_message", "deleted_business_messages", "message_reaction"),
        *("message_reaction_count", "inline_query", "chosen_inline_result", "callback_query", "shipping_query"),
        *("pre_checkout_query", "purchased_paid_media", "poll", "poll_answer", "my_chat_member", "chat_member"),
        *("chat_join_request", "chat_boost", "removed_chat_boost"),
    }
)
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(eq=False)
class Bot:
    id: int
    token: str = field(repr=False)
    first_name: str = ""
    username: str = ""
    revoked: bool = False
    privacy: bool = True  # in groups only commands, mentions and replies reach it
    webhook_url: str = ""
    secret_token: str = field(default="", repr=False)
    max_connections: int = 40
    allowed_updates: list[str] = field(default_factory=list)  # empty: the default
    last_error: str = ""
    last_error_at: int = 0
    commands: dict[str, list[dict[str, str]]] = field(default_factory=dict)  # by scope and language
    next_update_id: int = field(default_factory=lambda: 100_000_000 + secrets.randbelow(800_000_000))

    def __post_init__(self) -> None:
        self.username = self.username or f"sim_{self.id}_bot"
        self.first_name = self.first_name or "Simulated bot"

    @property
    def key(self) -> str:
        """The account's id in the control API."""
        return str(self.id)

    def wants(self, kind: str) -> bool:
        return kind in self.allowed_updates if self.allowed_updates else kind not in NOT_BY_DEFAULT

    def take_update_id(self) -> int:
        self.next_update_id += 1
        return self.next_update_id

    def as_user(self) -> dict[str, Any]:
        return {"id": self.id, "is_bot": True, "first_name": self.first_name, "username": self.username}


class Bots:
    def __init__(self) -> None:
        self._bots: dict[str, Bot] = {}

    def clear(self) -> None:
        self._bots.clear()

    def all(self) -> list[Bot]:
        return list(self._bots.values())

    def find(self, bot_id: str) -> Bot | None:
        return self._bots.get(bot_id)

    def named(self, account: object) -> Bot:
        """The bot that a control body names by id or token; raises ControlError."""
        bot = self._bots.get(str(account).partition(":")[0])
        if bot is None:
            raise ControlError(f"no bot {str(account).partition(':')[0]!r}: set it up with POST /_sim/accounts")
        return bot

    def of_token(self, token: str) -> Bot:
        """The bot of a call; raises ApiError 404 for what is no token, 401 for one that isn't or is no longer valid."""
        found = TOKEN.fullmatch(token)
        if found is None:
            raise ApiError(401, "Unauthorized") if ALMOST_TOKEN.fullmatch(token) else ApiError(404, "Not Found")
        bot = self._bots.get(found[1])
        if bot is None:
            bot = self._bots[found[1]] = Bot(int(found[1]), token)
        if bot.revoked or bot.token != token:
            raise ApiError(401, "Unauthorized")
        return bot

    def set(self, body: dict[str, Any]) -> Bot:
        """Make or change a bot as a control body says; raises ControlError."""
        token = body.get("token")
        found = TOKEN.fullmatch(token) if isinstance(token, str) else None
        if found is None or not isinstance(token, str):
            raise ControlError("token must be <digits>:<35 of A-Z a-z 0-9 _ ->")
        changes = {name: _string(body, name) for name in ("first_name", "username") if name in body}
        secret = _string(body, "secret_token") if "secret_token" in body else ""
        if secret and not SECRET.fullmatch(secret):
            raise ControlError("secret_token must be 1 to 256 of A-Z a-z 0-9 _ -")
        url = _string(body, "webhook_url") if body.get("webhook_url") is not None else ""
        allowed = checked_updates(body.get("allowed_updates", []))
        status = body.get("status", "valid")
        if status not in {"valid", "revoked"}:
            raise ControlError("status must be valid or revoked")
        bot = self._bots.setdefault(found[1], Bot(int(found[1]), token))
        bot.token = token
        for name, value in changes.items():
            setattr(bot, name, value)
        if "webhook_url" in body:
            bot.webhook_url, bot.secret_token, bot.allowed_updates = url, secret, allowed
        if "status" in body:
            bot.revoked = status == "revoked"
        if isinstance(body.get("privacy"), bool):
            bot.privacy = body["privacy"]
        return bot

    def snapshot(self) -> list[dict[str, Any]]:
        return [asdict(bot) for bot in self._bots.values()]

    def restore(self, kept: list[dict[str, Any]]) -> None:
        for values in kept:
            bot = Bot(**values)
            bot.next_update_id += UPDATE_ID_GAP
            self._bots[bot.key] = bot


def checked_updates(given: object) -> list[str]:
    """The kinds of updates that the service knows; others are ignored, as it does. Raises ControlError for no list."""
    if not isinstance(given, list):
        raise ControlError("allowed_updates must be a list")
    return [kind for kind in given if isinstance(kind, str) and kind in UPDATE_KINDS]


def _string(body: dict[str, Any], name: str) -> str:
    value = body[name]
    if not isinstance(value, str):
        raise ControlError(f"{name} must be a string")
    return value
