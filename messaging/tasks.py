"""Celery tasks: ids or a time in, one verb called. Losing any of them costs seconds."""

from __future__ import annotations

import threading
import uuid
from typing import Any

from celery import shared_task
from celery.signals import worker_init, worker_shutting_down


@shared_task
def wake(due: float, tenant_id: str, conversation_id: str) -> None:
    from messaging.worker import worker  # here and below: beat reads the tasks' names, and needs none of what they need

    worker.wake(due, uuid.UUID(tenant_id), uuid.UUID(conversation_id))


@shared_task
def tidy() -> None:
    from messaging import tidying

    tidying.tidy()


@shared_task
def check_channels() -> None:
    from messaging import health

    health.check_due()


@worker_init.connect
def start_worker(**_: Any) -> None:
    """Before the broker is reached: the sweep must work without it."""
    from messaging.worker import worker

    worker.start()


@worker_shutting_down.connect
def stop_worker(**_: Any) -> None:
    """In a thread, as this runs in a signal handler."""
    from messaging.worker import worker

    threading.Thread(target=worker.stop_and_leave, name="stopping", daemon=True).start()
