"""The rows: places that are taken at once, memory and CPU of each, beside the bare SDK's threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.installation import Installation, Probe, installation
from benchmarks.processes import taken
from benchmarks.results import Aim, Context, Row, Samples
from benchmarks.traffic import Arrival, arrivals, play, wait_until_answered

THINKING = 10.0  # seconds that the model takes
PATIENT = 90.0  # long enough for every place to be taken before the first is free again
PLACES = 384  # WORKER_THREADS of the one worker process
TENANTS = 8
ROUNDS = 2
FEW = 4
ANSWER = "There are two viewings today: the flat in Elm Street at ten, and the house by the lake at half past three."
GROUP = "Turns waiting at once in one worker process, for a model that takes 10 s"
PEER = "bare SDK, threads"
NOTE = (
    "The bare SDK's threads wait in the same way and hold nothing else: no history, no lease, no connection pool. CPU "
    "of a turn is all that the worker does for it: claim, context, request, stream, commit and send, and its share of "
    "sweeps and heartbeats."
)


@dataclass(frozen=True, kw_only=True)
class Round:
    """`waiting` calls were open at once; what each took."""

    waiting: int
    megabytes: float
    cpu_ms: float


def measure(context: Context) -> list[Row]:
    places = 48 if context.quick else PLACES
    with installation(context.directory, worker_threads=places) as built:
        people = built.ask_module(
            "benchmarks.people", "command", {"tenants": TENANTS, "people": places // TENANTS, "running": places}
        )
        built.anthropic.post("script", answers=[{"text": ANSWER, "times": "always"}])
        built.whatsapp.post("settings", pair_burst=1_000_000, number_per_second=1_000)
        worker = Worker(built, people)
        worker.some_write("warm-up", FEW)  # every import done, hardly a thread made: the process at rest
        request = {key: value for key, value in worker.last_request().items() if key != "stream"}
        with Probe(built, "benchmarks.waiting.peer", "worker") as peer:
            threads = Threads(built, peer, request)
            threads.all_at_once(FEW)
            pair = Pair(context, worker, threads, places)
            patient = [pair.round(2.0 if context.quick else PATIENT, "patient")]
            usual = [pair.round(THINKING, f"round {place}") for place in range(1 if context.quick else ROUNDS)]
        worker.operator.close()
    return rows(usual, patient, places)


@dataclass
class Pair:
    """The product and its peer, in turns."""

    context: Context
    worker: Worker
    threads: Threads
    places: int

    def round(self, thinking: float, name: str) -> tuple[Round, Round]:
        self.context.say(f"{self.places} turns, then as many bare calls, of {thinking:g} s each ...")
        built = self.worker.built
        built.anthropic.post("pace", delay=thinking)
        ours = observed(built, self.worker.pid, thinking, lambda: self.worker.some_write(name, self.places))
        theirs = observed(built, self.threads.pid, thinking, lambda: self.threads.all_at_once(self.places))
        return ours, theirs


class Worker:
    """The product's worker process."""

    def __init__(self, built: Installation, people: Sequence[Any]) -> None:
        self.built, self.people = built, people
        self.operator = built.connect("operator")
        self.written = 0
        process = built.children["worker"].process
        if process is None:
            raise RuntimeError("the worker has ended")
        self.pid = process.pid

    def some_write(self, name: str, people: int) -> None:
        """So many write at once, and get their answers."""
        planned = arrivals(self.people, 200.0, 1000.0, name)[:people]
        play(self.built.whatsapp.url, [Arrival(0.0, each.account, each.phone, each.text) for each in planned])
        self.written += people
        wait_until_answered(self.operator, self.written)

    def last_request(self) -> dict[str, Any]:
        calls = self.built.anthropic.calls(self.built.anthropic.end() - 1, "/v1/messages")
        body: dict[str, Any] = calls[-1]["body"]
        return body


class Threads:
    """The peer's process."""

    def __init__(self, built: Installation, peer: Probe, request: dict[str, Any]) -> None:
        self.built, self.peer, self.request = built, peer, request
        self.pid = peer.pid

    def all_at_once(self, calls: int) -> None:
        key = self.built.environment["ANTHROPIC_API_KEY"]
        self.peer.ask({"calls": calls, "request": self.request, "anthropic": self.built.anthropic.url, "key": key})


def observed(built: Installation, pid: int, thinking: float, act: Callable[[], None]) -> Round:
    """What the process takes while `act` runs: memory when most calls wait, CPU in all.

    A call waits at the model's double from when it came in for `thinking` seconds, by the double's journal.
    """
    since, before = built.anthropic.end(), taken(pid)
    acting = threading.Thread(target=act)
    acting.start()
    watched: list[tuple[float, float]] = []
    while acting.is_alive():
        watched.append((time.time(), taken(pid).megabytes))
        acting.join(0.25)
    after = taken(pid)
    came = [call["at"] for call in built.anthropic.calls(since, "/v1/messages")]
    waiting, megabytes = max((sum(now - thinking < at <= now for at in came), memory) for now, memory in watched)
    return Round(
        waiting=waiting,
        megabytes=(megabytes - before.megabytes) / max(waiting, 1),
        cpu_ms=1000 * (after.cpu_seconds - before.cpu_seconds) / len(came),
    )


def rows(usual: Sequence[tuple[Round, Round]], patient: Sequence[tuple[Round, Round]], places: int) -> list[Row]:
    return [
        Row(
            name=f"at once, of {places} places",
            measured="Calls that wait at the double at the same moment, when everybody writes at once.",
            unit="turns",
            aim=Aim(bound=250, least=True, of="value"),
            note=f"{NOTE} With few at once, it is the CPU of beginning and ending turns that limits them: the model's "
            f"{THINKING:g} s, over the CPU of a turn, is the most that one process (one interpreter lock) can hold.",
            **compared(usual, lambda each: float(each.waiting)),
        ),
        Row(
            name=f"at once, for a model of {PATIENT:g} s",
            measured="The same for a model that takes that long: what the process can hold, however many it begins a "
            "second.",
            unit="turns",
            aim=Aim(bound=250, least=True, of="value"),
            **compared(patient, lambda each: float(each.waiting)),
        ),
        Row(
            name="memory of a waiting turn",
            measured="The worker's memory (PSS) with the most turns waiting, less at rest, over their number: threads, "
            f"contexts, connections. For a model that takes {PATIENT:g} s, so that every place is taken.",
            unit="MB",
            aim=Aim(bound=0.5, least=False, of="value"),
            **compared(patient, lambda each: each.megabytes),
        ),
        Row(
            name="CPU of a turn",
            measured="The worker's CPU from the first message to the last send, over the number of turns.",
            unit="ms",
            **compared(usual, lambda each: each.cpu_ms),
        ),
    ]


def compared(rounds: Sequence[tuple[Round, Round]], of: Callable[[Round], float]) -> dict[str, Any]:
    return {
        "group": GROUP,
        "peer": PEER,
        "samples": Samples.of([of(ours) for ours, _ in rounds]),
        "peer_samples": Samples.of([of(theirs) for _, theirs in rounds]),
    }
