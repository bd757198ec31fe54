"""Sending an answer: whole or streamed, at its pace, or spoilt by a fault."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import web

from simulators.anthropic import sse
from simulators.anthropic.errors import ORGANIZATION, TYPES, ApiError, request_id
from simulators.anthropic.reply import Reply
from simulators.common import Fault

PING_EVERY = 5.0  # seconds, while a streamed answer is being thought about
DEFAULT_EVENTS = 2
STATUSES = {kind: status for status, kind in reversed(TYPES.items())}

# Faults in place of an answer, and faults of an answer on its way.
REFUSALS = ("rate_limit", "overloaded", "error", "timeout", "drop")
SPOILERS = ("hang", "cut", "half_answer", "sse_error")


async def refuse(request: web.Request, fault: Fault) -> web.StreamResponse | None:
    """Apply a fault that comes before any answer; None where it is none of those. Raises ApiError."""
    settings = fault.settings
    match fault.kind:
        case "rate_limit":
            raise _rate_limit(settings)
        case "overloaded":
            raise ApiError(529, "Overloaded")
        case "error":
            status = int(fault.number("status", 500))
            code = settings.get("error_code")
            raise ApiError(
                status,
                settings.get("message", "Internal server error" if status == 500 else "Scripted error"),
                kind=settings.get("type"),
                details={"error_code": code} if code else None,
                headers={str(name): str(value) for name, value in settings.get("headers", {}).items()},
            )
        case "timeout":
            await asyncio.sleep(fault.number("seconds", 0))
            raise ApiError(504, "Request timed out")
        case "drop":
            return abort(request)
    return None


def _rate_limit(settings: dict[str, Any]) -> ApiError:
    if code := settings.get("error_code"):
        return ApiError(429, "The organization has reached its spend limit.", details={"error_code": code})
    wait = str(settings.get("retry_after", 1))
    return ApiError(
        429,
        "This request would exceed your organization's rate limit. Please try again later.",
        headers={
            "retry-after": wait,
            "anthropic-ratelimit-requests-limit": "50",
            "anthropic-ratelimit-requests-remaining": "0",
        },
    )


def abort(request: web.Request) -> web.StreamResponse:
    """Cut the connection: what was not sent yet never will be."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=499)


async def deliver(request: web.Request, reply: Reply, *, stream: bool, fault: Fault | None) -> web.StreamResponse:
    if fault is not None and fault.kind == "hang":
        await asyncio.sleep(fault.number("seconds", 30))
    headers = {"request-id": request_id(), "anthropic-organization-id": ORGANIZATION}
    if stream:
        return await _Stream(request, reply, headers).send(fault)
    await asyncio.sleep(reply.delay)
    if fault is not None and fault.kind == "sse_error":
        raise _stream_error(fault)
    body = json.dumps(reply.message).encode()
    if fault is None or fault.kind == "hang":
        return web.Response(body=body, content_type="application/json", headers=headers)
    response = web.StreamResponse(
        headers={**headers, "Content-Type": "application/json", "Content-Length": str(len(body))}
    )
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    return abort(request)


def _stream_error(fault: Fault) -> ApiError:
    kind = str(fault.settings.get("type", "overloaded_error"))
    return ApiError(STATUSES.get(kind, 500), str(fault.settings.get("message", "Overloaded")), kind=kind)


class _Stream:
    def __init__(self, request: web.Request, reply: Reply, headers: dict[str, str]) -> None:
        self._request = request
        self._reply = reply
        self._response = web.StreamResponse(
            headers={**headers, "Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}
        )

    async def send(self, fault: Fault | None) -> web.StreamResponse:
        events = sse.events(self._reply.message)
        kind = fault.kind if fault is not None else None
        await self._response.prepare(self._request)
        if fault is None or kind == "hang":
            await self._write(events)
        elif kind == "half_answer":
            await self._write(_half(events))
            return abort(self._request)
        else:
            await self._write(events[: int(fault.number("after_events", DEFAULT_EVENTS))])
            if kind == "cut":
                return abort(self._request)
            await self._response.write(sse.event(_stream_error(fault).body(self._response.headers["request-id"])))
        await self._response.write_eof()
        return self._response

    async def _write(self, events: list[bytes]) -> None:
        """The first event at once, the rest after the delay, each by itself only where there is time between them."""
        left = self._reply.delay
        if left:
            await self._response.write(b"".join(events[:1]))
            events = events[1:]
        while left > 0:
            await asyncio.sleep(min(left, PING_EVERY))
            left -= PING_EVERY
            if left > 0:
                await self._response.write(sse.PING)
        if not self._reply.chunk_delay:
            await self._response.write(b"".join(events))
            return
        for event in events:
            await self._response.write(event)
            await asyncio.sleep(self._reply.chunk_delay)


def _half(events: list[bytes]) -> list[bytes]:
    """The first half of the events, and half of the next."""
    whole = len(events) // 2
    return [*events[:whole], events[whole][: len(events[whole]) // 2]]
