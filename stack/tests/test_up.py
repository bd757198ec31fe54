"""`make up` over a stand-in project, with the real PostgreSQL, Valkey and granian: kills at every place."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from stack.parts import answers
from stack.process import free_port, wait_until, with_environment, working_in
from stack.watcher import MARK

STACK = Path(__file__).resolve().parents[1]
FOREIGN = (
    "DATABASE_",
    "REDIS_",
    "ANTHROPIC_",
    "WHATSAPP_",
    "TELEGRAM_",
    "TRANSCRIBER_",
    "PUBLIC_URL",
    "PORT",
    "DATA_DIR",
    "DJANGO_",
)


class Installation:
    """A project directory with the stack and stand-ins for the rest, and its data directory."""

    def __init__(self, root: Path) -> None:
        self.root, self.data = root, (root / "data").resolve()
        shutil.copytree(STACK / "tests" / "project", root)
        shutil.copytree(STACK, root / "stack", ignore=shutil.ignore_patterns("tests", "__pycache__"))
        shutil.copy(STACK.parent / ".env.example", root)
        for name in ("anthropic", "whatsapp", "telegram", "transcriber", "phone"):
            shutil.copy(root / "simulators" / "double.py", root / "simulators" / f"{name}.py")
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)}
        self.environment |= {"DATA_DIR": str(self.data), "PORT": str(free_port())}
        self.runs: list[subprocess.Popen[str]] = []

    def python(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        run = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self.root,
            env=self.environment | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.runs.append(run)
        return run

    def up(self, **variables: str) -> subprocess.Popen[str]:
        """Started, and waited for until run.json says that it is ready."""
        (self.data / "run.json").unlink(missing_ok=True)
        run = self.python("-m", "stack", "up", **variables)
        assert wait_until(lambda: (self.data / "run.json").exists() or run.poll() is not None, 60)
        if run.poll() is not None:
            pytest.fail(run.communicate()[0])
        assert wait_until(lambda: answers(f"{self.addresses['web']}/readyz", below=300), 20)
        return run

    @property
    def addresses(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads((self.data / "run.json").read_text())
        return value

    @property
    def shared(self) -> dict[str, str]:
        value: dict[str, str] = json.loads((self.data / "installation.json").read_text())["environment"]
        return value

    def pids(self) -> set[int]:
        """Everything that runs for this installation, however it came to run."""
        found = with_environment(MARK, str(self.data))
        found += working_in(self.data / "postgres", "postgres") + working_in(self.data / "valkey", "valkey-server")
        return {identity.pid for identity in found}

    def lasting(self) -> set[int]:
        """Without the processes that PostgreSQL starts for a connection or a task of its own, which come and go."""
        servers = {identity.pid for identity in working_in(self.data / "postgres", "postgres")}
        return {pid for pid in self.pids() if _parent(pid) not in servers | {None}}

    def at_rest(self) -> set[int]:
        """The lasting ones, once none of them is starting children of its own any more."""
        looks: list[set[int]] = []

        def same() -> bool:
            looks.append(self.lasting())
            return len(looks) > 5 and all(look == looks[-1] for look in looks[-6:])

        assert wait_until(same, 60, pause=0.4)
        return looks[-1]

    def named(self, *words: str) -> list[int]:
        return [pid for pid in self.pids() if all(word in _arguments(pid) for word in words)]

    def query(self, statement: str) -> Any:
        with psycopg.connect(self.shared["DATABASE_OWNER_URL"], connect_timeout=5) as connection:
            row = connection.execute(statement).fetchone()
        return row and row[0]

    def keep_a_row(self) -> None:
        with psycopg.connect(self.shared["DATABASE_OWNER_URL"]) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")

    def end(self) -> None:
        for run in self.runs:
            run.terminate()
            run.communicate(timeout=60)


def _arguments(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def _parent(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(tmp_path / "project")
    yield installation
    installation.end()
    assert wait_until(lambda: not installation.pids(), 30)


def test_it_starts_everything_once_and_stops_everything(installation: Installation) -> None:
    run = installation.up()
    assert set(installation.addresses) == {"web", "admin", "phone", "simulators"}
    assert set(installation.addresses["simulators"]) == {"anthropic", "whatsapp", "telegram", "transcriber"}
    assert installation.shared["TRANSCRIBER_BASE_URL"].endswith("/v1")
    commands = (installation.data / "commands.log").read_text().split()
    assert sorted(commands) == ["create_operator", "migrate", "onboard"]

    before = installation.at_rest()
    second = installation.python("-m", "stack", "up")
    output, _ = second.communicate(timeout=30)
    assert second.returncode == 0
    assert "runs already" in output
    assert installation.addresses["web"] in output
    assert installation.at_rest() == before

    run.send_signal(signal.SIGTERM)
    output, _ = run.communicate(timeout=40)
    assert run.returncode == 0
    assert "one-time password once" in output
    assert not installation.pids()
    assert not (installation.data / "run.json").exists()
    assert not (installation.data / "installation.json").exists()


@pytest.mark.parametrize(
    "words", [("granian", "webhooks-port"), ("celery", "worker"), ("celery", "beat"), ("whatsapp",)]
)
def test_a_killed_child_is_started_again(installation: Installation, words: tuple[str, ...]) -> None:
    installation.up()
    words = tuple(word.replace("webhooks-port", installation.environment["PORT"]) for word in words)
    killed = installation.named(*words)
    assert killed
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: any(pid not in killed for pid in installation.named(*words)), 20)
    assert wait_until(lambda: answers(f"{installation.addresses['web']}/readyz", below=300), 20)


def test_killed_servers_come_back_where_they_were(installation: Installation) -> None:
    installation.up()
    installation.keep_a_row()
    client = redis.Redis.from_url(installation.shared["REDIS_URL"])
    client.close()
    postmaster = int((installation.data / "postgres" / "postmaster.pid").read_text().split()[0])
    valkey = working_in(installation.data / "valkey", "valkey-server")[0].pid
    os.kill(postmaster, signal.SIGKILL)
    os.kill(valkey, signal.SIGKILL)

    def back() -> bool:
        try:
            return bool(installation.query("SELECT answer FROM kept") == 42 and client.ping())
        except (psycopg.OperationalError, redis.ConnectionError):
            return False

    assert wait_until(back, 40)
    client.close()


def test_a_start_after_a_kill_of_the_supervisor_or_of_all_of_it(installation: Installation) -> None:
    first = installation.up()
    installation.keep_a_row()
    first.kill()
    first.wait()
    old = installation.pids()
    second = installation.up()
    assert installation.query("SELECT answer FROM kept") == 42
    everything = installation.pids()
    assert not old & everything - set(_postgres(installation))  # its watcher may still be stopping PostgreSQL: not two

    second.kill()
    for pid in everything:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:  # it went with the one before
            continue
    second.wait()
    installation.up()
    assert installation.query("SELECT answer FROM kept") == 42
    assert len([p for p in _postgres(installation) if "postgres -D" in _arguments(p)]) == 1


def _postgres(installation: Installation) -> list[int]:
    return [identity.pid for identity in working_in(installation.data / "postgres", "postgres")]


def test_a_taken_port_is_named_with_the_way_out(installation: Installation) -> None:
    with socket.create_server(("127.0.0.1", int(installation.environment["PORT"]))):
        run = installation.python("-m", "stack", "up")
        output, _ = run.communicate(timeout=60)
    assert run.returncode == 1
    assert f"Port {installation.environment['PORT']}" in output
    assert "make up PORT=" in output


def test_a_command_that_fails_is_shown_and_nothing_stays(installation: Installation) -> None:
    (installation.root / "manage.py").write_text("raise SystemExit('the table is upside down')")
    run = installation.python("-m", "stack", "up")
    output, _ = run.communicate(timeout=60)
    assert run.returncode == 1
    assert "the table is upside down" in output
    assert not installation.pids()
    assert not (installation.data / "run.json").exists()


def test_services_with_credentials_get_no_double(installation: Installation) -> None:
    real = "http://127.0.0.1:9"
    installation.up(WHATSAPP_BASE_URL=real, TELEGRAM_BASE_URL=real, ANTHROPIC_API_KEY="sk-ant-real")
    assert installation.addresses["simulators"] == {}
    assert "phone" not in installation.addresses
    assert "onboard" not in (installation.data / "commands.log").read_text()
    assert installation.shared["ANTHROPIC_API_KEY"] == "sk-ant-real"
    assert "ANTHROPIC_BASE_URL" not in installation.shared


@pytest.mark.parametrize("reached", ["postgres", "postgres/postmaster.pid", "logs/web.log", "commands.log"])
def test_a_stop_in_the_middle_of_a_start_leaves_nothing(installation: Installation, reached: str) -> None:
    run = installation.python("-m", "stack", "up")
    assert wait_until((installation.data / reached).exists, 60, pause=0.005)
    run.send_signal(signal.SIGINT)
    output, _ = run.communicate(timeout=60)
    assert "Traceback" not in output
    assert run.returncode == 0
    assert not installation.pids()
    installation.up()
