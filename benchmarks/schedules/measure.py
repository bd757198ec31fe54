"""The rows: ticks, claims and runs beside a bare loop over the same tables, idle cost, lateness, beat's scheduler."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median
from typing import Any, LiteralString

import psycopg

from benchmarks.installation import Installation, Probe, installation
from benchmarks.latency.measure import percentile
from benchmarks.results import Aim, Context, Row, Samples
from benchmarks.schedules import live, peers
from benchmarks.schedules.grow import Size, Table

FULL = Size(tenants=1000, connected=50, people=20, tasks=50)
SMALL = Size(tenants=20, connected=4, people=5, tasks=20)
BARE = "bare SQL loop"
BEAT = "DatabaseScheduler"
AGAIN: LiteralString = (
    "UPDATE scheduling_occurrence SET due_at = now() - interval '1 second', lease_until = NULL WHERE due_at IS NOT NULL"
)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is measured."""

    size: Size
    due: int  # in the same second
    ran: int  # of them, by the runners
    slices: int
    looks: int  # ticks with nothing due
    idle: int  # seconds
    few: int  # reminders a minute of an ordinary hour
    entries: int  # of beat's scheduler
    sending: float  # seconds that it may take


USUAL = Plan(size=FULL, due=10_000, ran=1500, slices=3, looks=400, idle=20, few=100, entries=100_000, sending=20.0)
QUICK = Plan(size=SMALL, due=60, ran=30, slices=1, looks=20, idle=2, few=10, entries=2000, sending=2.0)


@dataclass
class Rates:
    """A second, one entry a slice; ours and the bare loop's, taken in turns."""

    ticks: list[float] = field(default_factory=list)
    ticks_bare: list[float] = field(default_factory=list)
    ticks_of_two: list[float] = field(default_factory=list)
    ticks_of_two_bare: list[float] = field(default_factory=list)
    claims: list[float] = field(default_factory=list)
    claims_bare: list[float] = field(default_factory=list)
    reminders: list[float] = field(default_factory=list)
    tasks: list[float] = field(default_factory=list)
    looks: list[float] = field(default_factory=list)  # milliseconds of a tick with nothing due
    first: float = 0.0  # seconds of a process's first tick: it connects, and plans
    cpu: dict[str, list[float]] = field(default_factory=dict)  # milliseconds of the product's process for each


@dataclass
class Bench:
    context: Context
    plan: Plan
    built: Installation
    table: Table
    probes: Sequence[Probe]
    plain: list[psycopg.Connection[Any]]


def measure(context: Context) -> list[Row]:
    with installation(context.directory) as built:
        built.children["worker"].end(12)
        return list(all_rows(context, built, QUICK if context.quick else USUAL))


def all_rows(context: Context, built: Installation, plan: Plan) -> Iterator[Row]:
    with ExitStack() as at_end:
        made = {"tenants": plan.size.connected, "people": plan.size.people, "running": 100}
        people = built.ask_module("benchmarks.people", "command", made)
        built.whatsapp.post("settings", pair_burst=1_000_000, number_per_second=1_000)
        table = Table(at_end.enter_context(built.connect("admin")))
        live.have_written(built, table, people)
        context.say(f"{plan.size.total:,} tasks are made ...")
        table.grow(plan.size)
        probes = [at_end.enter_context(Probe(built, "benchmarks.schedules.probe", "worker")) for _ in range(2)]
        plain = [at_end.enter_context(built.connect("admin")) for _ in range(2)]
        bench = Bench(context, plan, built, table, probes, plain)
        rates = Rates()
        idle = list(idle_rows(bench, rates))
        for place in range(plan.slices):
            context.say(f"{plan.due:,} are due, slice {place + 1} ...")
            take_slice(bench, rates)
        yield from rate_rows(bench, rates)
        yield from idle
        yield from beat_rows(bench, rates)
        yield from late_rows(bench)


