"""Tickers and runners as processes that may be killed: `python -m tests.schedule_runner tick=4 run=4`.

One process brings up the product and forks the others, and each that has died once more, as bringing it up takes
seconds of a processor. It tells of each on a line of its own, "tick 4711", until its input ends; then all end.
Everything is done in small steps, so that there are many places to die in.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from typing import NoReturn

import django

django.setup()

from django.db import DatabaseError  # noqa: E402 - after the settings

from scheduling import claims, plans, ticking  # noqa: E402
from scheduling.claims import Rounds  # noqa: E402
from scheduling.engine import run_all  # noqa: E402
from tenants_app.scope import mend_connections  # noqa: E402

IDLE_SECONDS = 0.02


def tick_for_ever() -> None:
    while True:
        if not ticking.tick():
            time.sleep(IDLE_SECONDS)


def run_for_ever() -> None:
    rounds = Rounds()
    while True:
        if claimed := rounds.claim():
            run_all(claimed)
        else:
            time.sleep(IDLE_SECONDS)


ROLES = {"tick": tick_for_ever, "run": run_for_ever}


def be(role: str) -> NoReturn:
    while True:
        try:
            ROLES[role]()
        except DatabaseError:  # as the engine does
            mend_connections()


def fork(role: str) -> int:
    pid = os.fork()
    if not pid:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        be(role)
    print(role, pid, flush=True)
    return pid


def main(roles: list[str]) -> None:
    plans.MOST_TIMES, ticking.BATCH, claims.BATCH = 60, 3, 8
    children = {fork(role): role for role in roles}
    while not select.select([sys.stdin], [], [], 0.01)[0]:
        pid, _ = os.waitpid(-1, os.WNOHANG)
        if pid:
            role = children.pop(pid)
            children[fork(role)] = role
    for pid in children:
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main([role for each in sys.argv[1:] for role, _, count in [each.partition("=")] for _ in range(int(count))])
