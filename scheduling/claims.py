"""Occurrences held under a lease, one holder at a time, told apart by `epoch`: claim, renew, guard."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import Error, connection, transaction

from messaging.work import WORKER
from scheduling.models import Occurrence
from scheduling.now import database_now
from tenants_app.faults import fault
from tenants_app.scope import RELAXED, begin, tenant_scope

logger = logging.getLogger(__name__)

BATCH = 20
SILENT = timedelta(seconds=20)  # workers sweep every two seconds; who is only slow loses a lease, and nothing else
SOON = timedelta(seconds=10)  # until what a holder could not do is claimed again
OF_EACH = 5  # tenant, in each round of a batch: who has much due does not hold up the others


class LeaseLost(Exception):
    """Somebody else holds the occurrence now, or it is done: nothing of what this holder would write may be written."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    occurrence_id: uuid.UUID
    tenant_id: uuid.UUID
    epoch: int
    task_id: uuid.UUID
    kind: str  # of the task; this and the next as it was when claimed
    conversation_id: uuid.UUID | None  # that the task names


COLUMNS = [field.name for field in fields(Claim)]


class Rounds:
    """Claims in rounds: each begins with the tenant after the one that the last came to."""

    def __init__(self) -> None:
        self._after = uuid.uuid4()  # several processes begin in different places
        self._lock = threading.Lock()

    def claim(self) -> list[Claim]:
        """What is due of any tenant, under a lease; none where nothing is. It need not reach the disk by itself."""
        with self._lock:
            after = self._after
        try:
            with transaction.atomic():
                begin(RELAXED)
                claims = claim_after(after)
                if claims:
                    fault("in_occurrence_claim")
        finally:
            connection.close()
        if claims:
            with self._lock:
                self._after = claims[-1].tenant_id
            fault("after_occurrence_claim")
        return claims


def lease() -> Any:
    """An interval for PostgreSQL; `Any`, as Django's stubs know of no such parameter."""
    return timedelta(seconds=settings.OCCURRENCE_LEASE_SECONDS)


def claim_after(tenant_id: uuid.UUID) -> list[Claim]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(COLUMNS)} FROM scheduling_claim(%s, %s, %s, %s, %s)",  # noqa: S608 - names of ours
            [WORKER, lease(), BATCH, OF_EACH, tenant_id],
        )
        return [Claim(**dict(zip(COLUMNS, row, strict=True))) for row in cursor.fetchall()]


def renew(claims: Sequence[Claim]) -> set[uuid.UUID]:
    """Renew the leases; the ids of the occurrences that are still held."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT occurrence_id FROM scheduling_renew(%s, %s, %s)",
                [[claim.occurrence_id for claim in claims], [claim.epoch for claim in claims], lease()],
            )
            return {row[0] for row in cursor.fetchall()}
    finally:
        connection.close()


def guard(claim: Claim) -> Occurrence:
    """The occurrence, locked and still held by this claim; raises LeaseLost."""
    held = Occurrence.objects.select_for_update(of=("self",)).filter(
        pk=claim.occurrence_id, epoch=claim.epoch, state=Occurrence.State.DUE, lease_until__isnull=False
    )
    found = held.first()
    if found is None:
        raise LeaseLost(f"occurrence {claim.occurrence_id} is no longer held under epoch {claim.epoch}")
    return found


def give_back(claim: Claim) -> None:
    """End the lease, so that the occurrence is claimed again soon; nothing where it is not this holder's any more."""
    held = Occurrence.objects.filter(
        pk=claim.occurrence_id, epoch=claim.epoch, state=Occurrence.State.DUE, lease_until__isnull=False
    )
    with tenant_scope(claim.tenant_id, relaxed=True):
        held.update(due_at=database_now() + SOON, lease_until=None, worker="")


def free_own() -> int:
    """Have everybody claim at once what this worker holds and is not at: a former process of its name held it, or it
    stops. How many they were."""
    return freed("SELECT scheduling_free(%s)", [WORKER])


def free_silent() -> int:
    """The same for what is held by workers that died: that have not swept for a while, nor renewed."""
    return freed("SELECT scheduling_free_silent(%s, %s)", [SILENT, lease()])


def freed(statement: str, values: Sequence[Any]) -> int:
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            count: int = cursor.fetchone()[0]
    finally:
        connection.close()
    if count:
        logger.warning("occurrence.freed", extra={"count": count})
    return count


@contextmanager
def heartbeat(claims: Sequence[Claim]) -> Iterator[set[uuid.UUID]]:
    """Renews these leases in a thread while the block runs; gives the ids that are held, which shrink when one is lost.

    A third of the lease lies between two beats, so that one may fail.
    """
    held = {claim.occurrence_id for claim in claims}
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(settings.OCCURRENCE_LEASE_SECONDS / 3):
            left = [claim for claim in claims if claim.occurrence_id in held]
            try:
                held.intersection_update(renew(left))
            except Error as error:  # the database is away: the next beat tries again while the lease lasts
                logger.warning("occurrence.not_renewed", extra={"error": type(error).__name__})

    thread = threading.Thread(target=beat, name="occurrences", daemon=True)
    thread.start()
    try:
        yield held
    finally:
        ended.set()
        thread.join()
