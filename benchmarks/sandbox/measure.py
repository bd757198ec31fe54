"""The rows: an empty tool in the sandbox beside an interpreter that starts and ends; one by one, and 20 at once."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from statistics import median

from benchmarks.results import Aim, Context, Row, Samples
from tooling.sandbox.interpreter import interpreter
from tooling.sandbox.runner import run
from tooling.sandbox.types import Script

AT_ONCE = 20
SLICES, EACH = 15, 10
GROUP = "Sandbox for tenants' tools"
PEER = "python -I -S -c pass"
ONE = "From the call to the result of a tool that returns its argument, with all layers of the sandbox, started anew."
MANY = f"From the first call to the last result of {AT_ONCE} such tools in {AT_ONCE} threads of one process."
NOTE = "The peer starts the same interpreter without a sandbox, runs nothing and ends."

SCRIPT = Script(
    source="def run(args, context):\n    return args['n']\n",
    args={"n": 1},
    now=datetime(2026, 1, 1, tzinfo=UTC),
)
BARE = [str(interpreter().executable), "-I", "-S", "-c", "pass"]


def sandboxed() -> None:
    ended = run(SCRIPT)
    if ended.result != 1:
        raise RuntimeError(f"the sandbox did not run the tool: {ended}")


def bare() -> None:
    subprocess.run(BARE, check=True, env={}, stdin=subprocess.DEVNULL)


def measure(context: Context) -> list[Row]:
    slices = 2 if context.quick else SLICES
    sandboxed()  # the probe, and what is found out once
    context.say("one after another ...")
    one = [(median(each_of(sandboxed)), median(each_of(bare))) for _ in range(slices)]
    context.say(f"{AT_ONCE} at once ...")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        many = [(at_once(pool, sandboxed), at_once(pool, bare)) for _ in range(slices)]
    return [
        row("start to result", ONE, one, Aim(bound=2.0, least=False)),
        row(f"{AT_ONCE} at once", MANY, many, None),
    ]


def each_of(act: Callable[[], None]) -> Iterator[float]:
    """Milliseconds."""
    for _ in range(EACH):
        began = time.perf_counter()
        act()
        yield (time.perf_counter() - began) * 1000


def at_once(pool: ThreadPoolExecutor, act: Callable[[], None]) -> float:
    """Milliseconds until all have ended."""
    began = time.perf_counter()
    for ended in [pool.submit(act) for _ in range(AT_ONCE)]:
        ended.result()
    return (time.perf_counter() - began) * 1000


def row(name: str, measured: str, pairs: list[tuple[float, float]], aim: Aim | None) -> Row:
    return Row(
        group=GROUP,
        name=name,
        measured=measured,
        unit="ms",
        samples=Samples.of([ours for ours, _ in pairs]),
        peer=PEER,
        peer_samples=Samples.of([theirs for _, theirs in pairs]),
        aim=aim,
        note=NOTE,
    )
