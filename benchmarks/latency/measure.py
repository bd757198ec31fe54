"""The rows: the whole way at three rates beside the bare loop, and the stages."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from benchmarks.installation import Installation, Probe, installation
from benchmarks.latency.stages import NOTE_CLAIMS, STAGES, WHAT, Journey, arrived_at, asked_at, journeys
from benchmarks.processes import cpu_of_tree
from benchmarks.results import Aim, Context, Row, Samples
from benchmarks.traffic import Arrival, arrivals, play, wait_until_answered

TENANTS, PEOPLE = 6, 10
# Messages a second, then how many slices of how many seconds.
RATES = ((1.0, 2, 25.0), (10.0, 4, 15.0), (30.0, 4, 10.0))
QUICK = ((1.0, 1, 4.0), (10.0, 1, 4.0), (30.0, 1, 4.0))
AIM_RATE = 10.0
AIMS = {50: 40.0, 99: 200.0}  # percentile: milliseconds
ANSWER = "There are two viewings today: the flat in Elm Street at ten, and the house by the lake at half past three."
PEER = "bare loop"
CPU = ("web", "worker", "PostgreSQL")
CPU_MEASURED = (
    "All that the process and its children took, with the webhooks of statuses, sweeps and heartbeats, over the "
    "messages. It sets how many a second a core can carry, and holds on a busy machine too."
)
MEASURED = (
    "From ready (the message is stored, no turn before it runs) to the reply's arrival at the messenger, nothing "
    "subtracted. The peer's two calls to the same doubles by the same clients, without webhook, queue or database, are "
    "the limit: what the doubles and clients take by themselves."
)


@dataclass
class Rate:
    """What was seen at one rate; one entry a slice."""

    rate: float
    ours: list[list[Journey]] = field(default_factory=list)
    theirs: list[list[float]] = field(default_factory=list)
    cpu: list[dict[str, float]] = field(default_factory=list)  # milliseconds a message, by who took them


class Bench:
    def __init__(self, built: Installation, peer: Probe, people: Sequence[Any]) -> None:
        self.built, self.peer, self.people = built, peer, people
        self.operator = built.connect("operator")
        self.written = 0
        self.request: dict[str, Any] = {}
        self.processes = {
            **{name: child.process.pid for name, child in built.children.items() if child.process is not None},
            PEER: peer.pid,
        }
        if built.postgres.identity is not None:
            self.processes["PostgreSQL"] = built.postgres.identity.pid

    def ours(self, planned: Sequence[Arrival]) -> list[Journey]:
        """The product answers what the people write."""
        claude, messenger = self.built.anthropic.end(), self.built.whatsapp.end()
        since = time.time()
        handed = play(self.built.whatsapp.url, planned)
        self.written += len(planned)
        wait_until_answered(self.operator, self.written)
        calls = self.built.anthropic.calls(claude, "/v1/messages")
        self.request = {key: value for key, value in calls[-1]["body"].items() if key != "stream"}
        arrived = arrived_at(self.built.whatsapp.calls(messenger, "/messages"))
        return journeys(self.operator, since, handed, asked_at(calls), arrived)

    def theirs(self, planned: Sequence[Arrival]) -> list[float]:
        """The bare loop answers as many, at the same moments; milliseconds."""
        messenger = self.built.whatsapp.end()
        ready = self.peer.ask(
            {
                "arrivals": [(each.offset, each.account, each.phone) for each in planned],
                "request": self.request,
                "anthropic": self.built.anthropic.url,
                "whatsapp": self.built.whatsapp.url,
                "key": self.built.environment["ANTHROPIC_API_KEY"],
            }
        )
        arrived = arrived_at(self.built.whatsapp.calls(messenger, "/messages"))
        return [1000 * (arrived[delivery] - began) for delivery, began in ready]

    def slice(self, rate: float, seconds: float, name: str) -> tuple[list[Journey], list[float], dict[str, float]]:
        """Ours, theirs, and the CPU that each process took for a message: of ours, and of the peer's for the peer."""
        planned = arrivals(self.people, rate, seconds, name)
        before = self.cpu()
        ours = self.ours(planned)
        between = self.cpu()
        theirs = self.theirs(planned)
        after = self.cpu()
        spent = {name: between[name] - before[name] for name in CPU} | {PEER: after[PEER] - between[PEER]}
        return ours, theirs, {name: 1000 * seconds / len(planned) for name, seconds in spent.items()}

    def cpu(self) -> dict[str, float]:
        return {name: cpu_of_tree(pid) for name, pid in self.processes.items()}


