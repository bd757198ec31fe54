"""The rows: a turn's beginning in a database with a million messages, beside one with ten thousand."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
from statistics import median
from typing import Any

from benchmarks import history
from benchmarks.installation import Installation, Probe, installation
from benchmarks.results import Aim, Context, Row, Samples

# Conversations of 100 messages each, and how many of them are the large tenant's.
MANY, FEW = (10_000, 5_000), (100, 50)
QUICK = (1_000, 500)
SLICES, EACH = 5, 20
MEASURED = (
    "Everything between the claim and the first call to the model: the turn opened, its messages taken, the session "
    "found or begun, its history read, the first step written, committed."
)
NOTE = (
    "Of the million messages 500,000 are one tenant's and the rest of 100 others. The peer is the same code with the "
    "same rows for one conversation in tables a hundredth of the size: a ratio of 1 says that nothing grows. Each "
    "sample is another conversation, in tables that do not fit into PostgreSQL's own cache."
)
CASES = (
    ("session of 30 turns, tenant of 500,000", False, True),
    ("new session, tenant of 500,000", True, True),
    ("session of 30 turns, tenant of 5,000", False, False),
)


@dataclass
class Case:
    """Milliseconds, a list a slice."""

    name: str
    new: bool
    large: bool
    ours: list[list[float]] = field(default_factory=list)
    theirs: list[list[float]] = field(default_factory=list)


@dataclass
class Side:
    """One of the two databases: a worker's code in it, and its conversations by (new, large)."""

    probe: Probe
    conversations: dict[tuple[bool, bool], Sequence[tuple[str, str]]]

    def begin(self, case: Case, place: int) -> list[float]:
        known = self.conversations[case.new, case.large]
        chosen = [known[(place * EACH + number) % len(known)] for number in range(EACH)]
        name = f"{case.name} {place}"
        taken: list[float] = self.probe.ask({"conversations": chosen, "new": case.new, "name": name})
        return taken


def measure(context: Context) -> list[Row]:
    with installation(context.directory, worker_threads=4) as built, ExitStack() as at_end:
        context.say(f"a conversation of {history.TURNS} turns is held ...")
        history.hold(built)
        many = side(context, built, at_end, "many", QUICK if context.quick else MANY)
        few = side(context, built, at_end, "few", FEW)
        cases = [Case(*each) for each in CASES]
        for place in range(-1, 1 if context.quick else SLICES):  # the first, -1, warms up both
            context.say(f"slice {place + 1} ...")
            for case in cases:
                ours, theirs = many.begin(case, place), few.begin(case, place)
                if place >= 0:
                    case.ours.append(ours)
                    case.theirs.append(theirs)
    return [row for case in cases for row in rows(case)]


def side(context: Context, built: Installation, at_end: ExitStack, name: str, size: tuple[int, int]) -> Side:
    context.say(f"{size[0] * history.MESSAGES:,} messages are made ...")
    took = history.grown(built, name, *size)
    context.say(f"... in {took:.0f} s")
    probe = at_end.enter_context(Probe(built, "benchmarks.assembly.probe", "worker", **history.url_of(built, name)))
    of_large = history.conversations_of(built, name, SLICES * EACH, large=True)
    half = len(of_large) // 2  # those whose sessions are closed are no use for the others
    others = history.conversations_of(built, name, SLICES * EACH, large=False)
    return Side(probe, {(False, True): of_large[:half], (True, True): of_large[half:], (False, False): others})


def rows(case: Case) -> list[Row]:
    shared: dict[str, Any] = {
        "group": "Context assembly, 1,000,000 messages",
        "measured": MEASURED,
        "unit": "ms",
        "peer": "10,000 messages",
        "note": NOTE,
    }
    ours, theirs = sorted(chain(*case.ours)), sorted(chain(*case.theirs))
    return [
        Row(
            name=f"{case.name}, p50",
            samples=Samples.of([median(part) for part in case.ours]),
            peer_samples=Samples.of([median(part) for part in case.theirs]),
            aim=Aim(bound=1.25, least=False),
            **shared,
        ),
        Row(
            name=f"{case.name}, p99",
            samples=Samples.of([ours[int(len(ours) * 0.99)]]),
            peer_samples=Samples.of([theirs[int(len(theirs) * 0.99)]]),
            **shared,
        ),
    ]
