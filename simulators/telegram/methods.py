"""The Bot API's methods about the bot itself, and the table of all methods that the double knows."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from simulators.messenger.webhooks import WebhookQueue
from simulators.telegram.bots import SECRET, UPDATE_KINDS, Bot
from simulators.telegram.conversations import Conversations, is_group
from simulators.telegram.errors import ApiError, bad
from simulators.telegram.files import FileStore
from simulators.telegram.messages import Messages
from simulators.telegram.params import Params

PORTS = frozenset({80, 88, 443, 8443})
COMMAND = re.compile(r"[a-z0-9_]{1,32}")
HTTP_NOTE = " (this simulator takes http on loopback; the real service needs HTTPS on port 80, 88, 443 or 8443)"
MEDIA = ("photo", "document", "voice", "audio", "video", "sticker")
Answer = tuple[Any, str | None]  # result, description


class Methods:
    def __init__(
        self, conversations: Conversations, messages: Messages, files: FileStore, webhooks: WebhookQueue
    ) -> None:
        self._conversations, self._files, self._webhooks = conversations, files, webhooks
        described: dict[str, Callable[[Bot, Params], Answer]] = {
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
        }
        plain: dict[str, Callable[[Bot, Params], Any]] = {
            "getMe": self._get_me,
            "getWebhookInfo": self._get_webhook_info,
            "getUpdates": self._get_updates,
            "setMyCommands": self._set_my_commands,
            "getMyCommands": self._get_my_commands,
            "deleteMyCommands": self._delete_my_commands,
            "getFile": self._get_file,
            "getChat": self._get_chat,
            "sendMessage": messages.send_message,
            "editMessageText": messages.edit_message_text,
            "deleteMessage": messages.delete_message,
            "sendChatAction": messages.send_chat_action,
            "sendMessageDraft": messages.send_message_draft,
            "setMessageReaction": messages.set_message_reaction,
            "answerCallbackQuery": messages.answer_callback_query,
        }
        self._table: dict[str, Callable[[Bot, Params], Answer]] = {
            name.lower(): method for name, method in described.items()
        }
        self._table |= {name.lower(): _undescribed(method) for name, method in plain.items()}
        for kind in MEDIA:
            self._table[f"send{kind}"] = _undescribed(partial(messages.send_media, kind=kind))

    def call(self, bot: Bot, name: str, params: Params) -> dict[str, Any]:
        """The answer's body; raises ApiError. Method names are not case-sensitive."""
        method = self._table.get(name.lower())
        if method is None:
            raise ApiError(404, "Not Found: method not found")
        result, description = method(bot, params)
        return {"ok": True, "result": result, **({"description": description} if description else {})}

    def _get_me(self, bot: Bot, _params: Params) -> dict[str, Any]:
        return {
            **bot.as_user(),
            "can_join_groups": True,
            "can_read_all_group_messages": not bot.privacy,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    def _set_webhook(self, bot: Bot, params: Params) -> Answer:
        self._conversations.keep_webhook_limit(bot)
        url = params.text("url")
        if not url:
            return self._delete_webhook(bot, params)
        note = _check_url(url)
        secret = params.text("secret_token")
        if len(secret) > 256:
            raise bad("secret token is too long")
        if secret and not SECRET.fullmatch(secret):
            raise bad("secret token contains unallowed characters")
        if params.has("allowed_updates"):
            given = params.json("allowed_updates", list)
            bot.allowed_updates = [kind for kind in given if isinstance(kind, str) and kind in UPDATE_KINDS]
        if params.boolean("drop_pending_updates"):
            self._webhooks.drop(bot.key)
        same = (bot.webhook_url, bot.secret_token) == (url, secret)
        bot.webhook_url, bot.secret_token = url, secret
        bot.max_connections = min(100, max(1, params.integer("max_connections", 40)))
        bot.last_error, bot.last_error_at = "", 0
        self._webhooks.resume()
        return True, ("Webhook is already set" if same else "Webhook was set") + note

    def _delete_webhook(self, bot: Bot, params: Params) -> Answer:
        if params.boolean("drop_pending_updates"):
            self._webhooks.drop(bot.key)
        was_set, bot.webhook_url, bot.secret_token = bool(bot.webhook_url), "", ""
        return True, "Webhook was deleted" if was_set else "Webhook is already deleted"

    def _get_webhook_info(self, bot: Bot, _params: Params) -> dict[str, Any]:
        info: dict[str, Any] = {
            "url": bot.webhook_url,
            "has_custom_certificate": False,
            "pending_update_count": self._webhooks.pending(bot.key),
        }
        if bot.webhook_url:
            info |= {"max_connections": bot.max_connections, "ip_address": "127.0.0.1"}
        if bot.last_error:
            info |= {"last_error_date": bot.last_error_at, "last_error_message": bot.last_error}
        if bot.allowed_updates:
            info["allowed_updates"] = bot.allowed_updates
        return info

    def _get_updates(self, bot: Bot, _params: Params) -> Any:
        if bot.webhook_url:
            reason = (
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            )
            raise ApiError(409, f"Conflict: {reason}")
        raise ApiError(404, "Not Found: this simulator hands updates to webhooks only")

    def _set_my_commands(self, bot: Bot, params: Params) -> bool:
        commands = params.json("commands", list)
        if len(commands) > 100:
            raise bad("BOT_COMMANDS_TOO_MUCH")
        for command in commands:
            if not isinstance(command, dict) or not COMMAND.fullmatch(str(command.get("command"))):
                raise bad("BOT_COMMAND_INVALID")
            if not 1 <= len(str(command.get("description") or "")) <= 256:
                raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        bot.commands[_scope(params)] = commands
        return True

    def _get_my_commands(self, bot: Bot, params: Params) -> list[dict[str, str]]:
        return bot.commands.get(_scope(params), [])

    def _delete_my_commands(self, bot: Bot, params: Params) -> bool:
        bot.commands.pop(_scope(params), None)
        return True

    def _get_file(self, _bot: Bot, params: Params) -> dict[str, Any]:
        file = self._files.to_download(params.text("file_id"))
        return {**file.node(), "file_path": file.path}

    def _get_chat(self, bot: Bot, params: Params) -> dict[str, Any]:
        chat = self._conversations.reach(bot, params)
        limits = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": _GIFTS}
        return {**chat.facts["chat"], **limits, **({"permissions": {}} if is_group(chat) else {})}


_GIFTS = dict.fromkeys(("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription"), False)
_GIFTS["gifts_from_channels"] = False


def _undescribed(method: Callable[[Bot, Params], Any]) -> Callable[[Bot, Params], Answer]:
    return lambda bot, params: (method(bot, params), None)


def _scope(params: Params) -> str:
    scope = params.json("scope", dict) or {"type": "default"}
    return json.dumps([scope, params.text("language_code")], sort_keys=True)


def _check_url(url: str) -> str:
    """What to add to the description; raises ApiError for URLs that the service would not call."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise bad("invalid webhook URL specified") from None
    host = parts.hostname or ""
    if parts.scheme == "http" and _is_loopback(host):
        return HTTP_NOTE
    if parts.scheme != "https" or not host:
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if (port or 443) not in PORTS:
        raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    return ""


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
