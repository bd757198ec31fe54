"""One event loop in a thread of its own, on which everything runs that the driver listens and posts with."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

Answer = TypeVar("Answer")


class Background:
    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="faults-loop", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Answer], seconds: float = 30.0) -> Answer:
        """What the coroutine answers; raises TimeoutError after `seconds`."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(seconds)

    def begin(self, work: Coroutine[Any, Any, Answer]) -> Future[Answer]:
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def call(self, function: Callable[..., None], *arguments: Any) -> None:
        """Run a plain function on the loop and wait until it has run."""

        async def work() -> None:
            function(*arguments)

        self.run(work())

    def stop(self) -> None:
        """End what still runs on the loop, then the loop."""

        async def end() -> None:
            others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        self.run(end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()
