"""The Telegram double: the Bot API on one side, people's phones on the other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from simulators.common import ControlError, Fault
from simulators.messenger import Chat, MessengerDouble, Policy, Target, Webhook
from simulators.messenger.double import Setting, ShownFile
from simulators.telegram.bots import Bot, Bots
from simulators.telegram.conversations import Conversations
from simulators.telegram.errors import ApiError, too_many
from simulators.telegram.files import FileStore
from simulators.telegram.messages import Messages
from simulators.telegram.methods import Methods
from simulators.telegram.params import Params, read_params
from simulators.telegram.people import Happening, People

DAY = 86400
MAX_COUNT = 10_000
REASONS = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}


class TelegramDouble(MessengerDouble):
    name = "telegram"
    default_settings: ClassVar[dict[str, Setting]] = {
        "bot_per_second": 30.0,
        "chat_per_second": 1.0,
        "chat_burst": 5.0,
        "group_per_minute": 20.0,
        "set_webhook_per_second": 1.0,
        "retry_scale": 1.0,
        "webhook_timeout": 60.0,
    }

    def __init__(self, *, state: Path | None = None) -> None:
        super().__init__(state=state)
        self.bots = Bots()
        self.files = FileStore()
        self.conversations = Conversations(self.clock, self.chats, lambda: self.settings)
        self.messages = Messages(self.conversations, self.files)
        self.people = People(self.conversations, self.files, self.messages)
        self.methods = Methods(self.conversations, self.messages, self.files, self.webhooks)

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return [
            *super().routes(),
            web.route("GET", "/bot{token:[^/]+}/{method}", self._call),
            web.route("POST", "/bot{token:[^/]+}/{method}", self._call),
            web.get("/file/bot{token:[^/]+}/{path:.+}", self._download),
        ]

    def middlewares(self) -> Sequence[Middleware]:
        return [_bot_api_errors]

    def policy(self) -> Policy:
        return Policy(
            head_of_line=True,
            waits_for_url=True,
            accepts=lambda status: 200 <= status < 300,
            honours_retry_after=True,
            delay=self._delay,
            timeout=lambda: self.setting("webhook_timeout"),
            keep=DAY,
        )

    def target(self, webhook: Webhook) -> Target | None:
        bot = self.bots.find(webhook.account)
        if bot is None or not bot.webhook_url or bot.revoked:
            return None
        headers = {"Content-Type": "application/json"}
        if bot.secret_token:
            headers["X-Telegram-Bot-Api-Secret-Token"] = bot.secret_token
        return Target(url=bot.webhook_url, headers=headers, max_connections=bot.max_connections)

    def list_accounts(self) -> list[dict[str, Any]]:
        return [_shown(bot) for bot in self.bots.all()]

    async def set_account(self, body: dict[str, Any]) -> dict[str, Any]:
        bot = self.bots.set(body)
        self.webhooks.resume()
        return _shown(bot)

    def inbound(self, body: dict[str, Any]) -> tuple[list[str], list[Webhook]]:
        bot = self.bots.named(body.get("account"))
        if "raw_update" in body:
            return [], [self._raw(bot, body["raw_update"])]
        if "raw_body" in body:
            return [], [self._webhook(bot, "", "raw", str(body["raw_body"]).encode("utf-8", "surrogatepass"))]
        happenings = [happening for item in _items(body) for happening in self.people.act(bot, item)]
        ids = [message_id for happening in happenings for message_id in happening.message_ids]
        return ids, [self._update(bot, happening) for happening in happenings if bot.wants(happening.kind)]

    def file(self, file_id: str) -> ShownFile | None:
        file = self.files.find(file_id)
        return ShownFile(file.content, file.mime_type) if file is not None else None

    def phone_opened(self, chat: Chat) -> None:
        for message in tuple(chat.messages.values()):
            if message.direction == "out":
                chat.mark(message, "read")

    def webhook_failed(self, webhook: Webhook, error: str) -> None:
        bot = self.bots.find(webhook.account)
        if bot is not None:
            bot.last_error, bot.last_error_at = error, int(self.clock.now())

    def reset(self) -> None:
        super().reset()
        self.bots.clear()
        self.files.clear()
        self.conversations.clear()
        self.messages.queries.clear()

    def snapshot(self) -> dict[str, Any]:
        return {**super().snapshot(), "bots": self.bots.snapshot(), "seen": sorted(self.conversations.seen)}

    def restore(self, snapshot: dict[str, Any]) -> None:
        super().restore(snapshot)
        self.bots.restore(snapshot["bots"])
        self.conversations.seen.update(snapshot["seen"])
        self.conversations.leave_gaps()

    def _delay(self, failures: int) -> float:
        """At once after the first failure, then 2, 4, 8 … 60 s."""
        seconds = 0 if failures <= 1 else min(60, 2 ** (failures - 1))
        return seconds * self.setting("retry_scale")

    def _update(self, bot: Bot, happening: Happening) -> Webhook:
        update = {"update_id": bot.take_update_id(), happening.kind: happening.content}
        webhook = self._webhook(bot, happening.chat.id, happening.kind, _encode(update))
        webhook.message_ids = list(happening.message_ids)
        return webhook

    def _raw(self, bot: Bot, update: object) -> Webhook:
        if not isinstance(update, dict):
            raise ControlError("raw_update must be an object")
        kind = next((name for name in update if name != "update_id"), "")
        node = update.get(kind)
        chat = node.get("chat") if isinstance(node, dict) else None
        chat_id = str(chat.get("id", "")) if isinstance(chat, dict) else ""
        given = {} if "update_id" in update else {"update_id": bot.take_update_id()}
        return self._webhook(bot, chat_id, kind, _encode({**given, **update}))

    def _webhook(self, bot: Bot, chat: str, event: str, body: bytes) -> Webhook:
        return Webhook(account=bot.key, chat=chat, event=event, body=body, lane=chat, created=self.clock.now())

    async def _call(self, request: web.Request) -> web.StreamResponse:
        bot = self.bots.of_token(request.match_info["token"])
        params = await read_params(request)
        method = request.match_info["method"]

        async def carry_out(_fault: Fault | None) -> web.StreamResponse:
            return self._answer(bot, method, params)

        facts = {"account": bot.key, "chat": _chat_fact(params), "method": method}
        return await self.with_faults(request, facts, carry_out, _refusal)

    def _answer(self, bot: Bot, method: str, params: Params) -> web.Response:
        try:
            body = self.methods.call(bot, method, params)
        except ApiError as error:
            return _error_response(error)
        finally:
            self.changed()
        return web.json_response(body)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        self.bots.of_token(request.match_info["token"])
        file = self.files.at(request.match_info["path"])
        if file is None:
            raise ApiError(404, "Not Found")
        return web.Response(body=file.content, content_type="application/octet-stream")


def _items(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The acts of a control body: one, the same one several times, or a batch; raises ControlError."""
    batch = body.get("batch")
    if batch is not None:
        if not isinstance(batch, list) or not all(isinstance(item, dict) for item in batch):
            raise ControlError("batch must be a list of objects")
        return batch
    count = body.get("count", 1)
    if type(count) is not int or not 1 <= count <= MAX_COUNT:
        raise ControlError(f"count must be between 1 and {MAX_COUNT}")
    return [body] * count


