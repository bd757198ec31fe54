"""A real installation to be harmed: servers and doubles made once, then webs, workers and beat over a database.

Every process reaches database and broker through a proxy of its own.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import psycopg
import redis
from psycopg import sql

from stack import parts, testing
from stack.bootstrap import bootstrap, plan_from_urls
from stack.embedded import migrate
from stack.process import free_port, tail, wait_until
from stack.settings import ROOT
from tests.faults.background import Background
from tests.faults.bugs import prepare_database
from tests.faults.cast import Account
from tests.faults.database import WATCH_DOUBTS, Database
from tests.faults.door import Door
from tests.faults.doubles import Doubles
from tests.faults.journal import Journal
from tests.faults.processes import Process, Supervisor
from tests.faults.proxy import Proxy

TEMPLATE = "faults_template"
MASTER_KEYS = tuple(f"{n}:{base64.b64encode(secrets.token_bytes(32)).decode()}" for n in range(1, 40))
SHORT = {"LEASE_SECONDS": "2", "HEARTBEAT_SECONDS": "0.5", "SWEEP_SECONDS": "0.5", "OCCURRENCE_LEASE_SECONDS": "2"}
REAL = {"LEASE_SECONDS": "30", "HEARTBEAT_SECONDS": "5", "SWEEP_SECONDS": "2"}
# Money and the services' limits are proved elsewhere.
UNLIMITED = {"DEFAULT_DAY_BUDGET": "1000000", "DEFAULT_MONTH_BUDGET": "1000000", "SENDING_SPEED": "1000"}
SKEWS = (3.0, -3.0)  # the clocks of the hosts of the webs, as far as ids go
DATABASES = ("DATABASE_URL", "DATABASE_OPERATOR_URL", "DATABASE_OWNER_URL")
THREADS = "40"
READY_SECONDS = 120.0


class Servers:
    """PostgreSQL, Valkey, the doubles and a template database with the tenants: made once, used one after the other."""

    def __init__(self) -> None:
        self.stack = testing.start(TEMPLATE)
        self.directory = self.stack.directory
        self.doubles = Doubles(self.directory)
        (self.directory / "run").write_text("")
        environment = self.environment(TEMPLATE, {"MASTER_KEYS": MASTER_KEYS[0]})
        migrate(environment, self.directory)
        self.accounts = [Account(**row) for row in json.loads(run("tests.faults.tenants", environment))]
        self._made = 0

    def environment(self, database: str, more: Mapping[str, str]) -> dict[str, str]:
        """What every process of an installation over this database needs."""
        env = dict(self.stack.env)
        for name in DATABASES:
            env[name] = urlsplit(env[name])._replace(path=f"/{database}").geturl()
        del env["DATABASE_ADMIN_URL"]
        return {
            **env,
            "PATH": os.environ.get("PATH", os.defpath),
            "DATA_DIR": str(self.directory / "data"),
            "MASTER_KEYS": ",".join(MASTER_KEYS),
            "ANTHROPIC_API_KEY": "sk-ant-faults",
            "ANTHROPIC_BASE_URL": self.doubles.urls["anthropic"],
            "WHATSAPP_BASE_URL": self.doubles.urls["whatsapp"],
            "TELEGRAM_BASE_URL": self.doubles.urls["telegram"],
            "SIMULATED": "anthropic,whatsapp,telegram",
            "NO_PROXY": "127.0.0.1,localhost",
            **more,
        }

    def admin_url(self, database: str) -> str:
        return urlsplit(self.stack.postgres.admin_url)._replace(path=f"/{database}").geturl()

    def new_database(self) -> str:
        """A copy of the template."""
        self._made += 1
        name = f"faults_{self._made}"
        plan = plan_from_urls(
            *(self.environment(name, {})[each] for each in (DATABASES[2], DATABASES[0], DATABASES[1]))
        )
        with psycopg.connect(self.stack.postgres.admin_url, autocommit=True) as admin:
            query = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}")
            admin.execute(query.format(*map(sql.Identifier, (name, TEMPLATE, plan.owner.name))))
        bootstrap(self.stack.postgres.admin_url, plan)  # a copy lacks the rights that are given on a database
        with psycopg.connect(self.admin_url(name), autocommit=True) as admin:
            admin.execute(WATCH_DOUBTS)
        return name

    def flush(self) -> None:
        with redis.Redis.from_url(self.stack.valkey.url) as valkey:
            valkey.flushall()

    def listeners(self) -> int:
        """The workers that wait for hints."""
        with redis.Redis.from_url(self.stack.valkey.url) as valkey:
            return sum(str(client["cmd"]).startswith("brpop") for client in valkey.client_list())

    def stop_valkey(self) -> None:
        self.stack.valkey.stop()

    def start_valkey(self) -> None:
        self.stack.valkey.start(port=self.stack.valkey.port, fixed=True)

    def restart_postgres(self, how: str) -> None:
        """`how`: "fast" (sessions are ended) or "immediate" (as after a crash, with recovery)."""
        postgres = self.stack.postgres
        if how == "immediate" and postgres.identity is not None:
            postgres.identity.send(signal.SIGQUIT)
            wait_until(lambda: not postgres.alive(), 30)
        postgres.stop()
        postgres.start(port=postgres.port, fixed=True)

    def stop(self) -> None:
        self.stack.stop()


def run(module: str, environment: Mapping[str, str]) -> str:
    """What a Python module prints; raises RuntimeError with its errors."""
    done = subprocess.run(
        [sys.executable, "-m", module], cwd=ROOT, env=dict(environment), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{module} failed:\n{done.stderr}")
    return done.stdout


@dataclass(frozen=True)
class Size:
    webs: int = 2
    workers: int = 3
    beats: int = 1
    settings: Mapping[str, str] = field(default_factory=lambda: SHORT)
    pause_seconds: float = 3.5  # how long a stopped process stays so: longer than the lease


class Installation:
    """Webs, workers and beat over a database of their own; `proxies` are by process and "database" or "broker"."""

    def __init__(self, servers: Servers, size: Size, *, chats: int = 200, bug: str = "") -> None:
        self.servers, self.size, self.bug = servers, size, bug
        self.name = servers.new_database()
        prepare_database(servers.admin_url(self.name), bug)
        self.directory = servers.directory / self.name
        self.faults = self.directory / "faults"
        (self.faults / "armed").mkdir(parents=True)
        self.background = Background()
        self.journal = Journal()
        self.door = Door(self.background, self.journal)
        self.database = Database(servers.admin_url(self.name))
        self.proxies: dict[tuple[str, str], Proxy] = {}
        self.chats = chats
        self.accounts = {(account.tenant, account.channel): account for account in servers.accounts}
        self.supervisor = Supervisor(self._processes(), self.faults, size.pause_seconds)

    @property
    def doubles(self) -> Doubles:
        return self.servers.doubles

    def start(self) -> None:
        """Start everything and wait until it works; raises RuntimeError."""
        self.supervisor.start()
        if not wait_until(self.is_up, READY_SECONDS, pause=0.1):
            raise RuntimeError(self._why_not_up())
        self.doubles.set_up(self.servers.accounts, self.door.url, self.chats)

    def is_up(self) -> bool:
        """Every process works."""
        return self.workers_up() == self.size.workers and self.webs_up() == self.size.webs

    def _why_not_up(self) -> str:
        worst = max(self.supervisor.processes, key=lambda process: process.starts)
        which = f" with the bug {self.bug}" if self.bug else ""
        return (
            f"The installation{which} did not get ready in {READY_SECONDS:.0f} s. "
            f"{worst.name} was started {worst.starts} times; the end of its log:\n{tail(worst.log, 25)}"
        )

    def stop(self) -> None:
        self.supervisor.stop()
        self.door.close()
        for proxy in self.proxies.values():
            proxy.close()
        self.background.stop()
        self.database.close()

    def of_kind(self, kind: str) -> list[Process]:
        return [process for process in self.supervisor.processes if process.kind == kind]

    def webs_up(self) -> int:
        webs = [web for web in self.of_kind("web") if not web.paused]
        return sum(
            parts.answers(f"http://127.0.0.1:{web.environment['FAULTS_PORT']}/healthz", below=300) for web in webs
        )

    def workers_up(self) -> int:
        """Those that have swept since they were started, and are not stopped."""
        sweeps = self.database.sweeps()
        workers = [worker for worker in self.of_kind("worker") if not worker.paused]
        return sum(sweeps.get(worker.pid, 0.0) > worker.started for worker in workers)

    def arm(self, point: str, action: str, kind: str = "") -> None:
        """By a rename, so that nobody reads half of it."""
        draft = self.faults / f"{point}.new"
        draft.write_text(f"{action}:{kind}" if kind else action)
        draft.rename(self.faults / "armed" / point)

    def disarm(self, point: str) -> bool:
        """Whether it was still armed."""
        try:
            (self.faults / "armed" / point).unlink()
        except FileNotFoundError:
            return False
        return True

    def armed(self) -> list[str]:
        return [path.name for path in (self.faults / "armed").iterdir() if not path.name.startswith(".")]

    def command_environment(self, master_keys: str) -> dict[str, str]:
        """Of a command of the operator's, next to the installation."""
        own = {"MASTER_KEYS": master_keys, "FAULTS_DIR": str(self.faults), "PUBLIC_URL": self.door.url}
        return self.servers.environment(self.name, own)

    def end_faults(self) -> None:
        """Everything well again; what died is being started."""
        for point in self.armed():
            self.disarm(point)
        self.doubles.clear_faults()
        for proxy in self.proxies.values():
            proxy.pass_on()
        self.supervisor.let_all_go_on()

    def _processes(self) -> list[Process]:
        made = []
        for number in range(1, self.size.webs + 1):
            port = free_port()
            self.door.webs.append(port)
            skew = {"FAULTS_ID_SKEW": str(SKEWS[number % len(SKEWS)]), "FAULTS_PORT": str(port)}
            made.append(self._process(number, parts.web("127.0.0.1", port, self.servers.directory / "run"), skew))
        made += [self._process(number, parts.worker(THREADS), {}) for number in range(1, self.size.workers + 1)]
        made += [self._process(number, parts.beat(), {}) for number in range(1, self.size.beats + 1)]
        return made

    def _process(self, number: int, part: parts.Part, more: Mapping[str, str]) -> Process:
        name = f"{part.name}-{number}"
        environment = self.servers.environment(
            self.name,
            {
                "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
                "PUBLIC_URL": self.door.url,
                "FAULTS_DIR": str(self.faults),
                "FAULTS_WITNESS": f"{self.door.url}/_witness",
                "FAULTS_BUG": self.bug,
                "WORKER_THREADS": THREADS,
                **UNLIMITED,
                **self.size.settings,
                **part.environment,
                **more,
            },
        )
        environment |= self._through_proxies(name, environment)
        return Process(name, part.name, part.argv, environment, self.directory, self.servers.directory)

    def _through_proxies(self, name: str, environment: Mapping[str, str]) -> dict[str, str]:
        stack = self.servers.stack
        database = Proxy(self.background, stack.postgres.port)
        broker = Proxy(self.background, stack.valkey.port)
        self.proxies[name, "database"], self.proxies[name, "broker"] = database, broker
        changed = {each: at_port(environment[each], database.port) for each in DATABASES}
        return changed | {"REDIS_URL": at_port(environment["REDIS_URL"], broker.port)}


def at_port(url: str, port: int) -> str:
    split = urlsplit(url)
    return split._replace(netloc=f"{split.netloc.rpartition(':')[0]}:{port}").geturl()
