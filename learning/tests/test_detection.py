"""The detector: it leaves healthy tools alone, sees what it is there for, and counts as it says."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from fractions import Fraction
from math import comb
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning import detection
from learning.detection import (
    EXPECTED_OF_NEW,
    FALSE_ALARMS_A_DAY,
    LIMIT,
    LONG_WINDOW,
    LOOKS_A_DAY,
    MINIMUM_BASELINE,
    MINIMUM_STREAK,
    SHORT_WINDOW,
    Finding,
    Kind,
    Observed,
    Tally,
    Use,
    disliked,
    failing_in_a_row,
    failing_more,
    findings,
    silent,
    tail,
)

HEALTHY = Tally(number=500, bad=25)
DAYS = 60  # for each tool
TOOLS = 16  # of each sort
SESSIONS_BEFORE = 200
RARELY_USED, DISLIKED = 0.5, 0.03  # in how many sessions the tool runs; how many of them end in displeasure


def failed_of(bad: int, number: int) -> list[bool]:
    """So many runs, the failures spread among them, the newest no failure unless all are."""
    return [(i * bad) // number != ((i + 1) * bad) // number for i in reversed(range(number))]


class Life:
    """A tool's sessions as they come, and the counts that the detector is given at each look."""

    def __init__(self, random: Random, fails: float) -> None:
        self.random, self.fails = random, fails
        self.newest: deque[bool] = deque()
        self.before, self.use_before, self.feedback_before = Tally(), Use(), Tally()
        self.disliked: deque[bool] = deque()
        self.runs = self.unused = 0

    def session(self) -> None:
        if self.random.random() >= RARELY_USED:
            self.unused += 1
            return
        self.use_before = Use(
            sessions=self.use_before.sessions + self.unused + 1, with_tool=self.use_before.with_tool + 1
        )
        self.unused = 0
        for _ in range(self.random.randint(1, 5)):
            self.before = _slide(self.newest, self.random.random() < self.fails, self.before, LONG_WINDOW)
            self.runs += 1
        displeased = self.random.random() < DISLIKED
        self.feedback_before = _slide(self.disliked, displeased, self.feedback_before, SHORT_WINDOW)

    def look(self) -> Iterator[Finding]:
        return findings(
            Observed(
                runs=list(self.newest),
                runs_before=self.before,
                use=Use(sessions=self.unused),
                use_before=self.use_before,
                feedback=Tally(number=len(self.disliked), bad=sum(self.disliked)),
                feedback_before=self.feedback_before,
            )
        )


def _slide(window: deque[bool], newest: bool, before: Tally, size: int) -> Tally:
    window.append(newest)
    if len(window) <= size:
        return before
    return Tally(number=before.number + 1, bad=before.bad + window.popleft())


def false_alarms(fails: float, sessions_a_day: int, seed: int) -> tuple[Counter[Kind], int]:
    """Patterns raised for tools that never change, and the tool-days watched; a day's second of a kind isn't one."""
    alarms: Counter[Kind] = Counter()
    for tool in range(TOOLS):
        life = Life(Random(f"{seed} {fails} {sessions_a_day} {tool}"), fails)
        for _ in range(SESSIONS_BEFORE):
            life.session()
        for _ in range(DAYS):
            hours = Counter(life.random.randrange(LOOKS_A_DAY) for _ in range(sessions_a_day))
            raised: set[Kind] = set()
            for sessions in hours.values():
                for _ in range(sessions):
                    life.session()
                raised.update(finding.kind for finding in life.look())
            alarms.update(raised)
    return alarms, TOOLS * DAYS


def all_false_alarms(seed: int) -> tuple[int, int]:
    alarms: Counter[Kind] = Counter()
    days = 0
    for fails in (0.0, 0.02, 0.1, 0.3):
        for sessions_a_day in (4, 25):
            found, watched = false_alarms(fails, sessions_a_day, seed)
            alarms += found
            days += watched
    return alarms.total(), days


def test_a_healthy_tool_raises_less_than_one_pattern_in_a_thousand_days() -> None:
    alarms, days = all_false_alarms(seed=1)
    assert days > 5_000
    assert alarms / days <= FALSE_ALARMS_A_DAY


def test_without_the_share_for_each_look_healthy_tools_raise_more_than_that(monkeypatch: pytest.MonkeyPatch) -> None:
    """The measurement above can go red: here each look may be wrong as often as is fair only for many days together."""
    monkeypatch.setattr(detection, "LIMIT", 0.01)
    alarms, days = all_false_alarms(seed=1)
    assert alarms / days > 3 * FALSE_ALARMS_A_DAY


@pytest.mark.parametrize(("used_to", "now", "within"), [(0.02, 0.3, 60), (0.05, 0.5, 40), (0.15, 0.3, 600)])
def test_what_got_worse_is_noticed_within_so_many_runs(used_to: float, now: float, within: int) -> None:
    """Four times in five."""
    noticed = 0
    for tool in range(50):
        random = Random(tool)
        life = Life(random, used_to)
        for _ in range(SESSIONS_BEFORE * 2):
            life.session()
        life.fails = now
        begun = life.runs
        while life.runs - begun < within and not any(each.kind in (Kind.FAILURES, Kind.STREAK) for each in life.look()):
            life.session()
        noticed += life.runs - begun < within
    assert noticed >= 40


def test_a_tool_that_stopped_working_is_noticed_after_a_few_runs() -> None:
    assert failing_in_a_row([True] * MINIMUM_STREAK, HEALTHY)
    assert not failing_in_a_row([False] + [True] * (MINIMUM_STREAK - 1), Tally(number=10_000))


