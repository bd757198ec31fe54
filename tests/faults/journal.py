"""What the driver writes down while a run goes on. Rows are only added, from any thread."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import dataclass, field

from tests.faults.evidence import Injected, Posted, Reported, Rung, Seen


@dataclass(frozen=True)
class StatusTry:
    """One status in one webhook request that a double made."""

    at: float
    tenant: int
    external_id: str
    delivery_id: str
    state: str
    acknowledged: bool


@dataclass
class Journal:
    posted: list[Posted] = field(default_factory=list)
    statuses: list[StatusTry] = field(default_factory=list)
    rung: list[Rung] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    injected: list[Injected] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _number: itertools.count[int] = field(default_factory=itertools.count, repr=False)

    def inject(self, what: str, detail: str = "", touches: tuple[str, ...] = (), seconds: float | None = None) -> None:
        now = time.time()
        until = now + seconds if seconds is not None else None
        self.injected.append(Injected(at=now, what=what, detail=detail, touches=touches, until=until))

    def reported(self) -> list[Reported]:
        """One row for each status, however often the double tried."""
        found: dict[tuple[str, str], Reported] = {}
        for row in list(self.statuses):
            known = found.get((row.external_id, row.state))
            found[row.external_id, row.state] = Reported(
                at=known.at if known else row.at,
                tenant=row.tenant,
                external_id=row.external_id,
                delivery_id=row.delivery_id,
                state=row.state,
                acknowledged=row.acknowledged or (known is not None and known.acknowledged),
            )
        return list(found.values())

    def statuses_open(self) -> int:
        """Statuses that no try of a double got through yet."""
        return sum(not row.acknowledged for row in self.reported())

    def next_number(self) -> int:
        with self._lock:
            return next(self._number)
