"""A worker that dies takes with it what it ran, whatever the script does against it."""

from __future__ import annotations

import time
from contextlib import suppress

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
    attack = catalogue()["processes/outlives_its_parent"]
    lane = Lane()
    try:
        lane.order(attack)
        deadline = time.monotonic() + WAIT_SECONDS
        while not (running := _running(lane.process.pid)):
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
    """The launcher and the script of a run that is under way."""
    found = {process: started(process) for process in descendants(lane)}
    inside = [process for process in found if "python" in _name(process)]
    return {process: begin for process, begin in found.items() if begin} if inside else {}


def _name(process: int) -> str:
    with suppress(OSError):
        return (PROC / str(process) / "comm").read_text()
    return ""
