"""Every named crash point, with every action: armed, reached on purpose, and left behind to recover by itself."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from stack.process import spawn, wait_until
from stack.settings import ROOT
from stack.watcher import MARK
from tenants_app.faults import POINTS
from tests.faults import cast
from tests.faults.doubles import BELL, SLOW
from tests.faults.evidence import Fired, Posted
from tests.faults.installation import MASTER_KEYS, Installation
from tests.faults.tokens import Token
from tests.faults.traffic import Letter, Poster

ACTIONS = ("kill", "pause", "cut")
HEALTHY_WORKERS = 3  # before the next is harmed
TRY_SECONDS = 10.0  # in which a point must be reached after what provokes it; then it is provoked once more
HEALTH_SECONDS = 90.0
COMMAND_SECONDS = 60.0


@dataclass(frozen=True)
class Case:
    point: str
    kind: str  # of the process
    action: str

    def __str__(self) -> str:
        return f"{self.point} × {self.action} in a {self.kind}"


@dataclass
class Done:
    """What became of a case. `tokens` are of the messages that led to it."""

    case: Case
    fired: Fired | None = None
    tokens: list[str] = field(default_factory=list)


def cases() -> list[Case]:
    """All there are, or those of the points that POINTS names."""
    named = os.environ.get("POINTS", "").split()
    points = {point: kinds for point, (kinds, _) in POINTS.items() if not named or point in named}
    return [Case(point, kind, action) for point, kinds in points.items() for kind in kinds for action in ACTIONS]


class Points:
    def __init__(self, installation: Installation, poster: Poster) -> None:
        self.installation, self.poster = installation, poster
        self.done: list[Done] = []
        self.problems: list[str] = []  # what commands that were interrupted left undone for good
        self._places = self._next_places()

    @property
    def missed(self) -> list[Case]:
        return [done.case for done in self.done if done.fired is None]

    def run(self) -> None:
        """All cases; those of commands beside the others. Raises RuntimeError where a process does not come back."""
        wanted = cases()
        of_commands = [case for case in wanted if case.kind == "command"]
        commands = threading.Thread(target=self._command_cases, args=[of_commands])
        commands.start()
        for case in wanted:
            if case.kind != "command":
                self._await_health(case)
                self.done.append(self._run(case))
        commands.join()

    def _run(self, case: Case) -> Done:
        done = Done(case)
        provoke = PROVOKE.get((case.point, case.kind), PROVOKE.get((case.point, ""), Points._message))
        self.installation.arm(case.point, case.action, case.kind)
        for _ in range(2):
            provoke(self, done)
            if wait_until(lambda: self._fired(done), TRY_SECONDS, pause=0.02):
                break
        self.installation.disarm(case.point)
        return done

    def _fired(self, done: Done) -> bool:
        known = {id(other.fired) for other in self.done}
        wanted = done.case
        for fired in self.installation.supervisor.fired[::-1]:
            if (fired.point, fired.process, fired.action) == (wanted.point, wanted.kind, wanted.action):
                if id(fired) not in known:
                    done.fired = fired
                break
        return done.fired is not None

    def _await_health(self, case: Case) -> None:
        """Others can do its work while the next process is harmed."""
        installation = self.installation
        if case.kind == "web":
            healthy = wait_until(lambda: installation.webs_up() == installation.size.webs, HEALTH_SECONDS, pause=0.1)
        else:
            healthy = wait_until(lambda: installation.workers_up() >= HEALTHY_WORKERS, HEALTH_SECONDS, pause=0.1)
        if not healthy:
            raise RuntimeError(f"Before {case}, the {case.kind} processes did not come back in {HEALTH_SECONDS:.0f} s.")

    # What leads to a point

    def _next_places(self) -> Iterator[Token]:
        """A chat of its own for each case, so that none waits for another's."""
        for chat in itertools.count(1):
            for channel in cast.CHANNELS:
                for tenant in cast.TENANTS:
                    yield Token(tenant, channel, chat, 1)

    def _place(self, channel: str = "") -> Token:
        return next(place for place in self._places if not channel or place.channel == channel)

    def _post(self, done: Done, words: str, token: Token | None = None) -> Token:
        token = token or self._place()
        done.tokens.append(str(token))
        self.poster.post(Letter(token, f"{token} {words}"))
        return token

    def _message(self, done: Done) -> None:
        self._post(done, "hello")

    def _status(self, done: Done) -> None:
        self._post(done, "hello", self._place("whatsapp"))

    def _garbage(self, done: Done) -> None:
        self.poster.post_garbage(self._place(), "unknown")

    def _picture(self, done: Done) -> None:
        token = self._place("whatsapp")
        done.tokens.append(str(token))
        picture = self.installation.doubles.pictures[token.tenant]
        self.poster.post(Letter(token, f"{token} look", picture=picture))

    def _bell(self, done: Done) -> None:
        self._post(done, BELL)

    def _slow(self, done: Done) -> None:
        self._post(done, SLOW)

    def _claude_fails(self, done: Done) -> None:
        token = self._place()
        self.installation.journal.inject("claude overloaded", str(token), ("claude",))
        match = {"last_user_contains": str(token)}
        self.installation.doubles.fault("anthropic", {"kind": "overloaded", "match": match})
        self._post(done, "hello", token)

    def _more_meanwhile(self, done: Done) -> None:
        """A message that comes while a turn runs: the turn's worker publishes the hint for it."""
        token = self._post(done, SLOW)
        self._await_holder(token)
        self._post(done, "and more", Token(token.tenant, token.channel, token.chat, 2))

    def _end_its_worker(self, done: Done) -> None:
        """A worker that is asked to end while it waits for Claude gives its leases back."""
        pid = self._await_holder(self._post(done, SLOW))
        if pid is not None and self.installation.supervisor.by_pid(pid) is not None:  # the row may name a dead one
            self.installation.journal.inject("terminate worker", str(pid), ("worker",))
            self.installation.supervisor.signal(pid, signal.SIGTERM)

    def _await_holder(self, token: Token) -> int | None:
        """The process that carries the conversation's turn; None where it was quicker than we look."""
        address = cast.address(token.tenant, token.channel, token.chat)
        found: list[int] = []

        def held() -> bool:
            holder = self.installation.database.holder(address)
            found.extend([holder] if holder else [])
            return bool(found)

        wait_until(held, TRY_SECONDS / 2, pause=0.02)
        return found[-1] if found else None

    def _reminder(self, done: Done) -> None:
        self._scheduled(done, "reminder")

    def _task(self, done: Done) -> None:
        self._scheduled(done, "task")

    def _scheduled(self, done: Done, kind: str) -> None:
        """Due now, for somebody who has written before; what it says must come as an answer to a message must."""
        before = self._post(done, "hello")
        address = cast.address(before.tenant, before.channel, before.chat)
        if not wait_until(lambda: self.installation.database.is_answered(address), HEALTH_SECONDS, pause=0.1):
            raise RuntimeError(f"{before} was not answered before {done.case}.")
        token, at = Token(before.tenant, before.channel, before.chat, 2), time.time()
        done.tokens.append(str(token))
        self.installation.database.schedule(address, kind, f"{token} hello")
        self.installation.journal.posted.append(
            Posted(
                at=at,
                answered_at=time.time(),
                status=200,
                tenant=token.tenant,
                kind="message",
                channel=token.channel,
                chat=token.chat,
                tokens=(str(token),),
                key=f"{kind} {token}",
            )
        )

    # Commands

    def _command_cases(self, wanted: list[Case]) -> None:
        self._rotate([case for case in wanted if not case.point.startswith(ERASURE)])
        self._erase([case for case in wanted if case.point.startswith(ERASURE)])

    def _erase(self, wanted: list[Case]) -> None:
        """For each case somebody else is erased; a second command finishes what the first one could not."""
        for number, case in enumerate(wanted):
            command = [*ERASE, "--contact", str(cast.leaver(number))]
            self._interrupted(case, command, MASTER_KEYS)
            again = subprocess.run(
                command,
                cwd=ROOT,
                env=self.installation.command_environment(",".join(MASTER_KEYS)),
                capture_output=True,
                text=True,
                check=False,
            )
            if again.returncode and ERASED_ALREADY not in again.stderr:
                self.problems.append(f"after {case} a person cannot be erased: {again.stderr.strip()[-300:]}")

    def _interrupted(self, case: Case, command: Sequence[str], master_keys: Sequence[str]) -> None:
        done = Done(case)
        self.installation.arm(case.point, case.action, case.kind)
        process = self._start_command(command, ",".join(master_keys))
        wait_until(lambda: process.poll() is not None, COMMAND_SECONDS, pause=0.05)
        process.kill()
        process.wait()
        wait_until(lambda: self._fired(done), 1.0)
        self.installation.disarm(case.point)
        self.done.append(done)

    def _rotate(self, wanted: list[Case]) -> None:
        """One command for each case, each with a newer master key, and one at the end that must open everything."""
        for number, case in enumerate(wanted, start=2):
            self._interrupted(case, [*COMMAND, "--json"], MASTER_KEYS[:number])
        answer = self._command(",".join(MASTER_KEYS))
        self.problems += [
            f"does not open after the rotations of keys: {each['name']} of {each['tenant']}"
            for each in answer["unreadable"]
        ]

    def _start_command(self, command: Sequence[str], master_keys: str) -> subprocess.Popen[bytes]:
        environment = {
            **self.installation.command_environment(master_keys),
            MARK: str(self.installation.servers.directory),
        }
        log = self.installation.directory / "logs" / "command.log"
        return spawn([*command], log=log, env=environment, cwd=ROOT)

    def _command(self, master_keys: str) -> dict[str, list[dict[str, str]]]:
        environment = self.installation.command_environment(master_keys)
        done = subprocess.run(
            [*COMMAND, "--json"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        answer: dict[str, list[dict[str, str]]] = json.loads(done.stdout)
        return answer


COMMAND = (sys.executable, str(ROOT / "manage.py"), "rotate_keys", "--data-keys")
ERASURE = "erasure_"  # its points' names begin so
ERASE = (sys.executable, str(ROOT / "manage.py"), "erase_contact", "--tenant", f"tenant-{cast.LEAVING}", "--yes")
ERASED_ALREADY = "is erased already"
# By point and kind of process; a point that is not named is reached by any message.
PROVOKE: dict[tuple[str, str], Callable[[Points, Done], None]] = {
    ("in_status", ""): Points._status,
    ("in_dead_letter", ""): Points._garbage,
    ("in_record", ""): Points._bell,  # a last word is written with the turn's end
    ("after_record", ""): Points._bell,
    ("before_tool", ""): Points._bell,
    ("after_tool", ""): Points._bell,
    ("after_fetch", ""): Points._picture,
    ("in_keep", ""): Points._picture,
    ("in_put_off", ""): Points._claude_fails,
    ("in_renew", ""): Points._slow,
    ("before_publish", "worker"): Points._more_meanwhile,
    ("in_give_back", ""): Points._end_its_worker,
    ("in_tick", ""): Points._reminder,
    ("after_tick", ""): Points._task,
    ("in_occurrence_claim", ""): Points._reminder,
    ("after_occurrence_claim", ""): Points._task,
    ("in_occurrence", ""): Points._reminder,
    ("after_occurrence", ""): Points._reminder,
    ("in_occurrence_settle", ""): Points._task,
}


def resumed(done: list[Done], replied_at: dict[str, float]) -> list[float]:
    """Seconds from each kill to the reply of the message that led to it, where the reply came after it."""
    killed = [row for row in done if row.fired is not None and row.case.action == "kill"]
    waits = [
        replied_at[token] - row.fired.at for row in killed if row.fired for token in row.tokens if token in replied_at
    ]
    return [wait for wait in waits if wait > 0]
