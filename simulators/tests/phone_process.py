"""The phone as it runs in the product: a process of its own, started from the command line."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

PATIENCE = 20.0  # seconds a test waits for a condition before it fails


@dataclass
class PhoneProcess:
    url: str
    process: subprocess.Popen[str]


def start_phone(*flags: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "simulators.phone", "--port", "0", *flags]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@contextlib.contextmanager
def running_phone(*flags: str) -> Iterator[PhoneProcess]:
    with start_phone(*flags) as process:
        assert process.stdout is not None
        try:
            ready = process.stdout.readline()
            assert ready.startswith("ready http://127.0.0.1:"), ready
            yield PhoneProcess(ready.split()[1], process)
        finally:
            process.terminate()
            process.wait(PATIENCE)


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Return once the condition holds; fails the test, saying what was missing, if it never does."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.02)
