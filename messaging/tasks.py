"""Celery tasks: ids or a time in, one verb called. Losing any of them costs seconds."""

from __future__ import annotations

import threading
from typing import Any

from celery import shared_task
from celery.signals import worker_init, worker_shutting_down

from messaging import tidying
from messaging.worker import worker


@shared_task
def wake(due: float) -> None:
    worker.wake(due)


@shared_task
def tidy() -> None:
    tidying.tidy()


@worker_init.connect
def start_worker(**_: Any) -> None:
    """Before the broker is reached: the sweep must work without it."""
    worker.start()


@worker_shutting_down.connect
def stop_worker(**_: Any) -> None:
    """In a thread, as this runs in a signal handler."""
    threading.Thread(target=worker.stop_and_leave, name="stopping", daemon=True).start()
