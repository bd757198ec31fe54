"""Starts bubblewrap for one run, with all it is told in descriptors. No Django."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass

from tooling.sandbox import bubblewrap, cgroup, seccomp
from tooling.sandbox.capture import Pipes, Stream
from tooling.sandbox.interpreter import interpreter
from tooling.sandbox.job import BOOT, LARGEST, in_memory, job
from tooling.sandbox.results import RESULT_BYTES
from tooling.sandbox.shown import OUTPUT_BYTES, SPARE_BYTES
from tooling.sandbox.types import MEBIBYTE, Layers, SandboxMissing, Script

_KEPT_DOCUMENT = RESULT_BYTES + 64 * 1024
_UNBOUNDED = 1 << 40


class TooLarge(ValueError):
    """The script and its arguments are more than a run is given."""


@dataclass(frozen=True, kw_only=True)
class Gate:
    """Where the process inside waits until it is in its group; a byte into `go` lets it pass."""

    group: cgroup.Group
    go: int

    def open(self, pid: int) -> None:
        self.group.take(pid)
        os.write(self.go, b".")

    def remove(self) -> None:
        os.close(self.go)
        self.group.remove()


@dataclass(frozen=True, kw_only=True)
class Launched:
    process: subprocess.Popen[bytes]
    pipes: Pipes
    control: socket.socket  # on which the shim sends what is watched and served from outside
    stdout: Stream
    stderr: Stream
    document: Stream
    information: Stream  # bubblewrap's own, about the process inside
    gate: Gate | None

    def close(self) -> None:
        self.control.close()
        self.pipes.close()
        if self.gate is not None:
            self.gate.remove()


class _Given:
    """What belongs to the launcher once it runs: descriptors, and the options that name them."""

    def __init__(self, closing: ExitStack, options: Iterable[str]) -> None:
        self._closing = closing
        self.options = list(options)
        self.descriptors: list[int] = []

    def own(self, descriptor: int) -> int:
        self._closing.callback(os.close, descriptor)
        self.descriptors.append(descriptor)
        return descriptor

    def memory(self, name: str, data: bytes) -> int:
        return self.own(in_memory(name, data))

    def pipe(self, pipes: Pipes, stream: Stream) -> int:
        reading, writing = os.pipe()
        pipes.add(reading, stream)
        return self.own(writing)

    def option(self, name: str, descriptor: int) -> None:
        self.options += [name, str(descriptor)]


def launch(script: Script, layers: Layers, *, network: bool) -> Launched:
    """Raises TooLarge, TypeError or ValueError for arguments that cannot be handed over, SandboxMissing and OSError."""
    with ExitStack() as failing, ExitStack() as closing:
        given = _Given(closing, bubblewrap.options(layers, script.packages))
        pipes = Pipes()
        failing.callback(pipes.close)
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        failing.callback(control.close)
        kept = OUTPUT_BYTES + SPARE_BYTES if "output" in layers else _UNBOUNDED
        streams = Stream(kept=kept), Stream(kept=kept), Stream(kept=_KEPT_DOCUMENT), Stream(kept=4096)
        stdout, stderr, result, information = (given.pipe(pipes, stream) for stream in streams)
        given.option("--info-fd", information)

        handed = job(script, layers, result=result, control=given.own(theirs.detach()), network=network)
        if len(handed) > LARGEST:
            raise TooLarge(f"the script and its arguments have more than {LARGEST // MEBIBYTE} MiB")
        stdin = given.memory("job", handed)
        if "seccomp" in layers:
            given.option("--seccomp", given.memory("filter", seccomp.first(network=network)))
        gate = _gate(given, script.memory_bytes)
        if gate is not None:
            failing.callback(gate.remove)
        process = _popen(layers, given, stdin=stdin, stdout=stdout, stderr=stderr)
        failing.pop_all()
    return Launched(
        process=process,
        pipes=pipes,
        control=control,
        stdout=streams[0],
        stderr=streams[1],
        document=streams[2],
        information=streams[3],
        gate=gate,
    )


def _gate(given: _Given, memory_bytes: int) -> Gate | None:
    """Where control groups are delegated."""
    parent = cgroup.delegated()
    group = cgroup.Group.make(parent, cgroup.limits(memory_bytes)) if parent is not None else None
    if group is None:
        return None
    blocked, go = os.pipe()
    given.option("--block-fd", given.own(blocked))
    return Gate(group=group, go=go)


def _popen(layers: Layers, given: _Given, *, stdin: int, stdout: int, stderr: int) -> subprocess.Popen[bytes]:
    launcher = bubblewrap.launcher()
    if launcher is None:
        raise SandboxMissing(f"bubblewrap is missing; {bubblewrap.GET_IT}")
    options = given.memory("options", "".join(f"{option}\0" for option in given.options).encode())
    passed = [descriptor for descriptor in given.descriptors if descriptor not in (stdin, stdout, stderr)]
    if "descriptors" not in layers:
        for descriptor in passed:
            os.set_inheritable(descriptor, True)
    python = [str(interpreter().executable), "-I", "-S", "-B", "-X", "utf8", "-c", BOOT]
    return subprocess.Popen(
        [launcher, "--args", str(options), *python],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env={} if "environment" in layers else None,
        cwd="/",
        close_fds="descriptors" in layers,
        pass_fds=passed if "descriptors" in layers else (),
        start_new_session=True,
    )
