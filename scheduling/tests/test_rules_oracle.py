"""Rules agree with an oracle that looks at every minute, in zones whose clocks are changed in every known way.

Here: each rule around each change of ten years in each zone, and whole ten years of some that are drawn anew each time
(SEED draws them again). `python -m scheduling.tests.oracle --all` is the whole of it.
"""

from __future__ import annotations

import os
import random
import time
from bisect import bisect_right
from datetime import timedelta

import pytest

from scheduling.rules import Rule
from scheduling.tests.oracle import EPOCH, MINUTE, ZONES, differences, expected, walk
from scheduling.tests.oracle_rules import RULES

STEP = 240  # minutes: no zone's clocks are changed and changed back in less
BEFORE, AFTER = 3 * 60, 9 * 60  # minutes around a change
SEED = int(os.environ.get("SEED") or time.time())
MOST_TIMES = 50_000  # of a rule that is drawn: those with more are in the whole run


@pytest.mark.parametrize("name", ZONES)
def test_rules_agree_with_the_oracle_around_every_change_of_the_clocks(name: str) -> None:
    decade, drawn = walk(name, step=STEP), random.Random(SEED)
    told: list[str] = []
    for change in decade.changes:
        span = decade.between(change - BEFORE, change + AFTER)
        for text in RULES:
            wanted = expected(RULES[text], span)
            told += differences(text, span, wanted)
            second = drawn.randrange((change - 130) * 60, (change + 130) * 60)
            begins = EPOCH + timedelta(seconds=second)
            index = bisect_right(wanted, second // 60)
            got = Rule(text).next_after(begins, decade.zone)
            if index < len(wanted) and got != EPOCH + wanted[index] * MINUTE:
                told.append(f"{name}, {text!r} after {begins}: {got}, SEED={SEED}")
    assert told == []


def test_rules_agree_with_the_oracle_over_ten_years() -> None:
    drawn, left, told = random.Random(SEED), 2 * MOST_TIMES, []
    while left > 0:
        span, text = walk(drawn.choice(list(ZONES)), step=STEP), drawn.choice(list(RULES))
        wanted = expected(RULES[text], span)
        if len(wanted) <= MOST_TIMES:
            told += differences(text, span, wanted)
            left -= len(wanted) + 2_000
    assert told == [], f"SEED={SEED}"
