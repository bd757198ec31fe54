"""Starts bubblewrap for one run, with all it is told in descriptors. No Django."""

from __future__ import annotations

import os
import socket
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass

from tooling.sandbox import bubblewrap, seccomp
from tooling.sandbox.capture import Pipes, Stream
from tooling.sandbox.interpreter import interpreter
from tooling.sandbox.job import BOOT, LARGEST, in_memory, job
from tooling.sandbox.results import RESULT_BYTES
from tooling.sandbox.types import MEBIBYTE, Layers, SandboxMissing, Script

KEPT_OUTPUT = 64 * 1024
_KEPT_DOCUMENT = RESULT_BYTES + 64 * 1024
_UNBOUNDED = 1 << 40


class TooLarge(ValueError):
    """The script and its arguments are more than a run is given."""


@dataclass(frozen=True, kw_only=True)
class Launched:
    process: subprocess.Popen[bytes]
    pipes: Pipes
    control: socket.socket  # on which the shim sends what is watched and served from outside
    stdout: Stream
    stderr: Stream
    document: Stream
    information: Stream  # bubblewrap's own, about the process inside


def launch(script: Script, layers: Layers, *, network: bool) -> Launched:
    """Raises TooLarge, TypeError or ValueError for arguments that cannot be handed over."""
    with ExitStack() as failing, ExitStack() as given:  # what is given belongs to the launcher, once it runs
        pipes = Pipes()
        failing.callback(pipes.close)
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        failing.callback(control.close)
        given.callback(theirs.close)
        kept = KEPT_OUTPUT if "output" in layers else _UNBOUNDED
        streams = Stream(kept=kept), Stream(kept=kept), Stream(kept=_KEPT_DOCUMENT), Stream(kept=4096)
        stdout, stderr, result, information = (_pipe(pipes, stream, given) for stream in streams)

        handed = job(script, layers, result=result, control=theirs.fileno(), network=network)
        if len(handed) > LARGEST:
            raise TooLarge(f"the script and its arguments have more than {LARGEST // MEBIBYTE} MiB")
        stdin = _memory("job", handed, given)
        options = [*bubblewrap.options(layers, script.packages), "--info-fd", str(information)]
        passed = [result, information, theirs.fileno()]
        if "seccomp" in layers:
            passed.append(_memory("filter", seccomp.first(network=network), given))
            options += ["--seccomp", str(passed[-1])]
        passed.append(_memory("options", "".join(f"{option}\0" for option in options).encode(), given))
        process = _popen(layers, passed, stdin=stdin, stdout=stdout, stderr=stderr)
        failing.pop_all()
    return Launched(
        process=process,
        pipes=pipes,
        control=control,
        stdout=streams[0],
        stderr=streams[1],
        document=streams[2],
        information=streams[3],
    )


def _popen(layers: Layers, passed: list[int], *, stdin: int, stdout: int, stderr: int) -> subprocess.Popen[bytes]:
    """The last of `passed` are the launcher's options."""
    launcher = bubblewrap.launcher()
    if launcher is None:
        raise SandboxMissing(f"bubblewrap is missing; {bubblewrap.GET_IT}")
    if "descriptors" not in layers:
        for descriptor in passed:
            os.set_inheritable(descriptor, True)
    python = [str(interpreter().executable), "-I", "-S", "-B", "-X", "utf8", "-c", BOOT]
    return subprocess.Popen(
        [launcher, "--args", str(passed[-1]), *python],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env={} if "environment" in layers else None,
        cwd="/",
        close_fds="descriptors" in layers,
        pass_fds=passed if "descriptors" in layers else (),
        start_new_session=True,
    )


def _pipe(pipes: Pipes, stream: Stream, given: ExitStack) -> int:
    reading, writing = os.pipe()
    given.callback(os.close, writing)
    pipes.add(reading, stream)
    return writing


def _memory(name: str, data: bytes, given: ExitStack) -> int:
    descriptor = in_memory(name, data)
    given.callback(os.close, descriptor)
    return descriptor
