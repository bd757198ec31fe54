"""Celery tasks of the tools."""

from __future__ import annotations

import threading
from typing import Any

from celery.signals import worker_init


@worker_init.connect
def look_at_sandbox(**_: Any) -> None:
    """Beside the start, which it takes no time from: so the first script finds it done."""
    from tooling import readiness  # beat only reads the tasks' names

    threading.Thread(target=readiness.look, name="sandbox", daemon=True).start()
