"""The base of both messenger doubles: control routes, the phone's routes, faults on calls, and the state file."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from aiohttp import web

from simulators.common import ControlError, Double, Fault, control, control_body
from simulators.common.double import CALL
from simulators.messenger import phone
from simulators.messenger.chats import Chat, ChatBook
from simulators.messenger.clock import WakingClock
from simulators.messenger.faults import CALL_KINDS, FACTS, WEBHOOK_KINDS, EdgeFaults
from simulators.messenger.webhooks import Policy, Target, Webhook, WebhookQueue

Setting = float | str


@dataclass(frozen=True)
class ShownFile:
    content: bytes
    mime_type: str


WAIT_SECONDS = 60.0


class MessengerDouble(Double):
    """Subclasses give `policy`, `target`, `list_accounts`, `set_account`, `inbound` and the service's own routes."""

    cancel_on_disconnect = False  # the services carry out what they received, whether or not the caller waits
    fault_kinds = CALL_KINDS | WEBHOOK_KINDS
    match_facts = FACTS
    late_faults: ClassVar[frozenset[str]] = frozenset()
    default_settings: ClassVar[Mapping[str, Setting]] = {}

    def __init__(self, *, state: Path | None = None) -> None:
        super().__init__(state=state)
        self.clock: WakingClock = WakingClock()
        self.faults: EdgeFaults = EdgeFaults(call_kinds=frozenset(self.fault_kinds) - WEBHOOK_KINDS)
        self.settings: dict[str, Setting] = dict(self.default_settings)
        self.chats = ChatBook(self.changed)
        self.webhooks = WebhookQueue(
            clock=self.clock,
            policy=self.policy(),
            faults=self.faults,
            target=self.target,
            attempted=self._webhook_attempted,
        )

    # What a subclass gives

    def policy(self) -> Policy:
        raise NotImplementedError

    def target(self, webhook: Webhook) -> Target | None:
        """Where the webhook goes and under which headers; None while its account has no webhook URL."""
        raise NotImplementedError

    def list_accounts(self) -> list[dict[str, Any]]:
        raise NotImplementedError

    async def set_account(self, body: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError

    def inbound(self, body: dict[str, Any]) -> tuple[list[str], list[Webhook]]:
        """Have a person do something: the ids of what they wrote, and the webhooks that tell of it, not yet queued."""
        raise NotImplementedError

    def file(self, file_id: str) -> ShownFile | None:
        """A file that somebody sent in a chat, as the phone opens it."""
        raise NotImplementedError

    def phone_opened(self, chat: Chat) -> None:
        """A phone now looks at the chat: what the business sent there is read."""
        raise NotImplementedError

    def webhook_failed(self, webhook: Webhook, error: str) -> None:
        """An attempt to deliver failed; the service may remember it."""

    # What both do

    def setting(self, name: str) -> float:
        return float(self.settings[name])

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return [
            web.get("/_sim/accounts", self._show_accounts),
            web.post("/_sim/accounts", control(self._set_account)),
            web.post("/_sim/inbound", control(self._inbound)),
            web.get("/_sim/settings", self._show_settings),
            web.post("/_sim/settings", control(self._change_settings)),
            web.get("/_sim/chat", control(self._show_chat)),
            web.get("/_sim/events", control(self._stream_events)),
            web.get("/_sim/media", control(self._show_media)),
        ]

    def application(self) -> web.Application:
        app = super().application()
        app.on_startup.append(self._start_webhooks)
        app.on_shutdown.append(self._close_phones)
        app.on_cleanup.append(self._stop_webhooks)
        return app

    def reset(self) -> None:
        self.webhooks.clear()
        self.chats.clear()
        self.settings = dict(self.default_settings)

    def snapshot(self) -> dict[str, Any]:
        return {"chats": self.chats.snapshot(), "webhooks": self.webhooks.snapshot()}

    def restore(self, snapshot: dict[str, Any]) -> None:
        self.chats.restore(snapshot["chats"])
        self.webhooks.restore(snapshot["webhooks"])

    async def with_faults(
        self,
        request: web.Request,
        facts: Mapping[str, str],
        carry_out: Callable[[Fault | None], Awaitable[web.StreamResponse]],
        refuse: Callable[[Fault], web.StreamResponse | None],
    ) -> web.StreamResponse:
        """Answer a call, or what the next fault that fits makes of it.

        `refuse` gives the service's own error for a fault, None to cut the connection; `carry_out` gets those faults
        that show only after the answer (`late_faults`).
        """
        fault = self.faults.take_for_call(account=facts["account"], chat=facts["chat"], method=facts["method"])
        if fault is None:
            return await carry_out(None)
        request[CALL].fault = fault.kind
        if fault.kind in self.late_faults:
            return await carry_out(fault)
        if fault.kind == "hang":
            await asyncio.sleep(fault.number("seconds", 30.0))
            return await carry_out(None)
        if fault.kind == "lost_answer":
            await carry_out(None)
            return cut_connection(request)
        if fault.kind == "http":
            return web.json_response(fault.settings.get("body", {}), status=int(fault.number("status", 500)))
        refusal = refuse(fault)
        return refusal if refusal is not None else cut_connection(request)

    def _webhook_attempted(self, webhook: Webhook, error: str | None) -> None:
        if error is not None:
            self.webhook_failed(webhook, error)
        else:
            chat = self.chats.find(webhook.account, webhook.chat)
            for message_id in webhook.message_ids if chat is not None else ():
                message = chat.messages.get(message_id) if chat is not None else None
                if chat is not None and message is not None:
                    chat.mark(message, "delivered")
        self.changed()

    async def _start_webhooks(self, _app: web.Application) -> None:
        await self.webhooks.start()

    async def _stop_webhooks(self, _app: web.Application) -> None:
        await self.webhooks.stop()

    async def _close_phones(self, _app: web.Application) -> None:
        for chat in self.chats:
            for queue in chat.phones:
                queue.put_nowait(None)

    async def _show_accounts(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"accounts": self.list_accounts()})

    async def _set_account(self, request: web.Request) -> web.StreamResponse:
        answer = await self.set_account(await control_body(request))
        self.changed()
        return web.json_response(answer)

    async def _inbound(self, request: web.Request) -> web.StreamResponse:
        body = await control_body(request)
        message_ids, webhooks = self.inbound(body)
        wait = body.get("wait", False)
        waiters = []
        for webhook in webhooks:
            if wait:
                webhook.done = asyncio.get_running_loop().create_future()
                waiters.append(webhook.done)
            self.webhooks.put(webhook)
        self.changed()
        answer: dict[str, Any] = {"message_id": message_ids[-1] if message_ids else None, "queued": bool(webhooks)}
        if "count" in body or "batch" in body:
            answer["message_ids"] = message_ids
        if wait:
            answer["acknowledged"] = await _all_acknowledged(waiters, WAIT_SECONDS if wait is True else float(wait))
        return web.json_response(answer)

    async def _show_settings(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response(self.settings)

    async def _change_settings(self, request: web.Request) -> web.StreamResponse:
        body = await control_body(request)
        for name, value in body.items():
            if name not in self.default_settings:
                raise ControlError(f"unknown setting {name!r}; known are {', '.join(sorted(self.default_settings))}")
            wanted = str if isinstance(self.default_settings[name], str) else (int, float)
            if isinstance(value, bool) or not isinstance(value, wanted):
                raise ControlError(f"{name} must be a {'string' if wanted is str else 'number'}")
        self.settings.update(body)
        return web.json_response(self.settings)

    async def _show_chat(self, request: web.Request) -> web.StreamResponse:
        account, chat_id = phone.chat_of(request)
        chat = self.chats.find(account, chat_id)
        shown = chat.as_dict(self.clock.now()) if chat is not None else {"messages": [], "typing_until": None}
        return web.json_response(shown)

    async def _show_media(self, request: web.Request) -> web.StreamResponse:
        account, chat_id = phone.chat_of(request)
        chat, file_id = self.chats.find(account, chat_id), request.query.get("id", "")
        shown = chat.messages.values() if chat is not None else ()
        is_here = any(message.extra.get("media", {}).get("id") == file_id for message in shown)
        file = self.file(file_id) if is_here else None
        if file is None:
            return web.json_response(
                {"error": "this file is not here any more: the simulator was restarted"}, status=404
            )
        return web.Response(body=file.content, headers={"Content-Type": file.mime_type or "application/octet-stream"})

    async def _stream_events(self, request: web.Request) -> web.StreamResponse:
        account, chat_id = phone.chat_of(request)
        return await phone.stream(request, self.chats.open(account, chat_id), self.phone_opened)


async def _all_acknowledged(waiters: list[asyncio.Future[bool]], seconds: float) -> bool:
    if not waiters:
        return False
    done, late = await asyncio.wait(waiters, timeout=seconds)
    return not late and all(waiter.result() for waiter in done)


def cut_connection(request: web.Request) -> web.StreamResponse:
    """Close the connection without an answer; the response is only there for aiohttp, nothing of it is written."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
