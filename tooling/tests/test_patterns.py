"""Patterns of people we don't trust: what is taken is quick, whatever it meets."""

from __future__ import annotations

import re
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tooling import patterns


@pytest.mark.parametrize(
    ("pattern", "fitting", "other"),
    [
        (r"^\d{4}-\d{2}-\d{2}$", "2026-05-03", "3 May"),
        (r"^[A-Z]{2}-?\d+$", "MT-4711", "mt-4711"),
        (r"^\S+@\S+$", "ann@example.com", "ann example"),
        (r"^[^/]+$", "a b", "a/b"),
        (r"\.csv$", "list.csv", "list.csv.exe"),
        ("", "anything", None),
    ],
)
def test_what_is_usual_is_taken(pattern: str, fitting: str, other: str | None) -> None:
    assert patterns.why_not(pattern) == ""
    assert patterns.fits(pattern, fitting)
    assert other is None or not patterns.fits(pattern, other)


@pytest.mark.parametrize(
    "pattern",
    [
        r"^(a+)+$",
        r"^(a|a)*$",
        r"^(a|aa)+$",
        r"^([a-z]+)*$",
        r"(.*)\1",
        r"(?=a)a",
        r"^a*a*a*$",
        r"a*a*b",
        r"^\d{0,99}\d{0,99}\d{0,999}\d{0,99}$",
        "^" + "a?" * 25 + "$",
        r"^.*.*.*x$",
        "[a-",
        "a**",
        "a{2,1}",
        r"\p{L}",
        "x" * 201,
    ],
)
def test_what_could_take_long_or_is_none_is_refused(pattern: str) -> None:
    assert patterns.why_not(pattern)


def test_a_text_that_is_too_long_fits_nothing() -> None:
    assert patterns.fits("^a*$", "a" * 1000)
    assert not patterns.fits("^a*$", "a" * 1001)


PIECES = st.sampled_from(["a", ".", r"\d", r"\w", "[a-c]", "[^x]", r"\.", "-", "@"])
COUNTS = st.sampled_from(["", "?", "*", "+", "{3}", "{1,9}", "{0,99}", "{2,}"])
WRITTEN = st.lists(st.tuples(PIECES, COUNTS).map("".join), max_size=12).map("".join)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(["", "^"]), WRITTEN, st.sampled_from(["", "$"]), st.sampled_from("a1.-x"))
def test_whatever_is_taken_ends_soon_on_the_worst_text(start: str, inner: str, end: str, letter: str) -> None:
    pattern = start + inner + end
    if patterns.why_not(pattern):
        return
    re.compile(pattern)
    done = threading.Event()

    def match() -> None:
        patterns.fits(pattern, letter * 999 + "\n")
        done.set()

    threading.Thread(target=match, daemon=True).start()
    assert done.wait(30), pattern
