"""Whether this machine can hold a script: a run in which each layer has something to stop. No Django."""

from __future__ import annotations

import platform
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tooling.sandbox import bubblewrap, cgroup, seccomp
from tooling.sandbox.attempt import attempt
from tooling.sandbox.interpreter import Unreadable, interpreter
from tooling.sandbox.types import MEBIBYTE, Run, SandboxMissing, Script

_DOCUMENTED = "docs/sandbox.md says how"
_FORGOTTEN_SECONDS = 60.0  # a failure may have been mended; what works stays so
_MEMORY_BYTES = 128 * MEBIBYTE
_ATTEMPTS = Path(__file__).parent / "inside" / "attempts.py"
_ENDLESS = "def run(args, context):\n    while True:\n        pass\n"
_DENIED = "Operation not permitted"

Facts = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Layer:
    """`stopped` is what was tried and how it ended; `how_to_get` is empty where the layer works."""

    name: str
    works: bool
    stopped: str
    how_to_get: str = ""


class _Known:
    """The last answer, asked for by many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._layers: list[Layer] = []
        self._asked = 0.0

    def layers(self) -> list[Layer]:
        with self._lock:
            failed = not all(layer.works for layer in self._layers)
            if not self._layers or (failed and time.monotonic() - self._asked > _FORGOTTEN_SECONDS):
                self._layers = check()
                self._asked = time.monotonic()
            return self._layers


_known = _Known()


def available() -> bool:
    """Whether tenants' scripts can run here; asked of the machine once, and again a minute after a failure."""
    return not missing()


def missing() -> list[Layer]:
    return [layer for layer in _known.layers() if not layer.works]


def require() -> None:
    """Raises SandboxMissing."""
    if lacking := missing():
        raise SandboxMissing("; ".join(f"{layer.name}: {layer.stopped}; {layer.how_to_get}" for layer in lacking))


def check() -> list[Layer]:
    """Each layer, the first to fail first where the others cannot be tried without it."""
    before = [_platform, _launcher, _interpreter]
    done: list[Layer] = []
    for step in before:
        done.append(step())
        if not done[-1].works:
            return done
    run = _try()
    if run.outcome != "ok":
        return [*done, _not_started(run)]
    return [*done, *(line.of(run.result) for line in _LINES), _deadline(), _limits_of_groups()]


def _platform() -> Layer:
    works = sys.platform == "linux" and seccomp.supported()
    found = f"{platform.system()} on {platform.machine()}"
    return Layer(
        name="platform",
        works=works,
        stopped=found,
        how_to_get="" if works else "tenants' tools run on Linux, on x86_64 or aarch64",
    )


def _launcher() -> Layer:
    path = bubblewrap.launcher()
    if path is None:
        return Layer(name="launcher", works=False, stopped="bubblewrap is missing", how_to_get=bubblewrap.GET_IT)
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    works = told.returncode == 0
    return Layer(
        name="launcher",
        works=works,
        stopped=f"{told.stdout.strip() or told.stderr.strip()} ({path})",
        how_to_get="" if works else bubblewrap.GET_IT,
    )


def _interpreter() -> Layer:
    try:
        found = interpreter()
    except Unreadable as error:
        return Layer(name="interpreter", works=False, stopped="its files are not known", how_to_get=str(error))
    return Layer(
        name="interpreter", works=True, stopped=f"{found.executable} and {len(found.bound) - 1} files it needs"
    )


def _try() -> Run:
    """All attempts in one run, with a network, so that its socket is tried too."""
    inside = interpreter()
    with socket.create_server(("127.0.0.1", 0)) as of_the_host:
        args = {
            "port": of_the_host.getsockname()[1],
            "file": "/etc/passwd",
            "library": str(inside.bound[1] / "json" / "__init__.py"),
            "executable": str(inside.executable),
            "memory": 2 * _MEMORY_BYTES,
        }
        script = Script(source=_ATTEMPTS.read_text(), args=args, now=datetime.now(UTC), memory_bytes=_MEMORY_BYTES)
        return attempt(script, _NoWayOut())


