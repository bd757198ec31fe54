"""The base of every double: an aiohttp application with journal, faults, clock, state file and control routes."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from simulators.common.clock import Clock
from simulators.common.control import PREFIX, ControlError, control, control_body
from simulators.common.faults import FaultQueue
from simulators.common.journal import Call, Journal

CALL = web.RequestKey("call", Call)
JOURNAL_CHUNK = 200  # calls encoded at a time, so that reading a long journal does not hold up the calls coming in
SAVE_DELAY = 0.2  # seconds for which changes are gathered before the state file is written


class Double:
    """Subclass it, give `name`, `fault_kinds` and `match_facts`, and add routes in `routes`.

    `middlewares` of the subclass run outside the journal's, so they also see what reading a body raises
    (web.HTTPRequestEntityTooLarge beyond `max_body` bytes). Handlers find the call's journal row in `request[CALL]`.
    """

    name = "double"
    max_body = 100 << 20
    cancel_on_disconnect = True  # a handler whose caller has gone is cancelled
    fault_kinds: Collection[str] = ()
    match_facts: Collection[str] = ()

    def __init__(self, *, state: Path | None = None) -> None:
        self.journal = Journal()
        self.clock = Clock()
        self.faults = FaultQueue(kinds=self.fault_kinds, facts=self.match_facts)
        self._state = state
        self._saving: asyncio.TimerHandle | None = None

    # What a subclass adds

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return ()

    def middlewares(self) -> Sequence[Middleware]:
        return ()

    def reset(self) -> None:
        """Forget what the subclass holds."""

    def snapshot(self) -> dict[str, Any]:
        """What the state file keeps over a restart."""
        return {}

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Take back what `snapshot` gave."""

    # What every double does

    def application(self) -> web.Application:
        app = web.Application(middlewares=[*self.middlewares(), self._journal_call], client_max_size=self.max_body)
        app.add_routes(
            [
                web.get(PREFIX + "health", self._health),
                web.get(PREFIX + "journal", control(self._read_journal)),
                web.post(PREFIX + "reset", self._reset),
                web.get(PREFIX + "faults", self._show_faults),
                web.post(PREFIX + "faults", control(self._add_faults)),
                web.delete(PREFIX + "faults", self._clear_faults),
                web.post(PREFIX + "clock", control(self._advance_clock)),
                *self.routes(),
            ]
        )
        app.on_startup.append(self._load)
        app.on_cleanup.append(self._save_last)
        return app

    def changed(self) -> None:
        """Have the state file written soon; to be called from the event loop."""
        if self._state is not None and self._saving is None:
            self._saving = asyncio.get_running_loop().call_later(SAVE_DELAY, self._save)

    async def _load(self, _app: web.Application) -> None:
        if self._state is not None and self._state.exists():
            self.restore(json.loads(self._state.read_text()))

    async def _save_last(self, _app: web.Application) -> None:
        if self._saving is not None:
            self._saving.cancel()
            self._save()

    def _save(self) -> None:
        self._saving = None
        if self._state is None:
            return
        self._state.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._state.with_name(self._state.name + ".new")
        fresh.write_text(json.dumps(self.snapshot()))
        fresh.replace(self._state)

    @web.middleware
    async def _journal_call(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(PREFIX):
            return await handler(request)
        call = Call(
            method=request.method,
            path=request.path,
            headers=_headers(request),
            at=0.0,
            query=dict(request.query),
            content_type=request.content_type,
        )
        request[CALL] = call
        try:
            await _read_parameters(request, call)
        except web.HTTPRequestEntityTooLarge:
            call.note = f"body over {self.max_body} bytes refused"
            raise
        except (ConnectionError, asyncio.CancelledError):
            call.note = "the caller left before the body was whole"
            raise
        finally:
            call.at = time.time()
            self.journal.add(call)
        try:
            response = await handler(request)
        except web.HTTPException as error:
            call.status = error.status
            raise
        call.status = response.status
        return response

    async def _health(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"service": self.name, "ok": True})

    async def _read_journal(self, request: web.Request) -> web.StreamResponse:
        since = request.query.get("since", "0")
        if not since.isdecimal():
            raise ControlError("since must be a number")
        details = request.query.get("details", "") not in {"", "0"}
        end, calls = self.journal.end, list(self.journal.since(int(since)))
        response = web.StreamResponse(headers={hdrs.CONTENT_TYPE: "application/json; charset=utf-8"})
        await response.prepare(request)
        await response.write(b'{"calls":[')
        for start in range(0, len(calls), JOURNAL_CHUNK):
            chunk = ",".join(json.dumps(call.as_dict(details=details)) for call in calls[start : start + JOURNAL_CHUNK])
            await response.write((("," if start else "") + chunk).encode())
        await response.write(f'],"next":{end}}}'.encode() if "since" in request.query else b"]}")
        await response.write_eof()
        return response

    async def _reset(self, _request: web.Request) -> web.StreamResponse:
        self.journal.clear()
        self.faults.clear()
        self.clock.reset()
        self.reset()
        self.changed()
        return web.json_response({"ok": True})

    async def _show_faults(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"faults": self.faults.pending()})

    async def _add_faults(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"queued": self.faults.add_all(await control_body(request))})

    async def _clear_faults(self, _request: web.Request) -> web.StreamResponse:
        self.faults.clear()
        return web.json_response({"ok": True})

    async def _advance_clock(self, request: web.Request) -> web.StreamResponse:
        seconds = (await control_body(request)).get("advance_seconds")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise ControlError("advance_seconds must be a number")
        self.clock.advance(seconds)
        return web.json_response({"now": self.clock.now()})


def _headers(request: web.Request) -> dict[str, str]:
    """The headers as they came; those sent more than once are joined as HTTP does."""
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


async def _read_parameters(request: web.Request, call: Call) -> None:
    """Read the body once; handlers get it again from `request.read()` or, for multipart, `request.post()`."""
    if not request.can_read_body:
        return
    if not call.content_type.startswith("multipart/"):
        call.raw = await request.read()
        return
    form: dict[str, Any] = {}
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            size = value.file.seek(0, 2)
            value.file.seek(0)
            form[name] = {"name": value.filename, "size": size, "type": value.content_type}
        else:
            form[name] = value if isinstance(value, str) else bytes(value).decode("utf-8", "replace")
    call.form = form
