"""How many signed webhooks a second become stored messages, durably, and how long each takes.

Everybody runs at once, on one PostgreSQL with the settings of `make up` (fsync on), and one after the other is put
under load in short slices, in turning order, so that noise, a growing table and a checkpoint hit all alike.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.ingest import contenders
from benchmarks.ingest.contenders import FASTIFY, INSERT, LABELS, PRODUCT, SAME, STARLETTE, Contender
from benchmarks.ingest.cost import cpu_ms
from benchmarks.ingest.load import Run
from benchmarks.installation import Installation, Probe, database
from benchmarks.results import Aim, Context, Row, Samples
from stack.children import wait_ready

GROUP = "Webhook ingest"
CONNECTIONS = 16
ROUNDS = 5
WARM_SECONDS = 1.0
LOAD = "benchmarks.ingest.load"
MEASURED = (
    f"Signed WhatsApp webhooks of one message each, {CONNECTIONS} at once over kept connections, answered with 200 "
    "after a durable commit (fsync on, as under `make up`); known senders; one process each, 16 threads or connections."
)
SAME_NOTE = (
    "“the same work”: signature, JSON, and the product's own statement under its role and row-level security (tenant "
    "set, chat found, conversation locked, row with unique key and raw body stored, turn made due). "
    "“the row alone”: signature, JSON, one INSERT into a table of the same columns and keys, nothing else."
)
COST = "Processor time: of all the threads and processes of a server, or of PostgreSQL, per webhook stored."
META = "Meta's limits: a median of 250 ms, and under 1 % above 1 s."


@dataclass(frozen=True)
class Case:
    """`tenants`: which of the seeded ones take part, from and to. Accounts are kept in memory for 10 s by the product:
    with many, a slice is as long, so that it pays for reading each anew once."""

    name: str
    tenants: tuple[int, int]
    seconds: float


CASES = (Case("1 tenant", (0, 1), 4.0), Case("100 tenants", (1, 101), 10.0))
PEOPLE = [500] + [50] * 100


@dataclass(frozen=True)
class Slice:
    """One contender's time under load. Processor time is per webhook, in milliseconds, of all its processes."""

    run: Run
    server_ms: float
    postgres_ms: float

    @property
    def per_second(self) -> float:
        return self.run.per_second

    @property
    def p50(self) -> float:
        return self.run.p50

    @property
    def p99(self) -> float:
        return self.run.p99


@dataclass
class Found:
    """What each contender did, slice by slice."""

    slices: dict[str, list[Slice]] = field(default_factory=dict)

    def samples(self, name: str, what: str) -> Samples | None:
        taken = self.slices.get(name)
        return Samples.of([getattr(each, what) for each in taken]) if taken else None

    def newest(self) -> str:
        return ", ".join(f"{name} {taken[-1].per_second:,.0f}/s" for name, taken in self.slices.items())


@dataclass(frozen=True)
class Bench:
    """What every measurement needs."""

    context: Context
    installation: Installation
    accounts: Path
    load: Probe

    @property
    def rounds(self) -> int:
        return 2 if self.context.quick else ROUNDS

    def slice(self, contender: Contender, case: Case, number: int, seconds: float) -> Slice:
        """Put the contender under load once."""
        request: dict[str, Any] = {
            "port": contender.port,
            "accounts": str(self.accounts),
            "tenants": case.tenants,
            "connections": CONNECTIONS,
            "warm": WARM_SECONDS,
            "seconds": seconds,
            "prefix": prefix(contender, case, number),
        }
        before = self.cpu(contender)
        run = Run(**self.load.ask(request))
        server, postgres = (now - then for now, then in zip(self.cpu(contender), before, strict=True))
        return Slice(run, server / run.stored, postgres / run.stored)

    def cpu(self, contender: Contender) -> tuple[float, float]:
        server = self.installation.children[contender.part.name].process
        postgres = self.installation.postgres.identity
        if server is None or postgres is None:
            raise RuntimeError(f"{contender.label} or PostgreSQL has ended; see the logs")
        return cpu_ms(server.pid), cpu_ms(postgres.pid)


def prefix(contender: Contender, case: Case, number: int | None = None) -> str:
    """What the ids of its messages begin with, in one round or in all."""
    return ".".join([contender.name, case.name.replace(" ", "-"), *([] if number is None else [str(number)])])


