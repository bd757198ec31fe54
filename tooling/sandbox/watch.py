"""Looks at a run from outside: how many threads and files it has, and which process to kill. No Django.

The limits of the kernel do not count everywhere: RLIMIT_NPROC is ignored for what root starts, and the number of files
in a tmpfs is bounded by the machine's memory only.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
from contextlib import suppress
from pathlib import Path

from tooling.sandbox.launch import Launched
from tooling.sandbox.types import Network

logger = logging.getLogger(__name__)

MOST_THREADS = 128
MOST_FILES = 20_000


class Watch:
    """Of one run, whose calling thread drives it."""

    def __init__(self, launched: Launched, network: Network | None) -> None:
        self._launched = launched
        self._network = network
        self._inside: int | None = None  # a pidfd of the first process inside
        self._status: int | None = None  # its /proc/PID/stat
        self._written: int | None = None  # a descriptor of the directory that it may write to
        self.exited = False
        self.begun = False  # the shim has come as far as to hand over what is watched
        self._launcher = os.pidfd_open(launched.process.pid)
        launched.pipes.once(self._launcher, self._on_exit)
        launched.pipes.once(launched.control.fileno(), self._on_control)

    def _on_exit(self) -> None:
        self.exited = True

    def _on_control(self) -> None:
        """The run's directory and, with a network, a listening socket in its namespace."""
        _, descriptors, _, _ = socket.recv_fds(self._launched.control, 16, 2)
        if not descriptors:
            return
        self.begun = True
        self._written = descriptors[0]
        for descriptor in descriptors[1:]:
            listener = socket.socket(fileno=descriptor)
            if self._network is None:
                listener.close()
            else:
                self._network.serve(listener)

    def excess(self) -> str:
        """What the run has too many of, or nothing."""
        if self._status is not None and self._threads() > MOST_THREADS:
            return "it started too many threads"
        if self._written is not None:
            room = os.fstatvfs(self._written)
            if room.f_files - room.f_ffree > MOST_FILES:
                return "it wrote too many files"
        return ""

    def _threads(self) -> int:
        with suppress(OSError):  # it has just ended
            fields = os.pread(self._status or 0, 1024, 0).rpartition(b")")[2].split()
            return int(fields[17])
        return 0

    def find(self) -> None:
        """Once bubblewrap has told which process is the first inside."""
        if self._inside is not None or not self._launched.information.data.rstrip().endswith(b"}"):
            return
        pid = int(json.loads(bytes(self._launched.information.data))["child-pid"])
        if self._launched.gate is not None:
            self._launched.gate.open(pid)
        with suppress(OSError):  # it has just ended
            self._inside = os.pidfd_open(pid)
            self._status = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
            # Where memory runs out, the kernel's choice is to be this process and not the worker.
            Path(f"/proc/{pid}/oom_score_adj").write_text("1000")

    def kill(self) -> None:
        """The first process inside, with which its whole namespace ends; the launcher ends after it."""
        self.find()
        with suppress(ProcessLookupError):
            if self._inside is not None:
                signal.pidfd_send_signal(self._inside, signal.SIGKILL)
            else:
                self._launched.process.kill()

    def close(self) -> None:
        for descriptor in (self._launcher, self._inside, self._status, self._written):
            if descriptor is not None:
                os.close(descriptor)
