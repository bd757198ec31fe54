"""The decision about a trial: its figure is exact, it looks when it may, and no better run makes it judge worse."""

from __future__ import annotations

from fractions import Fraction
from math import comb, factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.statistics import (
    KEEP_AT_THE_END,
    LOOKS,
    MINIMUM_PER_ARM,
    MOST_RUNS,
    Counts,
    Reason,
    Verdict,
    beta_below,
    decide,
    probability_better,
)

RANKS = [Verdict.ROLL_BACK, Verdict.GO_ON, Verdict.KEEP]
runs = st.integers(min_value=0, max_value=110)
counts = st.builds(Counts, control_ok=runs, control_failed=runs, trial_ok=runs, trial_failed=runs)


def arms(control: tuple[int, int], trial: tuple[int, int]) -> Counts:
    """Each as (failed, of so many)."""
    return Counts(
        control_ok=control[1] - control[0],
        control_failed=control[0],
        trial_ok=trial[1] - trial[0],
        trial_failed=trial[0],
    )


def exact(one: tuple[int, int], other: tuple[int, int]) -> Fraction:
    """P(X < Y) by another road, in whole numbers: X's distribution function is a binomial tail, averaged over Y."""

    def whole_beta(a: int, b: int) -> Fraction:
        return Fraction(factorial(a - 1) * factorial(b - 1), factorial(a + b - 1))

    (a, b), (c, d) = one, other
    n = a + b - 1
    terms = (comb(n, i) * whole_beta(c + i, d + n - i) for i in range(a, n + 1))
    return sum(terms, Fraction(0)) / whole_beta(c, d)


parameters = st.tuples(st.integers(1, 60), st.integers(1, 60))


@given(parameters, parameters)
def test_the_probability_is_exact(one: tuple[int, int], other: tuple[int, int]) -> None:
    assert beta_below(one, other) == pytest.approx(float(exact(one, other)), rel=1e-9, abs=1e-12)


@given(counts)
def test_neither_arm_is_favoured(given_counts: Counts) -> None:
    swapped = Counts(
        control_ok=given_counts.trial_ok,
        control_failed=given_counts.trial_failed,
        trial_ok=given_counts.control_ok,
        trial_failed=given_counts.control_failed,
    )
    assert probability_better(given_counts) + probability_better(swapped) == pytest.approx(1)


def test_the_probability_holds_where_a_factorial_would_not() -> None:
    assert probability_better(arms((3_000, 10_000), (1_500, 10_000))) == pytest.approx(1)
    assert probability_better(arms((1_500, 10_000), (3_000, 10_000))) == pytest.approx(0, abs=1e-12)


@given(counts, st.integers(0, 5), st.booleans())
def test_a_failure_less_with_the_change_never_makes_the_verdict_worse(before: Counts, looks: int, over: bool) -> None:
    if not before.trial_failed:
        return
    after = Counts(
        control_ok=before.control_ok,
        control_failed=before.control_failed,
        trial_ok=before.trial_ok + 1,
        trial_failed=before.trial_failed - 1,
    )
    assert probability_better(after) >= probability_better(before) - 1e-12
    one, other = decide(before, looks, over=over), decide(after, looks, over=over)
    assert RANKS.index(other.verdict) >= RANKS.index(one.verdict)
    assert other.looks == one.looks


@given(counts, st.integers(0, 5))
def test_a_trial_that_is_over_is_decided(given_counts: Counts, looks: int) -> None:
    assert decide(given_counts, looks, over=True).verdict is not Verdict.GO_ON


@given(counts, st.integers(0, 5), st.booleans())
def test_nothing_is_kept_below_the_last_looks_bar_or_on_few_runs(given_counts: Counts, looks: int, over: bool) -> None:
    decision = decide(given_counts, looks, over=over)
    if decision.verdict is Verdict.KEEP:
        assert decision.p_better is not None
        assert decision.p_better >= KEEP_AT_THE_END
        assert min(given_counts.control, given_counts.trial) >= MINIMUM_PER_ARM


def test_nobody_peeks_between_the_looks() -> None:
    decision = decide(arms((19, 19), (0, 19)), 0, over=False)
    assert (decision.verdict, decision.reason, decision.p_better) == (Verdict.GO_ON, Reason.NO_LOOK_DUE, None)
    assert decide(arms((20, 20), (0, 20)), 0, over=False).verdict is Verdict.KEEP
    taken = decide(arms((9, 20), (6, 20)), 0, over=False)
    assert (taken.verdict, taken.reason, taken.looks) == (Verdict.GO_ON, Reason.OPEN, 1)
    again = decide(arms((35, 35), (0, 35)), taken.looks, over=False)
    assert (again.verdict, again.p_better, again.looks) == (Verdict.GO_ON, None, 1)


def test_looks_that_were_passed_over_are_not_made_up_for() -> None:
    decision = decide(arms((25, 65), (20, 65)), 0, over=False)
    assert (decision.verdict, decision.looks) == (Verdict.GO_ON, 3)
    assert decide(arms((25, 65), (20, 65)), decision.looks, over=False).reason is Reason.NO_LOOK_DUE


def test_a_look_waits_for_enough_runs_of_both() -> None:
    lopsided = decide(arms((30, 30), (0, MINIMUM_PER_ARM - 1)), 0, over=False)
    assert (lopsided.reason, lopsided.looks) == (Reason.NO_LOOK_DUE, 0)
    assert decide(arms((30, 30), (0, MINIMUM_PER_ARM)), 0, over=False).verdict is Verdict.KEEP


def test_the_same_figures_are_enough_late_and_not_early() -> None:
    early = decide(arms((9, 20), (3, 20)), 0, over=False)
    late = decide(arms((9, 20), (3, 20)), 0, over=True)
    assert early.p_better == late.p_better
    assert (early.verdict, late.verdict) == (Verdict.GO_ON, Verdict.KEEP)


def test_harm_ends_a_trial_early() -> None:
    decision = decide(arms((3, 20), (10, 20)), 0, over=False)
    assert (decision.verdict, decision.reason) == (Verdict.ROLL_BACK, Reason.HARM)


def test_a_deadline_with_too_few_runs_undoes_what_looks_good() -> None:
    decision = decide(arms((14, 14), (0, 14)), 0, over=True)
    assert (decision.verdict, decision.reason) == (Verdict.ROLL_BACK, Reason.TOO_FEW)
    assert decide(arms((0, 0), (0, 0)), 0, over=True).p_better == pytest.approx(0.5)


def test_the_last_run_ends_a_trial() -> None:
    half = MOST_RUNS // 2
    assert decide(arms((30, half), (30, half)), len(LOOKS), over=False).reason is Reason.NOT_BETTER
    assert decide(arms((30, half), (15, half)), len(LOOKS), over=False).reason is Reason.CLEARLY_BETTER
    assert decide(arms((30, half), (30, half - 1)), len(LOOKS), over=False).verdict is Verdict.GO_ON


def test_the_bar_falls_as_runs_come() -> None:
    bars = [*(look.keep_from for look in LOOKS), KEEP_AT_THE_END]
    assert bars == sorted(bars, reverse=True)
    assert [look.undo_up_to for look in LOOKS] == sorted(look.undo_up_to for look in LOOKS)
