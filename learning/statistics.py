"""When a change on trial is kept, and when it is taken back: a Beta-Binomial comparison at few, fixed looks.

Both arms run at the same time, session by session, so the window that raised the pattern decides nothing. Each arm's
failure rate has the prior Beta(1, 1): any rate is as likely as any other, for both alike, so that neither is favoured.
`p_better` is the probability, given the runs, that the rate with the change is below the one without.

Whoever asks after each session whether the last look's bar is reached, keeps three in ten changes that do nothing. So
there are five looks, at stated numbers of runs, and the early ones ask for more.
What the figures give is measured by
`manage.py simulate_trials` (docs/learning.md).
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum
from math import exp, fsum, lgamma, log
from operator import attrgetter

PRIOR_FAILED = 1.0  # of Beta(failed, ok), each arm's
PRIOR_OK = 1.0
MINIMUM_PER_ARM = 15  # fewer runs decide nothing: a look waits for them, and a trial that ends without them is undone


class Verdict(StrEnum):
    GO_ON = "go on"
    KEEP = "keep"
    ROLL_BACK = "roll back"


class Reason(StrEnum):
    NO_LOOK_DUE = "the next look has not come"
    OPEN = "not decided yet"
    CLEARLY_BETTER = "clearly better"
    HARM = "worse, or too unlikely to become better"
    NOT_BETTER = "not clearly better by the end"
    TOO_FEW = "too few runs by the end"


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Runs since the trial began, without the change (control) and with it (trial)."""

    control_ok: int
    control_failed: int
    trial_ok: int
    trial_failed: int

    @property
    def control(self) -> int:
        return self.control_ok + self.control_failed

    @property
    def trial(self) -> int:
        return self.trial_ok + self.trial_failed

    @property
    def total(self) -> int:
        return self.control_ok + self.control_failed + self.trial_ok + self.trial_failed

    @property
    def enough(self) -> bool:
        return min(self.control, self.trial) >= MINIMUM_PER_ARM


@dataclass(frozen=True, kw_only=True)
class Look:
    """At `runs` of both arms together: kept from `keep_from` on, undone up to `undo_up_to`, both of p_better."""

    runs: int
    keep_from: float
    undo_up_to: float


# keep_from is an O'Brien-Fleming boundary: the quantile asked for falls with the square root of the runs,
# z = 1.36 · √(200 / runs), so that all five looks together keep about one in ten changes that do nothing.
# undo_up_to may be bolder, since a change that was undone by mistake costs a chance, one that is kept costs failures.
LOOKS = (
    Look(runs=40, keep_from=0.9988, undo_up_to=0.05),
    Look(runs=80, keep_from=0.984, undo_up_to=0.10),
    Look(runs=120, keep_from=0.960, undo_up_to=0.20),
    Look(runs=160, keep_from=0.936, undo_up_to=0.30),
)
KEEP_AT_THE_END = 0.913
MOST_RUNS = 200  # of both arms together: the end, if no deadline came before


@dataclass(frozen=True, kw_only=True)
class Decision:
    """`looks` is what the next call is given; `p_better` is None where no look was due: nobody peeks."""

    verdict: Verdict
    p_better: float | None
    reason: Reason
    looks: int


def decide(counts: Counts, looks: int, *, over: bool) -> Decision:
    """What becomes of a trial after `looks` looks; `over`: its deadline has passed, this is the last one."""
    runs = counts.total
    if over or runs >= MOST_RUNS:
        return _at_the_end(counts, looks)
    passed = bisect_right(LOOKS, runs, key=attrgetter("runs"))
    if passed <= looks or not counts.enough:
        return Decision(verdict=Verdict.GO_ON, p_better=None, reason=Reason.NO_LOOK_DUE, looks=looks)
    look = LOOKS[passed - 1]
    p_better = probability_better(counts)
    verdict, reason = Verdict.GO_ON, Reason.OPEN
    if p_better >= look.keep_from:
        verdict, reason = Verdict.KEEP, Reason.CLEARLY_BETTER
    elif p_better <= look.undo_up_to:
        verdict, reason = Verdict.ROLL_BACK, Reason.HARM
    return Decision(verdict=verdict, p_better=p_better, reason=reason, looks=passed)


def _at_the_end(counts: Counts, looks: int) -> Decision:
    p_better = probability_better(counts)
    verdict, reason = Verdict.ROLL_BACK, Reason.NOT_BETTER
    if not counts.enough:
        reason = Reason.TOO_FEW
    elif p_better >= KEEP_AT_THE_END:
        verdict, reason = Verdict.KEEP, Reason.CLEARLY_BETTER
    return Decision(verdict=verdict, p_better=p_better, reason=reason, looks=looks + 1)


def probability_better(counts: Counts) -> float:
    """P(the failure rate with the change < the one without), exact: a sum that closes since the priors are whole."""
    return beta_below(
        (PRIOR_FAILED + counts.trial_failed, PRIOR_OK + counts.trial_ok),
        (PRIOR_FAILED + counts.control_failed, PRIOR_OK + counts.control_ok),
    )


def beta_below(one: tuple[float, float], other: tuple[float, float]) -> float:
    """P(X < Y) of X ~ Beta(*one) and Y ~ Beta(*other), where the first parameter of Y is a whole number.

    Σ B(a + i, b + d) / ((d + i) · B(1 + i, d) · B(a, b)) over i below c, each term from the one before, in logarithms:
    no count is so large that it underflows.
    """
    a, b = one
    c, d = other
    term = log_beta(a, b + d) - log_beta(a, b)
    terms = []
    for i in range(int(c)):
        terms.append(exp(term))
        term += log((a + i) / (a + b + d + i)) + log((d + i) / (1 + i))
    return min(1.0, fsum(terms))


def log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
