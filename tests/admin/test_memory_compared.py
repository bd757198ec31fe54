"""Two texts side by side: nothing is lost, nothing is invented, and words are marked where they changed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tenants_app.admin.compared import Comparison, Row, Side, compare

LINES = st.lists(st.sampled_from(["", "a", "a b c", "the price is 450", "the price is 460", "x" * 30]), max_size=40)


def rows_of(comparison: Comparison) -> list[Row]:
    return [row for stretch in comparison.stretches for row in stretch.rows]


def text_of(sides: list[Side | None]) -> str:
    return "\n".join("".join(span.text for span in side.spans) for side in sides if side is not None)


def changed_in(side: Side | None) -> list[str]:
    return [span.text for span in side.spans if span.changed] if side else []


@settings(max_examples=150, deadline=None)
@given(LINES, LINES)
def test_both_texts_can_be_read_off_it_whole_and_in_order(left: list[str], right: list[str]) -> None:
    before, after = "\n".join(left), "\n".join(right)
    comparison = compare(before, after)
    rows = rows_of(comparison)
    assert text_of([row.left for row in rows]) == before
    assert text_of([row.right for row in rows]) == after
    for sides in ([row.left for row in rows], [row.right for row in rows]):
        numbers = [side.number for side in sides if side is not None]
        assert numbers == list(range(1, len(numbers) + 1))
    assert comparison.is_same == (before == after)
    assert all(row.same == (row.left is not None and row.right is not None and not changed(row)) for row in rows)


def changed(row: Row) -> bool:
    return text_of([row.left]) != text_of([row.right])


def test_the_words_that_changed_are_marked() -> None:
    [row] = rows_of(compare("the price is 450k today", "the price is 460k since today"))
    assert changed_in(row.left) == ["450k"]
    assert changed_in(row.right) == ["460k since"]


def test_a_line_that_came_does_not_shift_the_others_against_each_other() -> None:
    before = "Elm Street costs 450k\nLake Avenue costs 612k"
    after = "The list of May\nElm Street costs 438k\nLake Avenue costs 600k"
    rows = rows_of(compare(before, after))
    assert [(changed_in(row.left), changed_in(row.right)) for row in rows] == [
        ([], ["The list of May"]),
        (["450k"], ["438k"]),
        (["612k"], ["600k"]),
    ]


def test_equal_lines_far_from_a_change_are_folded_away() -> None:
    lines = [f"line {number}" for number in range(30)]
    comparison = compare("\n".join(lines), "\n".join([*lines[:29], "another end"]))
    assert [(stretch.folded, len(stretch.rows)) for stretch in comparison.stretches] == [(True, 26), (False, 5)]
    assert (comparison.added, comparison.removed) == (1, 1)


def test_a_large_document_of_equal_lines_is_compared_at_once() -> None:
    comparison = compare("\n" * 50_000, "\n" * 49_000 + "x")
    assert not comparison.is_same
