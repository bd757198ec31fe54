"""The supervisor's children: started, watched, started again with patience, and ended with everything they started."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stack import StackError
from stack.parts import Part, answers
from stack.process import spawn, tail, wait_until
from stack.settings import ROOT
from stack.watcher import MARK

LOG_BYTES = 20 * 1024 * 1024  # a log that has grown beyond becomes NAME.log.1
STEADY_SECONDS = 30  # who lived so long is started again at once
LONGEST_PAUSE = 30.0
READY_SECONDS = 90


@dataclass
class Patience:
    """When something that ended may be started again: at once at first, later 0.5 s, 1 s, 2 s … 30 s."""

    failures: int = 0
    started: float = 0.0
    not_before: float = 0.0

    def began(self, now: float) -> None:
        self.started = now

    def ended(self, now: float) -> None:
        self.failures = 0 if now - self.started > STEADY_SECONDS else self.failures + 1
        self.not_before = now + (0 if self.failures < 2 else min(0.25 * 2**self.failures, LONGEST_PAUSE))


@dataclass
class Child:
    part: Part
    environment: Mapping[str, str] = field(repr=False)
    data_dir: Path
    process: subprocess.Popen[bytes] | None = None
    patience: Patience = field(default_factory=Patience)

    @property
    def log(self) -> Path:
        return log_of(self.data_dir, self.part.name)

    def start(self) -> None:
        """The kernel ends it when the supervisor dies; the mark lets the next start find what even so was left."""
        environment = {**self.environment, **self.part.environment, MARK: str(self.data_dir), "PYTHONUNBUFFERED": "1"}
        self.process = spawn(self.part.argv, log=self.log, env=environment, cwd=ROOT, death_signal=signal.SIGTERM)
        self.patience.began(time.monotonic())

    def ended(self) -> str | None:
        """How it ended, once; None while it lives. What it had started is killed with it."""
        if self.process is None:
            return None
        pid = self.process.pid
        with contextlib.suppress(ChildProcessError):  # reaped already, by a round that a signal cut short
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                return None
            _signal_group(pid, signal.SIGKILL)  # before it is reaped, while its number cannot belong to others
        code = self.process.wait()
        self.process = None
        self.patience.ended(time.monotonic())
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    def answers(self) -> bool:
        return self.part.url is None or answers(self.part.url, below=self.part.below)

    def end(self, seconds: float = 5) -> None:
        """Ask it to end, and kill it after so long."""
        self.signal(signal.SIGTERM)
        if not wait_until(self.gone, seconds):
            self.signal(signal.SIGKILL)
            wait_until(self.gone, 5)

    def gone(self) -> bool:
        return self.process is None or self.ended() is not None

    def signal(self, number: int) -> None:
        if self.process is not None:
            # Only its leader is asked, which passes it on; a kill is for the whole group.
            if number == signal.SIGKILL:
                _signal_group(self.process.pid, number)
            else:
                self.process.send_signal(number)


def _signal_group(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def wait_ready(children: Iterable[Child], seconds: float = READY_SECONDS) -> None:
    """Return when all answer; raises StackError with the log of the one that ended or stayed silent."""
    waiting = list(children)

    def all_answer() -> bool:
        for child in list(waiting):
            if (how := child.ended()) is not None:
                raise StackError(_trouble(child, f"ended while starting ({how})"))
            if child.answers():
                waiting.remove(child)
        return not waiting

    if not wait_until(all_answer, seconds, pause=0.05):
        raise StackError(_trouble(waiting[0], f"did not answer at {waiting[0].part.url} for {seconds:.0f} s"))


def _trouble(child: Child, what: str) -> str:
    return f"The {child.part.name} process {what}. The end of {child.log}:\n{tail(child.log)}"


def log_of(data_dir: Path, name: str) -> Path:
    return data_dir / "logs" / f"{name}.log"


def bound_logs(data_dir: Path) -> None:
    """Copy what has grown too long aside and empty it: the writers append, so they go on in the emptied file."""
    for log in (data_dir / "logs").glob("*.log"):
        if log.stat().st_size > LOG_BYTES:
            shutil.copyfile(log, log.with_name(f"{log.name}.1"))
            os.truncate(log, 0)
