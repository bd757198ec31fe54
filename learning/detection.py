"""When what happens with a tool is a pattern: failures above its own habit or in a row, silence, people's displeasure.

Pure functions over counts. The rows are counted by whoever calls, once an hour at most for each tool that ran.
Each asks how probable what was seen would be were the tool as it always was, what its history leaves open included
(a Beta-Binomial tail: the binomial's, averaged over the rates that fit the history; Gamma-Poisson likewise).

False alarms: FALSE_ALARMS_A_DAY is divided among the five checks and each hour's look, so that by addition a healthy
tool raises at most one pattern in 1,000 days; looks at windows that overlap make it far fewer (measured in the tests).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from math import exp, fsum, lgamma, log

from learning.statistics import log_beta

FALSE_ALARMS_A_DAY = 1 / 1_000  # of each healthy tool
LOOKS_A_DAY = 24
CHECKS = 5  # failures in the short and in the long window, in a row, silence, displeasure
LIMIT = FALSE_ALARMS_A_DAY / (LOOKS_A_DAY * CHECKS)  # 8.3e-6: of one check at one look

SHORT_WINDOW = 50  # runs: sees what breaks within some thirty of them
LONG_WINDOW = 200  # runs: sees a rate that doubled from 15 % on; what is compared with is always older than these
MINIMUM_WINDOW = 10  # runs: before, one bad morning of a tool that hardly runs would be a pattern
MINIMUM_FAILED = 4  # fewer are told singly where they happen
MINIMUM_BASELINE = 50  # runs: a shorter history is no habit, what is expected of a new tool stands in for it
EXPECTED_OF_NEW = (2.5, 47.5)  # Beta: 5 % failures, as sure as 50 runs make one
MINIMUM_STREAK = 5  # failures in a row; also where the tool hardly ever failed
MINIMUM_USES = 30  # sessions with the tool before its absence says anything
MINIMUM_DISLIKED = 3  # one person's bad day is not a pattern


class Kind(StrEnum):
    FAILURES = "failures"
    STREAK = "failures in a row"
    SILENCE = "silence"
    FEEDBACK = "feedback"


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many there were, and how many of them went wrong (failed runs, answers that people disliked)."""

    number: int = 0
    bad: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.bad <= self.number:
            raise ValueError(f"{self.bad} of {self.number} cannot be")


@dataclass(frozen=True, kw_only=True)
class Use:
    """In how many of the sessions that took place the tool ran.

    Sessions and not runs are counted: runs come several to a session, and would make quiet hours look like silence.
    """

    sessions: int = 0
    with_tool: int = 0


@dataclass(frozen=True, kw_only=True)
class Observed:
    """One tool: its newest runs (whether each failed, oldest first, LONG_WINDOW at most) and its history before them.

    No older than a week the ones, a month the other: who reads the rows sees to that.
    """

    runs: Sequence[bool] = ()
    runs_before: Tally = Tally()
    use: Use = Use()
    use_before: Use = Use()
    feedback: Tally = Tally()
    feedback_before: Tally = Tally()


@dataclass(frozen=True, kw_only=True)
class Finding:
    kind: Kind
    probability: float  # of seeing this or worse, were all as before
    bad: int
    number: int  # of runs, sessions or answers looked at
    expected: float  # how many of them would be bad (for silence: would use the tool)


def findings(observed: Observed) -> Iterator[Finding]:
    """Every pattern that there is, at one look."""
    for finding in (
        failing_more(observed.runs, observed.runs_before),
        failing_in_a_row(observed.runs, observed.runs_before),
        silent(observed.use, observed.use_before),
        disliked(observed.feedback, observed.feedback_before),
    ):
        if finding:
            yield finding


def failing_more(newest: Sequence[bool], before: Tally) -> Finding | None:
    """More of the newest runs failed than this tool's habit explains; the short window tells first."""
    for size in (SHORT_WINDOW, LONG_WINDOW):
        window = newest[-size:]
        found = _more(Kind.FAILURES, Tally(number=len(window), bad=sum(window)), before, at_least=MINIMUM_FAILED)
        if found:
            return found
    return None


def disliked(window: Tally, before: Tally) -> Finding | None:
    """More answers than usual got a thumbs down, "that's wrong" or a correction. One session's are counted once."""
    return _more(Kind.FEEDBACK, window, before, at_least=MINIMUM_DISLIKED)


def failing_in_a_row(newest: Sequence[bool], before: Tally) -> Finding | None:
    """The newest runs failed one after another, up to the last: a row that a success ended is over."""
    failed = next((i for i, bad in enumerate(reversed(newest)) if not bad), len(newest))
    if failed < MINIMUM_STREAK:
        return None
    bad, good = _rates(before)
    probability = exp(fsum(log((bad + i) / (bad + good + i)) for i in range(failed)))
    if probability > LIMIT:
        return None
    expected = failed * bad / (bad + good)
    return Finding(kind=Kind.STREAK, probability=probability, bad=failed, number=failed, expected=expected)


def silent(window: Use, before: Use) -> Finding | None:
    """Sessions took place, and the tool that they used to need ran in none: Poisson, its rate known from before."""
    if window.with_tool or before.with_tool < MINIMUM_USES:
        return None
    # Gamma(uses, sessions) for the uses a session; of that mixture P(0) in so many more sessions is this power.
    probability = exp(before.with_tool * log(before.sessions / (before.sessions + window.sessions)))
    if probability > LIMIT:
        return None
    expected = window.sessions * before.with_tool / before.sessions
    return Finding(kind=Kind.SILENCE, probability=probability, bad=0, number=window.sessions, expected=expected)


def _more(kind: Kind, window: Tally, before: Tally, *, at_least: int) -> Finding | None:
    bad, good = _rates(before)
    expected = window.number * bad / (bad + good)
    if window.number < MINIMUM_WINDOW or window.bad < at_least or window.bad <= expected:
        return None
    probability = tail(window.bad, window.number, bad, good)
    if probability > LIMIT:
        return None
    return Finding(kind=kind, probability=probability, bad=window.bad, number=window.number, expected=expected)


def _rates(before: Tally) -> tuple[float, float]:
    """The history as Beta(bad, good), on Jeffreys' prior."""
    if before.number < MINIMUM_BASELINE:
        return EXPECTED_OF_NEW
    return before.bad + 0.5, before.number - before.bad + 0.5


@lru_cache(maxsize=4096)  # an hourly look mostly asks again what it asked before
def tail(bad: int, number: int, a: float, b: float) -> float:
    """P(at least `bad` of `number`) where the rate is known as Beta(a, b): summed from the tail, exact where small."""
    choose = lgamma(number + 1) - lgamma(bad + 1) - lgamma(number - bad + 1)
    term = exp(choose + log_beta(bad + a, number - bad + b) - log_beta(a, b))
    terms = [term]
    for k in range(bad, number):
        term *= (number - k) / (k + 1) * (a + k) / (b + number - k - 1)
        terms.append(term)
    return min(1.0, fsum(terms))
