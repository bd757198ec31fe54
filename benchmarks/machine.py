"""Where and on what a run took place: figures without it say nothing."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

from stack import StackError
from stack.postgres import embedded_binaries


def facts(root: Path) -> dict[str, str]:
    """Names and values, for the JSON and the table's head."""
    return {
        "cpu": cpu_model(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": memory(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "postgresql": postgresql(),
        "node": output("node", "--version") or "not installed",
        "commit": output("git", "-C", str(root), "describe", "--always", "--dirty", "--exclude=*") or "unknown",
    }


def cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() in {"model name", "Model"}:
            return value.strip()
    return platform.machine()


def memory() -> str:
    kilobytes = next(
        (
            int(line.split()[1])
            for line in Path("/proc/meminfo").read_text().splitlines()
            if line.startswith("MemTotal")
        ),
        0,
    )
    return f"{kilobytes / 1024 / 1024:.1f} GiB"


def postgresql() -> str:
    try:
        words = output(str(embedded_binaries() / "postgres"), "--version").split()
    except StackError:
        return "unknown"
    return words[2] if len(words) > 2 else "unknown"


def output(*argv: str) -> str:
    """What the command prints; "" where it is not there or fails."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
