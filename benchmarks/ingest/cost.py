"""What a webhook costs in processor time. Unlike requests/s it moves little when the machine has other things to do."""

from __future__ import annotations

import os
from pathlib import Path

TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
PARENT, OWN_AND_REAPED = 1, slice(11, 15)  # fields of /proc/PID/stat after the command's name


def cpu_ms(root: int) -> float:
    """Milliseconds that a process and what descends from it took so far, those that have ended included."""
    stats = {pid: fields for pid in pids() if (fields := stat_of(pid)) is not None}
    wanted, found = {root}, {root}
    while found:
        found = {pid for pid, fields in stats.items() if int(fields[PARENT]) in found} - wanted
        wanted |= found
    return sum(int(ticks) for pid in wanted & stats.keys() for ticks in stats[pid][OWN_AND_REAPED]) * TICK_MS


def pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def stat_of(pid: int) -> list[str] | None:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:  # gone meanwhile
        return None
