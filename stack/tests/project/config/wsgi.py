"""Stands in for the web process and the admin: ready once run.json is there."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    run_file = os.environ.get("RUN_FILE")
    waiting = environ["PATH_INFO"] == "/readyz" and not (run_file and Path(run_file).exists())
    start_response("503 Wait" if waiting else "200 OK", [("Content-Type", "text/plain")])
    return [os.environ["PROXYSTAFF_PROCESS"].encode()]
