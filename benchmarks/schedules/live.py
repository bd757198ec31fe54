"""How late reminders are while a worker and beat really run, and send what they write down."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from benchmarks.installation import Installation
from benchmarks.schedules.grow import Table
from benchmarks.traffic import Arrival, play
from stack import parts

LEAD = 10.0  # seconds from where the tasks get their time until the first is due
LONGEST = 900.0  # seconds until the last has been sent
SEEN = """
    SELECT extract(epoch FROM o.began_at - o.scheduled_for)::float8,
        extract(epoch FROM d.created_at - o.scheduled_for)::float8,
        extract(epoch FROM d.sent_at - o.scheduled_for)::float8
    FROM scheduling_occurrence o
    LEFT JOIN messaging_delivery d ON d.tenant_id = o.tenant_id AND d.message_id = o.message_id
    WHERE o.scheduled_for > %s AND o.state = 'done'
"""


@dataclass(frozen=True, kw_only=True)
class Lateness:
    """Seconds after its time, of all the reminders, least first."""

    began: Sequence[float]
    written: Sequence[float]  # into the outbox
    sent: Sequence[float]  # and taken by the messenger


def start(built: Installation, table: Table) -> None:
    """Worker and beat, as `make up` starts them."""
    table.admin.execute("DELETE FROM messaging_workerbeat")
    built.start(parts.beat())
    built.start_worker(100)


def have_written(built: Installation, table: Table, people: Sequence[Any]) -> None:
    """Everybody has said something, so that they may be written to. Nobody answers it."""
    planned = [Arrival(0.0, each["account"], phone, "Hello") for each in people for phone in each["phones"]]
    play(built.whatsapp.url, planned)
    until = time.monotonic() + LONGEST
    while table.value("SELECT count(*) FROM messaging_conversation") < len(planned):
        if time.monotonic() > until:
            raise RuntimeError("not everybody's message came in")
        time.sleep(0.2)


def stop(built: Installation) -> None:
    for name in ("beat", "worker"):
        built.children[name].end(12)


def observed(table: Table, count: int, over: float) -> Lateness:
    """So many are due within as many seconds as `over`; answers when the last has been sent."""
    since = table.value("SELECT now()")
    table.due(count, connected=True, after=LEAD, over=over)
    until = time.monotonic() + LEAD + over + LONGEST
    while len(rows := seen(table.admin, since)) < count or any(row[2] is None for row in rows):
        if time.monotonic() > until:
            raise RuntimeError(f"{len(rows)} of {count} reminders were written down, not all of them sent")
        time.sleep(1)
    began, written, sent = map(sorted, zip(*rows, strict=True))
    return Lateness(began=began, written=written, sent=sent)


def seen(admin: psycopg.Connection[Any], since: datetime) -> list[Any]:
    return admin.execute(SEEN, [since]).fetchall()
