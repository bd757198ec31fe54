"""What a hostile script must not get at: a marker in every place of the host that a sandbox could leave open.

Each place alone would give it: the files can be read by anyone, the sockets answer whoever connects.
"""

from __future__ import annotations

import ctypes
import os
import socket
import threading
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[2]
PLACES = Path("/var/tmp")  # not /tmp, over which a sandbox lays its own
DESCRIPTOR = 90  # a high number, as those of a run are low
WIDELY_WRITABLE = ("/tmp", "/var/tmp", "/dev/shm")


class Canaries:
    """Planted in this process and around it, until the end of the `with`."""

    def __init__(self, home: Path) -> None:
        """`home` is an empty directory in PLACES; who made it removes it."""
        self._home = home
        self.mark = f"canary{uuid.uuid4().hex}"
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._home.chmod(0o755)
        self._file = self._home / "clients.txt"
        self._file.write_text(f"{self.mark}-file")
        os.environ["OTHER_TENANTS_KEY"] = f"{self.mark}-environment"
        self._memory = ctypes.create_string_buffer(f"{self.mark}-memory".encode())
        self._plant_descriptor()
        self._plant_sockets()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def args(self) -> dict[str, Any]:
        """What the scripts are told: where all of this is, as if they had found it out."""
        return {
            "file": str(self._file),
            "directories": [str(self._home), str(ROOT)],
            "name": self._written,
            "forbidden": str(PLACES / self._written),
            "processes": [os.getpid(), os.getpgid(0)],
            "address": ctypes.addressof(self._memory),
            "descriptor": DESCRIPTOR,
            "machine": os.uname().nodename,
            "checkout": str(ROOT),
            "tcp": self._tcp.getsockname()[1],
            "udp": self._udp.getsockname()[1],
            "unix": str(self._home / "socket"),
            "abstract": self._abstract,
            "addresses": _own_addresses(),
        }

    def harm(self) -> list[str]:
        """What a script changed of the host."""
        places = [
            self._home,
            ROOT,
            *map(Path, ("/", "/etc", "/root", "/home", "/usr", "/var", "/opt", *WIDELY_WRITABLE)),
        ]
        found = [str(each / self._written) for each in places if _exists(each / self._written)]
        if self._file.read_text() != f"{self.mark}-file":
            found.append(str(self._file))
        if self._memory.value != f"{self.mark}-memory".encode():
            found.append("the memory of the runner")
        return found

    @property
    def _written(self) -> str:
        return f"written-{self.mark[-8:]}"

    @property
    def _abstract(self) -> str:
        return f"other-tenant-{self.mark[-8:]}"

    def _plant_descriptor(self) -> None:
        plain = os.open(self._file, os.O_RDONLY)
        os.dup2(plain, DESCRIPTOR, inheritable=True)
        os.close(plain)
        self._stack.callback(os.close, DESCRIPTOR)

    def _plant_sockets(self) -> None:
        self._tcp = self._socket(socket.AF_INET, socket.SOCK_STREAM, ("0.0.0.0", 0), "tcp")
        self._udp = self._socket(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0), "udp")
        self._socket(socket.AF_UNIX, socket.SOCK_STREAM, str(self._home / "socket"), "unix")
        self._socket(socket.AF_UNIX, socket.SOCK_STREAM, f"\0{self._abstract}", "abstract")

    def _socket(self, family: int, kind: int, address: Any, name: str) -> socket.socket:
        """A server that says the marker to whoever comes."""
        made = self._stack.enter_context(socket.socket(family, kind))
        made.bind(address)
        if family == socket.AF_UNIX and not address.startswith("\0"):
            Path(address).chmod(0o777)
        text = f"{self.mark}-{name}".encode()
        serve = _answer_datagrams if kind == socket.SOCK_DGRAM else _answer_connections
        threading.Thread(target=_until_closed, args=[serve, made, text], daemon=True).start()
        return made


def _until_closed(serve: Callable[[socket.socket, bytes], None], made: socket.socket, text: bytes) -> None:
    try:
        serve(made, text)
    except OSError:
        return


def _answer_connections(made: socket.socket, text: bytes) -> None:
    made.listen()
    while True:
        connection, _ = made.accept()
        with connection:
            connection.sendall(text)


def _answer_datagrams(made: socket.socket, text: bytes) -> None:
    while True:
        _, sender = made.recvfrom(4096)
        made.sendto(text, sender)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:
        return False


def _own_addresses() -> list[str]:
    """Of this machine in its network; no packet is sent to find out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("192.0.2.1", 9))
        except OSError:  # no network at all
            return ["127.0.1.1"]
        return [asking.getsockname()[0]]
