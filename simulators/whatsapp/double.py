"""The WhatsApp double: Meta's Graph API for messaging on one side, people's phones on the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from simulators.common import ControlError, Fault, control, control_body
from simulators.messenger import Chat, MessengerDouble, Policy, Target, Webhook
from simulators.messenger.double import Setting, ShownFile
from simulators.messenger.faults import CALL_KINDS, WEBHOOK_KINDS
from simulators.whatsapp.accounts import Accounts, Number
from simulators.whatsapp.calls import Calls
from simulators.whatsapp.errors import GraphError
from simulators.whatsapp.inbound import Inbound
from simulators.whatsapp.media import MediaStore
from simulators.whatsapp.payloads import Change, encode, envelope, signature
from simulators.whatsapp.people import People
from simulators.whatsapp.sending import Sender
from simulators.whatsapp.templates import TemplateBook, status_update
from simulators.whatsapp.verification import check_webhook

WEEK = 7 * 86400
VERSION = "/v{major:[0-9]+}.{minor:[0-9]+}"
Carry = Callable[[web.Request, Fault | None], Awaitable[web.StreamResponse]]


class WhatsAppDouble(MessengerDouble):
    name = "whatsapp"
    fault_kinds = CALL_KINDS | WEBHOOK_KINDS | {"failed_status"}
    late_faults = frozenset({"blocked", "failed_status"})
    default_settings: ClassVar[dict[str, Setting]] = {
        "window_answer": "status",
        "sent_after": 0.02,
        "delivered_after": 0.05,
        "number_per_second": 80.0,
        "pair_burst": 45.0,
        "pair_seconds": 6.0,
        "retry_start": 1.0,
        "retry_cap": 600.0,
        "webhook_timeout": 20.0,
        "max_connections": 50.0,
    }

    def __init__(self, *, state: Path | None = None) -> None:
        super().__init__(state=state)
        self.accounts = Accounts()
        self.media = MediaStore()
        self.templates = TemplateBook()
        self.people = People(self.chats, self.media)
        self.sender = Sender(
            clock=self.clock,
            chats=self.chats,
            people=self.people,
            media=self.media,
            templates=self.templates,
            settings=lambda: self.settings,
            tell=lambda change: self._tell(change, "status"),
        )
        self.inbounds = Inbound(self.accounts, self.chats, self.people, self.sender, self.clock)
        self.calls = Calls(self.accounts, self.sender, self.media, self.templates, self.clock, self.changed)

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        calls = self.calls
        table: list[tuple[str, str, str, Carry]] = [
            ("POST", "/{id}/messages", "messages", calls.messages),
            ("POST", "/{id}/media", "media", calls.upload),
            ("POST", "/{id}/register", "register", calls.register),
            ("POST", "/{id}/deregister", "deregister", calls.deregister),
            ("POST", "/{id}/subscribed_apps", "subscribed_apps", calls.subscribe),
            ("GET", "/{id}/subscribed_apps", "subscribed_apps", calls.subscriptions),
            ("DELETE", "/{id}/subscribed_apps", "subscribed_apps", calls.unsubscribe),
            ("GET", "/{id}/phone_numbers", "phone_numbers", calls.phone_numbers),
            ("GET", "/{id}/message_templates", "message_templates", calls.templates),
            ("GET", "/debug_token", "debug_token", calls.debug_token),
            ("GET", "/{id}", "object", calls.show),
            ("POST", "/{id}", "object", calls.change),
            ("DELETE", "/{id}", "object", calls.delete),
            ("GET", "/whatsapp_business/attachments/", "media_download", calls.download),
        ]
        routes = [*super().routes(), web.post("/_sim/templates", control(self._set_templates))]
        for verb, path, method, carry in table:
            handler = self._handler(method, carry)
            prefixes = ("",) if method == "media_download" else (VERSION, "")
            routes += [web.route(verb, prefix + path, handler) for prefix in prefixes]
        return routes

    def middlewares(self) -> Sequence[Middleware]:
        return [_graph_not_found]

    def policy(self) -> Policy:
        return Policy(
            head_of_line=False,
            waits_for_url=False,
            accepts=lambda status: status == 200,
            honours_retry_after=False,
            delay=self._delay,
            timeout=lambda: self.setting("webhook_timeout"),
            keep=WEEK,
        )

    def target(self, webhook: Webhook) -> Target | None:
        number = self.accounts.numbers.get(webhook.account)
        if number is None or not number.effective_url or not number.subscribed:
            return None
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "facebookexternalua",
            "X-Hub-Signature-256": signature(number.app_secret, webhook.body),
        }
        limit = int(self.setting("max_connections"))
        return Target(url=number.effective_url, headers=headers, max_connections=limit)

    def list_accounts(self) -> list[dict[str, Any]]:
        return [_shown(number) for number in self.accounts.numbers.values()]

    async def set_account(self, body: dict[str, Any]) -> dict[str, Any]:
        number = self.accounts.set(body)
        if number.webhook_url and "webhook_url" in body and body.get("unverified") is not True:
            if not number.app_secret or not number.verify_token:
                raise ControlError("a webhook_url needs an app_secret to sign with and a verify_token to check it by")
            wrong = await check_webhook(number.webhook_url, number.verify_token)
            if wrong is not None:
                url, number.webhook_url = number.webhook_url, None
                raise ControlError(f"the webhook at {url} could not be verified: {wrong}")
        return _shown(number)

    def inbound(self, body: dict[str, Any]) -> tuple[list[str], list[Webhook]]:
        if "raw_body" in body:
            number = self.inbounds.number(body)
            raw = str(body["raw_body"]).encode("utf-8", "surrogatepass")
            webhook = self._webhook(number, "", "message", raw, [])
            return [], [webhook] if self.target(webhook) is not None else []
        written: list[str] = []
        webhooks: list[Webhook] = []
        for changes in self.inbounds.bodies(body):
            ids = [message_id for change in changes for message_id in change.message_ids]
            written += ids
            if changes:
                packed = encode(envelope(changes, str(body.get("split", "messages")), self.clock.now()))
                first = changes[0]
                webhooks.append(self._webhook(first.number, first.chat, "message", packed, ids))
        return written, [webhook for webhook in webhooks if self.target(webhook) is not None]

    def file(self, file_id: str) -> ShownFile | None:
        media = self.media.find(file_id, self.clock.now())
        return ShownFile(media.content, media.mime_type) if media is not None else None

    def phone_opened(self, chat: Chat) -> None:
        number = self.accounts.numbers.get(chat.account)
        if number is not None:
            self.sender.read_by_person(number, chat)

    def reset(self) -> None:
        super().reset()
        self.sender.clear()
        self.accounts.clear()
        self.media.clear()
        self.templates.clear()

    def snapshot(self) -> dict[str, Any]:
        kept = {"accounts": self.accounts.snapshot(), "templates": self.templates.snapshot()}
        return {**super().snapshot(), **kept}

    def restore(self, snapshot: dict[str, Any]) -> None:
        super().restore(snapshot)
        self.accounts.restore(snapshot["accounts"])
        self.templates.restore(snapshot.get("templates", {}))

    async def _set_templates(self, request: web.Request) -> web.StreamResponse:
        body = await control_body(request)
        waba = str(body.get("waba_id", ""))
        numbers = [number for number in self.accounts.numbers.values() if number.waba == waba]
        if not numbers:
            raise ControlError(f"no account of a WABA {waba!r}: set it up with POST /_sim/accounts")
        for template in self.templates.set(waba, body.get("templates")):
            value = status_update(template)
            self._tell(Change(number=numbers[0], field="message_template_status_update", value=value), "status")
        self.changed()
        return web.json_response({"templates": list(self.templates.of(waba))})

    def _delay(self, failures: int) -> float:
        return float(min(self.setting("retry_cap"), self.setting("retry_start") * 2 ** min(failures - 1, 30)))

    def _webhook(self, number: Number, chat: str, event: str, body: bytes, ids: list[str]) -> Webhook:
        return Webhook(
            account=number.id,
            chat=chat,
            event=event,
            body=body,
            lane=f"{chat}/{event}",
            created=self.clock.now(),
            message_ids=ids,
        )

    def _tell(self, change: Change, event: str) -> None:
        body = encode(envelope([change], "messages", self.clock.now()))
        self.webhooks.put(self._webhook(change.number, change.chat, event, body, []))
        self.changed()

    def _handler(self, method: str, carry: Carry) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request) -> web.StreamResponse:
            async def carry_out(fault: Fault | None) -> web.StreamResponse:
                try:
                    return await carry(request, fault)
                except GraphError as error:
                    return _error_response(error)

            try:
                facts = await self.calls.facts(request, method)
            except GraphError as error:
                return _error_response(error)
            return await self.with_faults(request, facts, carry_out, _refusal)

        return answer


def _shown(number: Number) -> dict[str, Any]:
    return {
        "id": number.id,
        "kind": "whatsapp",
        "name": number.name,
        "address": f"+{number.digits}",
        "webhook_url": number.webhook_url,
        "waba_id": number.waba,
    }


def _error_response(error: GraphError) -> web.Response:
    headers = {"WWW-Authenticate": 'OAuth "Facebook Platform" "invalid_token"'} if error.status == 401 else {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(max(1, round(error.retry_after)))
    return web.json_response(error.body(), status=error.status, headers=headers)


def _refusal(fault: Fault) -> web.StreamResponse | None:
    """The answer of a fault; None where the connection is to be cut."""
    if fault.kind == "rate_limit":
        seconds = fault.number("retry_after", 1.0)
        return _error_response(GraphError(int(fault.number("code", 130429)), status=429, retry_after=seconds))
    if fault.kind == "error":
        code = int(fault.number("code", 1))
        status = int(fault.number("status", GraphError(code).status))
        return _error_response(GraphError(code, status=status))
    return None


@web.middleware
async def _graph_not_found(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Meta's word for paths that it doesn't know, instead of aiohttp's."""
    try:
        return await handler(request)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        if request.path.startswith("/_sim/"):
            raise
        return _error_response(GraphError(100, message="Unknown path components: " + request.path, status=400))
