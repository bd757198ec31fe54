"""The heartbeat: one thread a process renews every lease held here, until the work's hard deadline."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import Error, connection

from messaging import work
from messaging.work import Claim

logger = logging.getLogger(__name__)

SLACK_SECONDS = 30.0  # a lease is renewed so long past the turn's own deadline, for its commit


class Heart:
    def __init__(self) -> None:
        self._held: dict[tuple[object, int], tuple[Claim, float]] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def hold(self, claim: Claim, seconds: float) -> None:
        with self._lock:
            self._held[claim.work_id, claim.epoch] = (claim, time.monotonic() + seconds)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
                self._thread.start()

    def drop(self, claim: Claim) -> None:
        with self._lock:
            self._held.pop((claim.work_id, claim.epoch), None)

    def claims(self) -> list[Claim]:
        """Held and not past their deadline."""
        now = time.monotonic()
        with self._lock:
            return [claim for claim, until in self._held.values() if until > now]

    def stop(self) -> None:
        """Renew nothing more: what is held here becomes free when its lease runs out."""
        with self._lock:
            self._held.clear()

    def _run(self) -> None:
        while True:
            time.sleep(settings.HEARTBEAT_SECONDS)
            claims = self.claims()
            if not claims:
                continue
            try:
                lost = {claim.work_id for claim in claims} - work.renew(claims)
            except Error as error:  # the database is away: the next beat tries again while the lease lasts
                logger.warning("heartbeat.failed", extra={"error": type(error).__name__})
                continue
            finally:
                connection.close()
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