def take_slice(bench: Bench, rates: Rates) -> None:
    table, due = bench.table, bench.plan.due
    one, other = bench.probes
    table.due(due)
    note(rates, "tick", rates.ticks, one.ask({"do": "tick"}))
    note(rates, "claim", rates.claims, one.ask({"do": "claim"}))
    table.admin.execute(AGAIN)
    rates.claims_bare.append(peers.rate(bench.plain[:1], peers.OCCURRENCES))
    table.admin.execute(AGAIN)
    note(rates, "reminder", rates.reminders, one.ask({"do": "run", "most": bench.plan.ran}))
    table.put_off()
    table.due(due)
    rates.ticks_bare.append(peers.rate(bench.plain[:1], peers.TASKS))
    table.due(due)
    with ThreadPoolExecutor(2) as threads:
        both = list(threads.map(lambda probe: probe.ask({"do": "tick"}), (one, other)))
    rates.ticks_of_two.append(sum(each["count"] for each in both) / max(each["seconds"] for each in both))
    table.put_off()
    table.due(due)
    rates.ticks_of_two_bare.append(peers.rate(bench.plain, peers.TASKS))
    table.due(due, kind="task")
    one.ask({"do": "tick"})
    note(rates, "task", rates.tasks, one.ask({"do": "run", "most": bench.plan.ran}))
    table.put_off()


def note(rates: Rates, name: str, into: list[float], took: dict[str, float]) -> None:
    into.append(took["count"] / took["seconds"])
    rates.cpu.setdefault(name, []).append(1000 * took["cpu"] / took["count"])


def rate_rows(bench: Bench, rates: Rates) -> Iterator[Row]:
    group = group_of(bench)
    due = f"{bench.plan.due:,} due at once"
    ticks = (
        f"Tasks whose occurrence is made and whose next time is found and written, of {due}, 50 a transaction. The "
        "bare loop claims as many of the same rows with SELECT … FOR UPDATE SKIP LOCKED LIMIT 50 and one UPDATE."
    )
    for name, ours, bare in (
        ("ticks, 1 ticker", rates.ticks, rates.ticks_bare),
        ("ticks, 2 tickers", rates.ticks_of_two, rates.ticks_of_two_bare),
    ):
        yield Row(
            group=group,
            name=name,
            measured=ticks,
            unit="tasks/s",
            samples=Samples.of(ours),
            peer=BARE,
            peer_samples=Samples.of(bare),
            aim=Aim(bound=1000, least=True, of="value") if ours is rates.ticks else None,
            extra={"cpu_ms": median(rates.cpu["tick"])},
        )
    yield Row(
        group=group,
        name="claims alone",
        measured=f"Occurrences put under a lease, 20 a transaction and 5 of each tenant, of {due}. The bare loop takes "
        "50, of whichever tenant.",
        unit="claims/s",
        samples=Samples.of(rates.claims),
        peer=BARE,
        peer_samples=Samples.of(rates.claims_bare),
        extra={"cpu_ms": median(rates.cpu["claim"])},
    )
    for name, key, ours, least in (
        ("reminders into the outbox", "reminder", rates.reminders, 150.0),
        ("tasks handed to the assistant", "task", rates.tasks, None),
    ):
        yield Row(
            group=group,
            name=name,
            measured=f"Claimed and done by the runners of one process, each in a transaction that reaches the disk, of "
            f"{due}; senders and turns do not run.",
            unit="a second",
            samples=Samples.of(ours),
            aim=Aim(bound=least, least=True, of="value") if least else None,
            extra={"cpu_ms": median(rates.cpu[key])},
        )


