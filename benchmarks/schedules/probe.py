"""`python -m benchmarks.schedules.probe`: ticks and runs as a worker's engine does, without senders beside it.

{"do": "tick"} until nothing is due; {"do": "claim"} without doing it; {"do": "run", "most": n} in as many threads as
the engine has; each answers {"count", "seconds", "cpu"}. {"do": "look", "times": n} answers the milliseconds of ticks
that find nothing; {"do": "idle", "seconds": s} the CPU seconds of an engine that beat wakes each second.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django

from benchmarks.probe import serve


def answer(request: dict[str, Any]) -> Any:
    acts: dict[str, Callable[..., Any]] = {"tick": tick, "claim": claim, "run": run, "look": look, "idle": idle}
    return acts[request.pop("do")](**request)


def timed(act: Callable[[], int]) -> dict[str, float]:
    began, cpu = time.perf_counter(), time.process_time()
    count = act()
    return {"count": count, "seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu}


def tick() -> dict[str, float]:
    from scheduling import ticking

    return timed(lambda: sum(iter(ticking.tick, 0)))


def claim() -> dict[str, float]:
    from scheduling.claims import Rounds

    rounds = Rounds()
    return timed(lambda: sum(map(len, iter(rounds.claim, []))))


def run(most: int) -> dict[str, float]:
    """As the engine's threads do, which end when about so many are done."""
    from django.conf import settings

    from scheduling.claims import Rounds
    from scheduling.engine import run_all

    rounds = Rounds()
    done: list[int] = []
    lock = threading.Lock()

    def drain(_: int) -> None:
        while sum(done) < most and (claims := rounds.claim()):
            run_all(claims)
            with lock:
                done.append(len(claims))

    def all_threads() -> int:
        with ThreadPoolExecutor(settings.SCHEDULE_THREADS) as threads:
            list(threads.map(drain, range(settings.SCHEDULE_THREADS)))
        return sum(done)

    return timed(all_threads)


def look(times: int) -> list[float]:
    from scheduling import ticking

    took = []
    for _ in range(times):
        began = time.perf_counter()
        if ticking.tick():
            raise RuntimeError("something was due")
        took.append(1000 * (time.perf_counter() - began))
    return took


def idle(seconds: int) -> float:
    from scheduling.engine import Engine

    engine = Engine()
    engine.start()
    time.sleep(1)
    began = time.process_time()
    for _ in range(seconds):
        engine.wake()
        time.sleep(1)
    spent = time.process_time() - began
    engine.stop()
    return spent


if __name__ == "__main__":
    django.setup()
    serve(answer)
