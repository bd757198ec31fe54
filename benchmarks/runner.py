"""Runs the benchmarks that were asked for, one after the other, and keeps what they found."""

from __future__ import annotations

import argparse
import importlib
import shutil
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from benchmarks import machine, table
from benchmarks.results import Context, Measure, Row

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"

# Name on the command line, module with `measure(context) -> list[Row]`, what it is about.
BENCHMARKS: dict[str, tuple[str, str]] = {
    "ingest": ("benchmarks.ingest.measure", "webhook to stored message, beside bare handlers"),
    "latency": ("benchmarks.latency", "message to reply on the wire, with a model that answers at once"),
    "waiting": ("benchmarks.waiting", "turns that wait for the model at once in one worker process"),
    "assembly": ("benchmarks.assembly", "the context of a turn, read from tables with a million messages"),
    "search": ("benchmarks.search", "a question in a full sentence, asked where a million messages are"),
    "schedules": ("benchmarks.schedules", "10,000 tasks due at once among a million; lateness; nothing due"),
    "isolation_cost": ("benchmarks.isolation_cost", "row-level security on and off"),
    "sandbox": ("benchmarks.sandbox", "a tenant's tool in the sandbox, beside the bare interpreter"),
    "cache_cost": ("benchmarks.cache_cost", "what a conversation of 40 turns costs over the ideal prompt cache"),
}


def main(arguments: Sequence[str]) -> int:
    """0 where every benchmark ran, whatever it found: an aim that is missed is a finding, not a failure."""
    asked = parse(arguments)
    started = time.time()
    rows: list[Row] = []
    failed: list[str] = []
    for name in asked.rows:
        say(f"{name}: {BENCHMARKS[name][1]} ...")
        try:
            rows += run(name, quick=asked.quick)
        except Exception:  # noqa: BLE001 - one benchmark that cannot run must not cost the figures of the others
            failed.append(name)
            sys.stderr.write(traceback.format_exc())
    facts = machine.facts(ROOT)
    path = table.keep(RESULTS, started, facts, rows, failed, quick=asked.quick)
    sys.stdout.write(table.render(facts, rows, failed, quick=asked.quick))
    say(f"Kept in {path.relative_to(ROOT)}")
    return 1 if failed else 0


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    listed = "\n".join(f"  {name:<15} {about}" for name, (_, about) in BENCHMARKS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measures the product beside its peers, in one run on this machine.",
        epilog=f"rows:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("rows", nargs="*", metavar="ROW", help="all of them where none is named")
    parser.add_argument(
        "--quick", action="store_true", help="few samples: tries the machinery, its figures mean nothing"
    )
    asked = parser.parse_args(arguments)
    if unknown := [name for name in asked.rows if name not in BENCHMARKS]:
        parser.error(f"no such row: {', '.join(unknown)}. There are: {', '.join(BENCHMARKS)}")
    asked.rows = asked.rows or list(BENCHMARKS)
    return asked


def run(name: str, *, quick: bool) -> list[Row]:
    """One benchmark in a directory of its own, on the project's disk: a memory disk would make every commit free."""
    measure: Measure = importlib.import_module(BENCHMARKS[name][0]).measure
    directory = ROOT / ".data" / "bench" / "runs" / name
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(mode=0o700, parents=True)
    try:
        return measure(Context(directory=directory, quick=quick, say=lambda text: say(f"  {text}")))
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
