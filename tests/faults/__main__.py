"""`python -m tests.faults [points | histories | proof [BUG …] | check FILE …]`: harm an installation, then judge it.

Without an argument every crash point, some random histories, and what only the real settings tell. Exit 1 where a
promise was broken, a point was never reached, or a bug was not caught.

    SEED=n          the plans of the histories are a function of it; history k has the seed n + k
    HISTORIES=n     how many (2)
    MESSAGES=n      in each (200)
    POINTS="a b"    only these crash points, and nothing of the real settings
    FAULTS_JSON=f   the report as JSON, too
    FAULTS_KEEP=d   where the evidence of what failed is kept (.data/faults)
"""

from __future__ import annotations

import logging
import os
import random
import sys
import threading
import time
from pathlib import Path

from tests.faults.checker import check
from tests.faults.evidence import Evidence
from tests.faults.histories import Judged, run_histories
from tests.faults.installation import Installation, Servers, Size
from tests.faults.keeping import keep, told
from tests.faults.plan import chats_of
from tests.faults.points import Points
from tests.faults.real_settings import RealSettings, measure
from tests.faults.report import Report
from tests.faults.stage import Stage
from tests.faults.traffic import Poster

POINT_CHATS = 60
WORKERS = 5  # two may be down while three carry on


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def number(name: str, default: int) -> int:
    """Of the environment; an empty one is as none."""
    return int(os.environ.get(name) or default)


class Beside:
    """The installation with the real settings, in a thread of its own."""

    def __init__(self, seed: int) -> None:
        self._answer: list[RealSettings | BaseException] = []
        self._thread = threading.Thread(target=self._measure, args=[seed], name="real-settings")
        self._thread.start()

    def result(self) -> RealSettings:
        """Waits for it; raises what went wrong there."""
        self._thread.join()
        found = self._answer[0]
        if isinstance(found, BaseException):
            raise found
        return found

    def _measure(self, seed: int) -> None:
        try:
            self._answer.append(measure(seed))
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            self._answer.append(error)


def run(points: bool, histories: bool) -> int:
    seed = number("SEED", random.SystemRandom().randrange(1_000_000))
    count, messages = number("HISTORIES", 2), number("MESSAGES", 200)
    say(f"SEED={seed}")
    part = "" if points and histories else " ARGS=points" if points else " ARGS=histories"
    size = f" HISTORIES={count} MESSAGES={messages}" if histories else ""
    report, began = Report(seed, f"make faults{part} SEED={seed}{size}"), time.monotonic()
    beside = Beside(seed) if points and not os.environ.get("POINTS") else None
    servers = Servers()
    chats = POINT_CHATS + (count * chats_of(messages) if histories else 0)
    installation = Installation(servers, Size(workers=WORKERS), chats=chats)
    try:
        installation.start()
        poster = Poster(installation.door, installation.accounts, installation.background.loop)
        if points:
            run_points(installation, poster, report)
        if histories:
            report.add_histories(run_histories(installation, poster, say, seed=seed, count=count, messages=messages))
    finally:
        installation.stop()
        servers.stop()
    if beside is not None:
        real = beside.result()
        report.add_real(real)
        say(told(real.evidence, real.violations))
    return end(report, time.monotonic() - began)


def run_points(installation: Installation, poster: Poster, report: Report) -> None:
    began = time.monotonic()
    stage, points = Stage(installation, poster, seed=report.seed, tier="points"), Points(installation, poster)
    points.run()
    stage.come_to_rest()
    evidence = stage.evidence()
    judged = Judged(evidence, check(evidence))
    report.add_points(points.done, points.problems, judged)
    seconds, missed, found = time.monotonic() - began, len(points.missed), len(judged.violations)
    say(f"points: {len(points.done)} cases in {seconds:.0f} s, {missed} never reached, {found} violations")
    if judged.violations:
        say(told(evidence, judged.violations))
        say(f"Kept: {keep(evidence, judged.violations, installation)}")


def end(report: Report, seconds: float) -> int:
    report.seconds = seconds
    say("\n" + report.text())
    if path := os.environ.get("FAULTS_JSON"):
        report.write(Path(path))
    return int(report.failed)


def prove(names: list[str]) -> int:
    from tests.faults import proof
    from tests.faults.bugs import BUGS

    seed, began = number("SEED", 1), time.monotonic()
    say(f"SEED={seed}")
    rows = proof.prove(seed, names or list(BUGS), say)
    say("\n" + proof.table(rows))
    wrong = [row for row in rows if not row.as_it_should]
    for row in wrong:
        say(f"✗ {row.bug or 'The healthy product'}: {row.example or 'it was not caught'}")
    caught = sum(bool(row.rules) for row in rows if row.bug)
    say(f"{caught} of {sum(bool(row.bug) for row in rows)} bugs caught in {time.monotonic() - began:.0f} s")
    return int(bool(wrong))


def check_again(paths: list[str]) -> int:
    """Judge evidence that was kept."""
    wrong = False
    for path in paths:
        evidence = Evidence.load(Path(path))
        violations = check(evidence)
        wrong = wrong or bool(violations)
        say(f"{path}: {evidence.tier}, SEED={evidence.seed}: {len(violations)} violations")
        say(told(evidence, violations))
    return int(wrong)


def main(arguments: list[str]) -> int:
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # those who call us are killed in the middle of it
    match arguments:
        case []:
            return run(points=True, histories=True)
        case ["points"]:
            return run(points=True, histories=False)
        case ["histories"]:
            return run(points=False, histories=True)
        case ["proof", *names]:
            return prove(names)
        case ["check", *paths] if paths:
            return check_again(paths)
    sys.stderr.write(f"{__doc__}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
