"""Passing the page's calls on to the doubles' control API: five calls, each named, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping

import aiohttp
from aiohttp import hdrs, web

LABELS = {"whatsapp": "WhatsApp", "telegram": "Telegram"}
PASSED_QUERY = ("account", "chat", "id")
CALL_SECONDS = 30.0  # a double may wait for the webhook's answer before it answers
CONNECT_SECONDS = 5.0
# What a browser may show by itself; anything else a person sent is only saved, whatever it claims to be.
SHOWN = re.compile(r"image/(jpeg|png|gif|webp)|(audio|video)/[a-z0-9.+-]+")


class Relay:
    """`doubles` maps the service's name to its double's base URL; a service that is not in it is real."""

    def __init__(self, doubles: Mapping[str, str], client: aiohttp.ClientSession) -> None:
        self._doubles = doubles
        self._client = client

    async def call(self, request: web.Request, service: str, name: str) -> web.StreamResponse:
        """Pass on one call whole and answer with what the double said."""
        base = self._doubles.get(service)
        if base is None:
            return _not_simulated(service)
        headers = {hdrs.CONTENT_TYPE: "application/json"} if request.can_read_body else {}
        try:
            async with self._client.request(
                request.method,
                f"{base}/_sim/{name}",
                params=_query(request),
                data=await request.read() or None,
                headers=headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=CALL_SECONDS, sock_connect=CONNECT_SECONDS),
            ) as answer:
                if answer.content_type != "application/json":
                    return _bad_answer(service, answer.status)
                return web.Response(
                    status=answer.status, body=await answer.read(), content_type="application/json", charset="utf-8"
                )
        except (aiohttp.ClientError, TimeoutError):
            return _no_answer(service, base)

    async def media(self, request: web.Request, service: str) -> web.StreamResponse:
        """A file of the chat: pictures and sound to be shown, the rest to be saved."""
        base = self._doubles.get(service)
        if base is None:
            return _not_simulated(service)
        try:
            async with self._client.get(
                f"{base}/_sim/media",
                params=_query(request),
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=CALL_SECONDS, sock_connect=CONNECT_SECONDS),
            ) as answer:
                if answer.status != 200:
                    return web.json_response({"error": "this file is not here any more"}, status=404)
                kind = answer.content_type if SHOWN.fullmatch(answer.content_type) else ""
                headers = {} if kind else {hdrs.CONTENT_DISPOSITION: "attachment"}
                content = await answer.read()
                return web.Response(body=content, content_type=kind or "application/octet-stream", headers=headers)
        except (aiohttp.ClientError, TimeoutError):
            return _no_answer(service, base)

    async def events(self, request: web.Request, service: str) -> web.StreamResponse:
        """Pass on the double's event stream until either side leaves."""
        base = self._doubles.get(service)
        if base is None:
            return _not_simulated(service)
        response: web.StreamResponse | None = None
        try:
            async with self._client.get(
                f"{base}/_sim/events",
                params=_query(request),
                headers={hdrs.ACCEPT: "text/event-stream"},
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
            ) as answer:
                if answer.status != 200 or answer.content_type != "text/event-stream":
                    return _bad_answer(service, answer.status)
                response = web.StreamResponse(headers={hdrs.CONTENT_TYPE: "text/event-stream; charset=utf-8"})
                await response.prepare(request)
                async for chunk in answer.content.iter_any():
                    await response.write(chunk)
        except (aiohttp.ClientError, ConnectionError, TimeoutError):
            if response is None:
                return _no_answer(service, base)
            # The head is out, so all that can be said is that the stream ends; the page connects again.
        return response

    async def is_ready(self, web_url: str) -> bool:
        """Whether the product's web process says that it is ready."""
        try:
            async with self._client.get(
                f"{web_url}/readyz", allow_redirects=False, timeout=aiohttp.ClientTimeout(total=CONNECT_SECONDS)
            ) as answer:
                return answer.ok
        except (TimeoutError, aiohttp.ClientError):
            return False


def _query(request: web.Request) -> dict[str, str]:
    return {name: request.query[name] for name in PASSED_QUERY if name in request.query}


def _not_simulated(service: str) -> web.Response:
    return web.json_response(
        {"error": f"{LABELS[service]} is not simulated here: write to the account from a real phone"}, status=404
    )


def _no_answer(service: str, base: str) -> web.Response:
    return web.json_response(
        {"error": f"the {LABELS[service]} simulator at {base} does not answer: is it running?"}, status=502
    )


def _bad_answer(service: str, status: int) -> web.Response:
    return web.json_response({"error": f"the {LABELS[service]} simulator answered with HTTP {status}"}, status=502)
