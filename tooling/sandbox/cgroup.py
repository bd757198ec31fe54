"""Control groups, version 2, where a part of their tree is delegated to this process: a bound that no thread escapes.

systemd delegates with `Delegate=cpu memory pids` and `DelegateSubgroup=main` in the unit; the runs' groups then stand
beside `main`. Elsewhere (containers, version 1) the limits hold without them. No Django.
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from functools import cache
from pathlib import Path

logger = logging.getLogger(__name__)

_ROOT = Path("/sys/fs/cgroup")
_NEEDED = {"memory", "pids"}
_MOST_TASKS = 128
_CPU = "100000 100000"  # one processor's time


@cache
def delegated() -> Path | None:
    """The group under which runs get theirs, with the controllers switched on; else nothing."""
    with suppress(OSError):
        own = next(line[3:].strip() for line in Path("/proc/self/cgroup").read_text().splitlines() if line[:3] == "0::")
        parent = (_ROOT / own.lstrip("/")).parent
        if own == "/" or not os.access(parent / "cgroup.subtree_control", os.W_OK):
            return None
        offered = set((parent / "cgroup.controllers").read_text().split())
        if not offered >= _NEEDED:
            return None
        wanted = offered & (_NEEDED | {"cpu"})
        (parent / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in sorted(wanted)))
        return parent
    return None


def told() -> str:
    return (
        f"each run in one of its own below {delegated()}"
        if delegated()
        else "not delegated here; limits hold by rlimits"
    )
