"""A worker that dies takes with it what it ran, whatever the script does against it."""

from __future__ import annotations

import signal
import time
from contextlib import suppress
from dataclasses import replace

import pytest

from tests.hostile.attacks import catalogue
from tests.hostile.health import PROC, descendants
from tests.hostile.lanes import Lane

pytestmark = pytest.mark.hostile
WAIT_SECONDS = 30.0


def started(process: int) -> str:
    """When it began, so that another one with its number is not taken for it; empty where it is gone or dead."""
    with suppress(OSError):
        fields = (PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] == "Z" else fields[19]
    return ""


def test_nothing_survives_a_worker_that_is_killed() -> None:
    attack = replace(catalogue()["processes/outlives_its_parent"], seconds=60)
    lane = Lane()
    try:
        lane.order(attack)
        deadline = time.monotonic() + WAIT_SECONDS
        while not (running := _running(lane.process.pid)):
            assert lane.alive, lane.last_words()
            assert time.monotonic() < deadline, "no script was started"
            time.sleep(0.01)
        lane.kill()
        lane.process.wait()
        while alive := [each for each, begin in running.items() if started(each) == begin]:
            assert time.monotonic() < deadline, f"{alive} survived"
            time.sleep(0.01)
    finally:
        lane.stop()


def _running(lane: int) -> dict[int, str]:
    """The launcher and the script, from when it ignores what it can ignore."""
    found = {process: started(process) for process in descendants(lane)}
    ready = any(_ignores(process) for process in found)
    return {process: begin for process, begin in found.items() if begin} if ready else {}


def _ignores(process: int) -> bool:
    with suppress(OSError):
        status = (PROC / str(process) / "status").read_text()
        ignored = next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("SigIgn:"))
        return bool(ignored >> (signal.SIGTERM - 1) & ignored >> (signal.SIGRTMAX - 1) & 1)
    return False
