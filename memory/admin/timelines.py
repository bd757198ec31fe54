"""Facts on a timeline: of each predicate what was so from when to when, what holds, and what was taken back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db.models import QuerySet

from memory.admin.origins import Source, behind_facts
from memory.admin.pages import names_of, written_by
from memory.models import Fact
from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope

MOST = 300  # facts on one timeline
THINNEST = 1.5  # percent of the line: what was so for a moment can still be seen
HELD = "held then"  # at the moment that was asked for
STATES = {
    "holds": "success",
    HELD: "success",
    "ended": None,
    "superseded": None,
    "withdrawn": "danger",
    "not yet": "info",
}


@dataclass(frozen=True, kw_only=True)
class Stretch:
    fact: Fact
    state: str  # one of STATES
    by: str
    sources: Sequence[Source]
    begins: float  # percent of the line
    lasts: float
    held_then: bool  # at the moment that was asked for; true where none was

    @property
    def colour(self) -> str | None:
        return STATES[self.state]

    @property
    def is_struck(self) -> bool:
        return self.state in ("superseded", "withdrawn")


@dataclass(frozen=True, kw_only=True)
class Strand:
    predicate: str
    subject: str
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, kw_only=True)
class Timeline:
    strands: tuple[Strand, ...]
    first: datetime | None
    last: datetime | None
    then: float | None  # percent of the line at which the asked moment lies
    more: bool


def state_of(fact: Fact, now: datetime) -> str:
    if fact.withdrawn_at is not None:
        return "withdrawn"
    if fact.replaced_by_id is not None:
        return "superseded"
    if fact.valid_to is not None and fact.valid_to <= now:
        return "ended"
    return "not yet" if fact.valid_from > now else "holds"


def held(fact: Fact, at: datetime) -> bool:
    ends_later = fact.valid_to is None or fact.valid_to > at
    return fact.withdrawn_at is None and fact.valid_from <= at and ends_later


def timeline_of(tenant: Tenant, facts: QuerySet[Fact], now: datetime, at: datetime | None) -> Timeline:
    """Newest first within each predicate. Four queries, however many facts."""
    rows = list(facts.order_by("subject_key", "predicate_key", "-valid_from", "-pk")[: MOST + 1])
    shown = rows[:MOST]
    names = names_of(tenant.pk, (row.actor for row in shown))
    with tenant_scope(tenant):
        sources = behind_facts([row.pk for row in shown])
    line = Line.over(shown, now, at)
    strands = []
    for _, group in groupby(shown, key=lambda row: (row.subject_key, row.predicate_key)):
        of_predicate = list(group)
        stretches = tuple(stretch_of(row, line, now, at, names, sources) for row in of_predicate)
        strands.append(
            Strand(predicate=of_predicate[0].predicate, subject=of_predicate[0].subject, stretches=stretches)
        )
    return Timeline(
        strands=tuple(strands),
        first=line.first if shown else None,
        last=line.last if shown else None,
        then=line.place(at) if at is not None and shown else None,
        more=len(rows) > MOST,
    )


@dataclass(frozen=True, kw_only=True)
class Line:
    """The whole time that is shown, from left to right."""

    first: datetime
    last: datetime

    @classmethod
    def over(cls, facts: Sequence[Fact], now: datetime, at: datetime | None) -> Line:
        moments = [now, *(row.valid_from for row in facts), *(row.valid_to for row in facts if row.valid_to)]
        moments += [at] if at is not None else []
        return cls(first=min(moments), last=max(moments))

    def place(self, moment: datetime) -> float:
        whole = (self.last - self.first).total_seconds()
        return round(100 * (moment - self.first).total_seconds() / whole, 2) if whole else 0.0


def stretch_of(
    fact: Fact,
    line: Line,
    now: datetime,
    at: datetime | None,
    names: Mapping[str, str],
    sources: Mapping[uuid.UUID, Sequence[Source]],
) -> Stretch:
    begins = line.place(fact.valid_from)
    lasts = max(THINNEST, line.place(fact.valid_to or line.last) - begins)
    return Stretch(
        fact=fact,
        state=HELD if at is not None and held(fact, at) else state_of(fact, now),
        by=written_by(fact.actor_kind, fact.actor, names),
        sources=sources.get(fact.pk, ()),
        begins=min(begins, 100 - THINNEST),
        lasts=lasts,
        held_then=at is None or held(fact, at),
    )
