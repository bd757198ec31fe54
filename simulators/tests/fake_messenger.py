"""A stand-in for a messenger double, only as much of one as the phone talks to, so that tests can script each moment.

The real doubles' own tests hold that they speak this API; here a test decides what is said, when, and what fails.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from aiohttp import web

from simulators.common import Double, serve_in_thread

Message = dict[str, Any]
T = TypeVar("T")


@dataclass
class FakeChat:
    messages: dict[str, Message] = field(default_factory=dict)
    typing_until: str | None = None
    phones: set[asyncio.Queue[tuple[str, Any]]] = field(default_factory=set)


class FakeMessenger(Double):
    name = "fake-messenger"

    def __init__(self, kind: str, *, account: Message | None = None) -> None:
        super().__init__()
        self.kind = kind
        default = {"id": "acc-1", "kind": kind, "name": "Bloom Studio", "address": "bloom", "webhook_url": "http://x/"}
        self.accounts: list[Message] = [default if account is None else account]
        self.chats: dict[tuple[str, str], FakeChat] = {}
        self.received: list[Message] = []  # bodies of /_sim/inbound
        self.refuse_next = 0  # how many of the next inbound calls are answered with an error
        self.url = ""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server = contextlib.ExitStack()
        self._ids = 0

    def application(self) -> web.Application:
        app = super().application()
        app.on_startup.append(self._remember_loop)
        return app

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return [
            web.get("/_sim/accounts", self._accounts),
            web.get("/_sim/chat", self._chat),
            web.get("/_sim/events", self._events),
            web.post("/_sim/inbound", self._inbound),
        ]

    @contextlib.contextmanager
    def running(self) -> Iterator[str]:
        """Serve until the end, whatever was stopped and started in between."""
        self.start()
        try:
            yield self.url
        finally:
            self.stop()

    def start(self) -> None:
        """Begin to serve, on the same port as before."""
        self.url = self._server.enter_context(serve_in_thread(self, port=urlsplit(self.url).port or 0))

    def stop(self) -> None:
        """Cut every connection and listen no more."""
        self._server.close()

    # What a test does; from another thread than the server's.

    def forget(self) -> None:
        """Begin anew for the next test, on the same socket."""
        self.chats.clear()
        self.received.clear()
        self.refuse_next = 0

    def show(self, chat: str, message: Message) -> str:
        """A new or edited message; the id."""
        return self._run(lambda: self._post(chat, message))

    def set_status(self, chat: str, message_id: str, status: str) -> None:
        self._run(lambda: self._set_status(chat, message_id, status))

    def type_until(self, chat: str, until: datetime | None) -> None:
        moment = until.isoformat() if until else None
        self._run(lambda: self._tell(chat, "typing", {"until": moment}))

    def draft(self, chat: str, text: str | None) -> None:
        self._run(lambda: self._tell(chat, "draft", {"text": text}))

    def watchers(self, chat: str) -> int:
        return len(self._open(chat).phones)

    def _run(self, act: Callable[[], T]) -> T:
        async def call() -> T:
            return act()

        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(5)

    # What it serves

    async def _remember_loop(self, _app: web.Application) -> None:
        self._loop = asyncio.get_running_loop()

    def _open(self, chat: str, account: str = "acc-1") -> FakeChat:
        return self.chats.setdefault((account, chat), FakeChat())

    def _post(self, chat: str, message: Message) -> str:
        self._ids += 1
        whole = {
            "id": f"m{self._ids}",
            "direction": "out",
            "type": "text",
            "format": "whatsapp" if self.kind == "whatsapp" else "plain",
            "at": datetime.now(UTC).isoformat(),
            "status": "delivered",
            **message,
        }
        self._open(chat).messages[whole["id"]] = whole
        self._tell(chat, "chat", whole)
        return str(whole["id"])

    def _set_status(self, chat: str, message_id: str, status: str) -> None:
        self._open(chat).messages[message_id]["status"] = status
        self._tell(chat, "status", {"id": message_id, "status": status})

    def _tell(self, chat: str, event: str, data: Any) -> None:
        for phone in self._open(chat).phones:
            phone.put_nowait((event, data))

    async def _accounts(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"accounts": self.accounts})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        chat = self._open(request.query["chat"], request.query["account"])
        return web.json_response({"messages": list(chat.messages.values()), "typing_until": chat.typing_until})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        chat = self._open(request.query["chat"], request.query["account"])
        queue: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        chat.phones.add(queue)
        try:
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
            await response.prepare(request)
            while True:
                event, data = await queue.get()
                await response.write(f"event: {event}\ndata: {json.dumps(data)}\n\n".encode())
        finally:
            chat.phones.discard(queue)

    async def _inbound(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if self.refuse_next:
            self.refuse_next -= 1
            return web.json_response({"error": "the simulator is having a bad day"}, status=503)
        self.received.append(body)
        person = body["from"]
        chat = str(person["phone"] if self.kind == "whatsapp" else person["id"])
        known = self._post(chat, {"direction": "in", "text": body["text"], "status": "pending"})
        return web.json_response({"message_id": known, "queued": True})
