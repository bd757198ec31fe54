"""Typing and read marks while a turn runs: a courtesy that never delays or fails the turn."""

from __future__ import annotations

import logging
import math
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from messaging import credentials
from messaging.channels import get_channel
from messaging.channels.base import Channel, Credentials, TransportError
from messaging.turn_begin import Plan

logger = logging.getLogger(__name__)

SENDERS = 4
RENEW_AT = 0.9  # of the time that an indicator stays


@dataclass
class Shown:
    channel: Channel
    credentials: Credentials
    chat_id: str
    message_id: str
    next_at: float = 0.0
    until: float = math.inf  # monotonic; after that it is hidden
    sending: bool = False


class Presence:
    """One thread a process that renews the indicators of all running turns."""

    def __init__(self) -> None:
        self._chats: dict[uuid.UUID, Shown] = {}
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._pool = ThreadPoolExecutor(SENDERS, thread_name_prefix="presence")
        self._thread: threading.Thread | None = None

    def show(self, conversation_id: uuid.UUID, shown: Shown) -> None:
        with self._lock:
            self._chats[conversation_id] = shown
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="presence", daemon=True)
                self._thread.start()
        self._changed.set()

    def hide(self, conversation_id: uuid.UUID, shown: Shown) -> None:
        with self._lock:
            if self._chats.get(conversation_id) is shown:
                del self._chats[conversation_id]

    def _run(self) -> None:
        while True:
            with self._lock:
                now = time.monotonic()
                self._chats = {key: shown for key, shown in self._chats.items() if shown.until > now}
                chats = list(self._chats.values())
            for shown in chats:
                if shown.next_at <= now and not shown.sending:
                    shown.sending = True
                    shown.next_at = now + shown.channel.capabilities.typing_seconds * RENEW_AT
                    self._pool.submit(self._send, shown)
            waits = [shown.next_at - now for shown in chats]
            self._changed.wait(timeout=max(min(waits), 0.05) if waits else None)
            self._changed.clear()

    def _send(self, shown: Shown) -> None:
        try:
            shown.channel.show_typing(shown.credentials, shown.chat_id, shown.message_id)
        except TransportError as error:
            logger.info("presence.failed", extra={"channel": shown.channel.kind, "code": error.code})
            if error.permanent or error.unauthorized or error.retry_after:
                shown.until = 0.0
        finally:
            shown.sending = False


presence = Presence()


@contextmanager
def showing(plan: Plan) -> Iterator[None]:
    """Mark the newest message as read and show that an answer is being written, as far as the channel can."""
    shown = shown_for(plan)
    if shown is None:
        yield
        return
    key = plan.claim.conversation_id
    presence.show(key, shown)
    try:
        yield
    finally:
        presence.hide(key, shown)


def linger(plan: Plan, seconds: float) -> None:
    """Show it until the next try: Claude could not answer yet, and the person should not think that nobody will."""
    shown = shown_for(plan)
    if shown is not None:
        shown.until = time.monotonic() + seconds
        presence.show(plan.claim.conversation_id, shown)


def shown_for(plan: Plan) -> Shown | None:
    conversation = plan.situation.conversation
    channel = get_channel(conversation.account.kind)
    opened = credentials.credentials.get(conversation.tenant_id, conversation.account_id)
    if opened is None or not channel.capabilities.typing_seconds:
        return None
    return Shown(channel, opened, conversation.chat_id, plan.newest.external_id)
