"""A fact's row as the intervals know it, and back: everything that was said of it stands in `spans`. Pure."""

from __future__ import annotations

from datetime import datetime

from memory.intervals import MOST_CLAIMS, Claim, Known, Placed
from memory.models import Fact


def known_from(place: int, fact: Fact) -> Known:
    spans = fact.spans or [[of_json(fact.valid_from), of_json(fact.valid_to), True, fact.untrusted]]
    claims = [
        Claim(
            value=fact.value_key,
            start=datetime.fromisoformat(start),
            end=datetime.fromisoformat(end) if end else None,
            said=said,
            untrusted=untrusted,
            order=place * MOST_CLAIMS + number,
        )
        for number, (start, end, said, untrusted) in enumerate(spans)
    ]
    return Known(
        id=fact.pk,
        value=fact.value_key,
        untrusted=fact.untrusted,
        claims=claims,
        start=fact.valid_from,
        end=fact.valid_to,
    )


def span_of(claim: Claim) -> list[str | bool | None]:
    return [of_json(claim.start), of_json(claim.end), claim.said, claim.untrusted]


def of_json(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def is_start_said(placed: Placed) -> bool:
    return any(each.said for each in placed.claims if each.start == placed.start)
