"""The phone's web application: the page, its files, what is real here, and the relay to the doubles."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from aiohttp import hdrs, web

from simulators.phone.relay import Relay

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "templates" / "phone" / "index.html"
STATIC = ROOT / "static" / "phone"
MAX_BODY = 40 << 20  # bytes: a file of 25 MB and more in base64

# Trusted Types make the browser itself refuse innerHTML and its like: what the assistant writes can only become text.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Base URLs without a slash at the end. None: the service is the real one; for `web`: not known."""

    whatsapp: str | None = None
    telegram: str | None = None
    anthropic: str | None = None
    transcriber: str | None = None
    web: str | None = None


RELAY = web.AppKey("relay", Relay)


class Phone:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def application(self) -> web.Application:
        app = web.Application(client_max_size=MAX_BODY)
        app.cleanup_ctx.append(self._connect)
        app.on_response_prepare.append(_add_headers)
        app.add_routes(self._routes())
        return app

    def _routes(self) -> Sequence[web.AbstractRouteDef]:
        service = "/api/{service:whatsapp|telegram}"
        return (
            web.get("/", self._page),
            web.static("/static/phone", STATIC),
            web.get("/healthz", self._health),
            web.get("/api/parts", self._show_parts),
            web.get(service + "/accounts", self._accounts),
            web.get(service + "/chat", self._chat),
            web.get(service + "/events", self._events),
            web.get(service + "/media", self._media),
            web.post(service + "/inbound", self._inbound),
        )

    async def _connect(self, app: web.Application) -> AsyncIterator[None]:
        doubles = {"whatsapp": self._parts.whatsapp, "telegram": self._parts.telegram}
        known = {name: url for name, url in doubles.items() if url is not None}
        # limit=0: each open page holds a connection for its event stream
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar()
        ) as client:
            app[RELAY] = Relay(known, client)
            yield

    async def _page(self, _request: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE)

    async def _health(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": True})

    async def _show_parts(self, request: web.Request) -> web.StreamResponse:
        parts = self._parts
        ready = None if parts.web is None else await request.app[RELAY].is_ready(parts.web)
        return web.json_response(
            {
                "whatsapp": {"simulated": parts.whatsapp is not None},
                "telegram": {"simulated": parts.telegram is not None},
                "claude": {"simulated": parts.anthropic is not None},
                "transcriber": {"simulated": parts.transcriber is not None},
                "web": {"url": parts.web, "ready": ready},
            }
        )

    async def _accounts(self, request: web.Request) -> web.StreamResponse:
        return await request.app[RELAY].call(request, request.match_info["service"], "accounts")

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        return await request.app[RELAY].call(request, request.match_info["service"], "chat")

    async def _events(self, request: web.Request) -> web.StreamResponse:
        return await request.app[RELAY].events(request, request.match_info["service"])

    async def _media(self, request: web.Request) -> web.StreamResponse:
        return await request.app[RELAY].media(request, request.match_info["service"])

    async def _inbound(self, request: web.Request) -> web.StreamResponse:
        refusal = _refusal(request)
        if refusal is not None:
            return refusal
        return await request.app[RELAY].call(request, request.match_info["service"], "inbound")


def _refusal(request: web.Request) -> web.Response | None:
    """Why a post did not come from this page, if so: other sites may not write messages through the visitor's browser.

    A foreign page can send JSON only after a preflight, which nothing here answers, so the content type is the guard;
    Sec-Fetch-Site says it outright where the browser sends it.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return web.json_response({"error": "messages can only be sent from the phone's own page"}, status=403)
    if request.content_type != "application/json":
        return web.json_response({"error": "send the message as application/json"}, status=415)
    return None


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
    # The page is a tool on this machine: after an update nobody should look at yesterday's script.
    response.headers[hdrs.CACHE_CONTROL] = "no-store" if request.path.startswith("/api/") else "no-cache"
