"""Typing and read marks while a turn runs: a courtesy that never delays or fails the turn."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection

from messaging import credentials
from messaging.channels import get_channel
from messaging.channels.base import Channel, Credentials, TransportError
from messaging.turn_store import Plan

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
    sending: bool = False


class Presence:
    """One thread a process that renews the indicators of all running turns."""

    def __init__(self) -> None:
        self._turns: dict[int, Shown] = {}
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._pool = ThreadPoolExecutor(SENDERS, thread_name_prefix="presence")
        self._thread: threading.Thread | None = None

    def show(self, shown: Shown) -> None:
        with self._lock:
            self._turns[id(shown)] = shown
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="presence", daemon=True)
                self._thread.start()
        self._changed.set()

    def hide(self, shown: Shown) -> None:
        with self._lock:
            self._turns.pop(id(shown), None)

    def _run(self) -> None:
        while True:
            with self._lock:
                turns = list(self._turns.values())
            now = time.monotonic()
            for shown in turns:
                if shown.next_at <= now and not shown.sending:
                    shown.sending = True
                    shown.next_at = now + shown.channel.capabilities.typing_seconds * RENEW_AT
                    self._pool.submit(self._send, shown)
            waits = [shown.next_at - now for shown in turns]
            self._changed.wait(timeout=max(min(waits), 0.05) if waits else None)
            self._changed.clear()

    def _send(self, shown: Shown) -> None:
        try:
            shown.channel.show_typing(shown.credentials, shown.chat_id, shown.message_id)
        except TransportError as error:
            logger.info("presence.failed", extra={"channel": shown.channel.kind, "code": error.code})
            if error.permanent or error.unauthorized or error.retry_after:
                self.hide(shown)
        finally:
            shown.sending = False


presence = Presence()


@contextmanager
def showing(plan: Plan) -> Iterator[None]:
    """Mark the newest message as read and show that an answer is being written, as far as the channel can."""
    conversation = plan.situation.conversation
    channel = get_channel(conversation.account.kind)
    opened = credentials.credentials.get(conversation.tenant_id, conversation.account_id)
    connection.close()
    if opened is None or not channel.capabilities.typing_seconds:
        yield
        return
    shown = Shown(channel, opened, conversation.chat_id, plan.newest.external_id)
    presence.show(shown)
    try:
        yield
    finally:
        presence.hide(shown)
