"""From when to when each of the things that were said of one subject and predicate is or was so. Pure.

What was said is kept as claims; the intervals follow from all of them, so it is all one in which order they came:

- A claim holds from its beginning until its end, where one was said, or until another claim begins.
- An open claim ("since 2021") supersedes for good whatever began before it. One that was born closed ("from June to
  August") only interrupts: what it interrupted goes on after it.
- A said end ends every open claim of the same value that began before it.
- What comes from outside never supersedes what the team said: it holds only where no trusted claim does.
"""

from __future__ import annotations

import uuid
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias

MOST_CLAIMS = 50  # kept of one fact: the first, and the newest; then only a late one in between is placed less exactly

Owner: TypeAlias = uuid.UUID | None  # a row; None: what is being placed


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """That somebody said it is so from `start` on; `end` None: and still is."""

    value: str  # a key: alike for what is the same
    start: datetime
    end: datetime | None = None
    said: bool = False  # the beginning; else it is when the message came
    untrusted: bool = False
    order: int = field(default=0, compare=False)  # in which they came: decides between two that begin at once

    @property
    def kind(self) -> tuple[str, bool]:
        return self.value, self.untrusted


@dataclass(frozen=True, kw_only=True)
class Known:
    """A row as it stands."""

    id: uuid.UUID
    value: str
    untrusted: bool
    claims: Sequence[Claim]  # of one that is trusted also what somebody outside said of the same
    start: datetime
    end: datetime | None


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A stretch of time in which one value holds."""

    value: str
    untrusted: bool
    start: datetime
    end: datetime | None
    claims: Sequence[Claim]

    @property
    def kind(self) -> tuple[str, bool]:
        return self.value, self.untrusted

    def has(self, at: datetime) -> bool:
        return self.start <= at and (self.end is None or at < self.end)


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A row as it is to be. `row` None: a new one, with the words of the row `like`, else of what is being placed."""

    row: Owner
    like: Owner = None
    value: str
    untrusted: bool
    start: datetime
    end: datetime | None
    claims: Sequence[Claim]
    replaced_by: int | None = None  # its place among the rows


@dataclass(frozen=True, kw_only=True)
class Changes:
    rows: Sequence[Placed]
    absorbed: Mapping[uuid.UUID, int]  # rows that became part of another: its place
    withdrawn: frozenset[uuid.UUID]
    mine: int  # the place of the row that has what was placed


def place(existing: Sequence[Known], claim: Claim, *, several: bool = False, correction: bool = False) -> Changes:
    """Where the claim goes among what is known.

    `several`: different values hold beside each other. `correction`: what held then never was so.
    """
    withdrawn: frozenset[uuid.UUID] = frozenset()
    if correction and not several:
        claim, withdrawn = corrected(existing, claim)
    rows = [row for row in existing if row.id not in withdrawn]
    owners = owners_of(rows, claim)
    parts = pieces(owners, several=several)
    placed, mine = settle(parts, owners, rows)
    keep_unheld(placed, parts, rows)
    taken = {each.row for each in placed}
    absorbed: dict[uuid.UUID, int] = {}
    for row in rows:
        if row.id in taken:
            continue
        home = home_of(parts, row.claims[0], several=several)
        if home is not None and parts[home].value == row.value:
            absorbed[row.id] = home
            placed[home] = with_claims(placed[home], row.claims)
        else:
            placed.append(never_held(row.id, row.claims, row.untrusted, home))
    if mine is None:
        mine = place_unheld(placed, parts, claim, home_of(parts, claim, several=several))
    return Changes(rows=placed, absorbed=absorbed, withdrawn=withdrawn, mine=mine)


