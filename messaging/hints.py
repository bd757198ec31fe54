"""Wake-ups for the workers: a hint, and only a hint. The row in the database is the truth and a sweep finds it.

Published by a thread of its own, so that a broker that is slow or gone costs a webhook nothing; at most one is
outstanding a conversation (`Work.hinted`).
"""

from __future__ import annotations

import logging
import queue
import threading
import time
import uuid
from datetime import datetime

from celery import current_app
from django.conf import settings
from kombu import Connection, Producer

from tenants_app.faults import fault

logger = logging.getLogger(__name__)

QUEUE = "turns"
TASK = "messaging.tasks.wake"
WAITING = 10_000  # hints not yet published; more than that are dropped, for the sweep to find
REST_SECONDS = 1.0  # after a failure nothing is tried for so long


Hint = tuple[float, str, str]  # due (epoch seconds), tenant, conversation


class Publisher:
    def __init__(self) -> None:
        self._hints: queue.Queue[Hint] = queue.Queue(WAITING)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def publish(self, due_at: datetime, tenant_id: uuid.UUID, conversation_id: uuid.UUID) -> None:
        """Have some worker look at `due_at`, and again where the person goes on writing; returns at once."""
        self._ensure_thread()
        try:
            self._hints.put_nowait((due_at.timestamp(), str(tenant_id), str(conversation_id)))
        except queue.Full:
            logger.warning("hint.dropped")

    def _ensure_thread(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            with self._lock:
                if self._thread is None or not self._thread.is_alive():
                    self._thread = threading.Thread(target=self._run, name="hints", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while True:
            hint = self._hints.get()
            try:
                with short_connection() as connection:
                    producer = Producer(connection)
                    while True:
                        send(producer, hint)
                        hint = self._hints.get()
            except Exception as error:  # noqa: BLE001 - any trouble with the broker is met by waiting: the sweep works on
                logger.warning("hint.failed", extra={"error": type(error).__name__})
                time.sleep(REST_SECONDS)


def short_connection() -> Connection:
    timeout = settings.HINT_TIMEOUT
    options = {
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "max_retries": 0,
        "retry_on_timeout": False,
    }
    return Connection(settings.REDIS_URL, connect_timeout=timeout, transport_options=options)


def send(producer: Producer, hint: Hint) -> None:
    fault("before_publish")
    current_app.send_task(TASK, args=hint, queue=QUEUE, producer=producer, retry=False, ignore_result=True)


publisher = Publisher()