def test_failures_in_a_row_are_habit_where_every_other_run_fails() -> None:
    often = Tally(number=500, bad=250)
    assert not failing_in_a_row([True] * 10, often)
    finding = failing_in_a_row([True] * 20, often)
    assert finding
    assert (finding.kind, finding.bad, finding.number) == (Kind.STREAK, 20, 20)
    assert finding.expected == pytest.approx(10)


def test_a_row_of_failures_that_a_success_ended_is_over() -> None:
    assert failing_in_a_row([False] + [True] * 9, HEALTHY)
    assert not failing_in_a_row([True] * 9 + [False], HEALTHY)


def test_more_failures_than_usual_are_told_with_what_was_usual() -> None:
    finding = failing_more(failed_of(15, 50), HEALTHY)
    assert finding
    assert (finding.kind, finding.bad, finding.number) == (Kind.FAILURES, 15, 50)
    assert finding.expected == pytest.approx(2.5, rel=0.05)
    assert finding.probability < LIMIT
    assert not failing_more(failed_of(6, 50), HEALTHY)


def test_the_long_window_sees_what_the_short_one_cannot() -> None:
    slowly = Tally(number=1_000, bad=150)
    assert not failing_more(failed_of(16, 50), slowly)
    finding = failing_more(failed_of(64, 200), slowly)
    assert finding
    assert (finding.bad, finding.number) == (64, LONG_WINDOW)


def test_the_short_window_sees_what_the_long_one_has_not_yet() -> None:
    finding = failing_more(failed_of(10, 150) + failed_of(15, 50), HEALTHY)
    assert finding
    assert (finding.bad, finding.number) == (15, SHORT_WINDOW)


def test_few_runs_and_few_failures_are_no_pattern() -> None:
    never = Tally(number=100_000)
    assert not failing_more(failed_of(9, 9), never)
    assert not failing_more(failed_of(3, 10), never)
    assert failing_more(failed_of(4, 10), never)


def test_a_new_tool_is_held_to_what_is_expected_of_one() -> None:
    assert failing_more(failed_of(20, 50), Tally())
    assert not failing_more(failed_of(5, 50), Tally())
    assert not failing_more(failed_of(20, 50), Tally(number=MINIMUM_BASELINE, bad=20))


def test_a_short_history_is_trusted_less_than_a_long_one() -> None:
    window = failed_of(14, 50)
    assert failing_more(window, Tally(number=2_000, bad=100))
    assert not failing_more(window, Tally(number=60, bad=3))


def test_silence_is_a_pattern_only_where_there_was_traffic() -> None:
    usual = Use(sessions=200, with_tool=100)
    assert not silent(Use(sessions=0), usual)
    assert not silent(Use(sessions=10), usual)
    finding = silent(Use(sessions=30), usual)
    assert finding
    assert (finding.kind, finding.bad, finding.number) == (Kind.SILENCE, 0, 30)
    assert finding.expected == pytest.approx(15)
    assert not silent(Use(sessions=30, with_tool=1), usual)


def test_the_silence_of_a_tool_that_was_hardly_used_says_nothing() -> None:
    assert not silent(Use(sessions=1_000), Use(sessions=100, with_tool=29))
    assert not silent(Use(sessions=10), Use())


def test_displeasure_is_counted_against_what_is_usual() -> None:
    finding = disliked(Tally(number=50, bad=12), Tally(number=400, bad=12))
    assert finding
    assert finding.kind is Kind.FEEDBACK
    assert not disliked(Tally(number=50, bad=12), Tally(number=400, bad=100))
    assert not disliked(Tally(number=50, bad=2), Tally(number=100_000))


def test_one_look_finds_all_that_there_is() -> None:
    observed = Observed(
        runs=failed_of(12, 42) + [True] * 8,
        runs_before=HEALTHY,
        use=Use(sessions=100),
        use_before=Use(sessions=200, with_tool=100),
        feedback=Tally(number=50, bad=20),
        feedback_before=Tally(number=400, bad=12),
    )
    assert {each.kind for each in findings(observed)} == set(Kind)
    assert not list(findings(Observed()))


def exact_tail(bad: int, number: int, a: int, b: int) -> Fraction:
    def rising(start: int, length: int) -> int:
        product = 1
        for i in range(length):
            product *= start + i
        return product

    terms = (comb(number, k) * rising(a, k) * rising(b, number - k) for k in range(bad, number + 1))
    return Fraction(sum(terms), rising(a + b, number))


@given(st.data(), st.integers(1, 60), st.integers(1, 200), st.integers(1, 400))
def test_the_tail_is_exact(data: st.DataObject, number: int, a: int, b: int) -> None:
    bad = data.draw(st.integers(0, number))
    assert tail(bad, number, a, b) == pytest.approx(float(exact_tail(bad, number, a, b)), rel=1e-8)


@given(st.integers(1, 50), st.integers(0, 49), st.integers(0, 400))
def test_a_failure_more_is_never_less_of_a_pattern(number: int, bad: int, bad_before: int) -> None:
    bad = min(bad, number - 1)
    before = Tally(number=400, bad=bad_before)
    if failing_more([True] * bad + [False] * (number - bad), before):
        assert failing_more([True] * (bad + 1) + [False] * (number - bad - 1), before)


def test_what_cannot_have_been_counted_is_refused() -> None:
    with pytest.raises(ValueError, match="3 of 2"):
        Tally(number=2, bad=3)


def test_what_is_expected_of_a_new_tool_weighs_as_much_as_the_shortest_history() -> None:
    assert sum(EXPECTED_OF_NEW) == MINIMUM_BASELINE
