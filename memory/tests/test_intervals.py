"""Placing what was said among what is known: the intervals follow from all of it, in whatever order it came."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.intervals import Claim, Known, beginning_of, place

Timeline = list[tuple[str, bool, int, int | None]]
BEGIN = datetime(2020, 1, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    return BEGIN + timedelta(days=number)


def number_of(at: datetime | None) -> int | None:
    return None if at is None else (at - BEGIN).days


def said(value: str, start: int, end: int | None = None, *, untrusted: bool = False, order: int = 0) -> Claim:
    closed = day(end) if end is not None else None
    return Claim(value=value, start=day(start), end=closed, said=True, untrusted=untrusted, order=order)


def told(claims: Sequence[Claim], *, several: bool = False) -> list[Known]:
    """The rows after each was placed in turn, as the database keeps them."""
    rows: list[Known] = []
    for claim in claims:
        rows = after(rows, claim, several=several)
    return rows


def after(rows: Sequence[Known], claim: Claim, *, several: bool = False, correction: bool = False) -> list[Known]:
    among = [row for row in rows if not several or row.value == claim.value]
    changes = place(among, claim, several=several, correction=correction)
    kept = [
        Known(
            id=each.row or uuid.uuid4(),
            value=each.value,
            untrusted=each.untrusted,
            claims=each.claims,
            start=each.start,
            end=each.end,
        )
        for each in changes.rows
    ]
    assert len({row.id for row in kept}) == len(kept)
    left = {row.id for row in among} - {row.id for row in kept}
    assert left == {*changes.absorbed, *changes.withdrawn}
    return [row for row in rows if row not in among] + kept


def timeline(rows: Sequence[Known]) -> Timeline:
    """What held, from which day to which."""
    held = [row for row in rows if row.end != row.start]
    return sorted((row.value, row.untrusted, number_of(row.start) or 0, number_of(row.end)) for row in held)


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([said("a", 5)], [("a", 5, None)]),
        # A contradiction ends the one before; one that is older and arrives late is born closed.
        ([said("a", 5), said("b", 9)], [("a", 5, 9), ("b", 9, None)]),
        ([said("b", 9), said("a", 5)], [("a", 5, 9), ("b", 9, None)]),
        # Said again it is one; between two that are the same stands another.
        ([said("a", 5), said("a", 9)], [("a", 5, None)]),
        ([said("a", 9), said("a", 5)], [("a", 5, None)]),
        ([said("a", 1), said("a", 9), said("b", 5)], [("a", 1, 5), ("a", 9, None), ("b", 5, 9)]),
        # Born closed.
        ([said("a", 5, 8)], [("a", 5, 8)]),
        ([said("b", 9), said("a", 5, 7)], [("a", 5, 7), ("b", 9, None)]),
        ([said("b", 9), said("a", 5, 12)], [("a", 5, 9), ("b", 9, None)]),
        # What was born closed interrupts, and what was before goes on after it.
        ([said("a", 1), said("b", 5, 8)], [("a", 1, 5), ("a", 8, None), ("b", 5, 8)]),
        # What superseded and then ended does not.
        ([said("a", 1), said("b", 5), said("b", 5, 8)], [("a", 1, 5), ("b", 5, 8)]),
        # An end ends what is known, and what is said after it begins anew.
        ([said("a", 1), said("a", 1, 8)], [("a", 1, 8)]),
        ([said("a", 1, 8), said("a", 9)], [("a", 1, 8), ("a", 9, None)]),
    ],
)
def test_the_timeline(claims: list[Claim], expected: list[tuple[str, int, int | None]]) -> None:
    assert [(value, start, end) for value, _, start, end in timeline(told(claims))] == expected


def test_what_comes_from_outside_does_not_supersede_what_the_team_said() -> None:
    rows = told([said("a", 1), said("b", 5, untrusted=True)])
    assert timeline(rows) == [("a", False, 1, None)]
    [doubted] = [row for row in rows if row.untrusted]
    assert doubted.start == doubted.end == day(5)
    # It is told when nothing of theirs holds.
    assert timeline(told([said("a", 1, 3), said("b", 5, untrusted=True)])) == [("a", False, 1, 3), ("b", True, 5, None)]
    assert timeline(told([said("b", 1, untrusted=True), said("a", 5)])) == [("a", False, 5, None), ("b", True, 1, 5)]


def test_from_outside_the_same_is_known_already() -> None:
    [row] = told([said("a", 1), said("a", 5, untrusted=True)])
    assert not row.untrusted


def test_two_at_the_same_instant_the_later_word_counts() -> None:
    rows = told([said("a", 1, order=1), said("b", 1, order=2)])
    assert timeline(rows) == [("b", False, 1, None)]
    assert len(rows) == 2


def test_a_correction_never_was_so() -> None:
    rows = after(told([said("a", 1)]), Claim(value="b", start=day(9)), correction=True)
    assert timeline(rows) == [("b", False, 1, None)]  # since when the wrong one was thought to be so
    rows = after(told([said("a", 1)]), said("b", 4), correction=True)
    assert timeline(rows) == [("b", False, 4, None)]
    rows = after(told([said("a", 1)]), said("b", 0), correction=True)
    assert timeline(rows) == [("b", False, 0, None)]


def test_nobody_outside_corrects_the_team() -> None:
    rows = after(told([said("a", 1)]), said("b", 4, untrusted=True), correction=True)
    assert timeline(rows) == [("a", False, 1, None)]


def test_several_hold_beside_each_other() -> None:
    rows = told([said("a", 1), said("b", 2), said("a", 4), said("b", 2, 6)], several=True)
    assert timeline(rows) == [("a", False, 1, None), ("b", False, 2, 6)]


def test_an_end_alone_finds_its_beginning() -> None:
    rows = told([said("a", 1), said("b", 5)])
    assert beginning_of(rows, "b", day(8), day(9)) == day(5)
    assert beginning_of(rows, "c", day(8), day(9)) == day(8)
    assert beginning_of([], "c", day(8), day(2)) == day(2)


values = st.sampled_from("abcd")
days = st.integers(0, 30)


@st.composite
def dated(draw: st.DrawFn, *, trust: bool = True) -> list[Claim]:
    """Facts that begin on different days, so that it is never the order in which they came that decides."""
    starts = draw(st.lists(days, unique=True, min_size=1, max_size=7))
    return [
        said(
            draw(values),
            start,
            start + length if (length := draw(st.none() | st.integers(1, 12))) else None,
            untrusted=False if trust else draw(st.booleans()),
        )
        for start in starts
    ]


@settings(deadline=None, max_examples=150)
@given(claims=dated(), several=st.booleans())
def test_any_order_ends_in_the_same_timeline(claims: list[Claim], several: bool) -> None:
    orders = itertools.islice(itertools.permutations(claims), 24)
    first, *rest = (timeline(told(order, several=several)) for order in orders)
    assert all(each == first for each in rest)


@settings(deadline=None, max_examples=150)
@given(claims=dated(trust=False), data=st.data())
def test_any_order_of_trusted_and_other_facts(claims: list[Claim], data: st.DataObject) -> None:
    assert timeline(told(claims)) == timeline(told(data.draw(st.permutations(claims))))


@settings(deadline=None, max_examples=200)
@given(claims=dated(trust=False), several=st.booleans(), corrections=st.sets(st.integers(0, 6)))
def test_no_two_overlap(claims: list[Claim], several: bool, corrections: set[int]) -> None:
    rows: list[Known] = []
    for number, claim in enumerate(claims):
        rows = after(rows, claim, several=several, correction=number in corrections)
        held = [row for row in rows if row.end != row.start]
        for one, other in itertools.combinations(held, 2):
            if several and one.value != other.value:
                continue
            assert (one.end is not None and one.end <= other.start) or (
                other.end is not None and other.end <= one.start
            )


@settings(deadline=None, max_examples=150)
@given(claims=dated(trust=False), several=st.booleans())
def test_said_again_nothing_changes(claims: list[Claim], several: bool) -> None:
    rows = told(claims, several=several)
    again = rows
    for claim in claims:
        again = after(again, claim, several=several)
    assert timeline(again) == timeline(rows)
    assert len(again) <= len(rows)


@settings(deadline=None, max_examples=100)
@given(claims=dated())
def test_what_began_last_holds_where_nothing_ended(claims: list[Claim]) -> None:
    opened = [said(claim.value, number_of(claim.start) or 0) for claim in claims]
    newest = max(opened, key=lambda claim: claim.start)
    [open_one] = [row for row in told(opened) if row.end is None]
    assert open_one.value == newest.value
