"""Leased work on conversations: claim, guard, renew, give back. One holder at a time, told apart by `epoch`.

Claims, renewals and releases need not reach the disk at once: one that is lost is claimed again.
"""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import DateTimeField, F, Func
from django.db.models.functions import Least
from psycopg import sql

from messaging.models import Lane, Work
from tenants_app.faults import fault
from tenants_app.scope import RELAXED, at_once, begin, tenant_scope

# Workers' clocks differ, so what is due now is due by the database's. Not `Now()`, which is when the transaction began.
DATABASE_CLOCK: Any = Func(function="clock_timestamp", output_field=DateTimeField())
LANE_WAIT = "250ms"  # for a lane that somebody else is looking at; whoever holds it longer may be a paused process
WORKER = f"{socket.gethostname()}:{os.getpid()}"[:100]


class LeaseLost(Exception):
    """Someone else holds the work now: whatever this holder still wants to write must not be written."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Work held under a lease. Writes on its behalf go through `guard` in their own transaction."""

    work_id: uuid.UUID
    tenant_id: uuid.UUID
    conversation_id: uuid.UUID
    epoch: int
    kind: str
    asked_at: float = field(default_factory=time.monotonic)  # before the lease began, by this process's clock


LOCKED = sql.SQL("SELECT id FROM messaging_conversation WHERE id = {} FOR UPDATE")


def lease() -> Any:
    """An interval for PostgreSQL; `Any`, as Django's stubs know of no such parameter."""
    return timedelta(seconds=settings.LEASE_SECONDS)


def claim_next(kind: str) -> Claim | None:
    """The next due work of any tenant, fairest first; None where nothing is due."""
    try:
        asked_at = time.monotonic()
        while (row := look(kind)) is not None and row[0] is None:
            asked_at = (
                time.monotonic()
            )  # it looked at many lanes with nothing to do; each was put off, so this comes to an end
    finally:
        connection.close()
    if row is None:
        return None
    fault("after_claim")
    work_id, tenant_id, conversation_id, epoch = row
    return Claim(
        work_id=work_id,
        tenant_id=tenant_id,
        conversation_id=conversation_id,
        epoch=epoch,
        kind=kind,
        asked_at=asked_at,
    )


def look(kind: str) -> tuple[Any, ...] | None:
    with transaction.atomic():
        begin(RELAXED | {"lock_timeout": LANE_WAIT})
        cursor = connection.cursor()
        cursor.execute("SELECT * FROM messaging_claim(%s, %s, %s)", [kind, WORKER, lease()])
        row: tuple[Any, ...] | None = cursor.fetchone()
        if row is not None and row[0] is not None:
            fault("in_claim")
        return row


CLAIM_ONE = """
    UPDATE messaging_work
    SET epoch = greatest(epoch + 1, floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint),
        lease_until = clock_timestamp() + %(lease)s, due_at = clock_timestamp() + %(lease)s,
        worker = %(worker)s, hinted = false
    WHERE tenant_id = %(tenant)s AND conversation_id = %(conversation)s AND kind = %(kind)s
      AND due_at <= clock_timestamp()
    RETURNING id, epoch
"""


def claim_for(tenant_id: uuid.UUID, conversation_id: uuid.UUID, kind: str) -> Claim | None:
    """The due work of this conversation; None where someone holds it or nothing is due."""
    with tenant_scope(tenant_id, relaxed=True):
        return claim_one(CLAIM_ONE, tenant_id, conversation_id, kind)


