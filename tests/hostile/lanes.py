"""Several lanes (`tests.hostile.lane`) at work at once, each a process of its own."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, Any

from tests.hostile.attacks import Attack
from tests.hostile.canaries import PLACES, ROOT

LANES = 3
_PATIENCE_SECONDS = 60.0  # beyond an attack's own limit, on a machine that does much else
Trial = dict[str, Any]


class Lane:
    """One process; `attempt` is called by one thread at a time."""

    def __init__(self) -> None:
        self._errors: IO[str] = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed in `stop`
        self._home = tempfile.TemporaryDirectory(prefix="other-tenant-", dir=PLACES)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.hostile.lane", self._home.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            cwd=ROOT,
            start_new_session=True,
        )

    def attempt(self, *attacks: Attack, without: Iterable[str] = (), args: Mapping[str, Any] | None = None) -> Trial:
        """Runs them there at once, `without` some layers. A lane that dies of it says so: {"died": …}."""
        overdue = threading.Timer(attacks[0].seconds + _PATIENCE_SECONDS, self.kill)
        overdue.start()
        began = time.monotonic()
        try:
            self.order(*attacks, without=without, args=args)
            line = self.answer()
        except OSError:
            line = ""
        finally:
            overdue.cancel()
        trial = json.loads(line) if line else {"died": self.last_words()}
        return {**trial, "seconds": time.monotonic() - began}

    def order(self, *attacks: Attack, without: Iterable[str] = (), args: Mapping[str, Any] | None = None) -> None:
        """All with the time of the first."""
        assert self.process.stdin
        order = {
            "attacks": [attack.id for attack in attacks],
            "without": sorted(without),
            "args": dict(args or {}),
            "seconds": attacks[0].seconds,
        }
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def answer(self) -> str:
        """Empty where the process ended."""
        assert self.process.stdout
        return self.process.stdout.readline()

    def last_words(self) -> str:
        self.process.wait()
        self._errors.seek(0)
        return f"it ended with {self.process.returncode}: {self._errors.read()[-2000:]}"

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        """The process and nothing else: what it started has to end by itself."""
        self.process.kill()

    def stop(self) -> None:
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                stream.close()
        try:
            self.process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self._errors.close()
        self._home.cleanup()


class Lanes:
    """A pool of them. A lane that died is replaced by a new one."""

    def __init__(self, count: int = LANES) -> None:
        self._free: queue.SimpleQueue[Lane] = queue.SimpleQueue()
        self._all: list[Lane] = []
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="lane")
        for _ in range(count):
            self._add()

    def _add(self) -> None:
        lane = Lane()
        self._all.append(lane)
        self._free.put(lane)

    def begin(
        self, attack: Attack, without: Iterable[str] = (), args: Mapping[str, Any] | None = None
    ) -> Future[Trial]:
        return self._pool.submit(self._attempt, attack, frozenset(without), args)

    def _attempt(self, attack: Attack, without: frozenset[str], args: Mapping[str, Any] | None) -> Trial:
        lane = self._free.get()
        trial = lane.attempt(attack, without=without, args=args)
        if lane.alive:
            self._free.put(lane)
        else:
            self._add()
        return trial

    def stop(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        for lane in self._all:
            lane.stop()
