"""A worker that runs many hostile scripts at once serves others meanwhile; one that dies takes with it what it ran."""

from __future__ import annotations

import signal
import time
from contextlib import suppress
from dataclasses import replace

import pytest

from tests.hostile.attacks import catalogue
from tests.hostile.health import PROC, descendants
from tests.hostile.lanes import Lane
from tests.hostile.verdict import harm

pytestmark = pytest.mark.hostile
WAIT_SECONDS = 30.0
CROWD = (
    "processes/fork_bomb",
    "processes/thread_bomb",
    "processes/threads_by_number",
    "processes/memory_bomb",
    "processes/memory_mapped",
    "processes/endless_regex",
    "processes/endless_hashing",
    "processes/ignored_signals",
    "output/flood_of_output",
    "output/flood_of_both",
    "output/huge_file",
    "output/many_files",
    "output/deep_directories",
    "network/many_connections",
    "network/endless_answer",
    "results/enormous",
)


def started(process: int) -> str:
    """When it began, so that another one with its number is not taken for it; empty where it is gone or dead."""
    with suppress(OSError):
        fields = (PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] == "Z" else fields[19]
    return ""


def test_a_crowd_of_hostile_scripts_harms_nobody() -> None:
    attacks = [replace(catalogue()[name], seconds=15.0) for name in CROWD]
    lane = Lane()
    try:
        trial = lane.attempt(*attacks)
    finally:
        lane.stop()
    assert list(harm(trial)) == []
    ended = {attack.id: run["outcome"] for attack, run in zip(attacks, trial["runs"], strict=True)}
    # On a machine that all of them keep busy, some come no further than to their time.
    assert {
        attack.id: ended[attack.id] for attack in attacks if ended[attack.id] not in attack.ends | {"timeout"}
    } == {}


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
