"""Two texts side by side: which lines became which, and which words in them changed. No Django."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby, zip_longest

AROUND = 3  # equal lines that are shown beside a change
ALIGNED = 30  # lines of a changed stretch up to which each finds the line most like it
LIKE = 0.4  # lines that have less in common are not the same line changed
LONG = 4_000  # characters of a line beyond which its words are not compared
_TOKENS = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Span:
    text: str
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Side:
    number: int  # of the line, from 1
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Row:
    left: Side | None
    right: Side | None
    same: bool = False


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Rows that are shown, or equal ones that are folded away."""

    rows: tuple[Row, ...]
    folded: bool = False


@dataclass(frozen=True, kw_only=True)
class Comparison:
    stretches: tuple[Stretch, ...]
    added: int  # lines
    removed: int

    @property
    def is_same(self) -> bool:
        return not (self.added or self.removed)


def compare(before: str, after: str) -> Comparison:
    left, right = before.split("\n"), after.split("\n")
    rows = tuple(rows_of(left, right))
    return Comparison(
        stretches=tuple(folded(rows)),
        added=sum(row.right is not None for row in rows if not row.same),
        removed=sum(row.left is not None for row in rows if not row.same),
    )


def rows_of(left: Sequence[str], right: Sequence[str]) -> Iterator[Row]:
    for kind, i, i_end, j, j_end in SequenceMatcher(None, left, right).get_opcodes():
        if kind == "equal":
            for place in range(i_end - i):
                text = (Span(left[i + place]),)
                yield Row(Side(i + place + 1, text), Side(j + place + 1, text), same=True)
        else:
            for one, other in paired(left[i:i_end], right[j:j_end]):
                yield changed(left, right, None if one is None else i + one, None if other is None else j + other)


def changed(left: Sequence[str], right: Sequence[str], i: int | None, j: int | None) -> Row:
    if i is not None and j is not None:
        before, after = words_of(left[i], right[j])
        return Row(Side(i + 1, before), Side(j + 1, after))
    if i is not None:
        return Row(Side(i + 1, (Span(left[i], changed=True),)), None)
    assert j is not None  # noqa: S101 - a row has at least one side
    return Row(None, Side(j + 1, (Span(right[j], changed=True),)))


def words_of(before: str, after: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    if len(before) + len(after) > LONG:
        return (Span(before, changed=True),), (Span(after, changed=True),)
    old, new = _TOKENS.findall(before), _TOKENS.findall(after)
    codes = SequenceMatcher(None, old, new).get_opcodes()
    return (
        merged(Span("".join(old[i:i_end]), kind != "equal") for kind, i, i_end, _, _ in codes),
        merged(Span("".join(new[j:j_end]), kind != "equal") for kind, _, _, j, j_end in codes),
    )


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Without empty ones; a blank between two changed words is changed with them."""
    found: list[Span] = []
    for span in spans:
        if not span.text:
            continue
        if span.changed and len(found) > 1 and found[-2].changed and not found[-1].text.strip():
            blank, before = found.pop(), found.pop()
            found.append(Span(before.text + blank.text + span.text, changed=True))
        else:
            found.append(span)
    return tuple(found)


def paired(left: Sequence[str], right: Sequence[str]) -> list[tuple[int | None, int | None]]:
    """Which line became which: the alignment in which the lines have most in common, in order."""
    if max(len(left), len(right)) > ALIGNED:
        return list(zip_longest(range(len(left)), range(len(right))))
    words, others = [words_in(line) for line in left], [words_in(line) for line in right]
    likeness = [[like(one, other) for other in others] for one in words]
    best = [[0.0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i in reversed(range(len(left))):
        for j in reversed(range(len(right))):
            together = best[i + 1][j + 1] + likeness[i][j] if likeness[i][j] >= LIKE else 0.0
            best[i][j] = max(together, best[i + 1][j], best[i][j + 1])
    return list(beside(walk(likeness, best, len(left), len(right))))


def walk(
    likeness: Sequence[Sequence[float]], best: Sequence[Sequence[float]], rows: int, columns: int
) -> Iterator[tuple[int | None, int | None]]:
    i = j = 0
    while i < rows or j < columns:
        is_pair = i < rows and j < columns and likeness[i][j] >= LIKE
        if is_pair and best[i][j] == best[i + 1][j + 1] + likeness[i][j]:
            yield i, j
            i, j = i + 1, j + 1
        elif j == columns or (i < rows and best[i][j] == best[i + 1][j]):
            yield i, None
            i += 1
        else:
            yield None, j
            j += 1


def beside(pairs: Iterable[tuple[int | None, int | None]]) -> Iterator[tuple[int | None, int | None]]:
    """Lines that went and lines that came between two pairs, one after the other: they have nothing in common."""
    for _, group in groupby(pairs, key=lambda pair: None not in pair):
        yield from sorted(group, key=lambda pair: (pair[0] is None, pair[0] or 0, pair[1] or 0))


def words_in(line: str) -> frozenset[str]:
    return frozenset(each for each in _TOKENS.findall(line.casefold()) if each.strip())


def like(words: frozenset[str], others: frozenset[str]) -> float:
    """How much of their words two lines share, from 0 to 1."""
    return len(words & others) / max(len(words), len(others)) if words and others else 0.0


def folded(rows: Sequence[Row]) -> Iterator[Stretch]:
    """Equal lines far from any change are folded away, unless nothing changed at all."""
    near = {place + step for place, row in enumerate(rows) if not row.same for step in range(-AROUND, AROUND + 1)}
    shown = [not near or place in near for place in range(len(rows))]
    for is_shown, places in groupby(range(len(rows)), key=shown.__getitem__):
        stretch = tuple(rows[place] for place in places)
        yield Stretch(rows=stretch, folded=not is_shown and len(stretch) > 1)