def keep_unheld(placed: list[Placed], parts: Sequence[Piece], rows: Sequence[Known]) -> None:
    """What of a row's claims holds nowhere now stays with the row: it may hold when another was corrected or ended."""
    held = {claim for part in parts for claim in part.claims}
    places = {each.row: number for number, each in enumerate(placed)}
    for row in rows:
        lost = [claim for claim in row.claims if claim not in held]
        if lost and row.id in places:
            placed[places[row.id]] = with_claims(placed[places[row.id]], lost)


def place_unheld(placed: list[Placed], parts: Sequence[Piece], claim: Claim, home: int | None) -> int:
    """Where a claim goes that never held: to what says the same, else it is a row of its own."""
    same = home is not None and parts[home].value == claim.value
    alike = (
        number
        for number, each in enumerate(placed)
        if claim in each.claims or (number >= len(parts) and kind_of(each) == claim.kind)
    )
    found = home if same else next(alike, None)
    if found is None:
        placed.append(never_held(None, [claim], claim.untrusted, home))
        return len(placed) - 1
    placed[found] = with_claims(placed[found], [claim])
    return found


def kind_of(row: Placed | Known) -> tuple[str, bool]:
    return row.value, row.untrusted


def with_claims(row: Placed, more: Sequence[Claim]) -> Placed:
    return replace(row, claims=kept(tuple(dict.fromkeys((*row.claims, *more)))))


def corrected(existing: Sequence[Known], claim: Claim) -> tuple[Claim, frozenset[uuid.UUID]]:
    """The claim in the place of what held then, or holds now, and the rows that never were so; unchanged where there
    is nothing that it may correct."""
    parts = pieces([each for row in existing for each in row.claims])
    home = home_of(parts, claim)
    wrong = parts[home] if home is not None else parts[-1] if parts else None
    if wrong is None or wrong.value == claim.value or (claim.untrusted and not wrong.untrusted):
        return claim, frozenset()
    if not claim.said:
        said = any(each.said for each in wrong.claims if each.start == wrong.start)
        claim = replace(claim, start=min(wrong.start, claim.start), said=said)
    return claim, frozenset(row.id for row in existing if not set(wrong.claims).isdisjoint(row.claims))


def beginning_of(existing: Sequence[Known], value: str, end: datetime, at: datetime) -> datetime:
    """Where only an end was said, when what ended began: as far as known, else when it was said, at the latest then."""
    begun = [each.start for row in existing for each in row.claims if each.value == value and each.start < end]
    return max(begun, default=min(at, end))


def owners_of(rows: Sequence[Known], claim: Claim) -> dict[Claim, list[Owner]]:
    owners: dict[Claim, list[Owner]] = {}
    for row in rows:
        for each in row.claims:
            owners.setdefault(each, []).append(row.id)
    owners.setdefault(claim, []).append(None)
    return owners


def pieces(claims: Iterable[Claim], *, several: bool = False) -> list[Piece]:
    """The stretches of time, in order; where several hold, those of each value in turn."""
    if not several:
        return list(sweep(list(claims)))
    values: dict[str, list[Claim]] = {}
    for claim in claims:
        values.setdefault(claim.value, []).append(claim)
    return [piece for each in values.values() for piece in sweep(each)]


def sweep(claims: Sequence[Claim]) -> Iterator[Piece]:
    """Goes through the instants at which something begins or ends, and tells what holds from each to the next."""
    ends = ends_of(claims)
    waiting = sorted(claims, key=lambda each: (each.start, each.untrusted, each.order), reverse=True)
    begun = Begun(ends)
    now: Piece | None = None
    for at in sorted({each.start for each in claims} | {end for end in ends.values() if end is not None}):
        fresh: list[Claim] = []
        while waiting and waiting[-1].start <= at:
            fresh.append(waiting.pop())
            begun.add(fresh[-1])
        holds = begun.at(at)
        if now is not None and (holds is None or holds.kind != now.kind):
            yield replace(now, end=at)
            now = None
        if holds is None:
            continue
        of_now = {holds: None} | {each: None for each in fresh if each.kind == holds.kind}
        if now is None:
            now = Piece(value=holds.value, untrusted=holds.untrusted, start=at, end=None, claims=tuple(of_now))
        else:
            now = replace(now, claims=tuple(dict.fromkeys((*now.claims, *of_now))))
    if now is not None:
        yield now


