"""Trials whose truth is known: production's rule reaches its aims with any seed; rules with a known fault do not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from learning.detection import SHORT_WINDOW
from learning.simulation import FAILS_NOW, Change, World, production, shares, trials
from learning.statistics import (
    KEEP_AT_THE_END,
    MOST_RUNS,
    Counts,
    Decision,
    Reason,
    Verdict,
    decide,
    probability_better,
)

ROOT = Path(__file__).parents[2]
TRIALS = 300  # of each kind: five standard errors away from the aims
HARMFUL_KEPT, HELPFUL_KEPT, USELESS_KEPT = 0.05, 0.80, 0.20


def answer(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("simulate_trials", "--json", *arguments, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def kept(change: Change, world: World, *, number: int = TRIALS, seed: int = 1) -> float:
    return shares(list(trials(change, number, seed, world))).kept


@pytest.mark.parametrize("seed", range(1, 6))
def test_the_aims_are_reached_with_every_seed(seed: int) -> None:
    found = answer("--trials", str(TRIALS), "--seed", str(seed))
    assert set(found) == {"harmful_kept", "helpful_kept", "useless_rolled_back"}
    assert found["harmful_kept"] <= HARMFUL_KEPT
    assert found["helpful_kept"] >= HELPFUL_KEPT
    assert found["useless_rolled_back"] >= 1 - USELESS_KEPT


def test_runs_that_resemble_those_beside_them_do_not_break_the_aims() -> None:
    found = answer("--trials", str(TRIALS), "--alike", "0.2")
    assert found["harmful_kept"] <= HARMFUL_KEPT
    assert found["helpful_kept"] >= HELPFUL_KEPT
    assert found["useless_rolled_back"] >= 1 - USELESS_KEPT


def test_a_rule_that_looks_after_every_session_keeps_too_much() -> None:
    """The guard against peeking is what holds the aim: without it the simulation sees the difference."""

    def unguarded(counts: Counts, looks: int) -> Decision:
        p_better = probability_better(counts)
        verdict, reason = Verdict.GO_ON, Reason.OPEN
        if counts.enough and p_better >= KEEP_AT_THE_END:
            verdict, reason = Verdict.KEEP, Reason.CLEARLY_BETTER
        elif counts.total >= MOST_RUNS:
            verdict, reason = Verdict.ROLL_BACK, Reason.NOT_BETTER
        return Decision(verdict=verdict, p_better=p_better, reason=reason, looks=looks + 1)

    assert kept(Change.USELESS, World(rule=unguarded)) > USELESS_KEPT + 0.05
    assert kept(Change.USELESS, World()) < USELESS_KEPT


def test_comparing_with_the_window_that_raised_the_pattern_keeps_too_much() -> None:
    useless = shares(list(trials(Change.USELESS, 1_000, 1, World(compare=True))))
    assert useless.kept_by_window > USELESS_KEPT
    assert useless.kept_by_window > 2 * useless.kept


def test_a_rule_that_keeps_everything_and_one_that_keeps_nothing_fail_an_aim() -> None:
    def always(verdict: Verdict) -> World:
        decision = Decision(verdict=verdict, p_better=None, reason=Reason.OPEN, looks=1)
        return World(rule=lambda *_: decision)

    assert kept(Change.HARMFUL, always(Verdict.KEEP), number=20) > HARMFUL_KEPT
    assert kept(Change.HELPFUL, always(Verdict.ROLL_BACK), number=20) < HELPFUL_KEPT


def test_the_rule_swapped_about_fails_both_aims() -> None:
    def swapped(counts: Counts, looks: int) -> Decision:
        return production(
            Counts(
                control_ok=counts.trial_ok,
                control_failed=counts.trial_failed,
                trial_ok=counts.control_ok,
                trial_failed=counts.control_failed,
            ),
            looks,
        )

    assert kept(Change.HARMFUL, World(rule=swapped), number=100) > HARMFUL_KEPT
    assert kept(Change.HELPFUL, World(rule=swapped), number=100) < HELPFUL_KEPT


def test_the_rule_asked_is_productions_own() -> None:
    counts = Counts(control_ok=60, control_failed=40, trial_ok=80, trial_failed=20)
    assert World().rule(counts, 4) == decide(counts, 4, over=False)


def test_harm_is_over_sooner_than_the_trial_would_be() -> None:
    harmful = shares(list(trials(Change.HARMFUL, TRIALS, 1, World())))
    assert harmful.runs < 0.6 * MOST_RUNS


def test_no_trial_is_longer_than_it_may_be_and_its_window_is_worse_than_the_tool() -> None:
    done = list(trials(Change.USELESS, TRIALS, 1, World()))
    assert max(each.runs for each in done) == MOST_RUNS
    short = [each.window for each in done if each.window.number == SHORT_WINDOW]
    assert len(short) > TRIALS / 10
    assert all(window.bad > (FAILS_NOW + 0.05) * SHORT_WINDOW for window in short)
    assert shares(done).window_rate > FAILS_NOW


def test_the_seed_decides_and_comparing_changes_nothing() -> None:
    once = answer("--trials", "40", "--seed", "7")
    compared = answer("--trials", "40", "--seed", "7", "--compare")
    assert compared.pop("compared_with_window")
    assert compared == once
    assert any(answer("--trials", "40", "--seed", str(seed)) != once for seed in (8, 9, 10))


def test_the_command_starts_no_database(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "manage.py", "simulate_trials", "--trials", "1", "--json"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "data")},
    )
    assert set(json.loads(run.stdout)) == {"harmful_kept", "helpful_kept", "useless_rolled_back"}
    assert not list(tmp_path.glob("data/postgres*"))


def test_people_get_a_table() -> None:
    out = StringIO()
    call_command("simulate_trials", "--trials", "20", "--compare", stdout=out)
    head, *rows = out.getvalue().splitlines()
    assert head.split()[:3] == ["change", "fails", "kept"]
    assert [row.split()[0] for row in rows[:3]] == ["helpful", "useless", "harmful"]


@pytest.mark.parametrize("wrong", [("--trials", "0"), ("--alike", "1.5")])
def test_what_cannot_be_simulated_is_refused(wrong: tuple[str, str]) -> None:
    with pytest.raises(CommandError):
        answer(*wrong)
