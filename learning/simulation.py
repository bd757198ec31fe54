"""Trials of changes whose effect is known, by production's own detector and decision: how often they are right.

A tool now fails twice as often as it used to. The detector looks after each session until it raises the pattern: its
window is therefore worse than the tool is (whoever waits for a bad window finds one). Then a change that helps, harms
or does nothing is tried out, in every other session.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import count, islice
from random import Random

from learning.detection import LONG_WINDOW, Tally, failing_more
from learning.statistics import MOST_RUNS, Counts, Decision, Verdict, decide

USED_TO_FAIL = 0.15
FAILS_NOW = 0.30
RUNS_BEFORE = 500  # of the tool's history
UNNOTICED_AFTER = 2_000  # runs: the detector lets this tool be, and no trial begins
LONGEST_SESSION = 5  # runs; each length from 1 on is as likely


class Change(StrEnum):
    HELPFUL = "helpful"
    USELESS = "useless"
    HARMFUL = "harmful"


FAILS_WITH = {Change.HELPFUL: 0.15, Change.USELESS: FAILS_NOW, Change.HARMFUL: 0.45}

Rule = Callable[[Counts, int], Decision]
Session = list[bool]  # of each run whether it failed


def production(counts: Counts, looks: int) -> Decision:
    """These trials end by their runs; none waits for a deadline."""
    return decide(counts, looks, over=False)


@dataclass(frozen=True, kw_only=True)
class World:
    """`alike`: how often a run ends as the one before it in its session, whatever its rate.

    `compare`: each change is also compared with the window that raised the pattern.
    """

    rule: Rule = production
    alike: float = 0.0
    compare: bool = False


@dataclass(frozen=True, kw_only=True)
class Trial:
    kept: bool
    runs: int
    window: Tally  # that raised the pattern
    kept_by_window: bool  # what comparing with that window would have said; False where it wasn't asked


@dataclass(frozen=True, kw_only=True)
class Shares:
    kept: float
    kept_by_window: float
    runs: float  # a trial's, in the mean
    window_rate: float  # of failures in the windows that raised the patterns


def trials(change: Change, number: int, seed: int, world: World) -> Iterator[Trial]:
    """The seed and the change decide everything: the same ones, trial by trial, whatever else is asked for."""
    for each in range(number):
        random = Random(f"{seed} {change} {each}")  # noqa: S311 - a simulation that can be repeated
        window = _raised(random, world)
        kept, runs = _alternating(random, FAILS_WITH[change], world)
        by_window = world.compare and _against_window(random, FAILS_WITH[change], window, world)
        yield Trial(kept=kept, runs=runs, window=window, kept_by_window=by_window)


def shares(done: Sequence[Trial]) -> Shares:
    return Shares(
        kept=sum(each.kept for each in done) / len(done),
        kept_by_window=sum(each.kept_by_window for each in done) / len(done),
        runs=sum(each.runs for each in done) / len(done),
        window_rate=sum(each.window.bad for each in done) / sum(each.window.number for each in done),
    )


def _raised(random: Random, world: World) -> Tally:
    """The window with which the detector raised the pattern."""
    while True:
        before = Tally(number=RUNS_BEFORE, bad=sum(random.random() < USED_TO_FAIL for _ in range(RUNS_BEFORE)))
        newest = [random.random() < USED_TO_FAIL for _ in range(LONG_WINDOW)]
        seen = 0
        for session in _sessions(random, FAILS_NOW, world.alike):
            seen += len(session)
            newest = newest[len(session) :] + session
            if found := failing_more(newest, before):
                return Tally(number=found.number, bad=found.bad)
            if seen >= UNNOTICED_AFTER:
                break


def _alternating(random: Random, rate: float, world: World) -> tuple[bool, int]:
    """Every other session with the change, beginning with either; the rule is asked after each."""
    arms = _sessions(random, FAILS_NOW, world.alike), _sessions(random, rate, world.alike)
    ok, failed, looks = [0, 0], [0, 0], 0
    for turn in count(random.randrange(2)):
        arm = turn % 2
        session = next(arms[arm])[: MOST_RUNS - sum(ok) - sum(failed)]
        failed[arm] += sum(session)
        ok[arm] += len(session) - sum(session)
        counts = Counts(control_ok=ok[0], control_failed=failed[0], trial_ok=ok[1], trial_failed=failed[1])
        decision = world.rule(counts, looks)
        looks = decision.looks
        if decision.verdict is not Verdict.GO_ON:
            return decision.verdict is Verdict.KEEP, counts.total
    raise AssertionError("a rule decides by the last run")


def _against_window(random: Random, rate: float, window: Tally, world: World) -> bool:
    """The mistake that alternating prevents: half of the runs, all with the change, are compared with the window."""
    sessions = islice(_sessions(random, rate, world.alike), MOST_RUNS // 2)
    runs = [failed for session in sessions for failed in session][: MOST_RUNS // 2]
    counts = Counts(
        control_ok=window.number - window.bad,
        control_failed=window.bad,
        trial_ok=len(runs) - sum(runs),
        trial_failed=sum(runs),
    )
    return decide(counts, 0, over=True).verdict is Verdict.KEEP


def _sessions(random: Random, rate: float, alike: float) -> Iterator[Session]:
    """Runs that fail at this rate; within a session one ends, so often as `alike` says, as the run before it did."""
    draw = random.random
    while True:
        session = [draw() < rate]
        for _ in range(int(draw() * LONGEST_SESSION)):
            session.append(session[-1] if alike and draw() < alike else draw() < rate)
        yield session