# Its lane, where it sleeps for longer, looks again when the lease ends: its holder may die before it comes to the lane.
CLAIM_NEW = """
    WITH claimed AS (
        UPDATE messaging_work
        SET epoch = greatest(epoch + 1, floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint),
            lease_until = clock_timestamp() + %(lease)s, due_at = clock_timestamp() + %(lease)s,
            worker = %(worker)s, hinted = false
        WHERE tenant_id = %(tenant)s AND conversation_id = %(conversation)s AND kind = %(kind)s
          AND (lease_until IS NULL OR lease_until <= clock_timestamp())
        RETURNING id, epoch, lease_until
    ), lane AS (
        UPDATE messaging_lane l SET next_due_at = least(l.next_due_at, claimed.lease_until), idle_looks = 0
        FROM claimed
        WHERE l.tenant_id = %(tenant)s AND l.kind = %(kind)s
          AND (l.next_due_at IS NULL OR l.next_due_at > claimed.lease_until OR l.idle_looks > 0)
    )
    SELECT id, epoch FROM claimed
"""


def claim_new(tenant_id: uuid.UUID, conversation_id: uuid.UUID, kind: str) -> Claim | None:
    """Claim the conversation's work for what this transaction adds to it; None where somebody holds it and looks again.

    Inside a transaction that holds the conversation's row.
    """
    return claim_one(CLAIM_NEW, tenant_id, conversation_id, kind)


