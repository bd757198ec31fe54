"""The heartbeat: one thread a process renews every lease held here, until the work's hard deadline.

It has a connection of its own: a pool that is used up must not cost every turn of the process its lease.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from messaging import work
from messaging.work import Claim

logger = logging.getLogger(__name__)

SURE = 0.9  # of a lease: what was claimed or renewed is ours for so long, by any clock
SLACK_SECONDS = 30.0  # a lease is renewed so long past the turn's own deadline, for its commit


def own_connection() -> BaseDatabaseWrapper:
    made: BaseDatabaseWrapper = connections["default"].copy()
    made.settings_dict["OPTIONS"].pop("pool", None)
    return made


class Heart:
    def __init__(self) -> None:
        self._held: dict[tuple[object, int], tuple[Claim, float]] = {}
        self._sure: dict[tuple[object, int], float] = {}  # monotonic: until then nobody else can have claimed it
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def hold(self, claim: Claim, seconds: float) -> None:
        with self._lock:
            now = time.monotonic()
            self._held[claim.work_id, claim.epoch] = (claim, now + seconds)
            self._sure[claim.work_id, claim.epoch] = claim.asked_at + settings.LEASE_SECONDS * SURE
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
                self._thread.start()

    def drop(self, claim: Claim) -> None:
        with self._lock:
            self._held.pop((claim.work_id, claim.epoch), None)
            self._sure.pop((claim.work_id, claim.epoch), None)

    def is_sure(self, claim: Claim) -> bool:
        """Whether the lease cannot have run out yet; False after this process was paused for long."""
        with self._lock:
            return self._sure.get((claim.work_id, claim.epoch), 0.0) > time.monotonic()

    def claims(self) -> list[Claim]:
        """Held and not past their deadline."""
        now = time.monotonic()
        with self._lock:
            return [claim for claim, until in self._held.values() if until > now]

    def stop(self) -> None:
        """Renew nothing more: what is held here becomes free when its lease runs out."""
        with self._lock:
            self._held.clear()
            self._sure.clear()

    def _run(self) -> None:
        own = own_connection()
        while True:
            time.sleep(settings.HEARTBEAT_SECONDS)
            claims = self.claims()
            try:
                if claims:
                    self._renew(claims, own)
                else:
                    own.close()
            except Error as error:  # the database is away: the next beat tries again while the lease lasts
                logger.warning("heartbeat.failed", extra={"error": type(error).__name__})
                own.close()

    def _renew(self, claims: list[Claim], own: BaseDatabaseWrapper) -> None:
        began = time.monotonic()
        kept = work.renew(claims, own)
        with self._lock:
            for claim in claims:
                if claim.work_id in kept and (claim.work_id, claim.epoch) in self._sure:
                    self._sure[claim.work_id, claim.epoch] = began + settings.LEASE_SECONDS * SURE
        lost = {claim.work_id for claim in claims} - kept
        if lost:
            logger.warning("heartbeat.lost", extra={"work": [str(work_id) for work_id in lost]})


heart = Heart()


@contextmanager
def held(claim: Claim, seconds: float | None = None) -> Iterator[None]:
    """Renew the claim's lease while the block runs, for the turn's deadline and a little more at most."""
    heart.hold(claim, seconds if seconds is not None else settings.TURN_DEADLINE_SECONDS + SLACK_SECONDS)
    try:
        yield
    finally:
        heart.drop(claim)