def measure(context: Context) -> list[Row]:
    with installation(context.directory) as built, Probe(built, "benchmarks.latency.peer", "worker") as peer:
        with built.connect("owner") as owner:
            owner.execute(NOTE_CLAIMS)
        people = built.ask_module(
            "benchmarks.people", "command", {"tenants": TENANTS, "people": PEOPLE, "running": 100}
        )
        prepare(built)
        bench = Bench(built, peer, people)
        context.say("every conversation begins ...")
        bench.slice(20.0, TENANTS * PEOPLE / 20.0 * 2, "warm-up")
        seen = [rate_of(context, bench, *each) for each in (QUICK if context.quick else RATES)]
        bench.operator.close()
    rows = [row for rate in seen for row in totals(rate)]
    rows += [row for rate in seen if rate.rate == AIM_RATE for row in cpu_rows(rate)]
    return rows + [row for rate in seen for row in stage_rows(rate)]


def prepare(built: Installation) -> None:
    """A model that answers at once, and a messenger without the limits that one person's chat has."""
    built.anthropic.post("script", answers=[{"text": ANSWER, "times": "always"}])
    built.whatsapp.post("settings", pair_burst=1_000_000, number_per_second=1_000)


def rate_of(context: Context, bench: Bench, rate: float, slices: int, seconds: float) -> Rate:
    seen = Rate(rate)
    for place in range(slices):
        context.say(f"{rate:g} messages/s, slice {place + 1} of {slices} ...")
        ours, theirs, cpu = bench.slice(rate, seconds, f"rate {rate:g} slice {place}")
        seen.ours.append(ours)
        seen.theirs.append(theirs)
        seen.cpu.append(cpu)
    return seen


def totals(rate: Rate) -> list[Row]:
    """The median of each slice, and the 99th percentile of all slices together."""
    ours = [[journey.total for journey in part] for part in rate.ours]
    count = sum(map(len, ours))
    all_ours, all_theirs = sorted(chain(*ours)), sorted(chain(*rate.theirs))
    shared: dict[str, Any] = {"group": "Message → reply on the wire", "measured": MEASURED, "unit": "ms", "peer": PEER}
    return [
        Row(
            name=f"{rate.rate:g} messages/s, p50",
            samples=Samples.of([statistics.median(part) for part in ours]),
            peer_samples=Samples.of([statistics.median(part) for part in rate.theirs]),
            aim=aim(rate, 50),
            extra={"turns": count, "max_ms": all_ours[-1]},
            **shared,
        ),
        Row(
            name=f"{rate.rate:g} messages/s, p99",
            samples=Samples.of([percentile(all_ours, 99)]),
            peer_samples=Samples.of([percentile(all_theirs, 99)]),
            aim=aim(rate, 99),
            extra={"turns": count, "max_ms": all_ours[-1], "p95_ms": percentile(all_ours, 95)},
            **shared,
        ),
    ]


def aim(rate: Rate, percent: int) -> Aim | None:
    return Aim(bound=AIMS[percent], least=False, of="value") if rate.rate == AIM_RATE else None


def cpu_rows(rate: Rate) -> list[Row]:
    """Where the processor's time goes; the bare loop stands beside the worker, as it does the same two calls."""
    theirs = Samples.of([cpu[PEER] for cpu in rate.cpu])
    return [
        Row(
            group=f"Processor time of a message at {rate.rate:g} messages/s",
            name=name,
            measured=CPU_MEASURED,
            unit="ms",
            samples=Samples.of([cpu[name] for cpu in rate.cpu]),
            peer=PEER if name == "worker" else "",
            peer_samples=theirs if name == "worker" else None,
        )
        for name in CPU
    ]


def stage_rows(rate: Rate) -> list[Row]:
    """Each stage's median, slice by slice; their 99th percentiles in a note."""
    names = ("person → stored", *STAGES)
    parts = [[(journey.webhook, *journey.stages) for journey in part] for part in rate.ours]
    tails = {
        name: percentile(sorted(journey[place] for part in parts for journey in part), 99)
        for place, name in enumerate(names)
    }
    note = f"p99 at {rate.rate:g}/s: " + ", ".join(f"{name} {tail:.0f} ms" for name, tail in tails.items())
    return [
        Row(
            group=f"The stages at {rate.rate:g} messages/s, p50",
            name=name,
            measured=WHAT,
            unit="ms",
            samples=Samples.of([statistics.median(journey[place] for journey in part) for part in parts]),
            note=note,
            extra={"p99_ms": tails[name]},
        )
        for place, name in enumerate(names)
    ]


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Of sorted values, by the nearest rank: never below the share that it names."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
