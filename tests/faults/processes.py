"""The processes of an installation under test: started again at once when they die, stopped and let go on as asked.

Nothing here waits for them to be well; `Installation` does. The watcher of the servers' directory ends them all when
the driver is gone, however it went: each carries its mark.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stack.process import spawn
from stack.settings import ROOT
from stack.watcher import MARK
from tests.faults.evidence import Fired

LOOK_SECONDS = 0.05


@dataclass
class Process:
    name: str  # "web-1"
    kind: str  # "web" | "worker" | "beat"
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    directory: Path  # of the logs
    mark: Path  # the servers' directory, by which the watcher finds what is to be ended
    child: subprocess.Popen[bytes] | None = None
    started: float = 0.0  # time.time()
    starts: int = 0
    paused: bool = False

    @property
    def log(self) -> Path:
        return self.directory / "logs" / f"{self.name}.log"

    @property
    def pid(self) -> int:
        return self.child.pid if self.child is not None else 0

    def start(self) -> None:
        environment = {**self.environment, MARK: str(self.mark), "PYTHONUNBUFFERED": "1"}
        self.started, self.paused = time.time(), False
        self.starts += 1
        self.child = spawn(self.argv, log=self.log, env=environment, cwd=ROOT)

    def ended(self) -> bool:
        """Whether it has ended; then what it had started is ended too."""
        if self.child is None or self.child.poll() is None:
            return False
        self.signal(signal.SIGKILL)
        return True

    def signal(self, number: int) -> None:
        """To the whole group: a web's own server and its worker."""
        if self.child is None:
            return
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return

    def holds(self, pid: int) -> bool:
        try:
            return os.getpgid(pid) == self.pid
        except ProcessLookupError:
            return False


class Supervisor:
    """One thread that starts again what died, and lets what a fault point stopped go on after `pause_seconds`."""

    def __init__(self, processes: list[Process], faults: Path, pause_seconds: float) -> None:
        self.processes = processes
        self.fired: list[Fired] = []
        self.pause_seconds = pause_seconds
        self._journal = faults / "fired.jsonl"
        self._read = 0
        self._asleep: dict[int, float] = {}  # pid → when to let it go on
        self._lock = threading.RLock()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def start(self) -> None:
        for process in self.processes:
            process.start()
        self._thread.start()

    def stop(self) -> None:
        """Kill them all."""
        self._ending.set()
        self._thread.join()
        for process in self.processes:
            process.signal(signal.SIGKILL)
        for process in self.processes:
            if process.child is not None:
                process.child.wait()

    def kill(self, process: Process) -> None:
        process.signal(signal.SIGKILL)

    def pause(self, process: Process, seconds: float) -> None:
        with self._lock:
            process.paused = True
            process.signal(signal.SIGSTOP)
            self._asleep[-process.pid] = time.monotonic() + seconds

    def signal(self, pid: int, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)

    def let_all_go_on(self) -> None:
        with self._lock:
            for process in self.processes:
                process.signal(signal.SIGCONT)
                process.paused = False
            self._asleep.clear()

    def asleep(self) -> int:
        return len(self._asleep)

    def by_pid(self, pid: int) -> Process | None:
        return next((process for process in self.processes if process.holds(pid)), None)

    def _watch(self) -> None:
        while not self._ending.wait(LOOK_SECONDS):
            with self._lock:
                self._read_fired()
                self._wake()
                for process in self.processes:
                    if process.ended():
                        process.start()

    def _read_fired(self) -> None:
        if not self._journal.exists():
            return
        with self._journal.open("rb") as journal:
            journal.seek(self._read)
            text = journal.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            fired = Fired(**json.loads(line))
            self.fired.append(fired)
            if fired.action == "pause":
                self._asleep[fired.pid] = time.monotonic() + self.pause_seconds
                process = self.by_pid(fired.pid)
                if process is not None:
                    process.paused = True

    def _wake(self) -> None:
        now = time.monotonic()
        for pid in [pid for pid, until in self._asleep.items() if until <= now]:
            del self._asleep[pid]
            process = self.by_pid(abs(pid))
            if process is not None:
                process.paused = False
            self.signal(pid, signal.SIGCONT)  # a negative one is a group
