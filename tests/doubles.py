"""The three doubles as processes of their own, reached over loopback like the services they stand for."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Double:
    url: str
    process: subprocess.Popen[str]

    @classmethod
    def start(cls, name: str) -> Double:
        command = [sys.executable, "-m", f"simulators.{name}", "--host", "127.0.0.1", "--port", "0"]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        assert line.startswith("ready "), f"{name} did not start: {line!r}"
        return cls(line.removeprefix("ready "), process)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def post(self, path: str, **body: Any) -> Any:
        response = requests.post(f"{self.url}/_sim/{path}", json=body, timeout=10)
        assert response.ok, response.text
        return response.json()

    def calls(self, method: str = "POST", containing: str = "") -> list[dict[str, Any]]:
        """What was called, in order."""
        journal = requests.get(f"{self.url}/_sim/journal", timeout=10).json()["calls"]
        return [call for call in journal if call["method"] == method and containing in call["path"]]
