"""Places for running tenants' scripts in this process, handed out fairly between tenants. No Django.

A script runs in its caller's thread; a place is what it waits for. Of those that wait, the tenant with the fewest
scripts at work comes first, then the one that was served longest ago.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


class PoolFull(Exception):
    """No place is free, and too many wait for one or it took too long: nothing was run."""


@dataclass(eq=False)
class _Ticket:
    tenant_id: uuid.UUID
    called: threading.Event = field(default_factory=threading.Event)


class Pool:
    """`places`: scripts at once. `per_tenant`: of one tenant. `queue`: calls that wait, of all tenants."""

    def __init__(self, *, places: int, per_tenant: int, queue: int, longest_wait: float) -> None:
        self._places = places
        self._per_tenant = per_tenant
        self._queue = queue
        self._longest_wait = longest_wait
        self._lock = threading.Lock()
        self._running: dict[uuid.UUID, int] = {}
        self._served: dict[uuid.UUID, float] = {}  # when a tenant that waits or runs was last given a place
        self._waiting: list[_Ticket] = []  # oldest first

    @property
    def running(self) -> int:
        return sum(self._running.values())

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @contextmanager
    def place(self, tenant_id: uuid.UUID, wait: float = float("inf")) -> Iterator[None]:
        """Hold a place. Raises PoolFull where there is none within `wait` seconds, at once where too many wait."""
        self._take(_Ticket(tenant_id), min(wait, self._longest_wait))
        try:
            yield
        finally:
            self._give_back(tenant_id)

    def _take(self, ticket: _Ticket, wait: float) -> None:
        with self._lock:
            self._waiting.append(ticket)
            self._call_next()
            if not ticket.called.is_set() and len(self._waiting) > self._queue:
                self._waiting.remove(ticket)
                raise PoolFull
        if ticket.called.wait(max(wait, 0.0)):
            return
        with self._lock:
            if ticket.called.is_set():  # just now
                return
            self._waiting.remove(ticket)
            self._forget(ticket.tenant_id)
        raise PoolFull

    def _give_back(self, tenant_id: uuid.UUID) -> None:
        with self._lock:
            self._running[tenant_id] -= 1
            if not self._running[tenant_id]:
                del self._running[tenant_id]
            self._call_next()
            self._forget(tenant_id)

    def _call_next(self) -> None:
        """Whoever may begin. The lock is held."""
        while self.running < self._places and (ticket := self._next()) is not None:
            self._waiting.remove(ticket)
            self._running[ticket.tenant_id] = self._running.get(ticket.tenant_id, 0) + 1
            self._served[ticket.tenant_id] = time.monotonic()
            ticket.called.set()

    def _next(self) -> _Ticket | None:
        may_begin = [each for each in self._waiting if self._running.get(each.tenant_id, 0) < self._per_tenant]
        return min(may_begin, key=self._turn_of, default=None)

    def _turn_of(self, ticket: _Ticket) -> tuple[int, float]:
        return self._running.get(ticket.tenant_id, 0), self._served.get(ticket.tenant_id, 0.0)

    def _forget(self, tenant_id: uuid.UUID) -> None:
        """When a tenant was last served, once none of its calls runs or waits. The lock is held."""
        if tenant_id not in self._running and all(each.tenant_id != tenant_id for each in self._waiting):
            self._served.pop(tenant_id, None)
