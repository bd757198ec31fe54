"""The engine of a worker process: turns and sends, started by hints and by a sweep that needs no broker.

A hinted task runs in its Celery thread; what the sweep finds runs in threads of its own. Together they carry
`WORKER_THREADS` turns at once at the most.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now

from messaging import media, outbox, work
from messaging.alarm import Alarm
from messaging.hints import publisher
from messaging.leases import heart
from messaging.models import Work, WorkerBeat
from messaging.patience import insist
from messaging.turns import run_turn
from messaging.work import Claim
from tenants_app.faults import fault
from tenants_app.scope import mend_connections

logger = logging.getLogger(__name__)

LONGEST_WAIT = 60.0  # seconds that a hinted task waits in its thread for the quiet to end


class Worker:
    def __init__(self) -> None:
        self.stopping = threading.Event()
        self._slots = threading.BoundedSemaphore(settings.WORKER_THREADS)
        self._busy = 0
        self._busy_lock = threading.Lock()
        self._threads = ThreadPoolExecutor(settings.WORKER_THREADS, thread_name_prefix="sweep")
        self._sweeper: threading.Thread | None = None
        self._alarm = Alarm()

    @property
    def busy(self) -> int:
        """Turns and sends at work now."""
        return self._busy

    def start(self) -> None:
        """Begin to sweep."""
        self._sweeper = threading.Thread(target=self._sweep_for_ever, name="sweeper", daemon=True)
        self._sweeper.start()

    def stop(self) -> None:
        """Claim nothing more; let what runs finish for a while, then give its leases back."""
        self.stopping.set()
        self._alarm.set(0)
        until = time.monotonic() + settings.SHUTDOWN_SECONDS
        while self._busy and time.monotonic() < until:
            time.sleep(0.05)
        if self._busy:
            logger.warning("worker.leases_given_back", extra={"count": self._busy})
            give_back(heart.claims())
        heart.stop()
        WorkerBeat.objects.filter(worker=work.WORKER).delete()
        connection.close()

    def stop_and_leave(self) -> None:
        """Stop; where turns still run whose leases were given back, leave without waiting for them."""
        self.stop()
        if self._busy:
            os._exit(0)  # everything they did is recorded, and nothing they still do could be written

    def wake(self, due: float, tenant_id: uuid.UUID, conversation_id: uuid.UUID) -> None:
        """A hint: wait until `due` (epoch seconds), then work on what is due, fairest first.

        The person may have gone on writing meanwhile, or a fairer conversation come first: then the hint still stands
        for its own conversation, and this waits and works on.
        """
        next_due: float | None = due
        while next_due is not None:
            wait = next_due - time.time()
            if wait > LONGEST_WAIT or self.stopping.wait(max(wait, 0.0)):
                return
            worked = self.run_next()
            if worked is not None and worked.conversation_id == conversation_id:
                return  # what was written since has a hint of its own
            next_due = work.hinted_due(tenant_id, conversation_id)
            if worked is None and next_due is not None and next_due <= time.time():
                return  # no room here; a sweep finds it

    def run_next(self) -> Claim | None:
        """Claim one due turn and carry it; None where there is none, or no room."""
        if self.stopping.is_set() or not self._slots.acquire(blocking=False):
            return None
        try:
            claim = insist(lambda _tried: work.claim_next(Work.Kind.TURN), "claim.failed", {}, tries=2)
            if claim is not None:
                self._counted(lambda: carry_turn(claim))
            return claim
        finally:
            self._slots.release()

    def _counted(self, call: Callable[[], object]) -> None:
        with self._busy_lock:
            self._busy += 1
        try:
            call()
        finally:
            connection.close()
            with self._busy_lock:
                self._busy -= 1

    def look_for_sends(self, seconds: float) -> None:
        """In so many seconds: sends were put off until then."""
        self._alarm.set(seconds)

    def _sweep_for_ever(self) -> None:
        due = time.monotonic() + settings.SWEEP_SECONDS
        while True:
            self._alarm.wait(due - time.monotonic())
            if self.stopping.is_set():
                return
            whole = time.monotonic() >= due
            try:
                if whole:
                    self.sweep()
                else:
                    self._sweep_kind(Work.Kind.SEND, drain)
            except DatabaseError as error:  # the database is away; the next sweep tries again
                logger.warning("sweep.failed", extra={"error": type(error).__name__})
                mend_connections()
            except Exception:
                logger.exception("sweep.failed")
            finally:
                connection.close()
                if whole:
                    due = time.monotonic() + settings.SWEEP_SECONDS

    def sweep(self) -> None:
        """Start everything that is due and has room; sends first, as there may be turns for every place."""
        fault("before_sweep")
        self._sweep_kind(Work.Kind.SEND, drain)
        self._sweep_kind(Work.Kind.MEDIA, fetch_files)
        self._sweep_kind(Work.Kind.TURN, carry_turn)
        self.beat()

    def beat(self) -> None:
        """Tell operators, and readiness, that this process sweeps."""
        now = Now()  # the database's clock, by which others judge how long it is silent
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
            WorkerBeat.objects.update_or_create(
                worker=work.WORKER,
                defaults={"swept_at": now, "busy": self._busy, "capacity": settings.WORKER_THREADS},
                create_defaults={
                    "started_at": now,
                    "swept_at": now,
                    "busy": self._busy,
                    "capacity": settings.WORKER_THREADS,
                },
            )

    def _sweep_kind(self, kind: str, carry: Callable[[Claim], None]) -> None:
        while not self.stopping.is_set() and self._slots.acquire(blocking=False):
            claim = None
            try:
                claim = work.claim_next(kind)
            finally:
                if claim is None:
                    self._slots.release()
            if claim is None:
                return
            self._threads.submit(self._carry, carry, claim)

    def _carry(self, carry: Callable[[Claim], None], claim: Claim) -> None:
        """Then the next sends that are due, in the same place: many are short, and the next sweep is far."""
        following: Claim | None = claim
        try:
            while following is not None:
                claim = following
                self._counted(partial(carry, claim))
                sends = claim.kind == Work.Kind.SEND and not self.stopping.is_set()
                following = work.claim_next(Work.Kind.SEND) if sends else None
        except Exception:  # the lease runs out and the work is claimed again; an operator reads why
            logger.exception("work.failed", extra={"kind": claim.kind, "conversation": str(claim.conversation_id)})
        finally:
            self._slots.release()


def carry_turn(claim: Claim) -> None:
    """A turn and, right after it, the sends that it led to."""
    carried = run_turn(claim)
    if carried.files:
        files = work.claim_for(claim.tenant_id, claim.conversation_id, Work.Kind.MEDIA)
        if files is not None:
            fetch_files(files)
    if carried.next_due is not None:
        work.wake_lane(claim.tenant_id, Work.Kind.TURN, due_at=carried.next_due)
        publisher.publish(carried.next_due, claim.tenant_id, claim.conversation_id)
    send = carried.send or work.claim_for(claim.tenant_id, claim.conversation_id, Work.Kind.SEND)
    try:
        if send is not None:
            send_due(send)
    finally:  # the turn has ended, whatever became of its sends
        work.wake_lane(claim.tenant_id, Work.Kind.TURN, Work.Kind.SEND, ended=1)


def fetch_files(claim: Claim) -> None:
    media.fetch_due(claim)
    work.wake_lane(claim.tenant_id, Work.Kind.MEDIA, ended=1)


def drain(claim: Claim) -> None:
    send_due(claim)
    work.wake_lane(claim.tenant_id, Work.Kind.SEND, ended=1)


def send_due(claim: Claim) -> None:
    put_off = outbox.drain(claim)
    if put_off is not None:
        worker.look_for_sends(put_off)


def give_back(claims: list[Claim]) -> None:
    """End the leases now, so that another worker takes the work up at once."""
    for claim in claims:
        try:
            work.give_back(claim)
        except DatabaseError as error:  # the lease runs out by itself
            logger.warning("worker.lease_kept", extra={"work": str(claim.work_id), "error": type(error).__name__})


worker = Worker()
