"""What the probe runs as a tool: it tries what each layer has to stop, and tells how that ended."""

from __future__ import annotations

import ctypes
import os
import resource
import socket
from collections.abc import Callable
from typing import Any

NEW_USER_NAMESPACE = 0x10000000
NO_NEW_PRIVILEGES, SECCOMP_MODE = 39, 21


def outcome(try_it: Callable[[], object]) -> str:
    """The error's name, or "succeeded"."""
    try:
        try_it()
    except OSError as error:
        return os.strerror(error.errno) if error.errno else type(error).__name__
    except (MemoryError, ValueError) as error:
        return type(error).__name__
    return "succeeded"


def call(name: str, *args: Any) -> int:
    library = ctypes.CDLL(None, use_errno=True)
    result: int = library[name](*args)
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return result


def capabilities() -> str:
    """All of this process's sets, in hexadecimal."""
    head, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    call("capget", head, sets)
    return "".join(f"{word:x}" for word in sets)


def fill(path: str, size: int) -> None:
    with open(path, "wb") as stream:  # noqa: PTH123 - without an import of 10 ms
        stream.writelines(bytes(1 << 20) for _ in range(size >> 20))


def fill_all() -> None:
    try:
        for number in range(8):
            fill(f"filled{number}", 31 << 20)
    finally:
        for name in os.listdir():  # noqa: PTH208
            os.unlink(name)  # noqa: PTH108


def changed_times(path: str) -> bool:
    before = os.stat(path).st_mtime_ns  # noqa: PTH116
    outcome(lambda: os.utime(path, (1000, 1000)))
    return os.stat(path).st_mtime_ns != before  # noqa: PTH116


def descriptors() -> list[int]:
    found = []
    for number in range(1024):
        try:
            os.fstat(number)
        except OSError:
            continue
        found.append(number)
    return found


def run(args: dict[str, Any], context: Any) -> dict[str, Any]:
    return {
        "uid": os.getuid(),
        "pid": os.getpid(),
        "hostname": os.uname().nodename,
        "host_port": outcome(lambda: socket.create_connection(("127.0.0.1", args["port"]), 1)),
        "root": sorted(os.listdir("/")),  # noqa: PTH208
        "host_file": outcome(lambda: open(args["file"]).close()),  # noqa: PTH123
        "proc": outcome(lambda: os.listdir("/proc")),  # noqa: PTH208
        "interpreter": outcome(lambda: open(args["library"], "a").close()),  # noqa: PTH123
        "environment": sorted(os.environ),
        "descriptors": descriptors(),
        "fork": outcome(os.fork),
        "namespace": outcome(lambda: call("unshare", NEW_USER_NAMESPACE)),
        "execute": outcome(lambda: os.execv(args["executable"], ["python"])),  # noqa: S606
        "changed_times": changed_times("/dev/null"),
        "datagram": outcome(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()),
        "filter": call("prctl", SECCOMP_MODE, 0, 0, 0, 0),
        "no_new_privileges": call("prctl", NO_NEW_PRIVILEGES, 0, 0, 0, 0),
        "capabilities": capabilities(),
        "memory": outcome(lambda: bytearray(args["memory"])),
        "raise_limit": outcome(lambda: resource.setrlimit(resource.RLIMIT_AS, (-1, -1))),
        "large_file": outcome(lambda: fill("large", 33 << 20)),
        "room": outcome(fill_all),
    }
