"""Which chats a bot may write to, how fast, and the numbering of messages in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulators.messenger import Buckets, Chat, ChatBook, ChatMessage, Rate
from simulators.messenger.clock import WakingClock
from simulators.telegram.bots import Bot
from simulators.telegram.errors import ApiError, bad, too_many
from simulators.telegram.params import Params

MESSAGE_ID_GAP = 100  # after a restart, as the last ids given out may not have been written
Payload = dict[str, Any]


class Conversations:
    def __init__(self, clock: WakingClock, chats: ChatBook, settings: Callable[[], Mapping[str, float | str]]) -> None:
        self.clock, self.chats, self._settings = clock, chats, settings
        self.seen: set[int] = set()  # users that any bot has met
        self._buckets = Buckets()

    def clear(self) -> None:
        self.seen.clear()
        self._buckets.clear()

    def reach(self, bot: Bot, params: Params) -> Chat:
        """The chat that a call names; raises ApiError where the bot may not write to it."""
        if not params.has("chat_id"):
            raise bad("chat_id is empty")
        chat_id = params.text("chat_id")
        chat = self.chats.find(bot.key, chat_id)
        if chat is None or "chat" not in chat.facts:
            if chat_id.isdecimal() and int(chat_id) in self.seen:
                raise ApiError(403, "bot can't initiate conversation with a user")
            raise bad("chat not found")
        _check_standing(chat.facts)
        return chat

    def keep_limits(self, bot: Bot, chat: Chat) -> None:
        """Count one message; raises ApiError 429 where it is one too many."""
        settings, now = self._settings(), self.clock.now()
        bot_rate = float(settings["bot_per_second"])
        rates = {
            (bot.id,): Rate(max(1.0, bot_rate), bot_rate),
            (bot.id, chat.id): Rate(float(settings["chat_burst"]), float(settings["chat_per_second"])),
        }
        if is_group(chat):
            per_minute = float(settings["group_per_minute"])
            rates[bot.id, chat.id] = Rate(max(1.0, per_minute), per_minute / 60)
        wait = max(self._buckets.wait(key, rate, now) for key, rate in rates.items())
        if wait:
            raise too_many(wait)
        for key, rate in rates.items():
            self._buckets.take(key, rate, now)

    def keep_webhook_limit(self, bot: Bot) -> None:
        """setWebhook may be called about once a second; raises ApiError 429."""
        rate, now = Rate(1, float(self._settings()["set_webhook_per_second"])), self.clock.now()
        wait = self._buckets.wait(("setWebhook", bot.id), rate, now)
        if wait:
            raise too_many(wait)
        self._buckets.take(("setWebhook", bot.id), rate, now)

    def next_id(self, chat: Chat) -> int:
        """A message id, unique only within the chat."""
        chat.facts["last_message_id"] = chat.facts.get("last_message_id", 0) + 1
        return int(chat.facts["last_message_id"])

    def leave_gaps(self) -> None:
        for chat in self.chats:
            if "last_message_id" in chat.facts:
                chat.facts["last_message_id"] += MESSAGE_ID_GAP


def _check_standing(facts: Payload) -> None:
    if facts.get("migrated_to"):
        raise ApiError(400, "group chat was upgraded to a supergroup chat", migrate_to_chat_id=facts["migrated_to"])
    kind = facts["chat"]["type"]
    if facts.get("kicked"):
        raise ApiError(403, f"bot was kicked from the {'group' if kind == 'group' else kind} chat")
    if facts.get("deactivated"):
        raise ApiError(403, "user is deactivated")
    if facts.get("blocked"):
        raise ApiError(403, "bot was blocked by the user")


def is_group(chat: Chat) -> bool:
    return bool(chat.facts.get("chat", {}).get("type", "private") != "private")


def payload_of(message: ChatMessage | None) -> Payload | None:
    """The message as the Bot API tells it, without what it replies to."""
    if message is None or "payload" not in message.private:
        return None
    return {name: value for name, value in message.private["payload"].items() if name != "reply_to_message"}