class _NoWayOut:
    """A network that nobody serves."""

    def serve(self, listener: socket.socket) -> None:
        listener.close()

    def close(self) -> None:
        pass


def _not_started(run: Run) -> Layer:
    told = (run.traceback or run.stderr or run.reason).strip().splitlines()
    return Layer(
        name="namespaces",
        works=False,
        stopped=told[-1] if told else run.outcome,
        how_to_get=f"allow unprivileged user namespaces, in Docker with docker/seccomp.json: {_DOCUMENTED}",
    )


@dataclass(frozen=True, kw_only=True)
class _Line:
    """One layer as its attempts show it: `wanted` of each fact, and how they are told."""

    name: str
    wanted: Mapping[str, Callable[[Any], bool]]
    told: str

    def of(self, facts: Facts) -> Layer:
        works = all(holds(facts[key]) for key, holds in self.wanted.items())
        return Layer(
            name=self.name,
            works=works,
            stopped=self.told.format(**facts),
            how_to_get="" if works else f"this kernel does not hold it: {_DOCUMENTED}",
        )


def _is(value: object) -> Callable[[Any], bool]:
    return lambda found: bool(found == value)


_LINES = (
    _Line(
        name="user namespace",
        wanted={"uid": _is(65534), "capabilities": lambda sets: not sets.strip("0"), "no_new_privileges": _is(1)},
        told="user {uid}, no capabilities, none to be had",
    ),
    _Line(name="pid namespace", wanted={"pid": _is(1)}, told="sees itself only, as process {pid}"),
    _Line(
        name="network namespace",
        wanted={"host_port": _is("Connection refused"), "datagram": _is(_DENIED)},
        told="a port of the host: {host_port}; UDP: {datagram}",
    ),
    _Line(name="ipc, uts and cgroup namespaces", wanted={"hostname": _is("sandbox")}, told="host name: {hostname}"),
    _Line(
        name="files",
        wanted={
            "host_file": _is("No such file or directory"),
            "proc": _is("No such file or directory"),
            "interpreter": lambda found: (
                found in ("Read-only file system", "Permission denied")
            ),  # to its owner; to others
        },
        told="/etc/passwd: {host_file}; /proc: {proc}; the interpreter: {interpreter}",
    ),
    _Line(
        name="environment",
        wanted={"environment": lambda names: {name.lower() for name in names} <= {"home", "http_proxy", "https_proxy"}},
        told="holds {environment} only",
    ),
    _Line(
        name="descriptors",
        wanted={"descriptors": lambda found: len(found) == 4 and found[:3] == [0, 1, 2]},
        told="open are {descriptors}: input, output, error and the result",
    ),
    _Line(
        name="system calls",
        wanted={
            "filter": _is(2),
            "fork": _is(_DENIED),
            "namespace": _is(_DENIED),
            "execute": _is(_DENIED),
            "changed_times": _is(False),
        },
        told="fork: {fork}; unshare: {namespace}; execve: {execute}; times of /dev/null changed: {changed_times}",
    ),
    _Line(
        name="limits",
        wanted={"memory": _is("MemoryError"), "raise_limit": _is("ValueError"), "large_file": _is("File too large")},
        told="memory: {memory}; raising the limit: {raise_limit}; a file of 33 MiB: {large_file}",
    ),
    _Line(name="room", wanted={"room": _is("No space left on device")}, told="files of 248 MiB: {room}"),
)


def _deadline() -> Layer:
    run = attempt(Script(source=_ENDLESS, now=datetime.now(UTC), seconds=0.3))
    works = run.outcome == "timeout"
    return Layer(
        name="deadline",
        works=works,
        stopped=f"an endless loop: {run.outcome} after {run.ms} ms",
        how_to_get="" if works else f"the run was not ended from outside: {_DOCUMENTED}",
    )


def _limits_of_groups() -> Layer:
    """Never missing: it bounds as a whole what the other limits bound for each run."""
    return Layer(name="control groups", works=True, stopped=cgroup.told())
