"""What a process takes, by the kernel's account."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")  # seconds


@dataclass(frozen=True)
class Taken:
    """Megabytes that are the process's own or its share of what others use too (PSS), and CPU seconds so far."""

    megabytes: float
    cpu_seconds: float


def taken(pid: int) -> Taken:
    """Of one process, all its threads included; raises FileNotFoundError where it is gone."""
    proc = Path("/proc") / str(pid)
    lines = (proc / "smaps_rollup").read_text().splitlines()
    kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    fields = (proc / "stat").read_text().rpartition(")")[2].split()
    return Taken(kilobytes / 1024, (int(fields[11]) + int(fields[12])) * TICK)


def cpu_of_tree(pid: int) -> float:
    """CPU seconds of the process, of all that it started and of what has ended of those."""
    total = 0.0
    for each in family(pid):
        try:
            fields = (Path("/proc") / str(each) / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile; its parent has its time
            continue
        total += sum(map(int, fields[11:15])) * TICK
    return total


def family(pid: int) -> list[int]:
    found = [pid]
    for each in found:  # grows as it goes
        for task in (Path("/proc") / str(each) / "task").glob("*/children"):
            try:
                found += map(int, task.read_text().split())
            except (FileNotFoundError, ProcessLookupError):
                continue
    return found
