"""How the process that runs scripts is: what it holds, who is born of it, what its children look like from outside."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
NAMESPACES = ("user", "pid", "net", "ipc", "uts", "cgroup", "mnt")
_SETTLING_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Health:
    descriptors: int
    threads: int
    children: tuple[int, ...]  # orphans of its children among them, where it is their subreaper

    def grown_since(self, before: Health) -> list[str]:
        return [
            f"{now} {name}, {then} before"
            for name, now, then in (
                ("descriptors", self.descriptors, before.descriptors),
                ("threads", self.threads, before.threads),
            )
            if now > then
        ] + [f"process {each} survived" for each in self.children]


def health() -> Health:
    return Health(
        descriptors=sum(1 for _ in (PROC / "self/fd").iterdir()),
        threads=sum(1 for _ in (PROC / "self/task").iterdir()),
        children=tuple(children(os.getpid())),
    )


def settled(before: Health) -> list[str]:
    """What stays grown though it was given time to end."""
    deadline = time.monotonic() + _SETTLING_SECONDS
    while (grown := health().grown_since(before)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return grown


def children(parent: int) -> list[int]:
    found: list[int] = []
    for task in _tasks(parent):
        with suppress(OSError):  # the thread ended meanwhile
            found += map(int, (task / "children").read_text().split())
    return found


def _tasks(process: int) -> list[Path]:
    try:
        return list((PROC / str(process) / "task").iterdir())
    except OSError:  # the process ended meanwhile
        return []


def descendants(parent: int) -> Iterator[int]:
    for child in children(parent):
        yield child
        yield from descendants(child)


def forget_peak() -> None:
    """Begins the measuring of the largest memory anew."""
    (PROC / "self/clear_refs").write_text("5")


def peak_bytes() -> int:
    return _number(PROC / "self/status", "VmHWM") * 1024


def _number(path: Path, name: str) -> int:
    return next(int(line.split()[1]) for line in path.read_text().splitlines() if line.startswith(f"{name}:"))


def seen_from_outside(process: int, forbidden: str) -> list[str]:
    """What is wrong with a sandboxed process, as /proc shows it. `forbidden` must stand in nothing that it holds."""
    home, found = PROC / str(process), []
    found += [f"shares the {name} namespace" for name in NAMESPACES if _link(home, name) == _link(PROC / "self", name)]
    status = dict(line.split(":\t", 1) for line in (home / "status").read_text().splitlines())
    if status["State"].startswith(("Z", "X")):  # of the dead there is nothing to see
        raise ProcessLookupError(process)
    found += [f"{name} is {status[name]}" for name in ("CapEff", "CapPrm", "CapInh", "CapAmb") if int(status[name], 16)]
    found += [
        f"{name} is {status[name]}"
        for name, wanted in (("NoNewPrivs", "1"), ("Seccomp", "2"))
        if status[name] != wanted
    ]
    found += [f"{name} tells it" for name in ("environ", "cmdline") if forbidden.encode() in (home / name).read_bytes()]
    open_ones = {each.name: str(each.readlink()) for each in (home / "fd").iterdir()}
    usual = ("pipe:", "/dev/null")
    found += [
        f"descriptor {number} is {target}" for number, target in open_ones.items() if not target.startswith(usual)
    ]
    return found


def _link(home: Path, name: str) -> Path:
    return (home / "ns" / name).readlink()
