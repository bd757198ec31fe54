"""What only the real settings can tell: how long a death is felt with a lease of 30 s, and what a lost broker costs.

An installation of its own, which runs beside the others and mostly waits.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from stack.process import wait_until
from tests.faults.checker import Violation, check
from tests.faults.evidence import Evidence
from tests.faults.figures import Spread, delays, replied_at
from tests.faults.installation import REAL, Installation, Servers, Size
from tests.faults.stage import Stage
from tests.faults.tokens import Token
from tests.faults.traffic import Letter, Poster

RESUME_LIMIT = 45.0  # seconds
ADDED_LIMIT = 5.0  # seconds
MESSAGES, EVERY = 40, 0.35  # of the traffic with the broker and without; seconds between two
FIRED_SECONDS = 30.0


@dataclass(frozen=True)
class RealSettings:
    resumed: float | None  # seconds from the kill to the reply; None: no reply
    up: Spread | None  # from acknowledgement to reply, with the broker
    down: Spread | None
    evidence: Evidence
    violations: list[Violation]

    @property
    def added(self) -> tuple[float, float] | None:
        """What a lost broker adds, in seconds: to the median and to the 95th percentile."""
        if self.up is None or self.down is None:
            return None
        return self.down.p50 - self.up.p50, self.down.p95 - self.up.p95


def measure(seed: int) -> RealSettings:
    servers = Servers()
    installation = Installation(servers, Size(webs=1, workers=2, beats=0, settings=REAL), chats=12)
    try:
        installation.start()
        return _measure(installation, seed)
    finally:
        installation.stop()
        servers.stop()


def _measure(installation: Installation, seed: int) -> RealSettings:
    poster = Poster(installation.door, installation.accounts, installation.background.loop)
    stage = Stage(installation, poster, seed=seed, tier="real settings")
    victim = Token(1, "telegram", 1, 1)
    installation.arm("after_begin", "kill", "worker")
    poster.post(Letter(victim, f"{victim} hello"))
    wait_until(lambda: bool(installation.supervisor.fired), FIRED_SECONDS)
    wait_until(lambda: installation.workers_up() == installation.size.workers, 60, pause=0.2)
    with_broker = _traffic(poster, 1)
    wait_until(lambda: poster.outstanding == 0 and installation.database.left() <= (1, 1), 30, pause=0.2)
    installation.journal.inject("valkey down", "", ("valkey",), MESSAGES * EVERY)
    installation.servers.stop_valkey()
    without = _traffic(poster, 2)
    wait_until(lambda: poster.outstanding == 0 and not any(installation.database.left()), 60, pause=0.2)
    installation.servers.start_valkey()
    stage.come_to_rest()
    evidence = stage.evidence()
    killed = next((row.at for row in evidence.fired if row.action == "kill"), None)
    reply = replied_at(evidence).get(str(victim))
    return RealSettings(
        resumed=reply - killed if reply is not None and killed is not None else None,
        up=Spread.of(delays(evidence, with_broker)),
        down=Spread.of(delays(evidence, without)),
        evidence=evidence,
        violations=check(evidence),
    )


def _traffic(poster: Poster, series: int) -> list[str]:
    """The same messages at the same pace, each series in chats of its own; answers their tokens."""
    tokens = []
    for number in range(MESSAGES):
        chat = 2 + 5 * (series - 1) + number % 5
        token = Token(2 + number % 2, ("whatsapp", "telegram")[number // 2 % 2], chat, number + 1)
        tokens.append(str(token))
        poster.post(Letter(token, f"{token} hello"))
        time.sleep(EVERY)
    return tokens
