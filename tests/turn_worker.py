"""A worker process without a broker: `python -m tests.turn_worker` sweeps until a line or the end comes in."""

from __future__ import annotations

import sys

import django

django.setup()

from messaging.worker import worker  # noqa: E402 - after the settings

if __name__ == "__main__":
    worker.start()
    sys.stdin.readline()
    worker.stop_and_leave()
