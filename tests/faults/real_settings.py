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
SLICES, A_SLICE = 8, 10  # of the traffic, every other one without the broker; messages in each
EVERY = 0.35  # seconds between two messages
REST_SECONDS = 1.0  # for which a web process tries no hint after one that failed
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
    with_broker, without = _up_and_down(installation, poster)
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


def _up_and_down(installation: Installation, poster: Poster) -> tuple[list[str], list[str]]:
    """The same traffic with the broker and without, in turn, so that whatever else the machine does meets both."""
    found: dict[bool, list[str]] = {True: [], False: []}
    for number in range(SLICES):
        up = number % 2 == 0
        if not up:
            installation.journal.inject("valkey down", "", ("valkey",), A_SLICE * EVERY + 5)
            installation.servers.stop_valkey()
        found[up] += _traffic(poster, number)
        wait_until(lambda: poster.outstanding == 0 and installation.database.left() <= (1, 1), 30, pause=0.2)
        if not up:
            installation.servers.start_valkey()
            wait_until(lambda: installation.servers.listeners() >= installation.size.workers, 30, pause=0.1)
            time.sleep(REST_SECONDS)
    return found[True], found[False]


def _traffic(poster: Poster, number: int) -> list[str]:
    """Messages at an even pace, each slice in chats of its own; answers their tokens."""
    tokens = []
    for place in range(A_SLICE):
        token = Token(2 + place % 2, ("whatsapp", "telegram")[place // 2 % 2], 2 + number, 1 + place)
        tokens.append(str(token))
        poster.post(Letter(token, f"{token} hello"))
        time.sleep(EVERY)
    return tokens
