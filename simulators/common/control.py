"""Reading and answering the control API: JSON objects in, JSON out, and a plain word where a body is wrong."""

from __future__ import annotations

import functools
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

PREFIX = "/_sim/"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ControlError(Exception):
    """A control body was wrong; the message says what."""


async def control_body(request: web.Request) -> dict[str, Any]:
    """The JSON object that was sent, {} for an empty body; raises ControlError for anything else."""
    raw = await request.read()
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise ControlError(f"the body is not JSON: {error}") from None
    if not isinstance(body, dict):
        raise ControlError("the body must be a JSON object")
    return body


def control(handler: Handler) -> Handler:
    """Answer 400 {"error": …} where the handler raises ControlError."""

    @functools.wraps(handler)
    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except ControlError as error:
            return web.json_response({"error": str(error)}, status=400)

    return answer