class Begun:
    """The claims that may hold now, those begun last at the end."""

    def __init__(self, ends: Mapping[Claim, datetime | None]) -> None:
        self._ends = ends
        self._trusted: list[Claim] = []
        self._untrusted: list[Claim] = []

    def add(self, claim: Claim) -> None:
        if claim.end is None:  # it supersedes for good
            self._untrusted.clear()
            if not claim.untrusted:
                self._trusted.clear()
        (self._untrusted if claim.untrusted else self._trusted).append(claim)

    def at(self, now: datetime) -> Claim | None:
        for stack in (self._trusted, self._untrusted):
            while stack and (end := self._ends[stack[-1]]) is not None and end <= now:
                stack.pop()
            if stack:
                return stack[-1]
        return None


def ends_of(claims: Iterable[Claim]) -> dict[Claim, datetime | None]:
    """When each ends: as said, or as was said of another of the same value."""
    every = list(claims)
    said: dict[tuple[str, bool], list[datetime]] = {}
    for each in every:
        if each.end is not None:
            for untrusted in {each.untrusted, True}:
                said.setdefault((each.value, untrusted), []).append(each.end)
    for ends in said.values():
        ends.sort()
    found: dict[Claim, datetime | None] = {}
    for each in every:
        ends = said.get(each.kind, [])
        later = bisect_right(ends, each.start)
        found[each] = each.end if each.end is not None else ends[later] if later < len(ends) else None
    return found


def settle(
    parts: Sequence[Piece], owners: Mapping[Claim, Sequence[Owner]], rows: Sequence[Known]
) -> tuple[list[Placed], int | None]:
    """A row for each piece: one that is there already, where there is one."""
    known = {row.id: row for row in rows}
    taken: set[Owner] = set()
    placed: list[Placed] = []
    mine: int | None = None
    for number, part in enumerate(parts):
        of_part = list(dict.fromkeys(owner for claim in part.claims for owner in owners[claim]))
        if None in of_part and mine is None:
            mine = number
        old = sorted((known[each] for each in of_part if each), key=lambda row: (row.start != part.start, row.start))
        row = next((each.id for each in old if each.id not in taken and kind_of(each) == part.kind), None)
        taken.add(row)
        following = parts[number + 1] if number + 1 < len(parts) else None
        is_replaced = following is not None and following.start == part.end and following.value != part.value
        placed.append(
            Placed(
                row=row,
                like=old[0].id if row is None and None not in of_part else None,
                value=part.value,
                untrusted=part.untrusted,
                start=part.start,
                end=part.end,
                claims=kept(part.claims),
                replaced_by=number + 1 if is_replaced else None,
            )
        )
    return placed, mine


def home_of(parts: Sequence[Piece], claim: Claim, *, several: bool = False) -> int | None:
    """The piece that holds when the claim begins."""
    holding = (number for number, part in enumerate(parts) if part.has(claim.start))
    return next((number for number in holding if not several or parts[number].value == claim.value), None)


def never_held(row: Owner, claims: Sequence[Claim], untrusted: bool, instead: int | None) -> Placed:
    """It was said, and something else held: at the same instant said later, or by the team."""
    first = min(claims, key=lambda each: each.start)
    return Placed(
        row=row,
        value=first.value,
        untrusted=untrusted,
        start=first.start,
        end=first.start,
        claims=kept(claims),
        replaced_by=instead,
    )


def kept(claims: Sequence[Claim]) -> Sequence[Claim]:
    ordered = sorted(claims, key=lambda each: (each.start, each.order))
    return ordered if len(ordered) <= MOST_CLAIMS else [ordered[0], *ordered[1 - MOST_CLAIMS :]]
