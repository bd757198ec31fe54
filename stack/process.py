"""Processes told apart for certain, and ports: a number alone may belong to somebody else by the time it is used."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

PROC = Path("/proc")
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Identity:
    """A process for good: its number and its start time (clock ticks since boot), which a reused number lacks."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> Identity | None:
        """The living process with this number; None where there is none, or only a zombie."""
        fields = _stat_fields(pid)
        if fields is None or fields[0] in {"Z", "X"}:
            return None
        return cls(pid, f"{fields[19]}@{boot_id()}")

    def alive(self) -> bool:
        return Identity.of(self.pid) == self

    def send(self, number: int) -> bool:
        """Signal the process; False where it is gone already."""
        if not self.alive():
            return False
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return False
        return True

    def title(self) -> str:
        """The command line, or what the process shows in its place; "" where it is gone."""
        try:
            return (PROC / str(self.pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""

    def as_json(self) -> dict[str, Any]:
        return {"pid": self.pid, "started": self.started}

    @classmethod
    def from_json(cls, value: object) -> Identity | None:
        if isinstance(value, dict) and isinstance(value.get("pid"), int) and isinstance(value.get("started"), str):
            return cls(value["pid"], value["started"])
        return None


def _stat_fields(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat after the command's name (it may hold spaces and brackets): the state first."""
    try:
        text = (PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()


def boot_id() -> str:
    return (PROC / "sys/kernel/random/boot_id").read_text().strip()


def pids() -> Iterator[int]:
    return (int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())


def with_environment(name: str, value: str) -> list[Identity]:
    """The living processes started with this variable: children of children too, whoever their parent is now."""
    wanted = f"{name}={value}".encode()
    found = []
    for pid in pids():
        try:
            marked = wanted in (PROC / str(pid) / "environ").read_bytes().split(b"\0")
        except OSError:  # gone meanwhile, or another user's
            continue
        if marked and pid != os.getpid() and (identity := Identity.of(pid)):
            found.append(identity)
    return found


def working_in(directory: Path, program: str) -> list[Identity]:
    """The living processes of this program whose working directory this is, whoever started them."""
    where, found = directory.resolve(), []
    for pid in pids():
        try:
            if (PROC / str(pid) / "cwd").readlink() != where:
                continue
            runs = (PROC / str(pid) / "exe").readlink().name.removesuffix(" (deleted)")
        except OSError:  # gone meanwhile, or another user's
            continue
        if runs == program and (identity := Identity.of(pid)):
            found.append(identity)
    return found


def spawn(
    argv: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str],
    cwd: Path | None = None,
    death_signal: int | None = None,
    uid: int | None = None,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, both outputs appended to `log`.

    With `death_signal` the kernel sends that to it when the thread that called this ends, so call it from a thread that
    lives as long as the program. `uid` is taken on before the program starts. Raises OSError.
    """
    parent = os.getpid()

    def tie_to_parent() -> None:
        if death_signal is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
            if os.getppid() != parent:  # the parent died before the kernel knew
                os._exit(1)

    dropped: dict[str, Any] = {} if uid is None else {"user": uid, "group": uid, "extra_groups": []}
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
            pass_fds=pass_fds,
            preexec_fn=tie_to_parent if death_signal is not None else None,  # noqa: PLW1509 callers have no threads yet
            **dropped,
        )


class Waiting:
    """What every wait asks in each round. A program that takes signals lets it raise.

    Raising in the signal's handler itself would hit libraries in places where they lose the exception.
    """

    interrupt: ClassVar[Callable[[], None]] = staticmethod(lambda: None)


def wait_until(condition: Callable[[], bool], seconds: float, pause: float = 0.02) -> bool:
    """Ask until the condition holds; False when `seconds` have gone by. Raises what `Waiting.interrupt` raises."""
    end = time.monotonic() + seconds
    while not condition():
        Waiting.interrupt()
        if time.monotonic() >= end:
            return False
        time.sleep(pause)
    return True


def end(identities: Sequence[Identity], *, first: int = signal.SIGTERM, patience: float = 5) -> None:
    """Ask the processes to end, and kill what is left after `patience` seconds."""
    for identity in identities:
        identity.send(first)
    if wait_until(lambda: not any(i.alive() for i in identities), patience):
        return
    for identity in identities:
        identity.send(signal.SIGKILL)
    wait_until(lambda: not any(i.alive() for i in identities), 5)


def reap(child: subprocess.Popen[bytes], patience: float = 5) -> None:
    """Take the exit status of a child that has ended.

    The kernel hands it out only when the last of its threads is gone, a moment after the process itself looks dead.
    """
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(patience)


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def free_port(preferred: int | None = None, taken: Sequence[int] = ()) -> int:
    """The preferred port where it is free, else one the kernel chooses; never one of `taken`."""
    if preferred is not None and preferred not in taken and port_is_free(preferred):
        return preferred
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in taken:
            return port


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log, indented; "" where there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 16384))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])
