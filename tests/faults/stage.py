"""A stretch of a run that is judged by itself: begun, harmed, let come to rest, and gathered as evidence."""

from __future__ import annotations

import time

from stack.process import wait_until
from tests.faults import gathering
from tests.faults.evidence import Evidence
from tests.faults.installation import Installation
from tests.faults.traffic import Poster

QUIET_LIMIT = 75.0  # seconds that quiet is waited for; the checker allows fewer
UP_LIMIT = 120.0  # seconds that processes may take to be there again
SETTLED_SECONDS = 0.6  # that nothing may be left for: statuses still come in after a send


class Stage:
    """Begin one only while nothing is open: what the witnesses wrote before is not looked at."""

    def __init__(self, installation: Installation, poster: Poster, *, seed: int, tier: str) -> None:
        self.installation, self.poster = installation, poster
        self.seed, self.tier = seed, tier
        self.began = time.time()
        self.faults_ended = self.began
        self.quiet_at: float | None = None
        journal = installation.journal
        self._calls = {name: installation.doubles.calls(name, 1 << 60)[1] for name in installation.doubles.urls}
        self._rows = {name: len(getattr(journal, name)) for name in ("posted", "statuses", "rung", "seen", "injected")}
        self._fired = len(installation.supervisor.fired)
        self._earlier = installation.database.deliveries()  # of which reports may still come in

    def come_to_rest(self, limit: float = QUIET_LIMIT) -> None:
        """End all faults, and wait until nothing is left to do, the restart of what they killed included."""
        self.installation.end_faults()
        self.faults_ended = time.time()
        wait_until(self.installation.is_up, UP_LIMIT, pause=0.1)
        still: list[float] = []

        def rests() -> bool:
            if is_busy(self.installation, self.poster):
                still.clear()
                return False
            still.append(time.time())
            return still[-1] - still[0] >= SETTLED_SECONDS

        self.quiet_at = still[0] if wait_until(rests, limit, pause=0.1) else None

    def evidence(self) -> Evidence:
        installation, journal = self.installation, self.installation.journal
        calls = {
            name: gathering.whole(installation.doubles.calls(name, since)[0]) for name, since in self._calls.items()
        }
        reported = [row for row in journal.reported() if row.at >= self.began and row.delivery_id not in self._earlier]
        return Evidence(
            seed=self.seed,
            tier=self.tier,
            began=self.began,
            faults_ended=self.faults_ended,
            quiet_at=self.quiet_at,
            posted=tuple(journal.posted[self._rows["posted"] :]),
            sends=tuple(gathering.sends(calls["whatsapp"], calls["telegram"], reported)),
            asked=tuple(gathering.asked(calls["anthropic"])),
            rung=tuple(journal.rung[self._rows["rung"] :]),
            reported=tuple(reported),
            seen=tuple(journal.seen[self._rows["seen"] :]),
            fired=tuple(installation.supervisor.fired[self._fired :]),
            injected=tuple(journal.injected[self._rows["injected"] :]),
            shown=gathering.shown(installation.database, self.began),
        )


def is_busy(installation: Installation, poster: Poster) -> bool:
    """Whether anything is left to do: webhooks not yet taken, turns, sends."""
    if poster.outstanding or installation.journal.statuses_open():
        return True
    return any(installation.database.left())
