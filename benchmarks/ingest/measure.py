"""How many signed webhooks a second become stored messages, durably, and how long each takes.

Everybody runs at once, on one PostgreSQL with the settings of `make up` (fsync on), and one after the other is put
under load in short slices, in turning order, so that noise, a growing table and a checkpoint hit all alike.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.ingest import contenders
from benchmarks.ingest.contenders import FASTIFY, INSERT, LABELS, PRODUCT, SAME, STARLETTE, Contender, Field
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
    "“the same work”: signature, JSON, and one transaction of the product's own SQL under its role and row-level "
    "security (tenant set, chat found, conversation locked, row with unique key and raw body, turn made due). "
    "“the row alone”: signature, JSON, one INSERT into a table of the same columns and keys, nothing else."
)
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


@dataclass
class Found:
    """What each contender did, slice by slice."""

    runs: dict[str, list[Run]] = field(default_factory=dict)

    def samples(self, name: str, what: str) -> Samples | None:
        taken = self.runs.get(name)
        return Samples.of([getattr(run, what) for run in taken]) if taken else None


def measure(context: Context) -> list[Row]:
    with database(context.directory) as installation:
        accounts = seeded(installation, context)
        with contenders.running(installation, accounts) as field_of, Probe(installation, LOAD, "command") as load:
            rows = []
            for case in CASES:
                found = take_turns(installation, context, field_of, load, accounts, case)
                rows += rows_of(case, found, field_of.absent)
            fastest = max(row.peer_value or 0 for row in rows if row.unit == "requests/s")
            rows.append(generator_row(installation, load, accounts, fastest, quick=context.quick))
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


def take_turns(
    installation: Installation, context: Context, field_of: Field, load: Probe, accounts: Path, case: Case
) -> Found:
    """Every contender once a round, a warming round before; raises RuntimeError where a 200 has no row behind it."""
    found = Found()
    taken: dict[str, int] = {}
    rounds, seconds = (2, 1.0) if context.quick else (ROUNDS, case.seconds)
    order = list(field_of.contenders)
    for number in range(rounds + 1):
        for contender in order:
            run = put_under_load(load, accounts, contender, case, number, seconds)
            taken[contender.name] = taken.get(contender.name, 0) + run.stored
            if number:
                found.runs.setdefault(contender.name, []).append(run)
        order = [*order[1:], order[0]]
        if number:
            context.say(f"{case.name}, round {number} of {rounds}: " + last_words(found))
    for contender in field_of.contenders:
        rows = contenders.stored(installation, contender, f"{contender.name}.{slug(case)}")
        if rows != taken[contender.name]:
            raise RuntimeError(f"{contender.label}: {taken[contender.name]} answered with 200, {rows} stored")
    return found


def put_under_load(load: Probe, accounts: Path, contender: Contender, case: Case, number: int, seconds: float) -> Run:
    request: dict[str, Any] = {
        "port": contender.port,
        "accounts": str(accounts),
        "tenants": case.tenants,
        "connections": CONNECTIONS,
        "warm": WARM_SECONDS,
        "seconds": seconds,
        "prefix": f"{contender.name}.{slug(case)}.{number}",
    }
    return Run(**load.ask(request))


def slug(case: Case) -> str:
    return case.name.replace(" ", "-")


def last_words(found: Found) -> str:
    return ", ".join(f"{name} {runs[-1].per_second:,.0f}/s" for name, runs in found.runs.items())


def rows_of(case: Case, found: Found, absent: dict[str, str]) -> list[Row]:
    speeds = [speed_row(case, found, absent, peer) for peer in (SAME, INSERT, STARLETTE, FASTIFY)]
    return [*speeds, time_row(case, found, "p50", 250), time_row(case, found, "p99", 1000)]


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
        extra=times_of(found, peer),
    )


def times_of(found: Found, peer: str) -> dict[str, float]:
    """The peer's own p50 and p99 in milliseconds, for the JSON."""
    taken = {what: found.samples(peer, what) for what in ("p50", "p99")}
    return {f"peer_{what}_ms": samples.median for what, samples in taken.items() if samples}


def time_row(case: Case, found: Found, what: str, limit: float) -> Row:
    return Row(
        group=GROUP,
        name=f"{case.name}, {what}",
        measured=MEASURED,
        unit="ms",
        samples=found.samples(PRODUCT, what),
        peer=LABELS[SAME],
        peer_samples=found.samples(SAME, what),
        aim=Aim(bound=limit, least=False, of="value"),
        note=META,
    )


def generator_row(installation: Installation, load: Probe, accounts: Path, fastest: float, *, quick: bool) -> Row:
    """What the generator can do beside the fastest that it measured: else it would have measured itself."""
    blank = contenders.blank()
    child = installation.start(blank.part)
    try:
        wait_ready([child])
        case = Case("generator", (1, 101), 1.0)
        runs = [put_under_load(load, accounts, blank, case, number, 1.0) for number in range(2 if quick else ROUNDS)]
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
