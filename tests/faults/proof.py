"""The proof of the checker: each bug, brought into the running product, is caught; without one, nothing is found."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, Queue

from tests.faults.bugs import BUGS
from tests.faults.histories import run_history
from tests.faults.installation import Installation, Servers, Size
from tests.faults.keeping import keep
from tests.faults.plan import chats_of
from tests.faults.traffic import Poster

MOST_HISTORIES = 5
MESSAGES = 48
LANES = 2  # installations at a time: one waits while the other works
CHATS = max(MOST_HISTORIES, len(BUGS)) * chats_of(MESSAGES)
QUIET_LIMIT = 61.0  # seconds: a little more than the promise


@dataclass(frozen=True)
class Caught:
    bug: str  # "": the healthy product
    rules: tuple[str, ...]  # that found something, those that were expected first; (): not caught
    histories: int
    seconds: float
    example: str = ""

    @property
    def as_it_should(self) -> bool:
        return bool(self.rules) == bool(self.bug)


def prove(seed: int, names: list[str], say: Callable[[str], None]) -> list[Caught]:
    """The healthy product over the first history of every bug, and each of the named bugs until it is caught."""
    waiting: Queue[str] = Queue()
    for name in ["", *names]:
        waiting.put(name)
    found: list[Caught] = []
    failures: list[BaseException] = []

    def lane() -> None:
        try:
            servers = Servers()
            try:
                while not failures:
                    found.append(_prove_one(servers, seed, waiting.get_nowait(), say))
            except Empty:
                return
            finally:
                servers.stop()
        except BaseException as error:
            failures.append(error)
            raise

    lanes = [threading.Thread(target=lane, name=f"lane-{number}") for number in range(LANES)]
    for each in lanes:
        each.start()
    for each in lanes:
        each.join()
    if failures:
        raise failures[0]
    order = ["", *names]
    return sorted(found, key=lambda row: order.index(row.bug))


def _prove_one(servers: Servers, seed: int, name: str, say: Callable[[str], None]) -> Caught:
    began = time.monotonic()
    installation = Installation(servers, Size(workers=2, beats=0), chats=CHATS, bug=name)
    try:
        installation.start()
        poster = Poster(installation.door, installation.accounts, installation.background.loop)
        caught = _healthy(installation, poster, seed) if not name else _until_caught(installation, poster, seed, name)
    finally:
        installation.stop()
    row = Caught(name, *caught[:2], time.monotonic() - began, caught[2])
    say(f"  {name or 'healthy product'}: {', '.join(row.rules) or 'nothing found'} ({row.seconds:.0f} s)")
    return row


def _until_caught(installation: Installation, poster: Poster, seed: int, name: str) -> tuple[tuple[str, ...], int, str]:
    bug = BUGS[name]
    for number in range(MOST_HISTORIES):
        judged, _ = run_history(
            installation,
            poster,
            seed=seed + number,
            messages=MESSAGES,
            first_chat=1 + number * chats_of(MESSAGES),
            only=bug.needs,
            limit=QUIET_LIMIT,
        )
        found = list(dict.fromkeys(violation.rule for violation in judged.violations))
        if bug.rules & set(found):
            ordered = sorted(found, key=lambda rule: rule not in bug.rules)
            example = next(str(each) for each in judged.violations if each.rule in bug.rules)
            return tuple(ordered), number + 1, example
    return (), MOST_HISTORIES, ""


def _healthy(installation: Installation, poster: Poster, seed: int) -> tuple[tuple[str, ...], int, str]:
    """The histories in which the bugs are looked for, over the product as it is."""
    rules: dict[str, None] = {}
    example = ""
    for number, bug in enumerate(BUGS.values()):
        judged, plan = run_history(
            installation,
            poster,
            seed=seed,
            messages=MESSAGES,
            first_chat=1 + number * chats_of(MESSAGES),
            only=bug.needs,
            limit=QUIET_LIMIT,
        )
        rules |= dict.fromkeys(violation.rule for violation in judged.violations)
        if judged.violations:
            example = f"{judged.violations[0]} ({keep(judged.evidence, judged.violations, installation, plan)})"
    return tuple(rules), len(BUGS), example


def table(rows: list[Caught]) -> str:
    lines = [f"{'bug':24} {'caught by':34} {'in history':>10} {'after':>7}"]
    for row in rows:
        verdict = ", ".join(row.rules) if row.rules else ("clean" if not row.bug else "NOT CAUGHT")
        lines.append(f"{row.bug or 'none: healthy':24} {verdict:34} {row.histories:10} {row.seconds:5.0f} s")
    return "\n".join(lines)