def measure(context: Context) -> list[Row]:
    with database(context.directory) as installation:
        accounts = seeded(installation, context)
        with contenders.running(installation, accounts) as taking_part, Probe(installation, LOAD, "command") as load:
            bench = Bench(context, installation, accounts, load)
            rows = []
            for case in CASES:
                found = take_turns(bench, taking_part.contenders, case)
                rows += rows_of(case, found, taking_part.absent)
            fastest = max(row.peer_value or 0 for row in rows if row.unit == "requests/s")
            rows.append(generator_row(bench, fastest))
    return rows


def seeded(installation: Installation, context: Context) -> Path:
    """The file that tells load generator and peers of the accounts."""
    context.say("making tenants and people ...")
    accounts = context.directory / "accounts.json"
    made = installation.ask_module("benchmarks.ingest.seed", "command", {"people": PEOPLE})
    accounts.write_text(json.dumps(made))
    with installation.connect("admin") as administrator:
        administrator.execute("VACUUM ANALYZE")
    return accounts


def take_turns(bench: Bench, taking_part: Sequence[Contender], case: Case) -> Found:
    """Every contender once a round, a warming round before; raises RuntimeError where a 200 has no row behind it."""
    found = Found()
    answered: Counter[str] = Counter()
    order = deque(taking_part)
    for number in range(bench.rounds + 1):
        for contender in order:
            taken = bench.slice(contender, case, number, 1.0 if bench.context.quick else case.seconds)
            answered[contender.name] += taken.run.stored
            if number:
                found.slices.setdefault(contender.name, []).append(taken)
        order.rotate(-1)
        if number:
            bench.context.say(f"{case.name}, round {number} of {bench.rounds}: {found.newest()}")
    for contender in taking_part:
        rows = contenders.stored(bench.installation, contender, prefix(contender, case))
        if rows != answered[contender.name]:
            raise RuntimeError(f"{contender.label}: {answered[contender.name]} answered with 200, {rows} stored")
    return found


def rows_of(case: Case, found: Found, absent: dict[str, str]) -> list[Row]:
    speeds = [speed_row(case, found, absent, peer) for peer in (SAME, INSERT, STARLETTE, FASTIFY)]
    return [
        *speeds,
        row_of(case, found, "p50", "ms", aim=at_most(250), note=META),
        row_of(case, found, "p99", "ms", aim=at_most(1000), note=META),
        row_of(case, found, "server_ms", "ms", name="processor time, server", note=COST),
        row_of(case, found, "postgres_ms", "ms", name="processor time, PostgreSQL", note=COST),
    ]


def at_most(milliseconds: float) -> Aim:
    return Aim(bound=milliseconds, least=False, of="value")


def speed_row(case: Case, found: Found, absent: dict[str, str], peer: str) -> Row:
    return Row(
        group=GROUP,
        name=case.name,
        measured=MEASURED,
        unit="requests/s",
        samples=found.samples(PRODUCT, "per_second"),
        peer=LABELS[peer],
        peer_samples=found.samples(peer, "per_second"),
        aim=Aim(bound=0.85, least=True) if peer == SAME else None,
        note=SAME_NOTE,
        skipped=f"{LABELS[peer]}: {absent[peer]}" if peer in absent else "",
        extra=others(found, peer),
    )


def others(found: Found, peer: str) -> dict[str, float]:
    """The peer's other figures, for the JSON."""
    taken = {what: found.samples(peer, what) for what in ("p50", "p99", "server_ms", "postgres_ms")}
    return {f"peer_{what}": samples.median for what, samples in taken.items() if samples}


def row_of(
    case: Case, found: Found, what: str, unit: str, *, name: str = "", aim: Aim | None = None, note: str = ""
) -> Row:
    """A figure beside that of the handler that does the same work."""
    return Row(
        group=GROUP,
        name=f"{case.name}, {name or what}",
        measured=MEASURED,
        unit=unit,
        samples=found.samples(PRODUCT, what),
        peer=LABELS[SAME],
        peer_samples=found.samples(SAME, what),
        aim=aim,
        note=note,
    )


def generator_row(bench: Bench, fastest: float) -> Row:
    """What the generator can do beside the fastest that it measured: else it would have measured itself."""
    blank = contenders.blank()
    child = bench.installation.start(blank.part)
    try:
        wait_ready([child])
        runs = [bench.slice(blank, Case("generator", (1, 101), 1.0), number, 1.0) for number in range(bench.rounds)]
    finally:
        child.end()
    return Row(
        group=GROUP,
        name="load generator alone",
        measured=MEASURED,
        unit="requests/s",
        samples=Samples.of([run.per_second for run in runs]),
        peer="fastest of the above",
        peer_samples=Samples.of([fastest]),
        aim=Aim(bound=3, least=True),
        note="Load generator, servers and PostgreSQL share the machine's cores; the generator is a process of its own.",
    )
