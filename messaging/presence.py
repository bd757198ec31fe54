"""Typing, read marks and what else is shown while a turn runs: a courtesy that never delays or fails the turn."""

from __future__ import annotations

import logging
import math
import threading
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from messaging import credentials
from messaging.channels import get_channel
from messaging.channels.base import Channel, Credentials, TransportError
from messaging.turn_begin import Plan

logger = logging.getLogger(__name__)

SENDERS = 4
RENEW_AT = 0.9  # of the time that an indicator stays


@dataclass(kw_only=True)
class Shown(ABC):
    """Something that is shown in a chat, again whenever it is due. Times are monotonic."""

    channel: Channel
    credentials: Credentials
    chat_id: str
    next_at: float = 0.0
    not_before: float = 0.0  # the service asked to be left alone until then
    until: float = math.inf
    sending: bool = False

    @property
    def due_at(self) -> float:
        return max(self.next_at, self.not_before)

    @abstractmethod
    def send(self) -> None:
        """Raises TransportError."""

    @abstractmethod
    def again_at(self, now: float) -> float:
        """When it is due after it was sent now."""


@dataclass(kw_only=True)
class Typing(Shown):
    message_id: str  # also marked as read

    def send(self) -> None:
        self.channel.show_typing(self.credentials, self.chat_id, self.message_id)

    def again_at(self, now: float) -> float:
        return now + self.channel.capabilities.typing_seconds * RENEW_AT


class Presence:
    """One thread a process that sees what is due of all running turns, and a few that send it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._chats: dict[uuid.UUID, Shown] = {}
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._pool = ThreadPoolExecutor(SENDERS, thread_name_prefix=name)
        self._thread: threading.Thread | None = None

    def show(self, conversation_id: uuid.UUID, shown: Shown) -> None:
        with self._lock:
            self._chats[conversation_id] = shown
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
        self.look()

    def hide(self, conversation_id: uuid.UUID, shown: Shown) -> None:
        """From now on no sending of it begins."""
        with self._lock:
            shown.until = 0.0
            if self._chats.get(conversation_id) is shown:
                del self._chats[conversation_id]

    def look(self) -> None:
        """Something may be due earlier than it was."""
        self._changed.set()

    def apart(self, call: Callable[[], None]) -> None:
        """Make the call in one of the threads that send; what it raises TransportError for is only logged."""
        self._pool.submit(self._guarded, call)

    def _run(self) -> None:
        while True:
            with self._lock:
                now = time.monotonic()
                self._chats = {key: shown for key, shown in self._chats.items() if shown.until > now}
                chats = list(self._chats.values())
            for shown in chats:
                if shown.due_at <= now and not shown.sending:
                    shown.sending = True
                    shown.next_at = shown.again_at(now)
                    self._pool.submit(self._send, shown)
            soonest = min((shown.due_at for shown in chats), default=math.inf)
            self._changed.wait(timeout=max(soonest - now, 0.05) if soonest < math.inf else None)
            self._changed.clear()

    def _send(self, shown: Shown) -> None:
        try:
            error = self._guarded(shown.send) if shown.until > time.monotonic() else None
            if error is not None and error.retry_after and not error.permanent:
                shown.not_before = time.monotonic() + error.retry_after
            elif error is not None and (error.permanent or error.unauthorized):
                shown.until = 0.0
        finally:
            shown.sending = False

    def _guarded(self, call: Callable[[], None]) -> TransportError | None:
        try:
            call()
        except TransportError as error:
            logger.info("presence.failed", extra={"what": self._name, "code": error.code})
            return error
        except Exception:  # the edge between a courtesy and the turn that it is for; logged with its traceback
            logger.exception("presence.broken", extra={"what": self._name})
            return TransportError("broken", permanent=True)
        return None


presence = Presence("presence")


@contextmanager
def showing(plan: Plan) -> Iterator[None]:
    """Mark the newest message as read and show that an answer is being written, as far as the channel can."""
    typing = typing_for(plan)
    if typing is None:
        yield
        return
    key = plan.claim.conversation_id
    presence.show(key, typing)
    try:
        yield
    finally:
        presence.hide(key, typing)


def linger(plan: Plan, seconds: float) -> None:
    """Show it until the next try: Claude could not answer yet, and the person should not think that nobody will."""
    typing = typing_for(plan)
    if typing is not None:
        typing.until = time.monotonic() + seconds
        presence.show(plan.claim.conversation_id, typing)


def typing_for(plan: Plan) -> Typing | None:
    conversation = plan.situation.conversation
    channel = get_channel(conversation.account.kind)
    opened = credentials.credentials.get(conversation.tenant_id, conversation.account_id)
    if opened is None or not channel.capabilities.typing_seconds or plan.is_by_code:
        return None
    return Typing(channel=channel, credentials=opened, chat_id=conversation.chat_id, message_id=plan.newest.external_id)


def acknowledge(plan: Plan) -> None:
    """Tell the service that the buttons were taken which the person pressed, so that they stop turning."""
    tokens = [message.choice_token for message in plan.messages if message.choice_token]
    if not tokens:
        return
    conversation = plan.situation.conversation
    opened = credentials.credentials.get(conversation.tenant_id, conversation.account_id)
    if opened is None:
        return
    channel = get_channel(conversation.account.kind)
    for token in tokens:
        presence.apart(partial(channel.answer_choice, opened, token))
