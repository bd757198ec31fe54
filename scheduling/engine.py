"""The schedules' engine of a worker process: ticks, runs what is due, and sees how it ended.

Beat wakes it each second. Without beat or broker it looks by itself, and it sets its own alarm for the next task.
"""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from messaging.alarm import Alarm
from messaging.patience import insist
from messaging.worker import worker
from scheduling import acting, settling, ticking
from scheduling.claims import Claim, LeaseLost, Rounds, free_own, free_silent, give_back, guard, heartbeat
from scheduling.now import database_now
from scheduling.outcomes import fail
from tenants_app.scope import mend_connections, tenant_scope

logger = logging.getLogger(__name__)

FREE_SECONDS = 5.0  # between two looks for what workers hold that died
HELD_ELSEWHERE = 0.25  # seconds; something is due that another ticker has in its hands


class Engine:
    def __init__(self) -> None:
        self.stopping = threading.Event()
        self._alarm = Alarm()
        self._rounds = Rounds()
        self._threads = ThreadPoolExecutor(settings.SCHEDULE_THREADS, thread_name_prefix="schedules")
        self._free = threading.BoundedSemaphore(settings.SCHEDULE_THREADS)
        self._thread: threading.Thread | None = None
        self._has_freed_own = False
        self._frees_at = time.monotonic() + FREE_SECONDS

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="schedules", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing more; what runs is short, and what is claimed and not begun comes free."""
        self.stopping.set()
        self._alarm.set(0)

    def wake(self) -> None:
        """Look now."""
        self._alarm.set(0)

    def _run(self) -> None:
        while not self.stopping.is_set():
            began = time.monotonic()
            try:
                self.free()
                self.look()
            except (DatabaseError, InterfaceError) as error:  # the database is away; the next look tries again
                logger.warning("schedules.failed", extra={"error": type(error).__name__})
                mend_connections()
            except Exception:  # the edge of the thread: whatever it was, later tasks must still come
                logger.exception("schedules.failed")
            finally:
                connection.close()
            self._alarm.wait(settings.SCHEDULE_TICK_SECONDS - (time.monotonic() - began))
        self._leave()

    def _leave(self) -> None:
        """Runners leave what they have not begun. A claim that one of them was making now comes free by its silence."""
        try:
            free_own()
        except (DatabaseError, InterfaceError) as error:
            logger.warning("schedules.leases_kept", extra={"error": type(error).__name__})

    def free(self) -> None:
        """Claims that nobody does anything about: of a process before this one that had its name, of dead workers."""
        if not self._has_freed_own:
            free_own()
            self._has_freed_own = True
        if time.monotonic() >= self._frees_at:
            self._frees_at = time.monotonic() + FREE_SECONDS
            free_silent()

    def look(self) -> None:
        """Everything that is due now gets its occurrence, runners see to them, and ended turns are written down."""
        while ticking.tick() == ticking.BATCH and not self.stopping.is_set():
            self._send_runners()
        self._send_runners()
        settling.settle_ended()
        soon = ticking.seconds_to_next()
        if soon is not None and soon < settings.SCHEDULE_TICK_SECONDS:
            self._alarm.set(soon if soon > 0 else HELD_ELSEWHERE)

    def _send_runners(self) -> None:
        if self._free.acquire(blocking=False):
            self._threads.submit(self._drain)

    def _drain(self) -> None:
        try:
            while not self.stopping.is_set() and (claims := self._rounds.claim()):
                self._send_runners()  # there may be enough for another
                run_all(claims, self.stopping)
                worker.look_for_sends(0)
        except (DatabaseError, InterfaceError) as error:  # the leases end, and others take them up
            logger.warning("schedules.failed", extra={"error": type(error).__name__})
            mend_connections()
        except Exception:  # the edge of the thread
            logger.exception("schedules.failed")
        finally:
            connection.close()
            self._free.release()


def run_all(claims: list[Claim], stopping: threading.Event | None = None) -> None:
    with heartbeat(claims) as held:
        for claim in claims:
            if stopping is not None and stopping.is_set():
                return
            if claim.occurrence_id not in held:
                continue
            try:
                run_one(claim)
            except Exception:  # the edge between a fault in one, which could not even be written down, and those after
                logger.exception("occurrence.unsettled", extra={"occurrence": str(claim.occurrence_id)})
                let_go(claim)


def let_go(claim: Claim) -> None:
    """Have others take it up soon, else when the lease ends."""
    extra = {"occurrence": str(claim.occurrence_id), "epoch": claim.epoch}
    try:
        give_back(claim)
    except (DatabaseError, InterfaceError) as error:
        logger.warning("occurrence.lease_kept", extra={**extra, "error": type(error).__name__})
        mend_connections()


def run_one(claim: Claim) -> None:
    extra: dict[str, object] = {"occurrence": str(claim.occurrence_id), "epoch": claim.epoch}
    try:
        insist(lambda _tried: acting.act(claim), "occurrence.database_failed", extra, tries=3)
    except LeaseLost:
        logger.warning("occurrence.lease_lost", extra=extra)
    except (OperationalError, InterfaceError):  # the database stays away
        logger.warning("occurrence.left", extra=extra)
        let_go(claim)
    except Exception as error:  # the edge between a fault in one and those after it
        logger.exception("occurrence.failed", extra=extra)
        stumbled(claim, error)


def stumbled(claim: Claim, error: Exception) -> None:
    """Have it tried again after a while, and give up in the end."""
    with tenant_scope(claim.tenant_id):
        try:
            task, conversation = acting.lock(claim.occurrence_id)
            occurrence = guard(claim)
        except LeaseLost:
            return
        occurrence.attempts += 1
        why = f"{type(error).__name__} in the product; see its log."
        fail(occurrence, task, conversation, why, database_now())


engine = Engine()
