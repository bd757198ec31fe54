"""The rows: context reads and storing a message, under the app's role and under one that no policy binds."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from statistics import median
from typing import Any

from psycopg import sql

from benchmarks import history
from benchmarks.installation import Installation, Probe, installation
from benchmarks.results import Context, Row, Samples

CONVERSATIONS, LARGE = 2_000, 1_000  # 200,000 messages, half of them one tenant's
QUICK = (100, 50)
CONTEXTS = 20
SLICES, EACH = 6, 60
NAME = "isolation"
FREE = "bench_free"
GROUP = "Row-level security on and off"
PEER = "no policies"
READS = (
    "All SELECTs that begin a turn in a session of 30 turns, repeated in one transaction. Off: the same statements "
    "with the tenant written into each, under a role that bypasses policies, and no setting of the tenant."
)
STORE = (
    "Storing a message as the webhook does, commit to disk included. Off: the same under a role that bypasses policies."
)


def measure(context: Context) -> list[Row]:
    with installation(context.directory, worker_threads=4) as built:
        context.say(f"a conversation of {history.TURNS} turns is held ...")
        history.hold(built)
        size = QUICK if context.quick else (CONVERSATIONS, LARGE)
        context.say(f"{size[0] * history.MESSAGES:,} messages are made ...")
        history.grown(built, NAME, *size)
        chosen = history.conversations_of(built, NAME, CONTEXTS, large=True)
        on = history.url_of(built, NAME)
        off = on | {"DATABASE_URL": free_role(built)}
        with (
            Probe(built, "benchmarks.isolation_cost.probe", "worker", **on) as bound,
            Probe(built, "benchmarks.isolation_cost.probe", "worker", **off) as free,
        ):
            statements = bound.ask({"capture": chosen}) / len(chosen)
            slices = 1 if context.quick else SLICES
            reads = [bound.ask({"reads": EACH, "without": off["DATABASE_URL"]}) for _ in range(slices + 1)][1:]
            stores = [stored(bound, free, chosen, place) for place in range(slices + 1)][1:]
    return [
        row("context reads", READS, [each["on"] for each in reads], [each["off"] for each in reads], statements),
        row("storing a message", STORE, [ours for ours, _ in stores], [theirs for _, theirs in stores], None),
    ]


def free_role(built: Installation) -> str:
    """The URL of a role with the app's rights that no policy binds; the installation itself has none such."""
    password = secrets.token_hex(16)
    with built.connect("admin") as admin:
        app = admin.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE '%\\_app'").fetchone()
        if app is None:
            raise RuntimeError("the app's role is missing")
        admin.execute(
            sql.SQL("CREATE ROLE {} LOGIN BYPASSRLS PASSWORD {} IN ROLE {}").format(
                sql.Identifier(FREE), sql.Literal(password), sql.Identifier(app[0])
            )
        )
    return f"postgres://{FREE}:{password}@127.0.0.1:{built.postgres.port}/{NAME}"


def stored(bound: Probe, free: Probe, chosen: Sequence[tuple[str, str]], place: int) -> tuple[list[float], list[float]]:
    """Messages stored under both roles, a few at a time in turns."""
    ours: list[float] = []
    theirs: list[float] = []
    for part in range(EACH // len(chosen)):
        ours += bound.ask({"store": chosen, "name": f"bound {place} {part}"})
        theirs += free.ask({"store": chosen, "name": f"free {place} {part}"})
    return ours, theirs


def row(
    name: str, measured: str, ours: Sequence[list[float]], theirs: Sequence[list[float]], statements: float | None
) -> Row:
    extra: dict[str, Any] = {} if statements is None else {"statements": statements}
    return Row(
        group=GROUP,
        name=name,
        measured=measured,
        unit="ms",
        samples=Samples.of([median(part) for part in ours]),
        peer=PEER,
        peer_samples=Samples.of([median(part) for part in theirs]),
        extra=extra,
    )
