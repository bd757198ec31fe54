"""A whole installation for a measurement: durable PostgreSQL and Valkey as under `make up`, doubles, web, workers.

The processes are the product's own, started as the supervisor starts them; the model and the messenger are doubles.
Whoever measures stays outside: it acts through the doubles and reads the journals and, as the operator, the tables.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self

import psycopg
import requests

from stack import StackError, parts
from stack.bootstrap import bootstrap, plan_from_urls
from stack.children import Child, wait_ready
from stack.embedded import migrate
from stack.postgres import Postgres
from stack.process import free_port
from stack.settings import ROOT, Secrets, base_environment, database_urls, double_urls
from stack.state import Lock
from stack.supervisor import raise_file_limit
from stack.valkey import Valkey
from stack.watcher import MARK, USERS, watch

SCREEN = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")  # nothing of a developer's own installation
DOUBLES = ("anthropic", "whatsapp")
DATABASE = "proxystaff"
DJANGO = {"DJANGO_SETTINGS_MODULE": "config.settings"}


@dataclass
class Double:
    """A double's control API."""

    url: str

    def post(self, path: str, **body: Any) -> Any:
        answer = requests.post(f"{self.url}/_sim/{path}", json=body, timeout=60)
        if not answer.ok:
            raise RuntimeError(f"{path}: {answer.text[:300]}")
        return answer.json()

    def end(self) -> int:
        """A place in the journal: what comes after it is new."""
        return int(self._journal(since=10**9)["next"])

    def calls(self, since: int, containing: str) -> list[dict[str, Any]]:
        """The calls after that place, in order."""
        return [call for call in self._journal(since)["calls"] if containing in call["path"]]

    def _journal(self, since: int) -> Any:
        return requests.get(f"{self.url}/_sim/journal", params={"since": since}, timeout=120).json()


# No turn waits for money here, and no message for the services' limits, which the doubles do not keep either.
UNLIMITED = {"DEFAULT_DAY_BUDGET": "1000000", "DEFAULT_MONTH_BUDGET": "1000000", "SENDING_SPEED": "1000"}


@dataclass
class Installation:
    """What runs, and how it is reached."""

    directory: Path
    environment: dict[str, str]
    postgres: Postgres
    valkey: Valkey
    doubles: dict[str, Double] = field(default_factory=dict)
    children: dict[str, Child] = field(default_factory=dict)

    @property
    def anthropic(self) -> Double:
        return self.doubles["anthropic"]

    @property
    def whatsapp(self) -> Double:
        return self.doubles["whatsapp"]

    def start(self, part: parts.Part, **more: str) -> Child:
        child = Child(part, self.environment | UNLIMITED | more, self.directory)
        child.start()
        self.children[part.name] = child
        return child

    def start_worker(self, threads: int) -> Child:
        """A worker is there when it has written its first beat."""
        child = self.start(parts.worker(str(threads)), WORKER_THREADS=str(threads))
        until = time.monotonic() + 180
        with self.connect("operator") as connection:
            while not connection.execute("SELECT 1 FROM messaging_workerbeat").fetchone():
                if time.monotonic() > until or child.ended() is not None:
                    raise StackError(f"The worker did not start: {child.log.read_text()[-2000:]}")
                time.sleep(0.1)
        return child

    def connect(self, role: str, database: str | None = None) -> psycopg.Connection[Any]:
        """Straight to PostgreSQL as `operator`, `owner`, `app` or `admin`."""
        name = "DATABASE_URL" if role == "app" else f"DATABASE_{role.upper()}_URL"
        return psycopg.connect(self.environment[name], dbname=database or DATABASE, autocommit=True)

    def ask_module(self, module: str, process: str, request: Mapping[str, Any]) -> Any:
        """Run `python -m MODULE` inside the product (JSON in, JSON out) as that kind of process."""
        with Probe(self, module, process) as probe:
            return probe.ask(request)


class Probe:
    """A process with the product's code and settings that answers requests, one line of JSON each."""

    def __init__(self, installation: Installation, module: str, process: str, **more: str) -> None:
        self._log: IO[str] = (installation.directory / "logs" / f"{module}.log").open("a")
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT,
            env=installation.environment | {"PROXYSTAFF_PROCESS": process, MARK: str(installation.directory)} | more,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, request: Mapping[str, Any]) -> Any:
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("started without pipes")
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args!r} ended: see below\n{Path(self._log.name).read_text()[-3000:]}")
        return json.loads(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=60)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._log.close()


@contextmanager
def database(directory: Path) -> Iterator[Installation]:
    """PostgreSQL with the product's tables, and Valkey; they end with this process, however it ends."""
    (directory / "logs").mkdir(exist_ok=True)
    lock = Lock(directory / USERS)
    lock.acquire(shared=True)
    watcher = watch(directory)
    kept = Secrets.draw()
    postgres = Postgres(directory / "postgres", kept["postgres_password"], directory / "logs" / "postgres.log")
    valkey = Valkey(directory / "valkey", kept["redis_password"], directory / "logs" / "valkey.log")
    try:
        postgres.start()
        valkey.start()
        environment = environment_of(directory, kept, postgres, valkey)
        urls = database_urls(kept, postgres.port)
        plan = plan_from_urls(urls["DATABASE_OWNER_URL"], urls["DATABASE_URL"], urls["DATABASE_OPERATOR_URL"])
        bootstrap(postgres.admin_url, plan)
        migrate(environment, directory)
        yield Installation(directory, environment, postgres, valkey)
    finally:
        lock.release()
        watcher.wait(timeout=60)
        for server in (postgres, valkey):
            server.alive()  # reaps the child


def environment_of(directory: Path, kept: Secrets, postgres: Postgres, valkey: Valkey) -> dict[str, str]:
    own = {name: os.environ[name] for name in SCREEN if name in os.environ}
    port = str(free_port())
    base = base_environment({"PORT": port, "DATA_DIR": str(directory)}, kept)
    urls = database_urls(kept, postgres.port)
    return own | base | urls | {"DATABASE_ADMIN_URL": postgres.admin_url, "REDIS_URL": valkey.url} | DJANGO


@contextmanager
def installation(directory: Path, *, worker_threads: int = 100) -> Iterator[Installation]:
    """Everything that a message passes through: database, doubles, web process, one worker process."""
    raise_file_limit()
    with ExitStack() as at_end:
        built = at_end.enter_context(database(directory))
        ports = {name: free_port() for name in DOUBLES}
        built.environment |= double_urls(ports, list(DOUBLES)) | {"SIMULATED": ",".join(DOUBLES)}
        for name in DOUBLES:
            at_end.callback(built.start(double(name, ports[name])).end)
            built.doubles[name] = Double(parts.address(ports[name]))
        web = parts.web("127.0.0.1", int(built.environment["PORT"]), directory / "run.json")
        at_end.callback(built.start(web).end)
        wait_ready(built.children.values())
        at_end.callback(built.start_worker(worker_threads).end, 12)
        yield built


def double(name: str, port: int) -> parts.Part:
    """Without a state file: writing down every chat of a load test would be the double's main work."""
    argv = parts.python("-m", f"simulators.{name}", "--host", "127.0.0.1", "--port", str(port))
    return parts.Part(name, argv, url=f"{parts.address(port)}/_sim/health", below=500)
