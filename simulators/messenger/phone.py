"""The phone's stream of events: server-sent events for one chat."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from aiohttp import web

from simulators.common import ControlError
from simulators.messenger.chats import Chat, Event

LOOK_SECONDS = 1.0  # how often a silent stream looks whether its phone is still there
PING_EVERY = 10  # looks between two comments that keep proxies from closing a silent stream


def chat_of(request: web.Request) -> tuple[str, str]:
    """The account and chat that a phone names; raises ControlError where one is missing."""
    account, chat = request.query.get("account", ""), request.query.get("chat", "").strip(" +")
    if not account or not chat:
        raise ControlError("account and chat must be given: ?account=ID&chat=ID")
    return account, chat


async def stream(request: web.Request, chat: Chat, opened: Callable[[Chat], None]) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    await response.write(b": connected\n\n")
    queue: asyncio.Queue[Event | None] = asyncio.Queue()
    chat.phones.add(queue)
    try:
        opened(chat)
        await _pump(request, response, queue)
    except ConnectionError:
        return response  # the phone has gone
    finally:
        chat.phones.discard(queue)
    return response


async def _pump(request: web.Request, response: web.StreamResponse, queue: asyncio.Queue[Event | None]) -> None:
    silent = 0
    while request.transport is not None and not request.transport.is_closing():
        try:
            event = await asyncio.wait_for(queue.get(), LOOK_SECONDS)
        except TimeoutError:
            silent += 1
            if silent % PING_EVERY == 0:
                await response.write(b": still here\n\n")
            continue
        if event is None:
            return
        await response.write(f"event: {event[0]}\ndata: {json.dumps(event[1])}\n\n".encode())