def idle_rows(bench: Bench, rates: Rates) -> Iterator[Row]:
    looks, seconds = bench.plan.looks, bench.plan.idle
    bench.context.say("ticks with nothing due ...")
    one = bench.probes[0]
    rates.first = one.ask({"do": "look", "times": 1})[0] / 1000
    one.ask({"do": "look", "times": looks // 4})  # until it has its plans
    ours, bare = [], []
    for _ in range(4):
        ours.append(sorted(one.ask({"do": "look", "times": looks // 4})))
        bare.append(sorted(peers.look(bench.plain[0]) for _ in range(looks // 4)))
    rates.looks = [median(part) for part in ours]
    for percent, aim in ((50, Aim(bound=1.0, least=False, of="value")), (99, None)):
        yield Row(
            group=group_of(bench),
            name=f"tick with nothing due, p{percent}",
            measured="A tick that finds nothing, its connection taken from the pool and given back. The bare loop's "
            "SELECT in a transaction beside it.",
            unit="ms",
            samples=Samples.of([percentile(part, percent) for part in ours]),
            peer=BARE,
            peer_samples=Samples.of([percentile(part, percent) for part in bare]),
            aim=aim,
        )
    spent = one.ask({"do": "idle", "seconds": seconds})
    yield Row(
        group=group_of(bench),
        name="idle engine",
        measured="Processor time of the engine in a second in which nothing is due, beat waking it: tick, claim, ended "
        "turns, the next time.",
        unit="ms a second",
        samples=Samples.of([1000 * spent / seconds]),
    )


def beat_rows(bench: Bench, rates: Rates) -> Iterator[Row]:
    """Its entries are rows of the same database, and go to the same broker."""
    plan, admin = bench.plan, bench.table.admin
    bench.context.say(f"{BEAT} with {plan.entries:,} entries ...")
    admin.execute("DELETE FROM django_celery_beat_periodictask")  # the product's own three
    admin.execute(peers.ENTRIES[0])
    admin.execute(peers.ENTRIES[1], [plan.entries])
    admin.execute("ANALYZE")
    with Probe(bench.built, "benchmarks.schedules.beat", "beat") as probe:
        started = probe.ask({"do": "start"})
        looks = probe.ask({"do": "look", "times": 20})
    due = min(plan.due, plan.entries // 12)
    admin.execute(peers.ENTRIES_DUE, [due])
    with Probe(bench.built, "benchmarks.schedules.beat", "beat") as probe:
        started_again = probe.ask({"do": "start"})
        sent = probe.ask({"do": "send", "most": due, "seconds": plan.sending})
        synced = probe.ask({"do": "sync"})
    admin.execute("DELETE FROM django_celery_beat_periodictask")
    shared: dict[str, Any] = {"group": f"Schedules: {BEAT} with {plan.entries:,} entries", "peer": BEAT}
    yield Row(
        name="entries that fall due",
        measured=f"{BEAT} alone in a process, cron times spread over the day; it reads those of five hours. It sent to "
        f"the broker for {plan.sending:g} s, {due:,} being due; the product's figure is that of one ticker, "
        f"among {plan.size.total:,}.",
        unit="a second",
        samples=Samples.of(rates.ticks),
        peer_samples=Samples.of([sent["count"] / sent["seconds"]]),
        extra={"sent": sent["count"], "synced_a_second": synced["count"] / synced["seconds"]},
        **shared,
    )
    yield Row(
        name="look with nothing due",
        measured="A tick with nothing due: it compares all its entries.",
        unit="ms",
        samples=Samples.of(rates.looks),
        peer_samples=Samples.of([median(looks)]),
        **shared,
    )
    yield Row(
        name="start and each reading anew",
        measured="From the process's first question until the first entry could be sent; beat also reads all anew "
        "every five minutes and after each change. The product reads nothing beforehand: its figure is "
        "a process's first tick.",
        unit="s",
        samples=Samples.of([rates.first]),
        peer_samples=Samples.of([started["seconds"], started_again["seconds"]]),
        extra={"entries_read": started["entries"], "megabytes": started["megabytes"]},
        **shared,
    )


def late_rows(bench: Bench) -> Iterator[Row]:
    plan = bench.plan
    bench.table.put_off()
    live.start(bench.built, bench.table)
    cases = (
        (f"{plan.few} in a minute", plan.few, 60.0, 1000.0),
        (f"{plan.due:,} in a minute", plan.due, 60.0, None),
        (f"{plan.due:,} in the same second", plan.due, 0.0, None),
    )
    for name, count, over, most in cases:
        bench.context.say(f"{name}, with a worker and beat ...")
        late = live.observed(bench.table, count, 3.0 if bench.context.quick and over else over)
        for percent in (50, 99):
            yield Row(
                group=f"{group_of(bench)}: lateness",
                name=f"{name}, p{percent}",
                measured="From its time until the reminder stands in the outbox, with one worker process and beat, as "
                "`make up` starts them. The same worker sends them meanwhile, to a double on this machine.",
                unit="ms",
                samples=Samples.of([1000 * percentile(late.written, percent)]),
                aim=Aim(bound=most, least=False, of="value") if most and percent == 99 else None,
                extra={
                    "began_ms": 1000 * percentile(late.began, percent),
                    "sent_ms": 1000 * percentile(late.sent, percent),
                },
            )
    live.stop(bench.built)


def group_of(bench: Bench) -> str:
    return f"Schedules: {bench.plan.size.total:,} tasks of {bench.plan.size.tenants:,} tenants"
