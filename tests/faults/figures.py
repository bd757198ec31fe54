"""The figures of a run, from its evidence: how much was done, and how long people waited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.faults.evidence import Evidence

DEADLY = ("web", "worker")
SERVICES = {"claude": "Claude", "whatsapp": "WhatsApp", "telegram": "Telegram"}


@dataclass(frozen=True)
class Spread:
    """Of some durations in seconds."""

    count: int
    p50: float
    p95: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread | None:
        if not values:
            return None
        ordered = sorted(values)
        return cls(len(ordered), _at(ordered, 0.5), _at(ordered, 0.95), ordered[-1])


def _at(ordered: Sequence[float], share: float) -> float:
    """The smallest value that so large a share does not exceed."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def posted_at(evidence: Evidence) -> dict[str, float]:
    """When each message was posted first."""
    found: dict[str, float] = {}
    for row in evidence.posted:
        for token in row.tokens if row.kind == "message" else ():
            found[token] = min(row.at, found.get(token, row.at))
    return found


def acknowledged_at(evidence: Evidence) -> dict[str, float]:
    found: dict[str, float] = {}
    for row in evidence.posted:
        if row.kind == "message" and row.acknowledged and row.answered_at is not None:
            for token in row.tokens:
                found[token] = min(row.answered_at, found.get(token, row.answered_at))
    return found


def replied_at(evidence: Evidence) -> dict[str, float]:
    """When the reply to each message reached its channel."""
    found: dict[str, float] = {}
    for send in evidence.sends:
        for token in send.tokens if send.carried_out else ():
            found[token] = min(send.at, found.get(token, send.at))
    return found


def delays(evidence: Evidence, tokens: Iterable[str]) -> list[float]:
    """From the acknowledgement of each of these messages to its reply."""
    acknowledged, replied = acknowledged_at(evidence), replied_at(evidence)
    return [replied[token] - acknowledged[token] for token in tokens if token in replied and token in acknowledged]


def under_way_at_kills(evidence: Evidence) -> list[float]:
    """For each message on its way when a web or a worker was killed: from the last such kill to its reply."""
    kills = [row.at for row in evidence.fired if row.action == "kill" and row.process in DEADLY]
    kills += [row.at for row in evidence.injected if row.what in {f"kill {kind}" for kind in DEADLY}]
    replied, waits = replied_at(evidence), []
    for token, began in posted_at(evidence).items():
        during = [at for at in kills if token in replied and began < at < replied[token]]
        if during:
            waits.append(replied[token] - max(during))
    return waits


def counts(evidence: Evidence) -> Counter[str]:
    """What was done, by the words of the report."""
    found: Counter[str] = Counter()
    found["messages"] = len(posted_at(evidence))
    found["webhook requests"] = len(evidence.posted)
    found["sends"] = sum(send.carried_out for send in evidence.sends)
    found["calls of Claude"] = len(evidence.asked)
    found["status reports"] = len(evidence.reported)
    found["tools run"] = len(evidence.rung)
    found["duplicates"] = sum(row.duplicate for row in evidence.posted)
    found["garbage"] = len({row.key for row in evidence.posted if row.kind == "garbage"})
    for fired in evidence.fired:
        found[f"{fired.action}s"] += 1
    for row in evidence.injected:
        found[_word(row.what)] += 1
    return found


def _word(what: str) -> str:
    """The line of the report that a thing done belongs to."""
    first, _, rest = what.partition(" ")
    if first in {"kill", "pause"}:
        return f"{first}s"
    if first == "terminate":
        return "orderly ends"
    if first == "net":
        return "network faults"
    if first in SERVICES:
        return f"faults of {SERVICES[first]}"
    return {"flush": "flushes", "valkey": f"Valkey {rest}", "postgres": "PostgreSQL restarts"}[first]
