"""Commands and their installation: one that runs, one of their own for their length, or a server elsewhere."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.process import wait_until, working_in
from stack.tests.test_up import Installation

COMMAND = """
import os, sys
from stack.environment import attach
with attach(["manage.py", *sys.argv[1:]], os.environ):
    if os.environ.get("DATABASE_OPERATOR_URL", "").startswith("postgres://proxystaff_operator"):
        import psycopg
        with psycopg.connect(os.environ["DATABASE_OPERATOR_URL"]) as connection:
            print("connected to", connection.info.port, flush=True)
    if "TELEGRAM_BASE_URL" in os.environ:
        import urllib.request
        with urllib.request.urlopen(os.environ["TELEGRAM_BASE_URL"]) as answer:
            print("telegram", answer.status, flush=True)
    print("redis", os.environ.get("REDIS_URL"), flush=True)
    print("secret", bool(os.environ.get("SECRET_KEY")), flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(tmp_path / "project")
    yield installation
    installation.end()
    assert wait_until(lambda: not installation.pids(), 30)


def command(
    installation: Installation, *arguments: str, wait: bool = True, **variables: str
) -> tuple[subprocess.Popen[str], str, str]:
    run = subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments],
        cwd=installation.root,
        env=installation.environment | variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    installation.runs.append(run)
    if not wait:
        return run, "", ""
    output, errors = run.communicate(timeout=60)
    return run, output, errors


def migrations(installation: Installation) -> int:
    return (installation.data / "commands.log").read_text().split().count("migrate")


def test_a_command_has_a_database_of_its_own_length(installation: Installation) -> None:
    run, output, errors = command(installation, "shell")
    assert run.returncode == 0, errors
    assert "connected to" in output
    assert "redis redis://127.0.0.1:1/0" in output  # never some other program's
    assert "Creating the database" in errors
    assert not installation.pids()

    _, output, errors = command(installation, "shell")
    assert "connected to" in output
    assert not errors
    assert migrations(installation) == 1

    (installation.root / "app" / "migrations").mkdir(parents=True)
    (installation.root / "app" / "migrations" / "0001_initial.py").write_text("")
    command(installation, "shell")
    assert migrations(installation) == 2


def test_commands_at_once_share_one_database(installation: Installation) -> None:
    long = [command(installation, "shell", wait=False)[0] for _ in range(2)]
    lines = {run.stdout.readline() for run in long if run.stdout}
    assert len(lines) == 1
    assert lines.pop().startswith("connected to")
    assert migrations(installation) == 1
    long[0].communicate(timeout=60)
    assert installation.pids()
    long[1].communicate(timeout=60)
    assert not installation.pids()


def test_nothing_is_left_of_a_killed_command(installation: Installation) -> None:
    run, _, _ = command(installation, "shell", wait=False)
    assert run.stdout
    run.stdout.readline()
    assert installation.pids()
    run.kill()
    run.communicate()
    assert wait_until(lambda: not installation.pids(), 30)


def test_a_command_finds_the_installation_that_runs(installation: Installation) -> None:
    installation.up()
    _, output, errors = command(installation, "shell")
    assert f"redis {installation.shared['REDIS_URL']}" in output, errors
    assert "connected to" in output
    assert len(working_in(installation.data / "valkey", "valkey-server")) == 1


def test_make_up_takes_over_the_database_of_a_command(installation: Installation) -> None:
    run, _, _ = command(installation, "shell", wait=False)
    assert run.stdout
    port = run.stdout.readline().split()[-1]
    installation.up()
    assert f":{port}/" in installation.shared["DATABASE_URL"]
    run.communicate(timeout=60)
    assert installation.query("SELECT 1") == 1


def test_a_command_without_database_starts_none(installation: Installation) -> None:
    _, output, errors = command(installation, "check")
    assert "secret True" in output, errors
    assert not installation.data.exists()


def test_a_command_that_calls_services_has_their_doubles(installation: Installation) -> None:
    run, output, errors = command(installation, "onboard")
    assert run.returncode == 0, errors
    assert "telegram 200" in output
    assert not installation.pids()


def test_a_database_without_its_siblings_is_refused(installation: Installation) -> None:
    run, _, errors = command(installation, "shell", DATABASE_URL="postgres://app:x@127.0.0.1:1/x")
    assert run.returncode == 1
    assert "DATABASE_OPERATOR_URL and DATABASE_OWNER_URL" in errors
    assert "Traceback" not in errors
