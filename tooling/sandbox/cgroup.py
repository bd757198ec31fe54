"""Control groups, version 2, where a part of their tree is delegated to this process: a bound that no thread escapes.

systemd delegates with `Delegate=cpu memory pids` and `DelegateSubgroup=main` in the unit; the runs' groups then stand
beside `main`. Elsewhere (containers, version 1) the limits hold without them. No Django.
"""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

from tooling.sandbox.types import MEBIBYTE

logger = logging.getLogger(__name__)

_ROOT = Path("/sys/fs/cgroup")
_NEEDED = {"memory", "pids"}
_MOST_TASKS = 128
_BESIDE_MEMORY = 96 * MEBIBYTE  # its files, and what the kernel keeps for it
_ONE_PROCESSOR = "100000 100000"


@cache
def delegated() -> Path | None:
    """The group under which runs get theirs, with the controllers switched on; else nothing."""
    try:
        own = next((line[3:] for line in Path("/proc/self/cgroup").read_text().splitlines() if line[:3] == "0::"), "/")
        parent = (_ROOT / own.lstrip("/")).parent
        if own == "/" or not os.access(parent / "cgroup.subtree_control", os.W_OK):
            return None
        offered = set((parent / "cgroup.controllers").read_text().split())
        if not offered >= _NEEDED:
            return None
        wanted = sorted(offered & (_NEEDED | {"cpu"}))
        (parent / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in wanted))
    except OSError:
        return None
    return parent


def told() -> str:
    parent = delegated()
    return f"each run in one of its own below {parent}" if parent else "not delegated here; limits hold by rlimits"


def limits(memory_bytes: int) -> dict[str, str]:
    return {
        "memory.max": str(memory_bytes + _BESIDE_MEMORY),
        "memory.swap.max": "0",
        "pids.max": str(_MOST_TASKS),
        "cpu.max": _ONE_PROCESSOR,
    }


class Group:
    """One run's own."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def make(cls, parent: Path, limits: Mapping[str, str]) -> Group | None:
        """Nothing where the kernel refuses it: the run's other limits hold all the same."""
        path = parent / f"run-{uuid.uuid4().hex}"
        try:
            path.mkdir()
            for name, value in limits.items():
                if (path / name).exists():  # not every kernel has swap, nor every delegation a processor's share
                    (path / name).write_text(value)
        except OSError:
            logger.exception("sandbox.group_failed")
            cls(path).remove()
            return None
        return cls(path)

    def take(self, pid: int) -> None:
        """All that this process starts from now on is in the group with it."""
        try:
            (self._path / "cgroup.procs").write_text(str(pid))
        except OSError:
            logger.exception("sandbox.group_failed")

    def remove(self) -> None:
        """Once nothing is alive in it."""
        with suppress(FileNotFoundError):
            self._path.rmdir()
