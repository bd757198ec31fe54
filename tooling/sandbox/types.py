"""What goes into a sandboxed run and what comes out of it. No Django."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

Outcome = Literal["ok", "error", "timeout", "killed", "refused"]
MEBIBYTE = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Script:
    """One call of a tenant's `run(args, context)`: `secrets` and `now` are what its context holds."""

    source: str
    args: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    now: datetime  # aware
    timezone: str = "UTC"
    language: str = "en"
    seconds: float = 30.0  # of wall-clock time, the start included
    memory_bytes: int = 256 * MEBIBYTE
    packages: Path | None = None  # a directory of installed packages, read-only inside and on sys.path

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError("Script.now has to be an aware datetime")


@dataclass(frozen=True, kw_only=True)
class Run:
    """How a run ended: `reason` is one sentence that the model may read, `traceback` is for operators."""

    outcome: Outcome
    reason: str = ""
    result: Any = None
    stdout: str = ""
    stderr: str = ""
    ms: int = 0
    traceback: str = ""


class Network(Protocol):
    """A way out of the sandbox: it answers on a socket that only the script can reach."""

    def serve(self, listener: socket.socket) -> None:
        """Starts threads that accept on `listener`, a listening TCP socket in the script's network namespace."""

    def close(self) -> None:
        """Ends them."""


class SandboxMissing(Exception):
    """A layer of the sandbox is missing on this machine; the message says which and how to get it."""


Layers = frozenset[str]

# What holds a script. Tests take one away to see that something then gets through; nothing else ever passes fewer.
ALL: Layers = frozenset(
    {
        "user",  # namespaces
        "pid",
        "net",
        "ipc",
        "uts",
        "cgroup",
        "mount",  # the script sees the interpreter and an empty directory; without it, the host's files, read-only
        "environment",
        "descriptors",
        "seccomp",
        "rlimits",
        "tmpfs",  # the size of what it may write
        "watch",  # from outside: threads and files counted, the run killed above a number
        "deadline",
        "output",
        "results",
    }
)
