"""What listens in the driver: the installation's public address, and the witness that bells ring at.

The door stands where a load balancer would: it takes what the doubles deliver, hands it to one web process after the
other, and writes down what came of it. It never tries twice; the doubles do, as the services would.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Mapping
from typing import Any

import aiohttp
from aiohttp import web

from tests.faults import tokens
from tests.faults.background import Background
from tests.faults.cast import TENANTS, phone_number_id
from tests.faults.evidence import Posted, Rung, Seen
from tests.faults.journal import Journal, StatusTry

PATIENCE = aiohttp.ClientTimeout(total=20, connect=10)  # of a service that delivers a webhook
TENANT_OF = {phone_number_id(number): number for number in TENANTS}


class Door:
    """`webs` are the ports of the web processes; they may be changed while it runs."""

    def __init__(self, background: Background, journal: Journal) -> None:
        self.webs: list[int] = []
        self.journal = journal
        self._background = background
        self._turn = itertools.count()
        self._session: aiohttp.ClientSession
        self._runner: web.AppRunner
        self.url = background.run(self._listen())

    def close(self) -> None:
        async def end() -> None:
            await self._session.close()
            await self._runner.cleanup()

        self._background.run(end())

    @property
    def session(self) -> aiohttp.ClientSession:
        return self._session

    def next_web(self) -> str:
        return f"http://127.0.0.1:{self.webs[next(self._turn) % len(self.webs)]}"

    async def _listen(self) -> str:
        self._session = aiohttp.ClientSession(timeout=PATIENCE, connector=aiohttp.TCPConnector(limit=0))
        app = web.Application(client_max_size=16 << 20)
        app.add_routes(
            [
                web.post("/_witness", self._ring),
                web.post("/_witness/", self._ring),
                web.post("/_witness/seen", self._see),
                web.get("/webhooks/{rest:.*}", self._pass_on),
                web.post("/webhooks/{rest:.*}", self._pass_on),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, backlog=512).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _ring(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        for token in tokens.find(str(body["token"])):
            self.journal.rung.append(Rung(at=time.time(), token=token, pid=int(body["pid"])))
        return web.json_response({"rung": True})

    async def _see(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        row = Seen(at=time.time(), process=str(body["process"]), pid=int(body["pid"]), rows=int(body["rows"]))
        self.journal.seen.append(row)
        return web.json_response({})

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        began = time.time()
        status, content = await self._ask_web(request, body)
        if request.method == "POST":
            self._write_down(began, status, body)
        if status is None:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        return web.Response(status=status, body=content)

    async def _ask_web(self, request: web.Request, body: bytes) -> tuple[int | None, bytes]:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in {"host", "connection"}}
        url = self.next_web() + request.path_qs
        try:
            async with self._session.request(request.method, url, data=body, headers=headers) as response:
                return response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None, b""

    def _write_down(self, began: float, status: int | None, body: bytes) -> None:
        answered = time.time() if status is not None else None
        acknowledged = status is not None and 200 <= status < 300
        for tenant, node in statuses_in(body):
            text, key = str(node.get("biz_opaque_callback_data", "")), str(node["id"])
            row = Posted(
                at=began,
                answered_at=answered,
                status=status,
                tenant=tenant,
                kind="status",
                channel="whatsapp",
                chat=int(str(node.get("recipient_id", "0"))[-6:]),
                tokens=(),
                key=f"{key}:{node['status']}",
            )
            self.journal.posted.append(row)
            self.journal.statuses.append(StatusTry(began, tenant, key, text, str(node["status"]), acknowledged))


def statuses_in(body: bytes) -> list[tuple[int, Mapping[str, Any]]]:
    """The statuses of a body of the WhatsApp double, each with its tenant."""
    found = []
    for entry in json.loads(body).get("entry", ()):
        for change in entry["changes"]:
            value = change["value"]
            tenant = TENANT_OF[value["metadata"]["phone_number_id"]]
            found += [(tenant, node) for node in value.get("statuses", ())]
    return found