def claim_one(statement: str, tenant_id: uuid.UUID, conversation_id: uuid.UUID, kind: str) -> Claim | None:
    asked_at = time.monotonic()
    values: dict[str, Any] = {
        "lease": lease(),
        "worker": WORKER,
        "tenant": tenant_id,
        "conversation": conversation_id,
        "kind": kind,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    if row is None:
        return None
    return Claim(
        work_id=row[0],
        tenant_id=tenant_id,
        conversation_id=conversation_id,
        epoch=row[1],
        kind=kind,
        asked_at=asked_at,
    )


def claimed_here(conversation_id: uuid.UUID, kind: str) -> Claim | None:
    """The claim that this process has on the conversation's work, where only the answer to claiming was lost.

    Inside the tenant's scope.
    """
    row = Work.objects.filter(conversation_id=conversation_id, kind=kind, worker=WORKER).first()
    if row is None or row.lease_until is None:
        return None
    return Claim(
        work_id=row.pk,
        tenant_id=row.tenant_id,
        conversation_id=conversation_id,
        epoch=row.epoch,
        kind=kind,
        asked_at=0.0,  # nobody is sure how long ago
    )


def due_of(claim: Claim) -> datetime | None:
    """When the work that this claim gave back is due again; None where it is not, or somebody holds it by now."""
    return Work.objects.filter(pk=claim.work_id, lease_until=None).values_list("due_at", flat=True).first()


def locked(conversation_id: uuid.UUID) -> sql.Composable:
    """Locks the conversation's row; for the beginning of a scope."""
    return LOCKED.format(conversation_id)


def hinted_due(tenant_id: uuid.UUID, conversation_id: uuid.UUID) -> float | None:
    """When (epoch seconds) the turn that a hint was published for is due; None where somebody took it up since."""
    with tenant_scope(tenant_id):
        waiting = Work.objects.filter(conversation_id=conversation_id, kind=Work.Kind.TURN, hinted=True)
        due = waiting.filter(lease_until=None).values_list("due_at", flat=True).first()
    return due.timestamp() if due else None


def guard(claim: Claim) -> datetime:
    """Make sure, until the surrounding transaction ends, that the work is still held; raises LeaseLost.

    Answers the database's clock.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT clock_timestamp() FROM messaging_work WHERE id = %s AND epoch = %s FOR SHARE",
            [claim.work_id, claim.epoch],
        )
        row: tuple[datetime] | None = cursor.fetchone()
    if row is None:
        raise LeaseLost(f"work {claim.work_id} is no longer held under epoch {claim.epoch}")
    return row[0]


def renew(claims: Iterable[Claim], using: BaseDatabaseWrapper) -> set[uuid.UUID]:
    """Renew the leases over a connection of the caller's own; answers the ids of the work that is still held."""
    held = sorted(claims, key=lambda claim: claim.work_id)
    with using.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        cursor.execute(
            "SELECT work_id FROM messaging_renew(%s, %s, %s)",
            [[claim.work_id for claim in held], [claim.epoch for claim in held], lease()],
        )
        kept = {row[0] for row in cursor.fetchall()}
        fault("in_renew")
        return kept


def release(claim: Claim, due_at: datetime | None, **changes: object) -> None:
    """Give the work back, to be looked at again at `due_at` (None: not before something happens).

    Inside the surrounding transaction; raises LeaseLost. The caller wakes the lane once that has committed.
    """
    held = Work.objects.filter(pk=claim.work_id, epoch=claim.epoch)
    if not held.update(lease_until=None, due_at=due_at, worker="", **changes):
        raise LeaseLost(f"work {claim.work_id} is no longer held under epoch {claim.epoch}")


def give_back(claim: Claim, after: timedelta = timedelta(0)) -> None:
    """End the lease without having finished, so that a worker takes the work up once `after` has passed."""
    with tenant_scope(claim.tenant_id, relaxed=True):
        Work.objects.filter(pk=claim.work_id, epoch=claim.epoch).update(
            epoch=claim.epoch + 1, lease_until=None, due_at=DATABASE_CLOCK + after, worker=""
        )
        fault("in_give_back")
    wake_lane(claim.tenant_id, claim.kind, ended=1)


# Locked in one order, as others do the same at the same time.
WAKE_LANES = sql.SQL("""
    WITH lanes AS (
        SELECT id FROM messaging_lane WHERE tenant_id = {tenant} AND kind = ANY({kinds}) ORDER BY kind FOR UPDATE
    )
    UPDATE messaging_lane l
    SET next_due_at = least(l.next_due_at, coalesce({due}, clock_timestamp())), idle_looks = 0,
        running = greatest(l.running - {ended}, 0)
    FROM lanes WHERE l.id = lanes.id
""")


def wake_lane(tenant_id: uuid.UUID, *kinds: str, due_at: datetime | None = None, ended: int = 0) -> None:
    """Have claimers look at the tenant's lanes at `due_at` (None: now). A lost one costs a second or so."""
    at_once(tenant_id, WAKE_LANES.format(due=due_at, ended=ended, tenant=tenant_id, kinds=list(kinds)))


# An idle lane is always touched: else a claimer could lay it to rest before this commits, and see nothing of it.
WAKE_LANE_FOR = """
    UPDATE messaging_lane
    SET next_due_at = least(next_due_at, coalesce(%(due)s, clock_timestamp())), idle_looks = 0
    WHERE tenant_id = %(tenant)s AND kind = %(kind)s
      AND (next_due_at IS NULL OR next_due_at > coalesce(%(due)s, clock_timestamp()) OR idle_looks > 0)
"""


def schedule(tenant_id: uuid.UUID, conversation_id: uuid.UUID, kind: str, due_at: datetime | None = None) -> None:
    """Make the conversation's work due (None: now), unless somebody holds it: they will look again.

    Inside a transaction that holds the conversation's row.
    """
    free = Work.objects.filter(conversation_id=conversation_id, kind=kind, lease_until=None)
    if free.update(due_at=Least(F("due_at"), due_at or DATABASE_CLOCK)):
        with connection.cursor() as cursor:
            cursor.execute(WAKE_LANE_FOR, {"due": due_at, "tenant": tenant_id, "kind": kind})


def ensure_rows(tenant_id: uuid.UUID, conversation_id: uuid.UUID) -> None:
    """The work rows of a new conversation and its tenant's lanes. Inside the tenant's scope."""
    kinds = Work.Kind.values
    Work.objects.bulk_create(
        [Work(tenant_id=tenant_id, conversation_id=conversation_id, kind=kind) for kind in kinds], ignore_conflicts=True
    )
    Lane.objects.bulk_create([Lane(tenant_id=tenant_id, kind=kind) for kind in kinds], ignore_conflicts=True)
