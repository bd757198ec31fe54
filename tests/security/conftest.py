"""The web as people reach it: granian on a real socket, over the tests' own database."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from stack import parts
from stack.process import free_port
from tests.house import wait_for

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Web:
    port: int

    def send(self, *pieces: bytes, seconds: float = 20.0) -> bytes:
        """Write the bytes as they are; answers what comes back until the other side closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            for piece in pieces:
                connection.sendall(piece)
            return b"".join(iter(lambda: connection.recv(65536), b""))


def healthy(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=2).ok
    except requests.RequestException:
        return False


@pytest.fixture(scope="module")
def web(migrated_database: None) -> Iterator[Web]:
    port = free_port()
    part = parts.web("127.0.0.1", port, Path())
    environment = {**os.environ, **part.environment, "RUN_FILE": ""}
    process = subprocess.Popen(part.argv, cwd=ROOT, env=environment)
    try:
        wait_for(lambda: healthy(port), 60)
        yield Web(port)
    finally:
        process.terminate()
        process.wait(timeout=20)
