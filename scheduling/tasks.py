"""Celery tasks of the schedules. Losing one costs seconds."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.signals import worker_init, worker_shutting_down


@shared_task
def tick() -> None:
    from scheduling.engine import engine  # here and below: beat only reads the tasks' names

    engine.wake()


@shared_task
def prune() -> None:
    from scheduling import pruning

    pruning.prune()


@worker_init.connect
def start_engine(**_: Any) -> None:
    """Before the broker is reached: schedules must be kept without it."""
    from scheduling.engine import engine

    engine.start()


@worker_shutting_down.connect
def stop_engine(**_: Any) -> None:
    from scheduling.engine import engine

    engine.stop()