def _chat_fact(params: Params) -> str:
    try:
        return params.text("chat_id")
    except ApiError:
        return ""


def _encode(update: dict[str, Any]) -> bytes:
    return json.dumps(update, ensure_ascii=True, separators=(",", ":")).encode()


def _shown(bot: Bot) -> dict[str, Any]:
    return {
        "id": bot.key,
        "kind": "telegram",
        "name": bot.first_name,
        "address": bot.username,
        "webhook_url": bot.webhook_url or None,
    }


def _error_response(error: ApiError) -> web.Response:
    headers = {"Retry-After": str(error.parameters["retry_after"])} if "retry_after" in error.parameters else {}
    return web.json_response(error.body(), status=error.code, headers=headers)


def _refusal(fault: Fault) -> web.StreamResponse | None:
    """The answer of a fault; None where the connection is to be cut."""
    if fault.kind == "rate_limit":
        return _error_response(too_many(fault.number("retry_after", 1)))
    if fault.kind == "error":
        status = int(fault.number("status", 500))
        return _error_response(ApiError(status, str(fault.settings.get("description", REASONS.get(status, "Error")))))
    if fault.kind == "blocked":
        description = str(fault.settings.get("description", "bot was blocked by the user"))
        return _error_response(ApiError(403, description.removeprefix("Forbidden: ")))
    return None


@web.middleware
async def _bot_api_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors of the Bot API as its JSON, also for paths that it doesn't know."""
    try:
        return await handler(request)
    except ApiError as error:
        return _error_response(error)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        if request.path.startswith("/_sim/"):
            raise
        return _error_response(ApiError(404, "Not Found"))
    except web.HTTPRequestEntityTooLarge:
        return _error_response(ApiError(413, "Request Entity Too Large"))
