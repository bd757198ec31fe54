"""`python -m tests.hostile.lane DIRECTORY`: a process that runs one hostile script after the other, as a worker does.

It reads an order a line and answers with what came of it. It is the subreaper of all that is born of it: a process
that outlives its run becomes its child and is found. Beside each script another business's well-behaved one runs.
"""

from __future__ import annotations

import ctypes
import json
import operator
import os
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from tests.hostile import health
from tests.hostile.attacks import Attack, catalogue
from tests.hostile.canaries import Canaries
from tests.hostile.world import World
from tooling.sandbox.runner import run
from tooling.sandbox.types import ALL, Run, Script

NEIGHBOUR = """
import os


def run(args, context):
    here = [os.listdir("."), os.listdir("/tmp")]
    with open("mine", "w") as file:
        file.write(context.secrets["key"])
    return {"sum": sum(args["numbers"]), "before": here, "kept": open("mine").read() == context.secrets["key"]}
"""
NEIGHBOURS_ANSWER = {"sum": 6, "before": [[], []], "kept": True}
Trial = dict[str, Any]
_PR_SET_CHILD_SUBREAPER = 36
NOTHING = "nothing wrong"
FEWEST_LOOKS = 3
NEVER_ASKED = {"/smuggled", "/spelled", "/disguised", "/undeclared", "/private", "/redirected"}
MOST_UPLOADED = 2 << 20


class Neighbour:
    """Another business's script, served again and again until the hostile one is done."""

    def __init__(self) -> None:
        self.served = 0
        self.failed: list[str] = []
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _work(self) -> None:
        while True:
            self.once()
            if self._done.wait(0.3):
                return

    def once(self) -> None:
        answer = run(script(NEIGHBOUR, {"numbers": [1, 2, 3]}, secrets={"key": "my own"}, seconds=20))
        if answer.outcome == "ok" and answer.result == NEIGHBOURS_ANSWER:
            self.served += 1
        else:
            self.failed.append(f"{answer.outcome}: {answer.reason or answer.result}")


class Examiner:
    """Looks from outside at the processes in a sandbox, again and again, at what they are once they have begun."""

    def __init__(self, mark: str) -> None:
        self._mark = mark
        self._looks: Counter[int] = Counter()
        self._found: dict[int, list[str]] = {}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    @property
    def found(self) -> list[str]:
        """Of the last look at the process that was seen most often: the one that sleeps, not a neighbour's."""
        process, looks = max(self._looks.items(), key=operator.itemgetter(1), default=(0, 0))
        return (self._found[process] or [NOTHING]) if looks >= FEWEST_LOOKS else []

    def _work(self) -> None:
        while not self._done.wait(0.05):
            for process in health.descendants(os.getpid()):
                with suppress(OSError, KeyError):  # it has just ended
                    if "python" in (health.PROC / str(process) / "comm").read_text():
                        self._found[process] = health.seen_from_outside(process, self._mark)
                        self._looks[process] += 1


def script(source: str, args: Mapping[str, Any], **details: Any) -> Script:
    return Script(source=source, args=args, now=datetime.now(UTC), **details)


@dataclass(frozen=True)
class Surroundings:
    """What a script must not get at, and the world where its declared hosts are."""

    canaries: Canaries
    world: World

    def args(self) -> dict[str, Any]:
        return self.canaries.args() | {"port": self.world.port}

    def harm(self) -> list[str]:
        """What was done to them, the world's counts begun anew."""
        found = self.canaries.harm()
        found += [f"asked for {path}" for path in self.world.asked if path in NEVER_ASKED]
        if self.world.taken > MOST_UPLOADED:
            found.append(f"{self.world.taken} bytes sent to a host")
        self.world.asked.clear()
        self.world.taken = 0
        return found


def attempt(attacks: Sequence[Attack], layers: frozenset[str], args: Mapping[str, Any], around: Surroundings) -> Trial:
    """Runs them at once with a neighbour beside them. The answer is what `tests.hostile.verdict` judges."""
    before = health.health()
    health.forget_peak()
    base = health.peak_bytes()
    examiner = Examiner(around.canaries.mark)
    with Neighbour() as neighbour, examiner if any(each.examined for each in attacks) else nullcontext():
        runs = list(at_once(attacks, layers, args, around))
    return {
        "run": runs[0],
        "runs": runs,
        "mark": around.canaries.mark,
        "grown": health.settled(before),
        "peak": health.peak_bytes() - base,
        "served": neighbour.served,
        "unserved": neighbour.failed,
        "harm": around.harm(),
        "seen": examiner.found,
    }


def at_once(
    attacks: Sequence[Attack], layers: frozenset[str], args: Mapping[str, Any], around: Surroundings
) -> Iterator[dict[str, Any]]:
    with ThreadPoolExecutor(len(attacks)) as pool:
        ended = [pool.submit(held, attack, layers, args, around) for attack in attacks]
        yield from (asdict(each.result()) for each in ended)


def held(attack: Attack, layers: frozenset[str], args: Mapping[str, Any], around: Surroundings) -> Run:
    hostile = script(
        attack.path.read_text(),
        around.args() | dict(attack.args) | dict(args),
        seconds=attack.seconds,
        memory_bytes=attack.memory,
        secrets={"api_key": around.canaries.mark} if attack.secret else {},
    )
    if not attack.hosts:
        return run(hostile, layers=layers)
    proxy = around.world.proxy(attack.hosts, attack.seconds)
    try:
        return run(hostile, proxy, layers=layers)
    finally:
        proxy.close()


def follow_orders() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    rows = catalogue()
    with Canaries(Path(sys.argv[1])) as canaries, World(canaries.mark) as world:
        around = Surroundings(canaries, world)
        Neighbour().once()  # what is kept from the first run on is no growth
        for line in sys.stdin:
            order = json.loads(line)
            layers = ALL - frozenset(order["without"])
            attacks = [replace(rows[name], seconds=order["seconds"]) for name in order["attacks"]]
            answer = attempt(attacks, layers, order["args"], around)
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    follow_orders()
