"""`python -m benchmarks.schedules.beat`: django-celery-beat's DatabaseScheduler, alone in a process.

{"do": "start"} reads the entries as a beat that starts; {"do": "look", "times": n} answers milliseconds of ticks with
nothing due; {"do": "send", "most": n, "seconds": s} ticks until so many entries were sent or so long; {"do": "sync"}
writes their last times back. It sends to a queue of the broker that nobody reads.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import django

from benchmarks.probe import serve
from benchmarks.processes import taken


class Beat:
    def __init__(self) -> None:
        self.scheduler: Any = None

    def answer(self, request: dict[str, Any]) -> Any:
        acts: dict[str, Callable[..., Any]] = {
            "start": self.start,
            "look": self.look,
            "send": self.send,
            "sync": self.sync,
        }
        return acts[request.pop("do")](**request)

    def start(self) -> dict[str, float]:
        """Up to where the first entry could be sent."""
        from django_celery_beat.schedulers import DatabaseScheduler

        from config.celery import app

        app.conf.beat_schedule = {}
        before, began = taken(os.getpid()).megabytes, time.perf_counter()
        self.scheduler = DatabaseScheduler(app=app)
        self.scheduler.populate_heap()
        self.scheduler.old_schedulers = dict(self.scheduler.schedule)
        seconds = time.perf_counter() - began
        return {
            "seconds": seconds,
            "entries": len(self.scheduler.schedule),
            "megabytes": taken(os.getpid()).megabytes - before,
        }

    def look(self, times: int) -> list[float]:
        took = []
        for _ in range(times):
            began = time.perf_counter()
            if not self.scheduler.tick():
                raise RuntimeError("something was due")
            took.append(1000 * (time.perf_counter() - began))
        return took

    def send(self, most: int, seconds: float) -> dict[str, float]:
        self.scheduler._last_sync = time.monotonic()  # noqa: SLF001 - else the first that is sent is written at once
        began = time.perf_counter()
        count = 0
        while count < most and time.perf_counter() - began < seconds:
            if self.scheduler.tick():
                break
            count += 1
        return {"count": count, "seconds": time.perf_counter() - began}

    def sync(self) -> dict[str, float]:
        count, began = len(self.scheduler._dirty), time.perf_counter()  # noqa: SLF001
        self.scheduler.sync()
        return {"count": count, "seconds": time.perf_counter() - began}


if __name__ == "__main__":
    django.setup()
    serve(Beat().answer)
