"""`make up`: the installation as children of one process, which starts again what ends and takes all down with it."""

from __future__ import annotations

import json
import os
import resource
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from stack import StackError, parts
from stack.bootstrap import bootstrap, plan_from_urls
from stack.children import Child, Patience, bound_logs, log_of, wait_ready
from stack.embedded import Command, Users, bootstrap_embedded, embedded_postgres, migrate, note_migrated
from stack.environment import INSTALLATION, prepare
from stack.postgres import Postgres
from stack.process import Identity, end, wait_until, with_environment
from stack.settings import (
    DATABASE_URLS,
    MESSENGERS,
    Secrets,
    base_environment,
    check_database,
    choose_ports,
    database_urls,
    double_urls,
    doubles,
    shared,
)
from stack.state import write_json
from stack.valkey import Valkey
from stack.watcher import MARK

RUN_FILE = "run.json"
WORKER_PATIENCE = 12  # seconds: a worker lets its turns run for 10 and then gives their leases back
SERVER_PATIENCE = 3


class Interrupted(BaseException):
    """A person or the system asked to stop."""


@dataclass
class Server:
    """PostgreSQL or Valkey: started again at its own port, which the others know."""

    name: str
    what: Postgres | Valkey
    patience: Patience = field(default_factory=Patience)

    def restart(self) -> None:
        self.patience.began(time.monotonic())
        self.what.start(port=self.what.port, fixed=True)


class Supervisor:
    """One run of the installation over a data directory; the caller holds the supervisor's lock."""

    def __init__(self, data_dir: Path, settings: Mapping[str, str], say: Callable[[str], None]) -> None:
        self.data_dir = data_dir
        self.settings = settings
        self.say = say
        self.doubles = doubles(settings)
        self.users = Users(data_dir)
        self.servers: list[Server] = []
        self.children: list[Child] = []
        self.environment: dict[str, str] = {}
        self.ports: dict[str, int] = {}
        self.run: dict[str, Any] = {}
        self.operator: dict[str, Any] = {}
        self.asked = self.hurry = self.stopping = False

    # --- start -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start everything and publish where it is; raises StackError, with whatever runs by then left to `stop`."""
        self._withdraw()
        end(with_environment(MARK, str(self.data_dir)))  # what an earlier run left behind
        names = ("admin", "phone", "postgres", "valkey", *self.doubles)
        self.ports = choose_ports(self.data_dir, self.settings, names)
        with self.users.starting.held():
            self.users.join()
            self.environment, kept = prepare(self.data_dir, self.settings)
            self.environment |= double_urls(self.ports, self.doubles)
            started = self._spawn_doubles()
            self._start_servers(kept)
        # These two touch no table before they are asked to: they load while the tables are made.
        started.append(self._spawn(parts.web(self._host, self.ports["web"], self.data_dir / RUN_FILE)))
        started.append(self._spawn(parts.admin(self.ports["admin"])))
        self._migrate(kept)
        operator = self._manage("create_operator", "--json")
        wait_ready(started)  # connecting an account makes WhatsApp call the web process
        onboard = self._manage("onboard", "--demo", "--json") if set(self.doubles) & set(MESSENGERS) else None
        self.operator = self._result(operator)
        if onboard is not None:
            self._result(onboard)
        # Its packages take seconds of both cores to load, which whatever is waited for above needs first.
        self._spawn(parts.worker(self.settings.get("WORKER_THREADS", "100")))
        self._publish()
        self._spawn(parts.beat())  # last, as nobody waits for it: it only brings the few fixed ticks

    @property
    def _host(self) -> str:
        return self.settings.get("HOST", "127.0.0.1")

    @property
    def _web_url(self) -> str:
        return parts.address(self.ports["web"], self._host)

    def _spawn_doubles(self) -> list[Child]:
        """The doubles and the phone: they get none of the installation's secrets."""
        beside = [parts.double(name, self.ports[name], self.data_dir) for name in self.doubles]
        if phone := parts.phone(self.ports, self.doubles, self._web_url):
            beside.append(phone)
        (self.data_dir / "simulators").mkdir(mode=0o700, exist_ok=True)
        environment = base_environment(self.settings, None)
        return [self._spawn(part, environment) for part in beside]

    def _start_servers(self, kept: Secrets) -> None:
        if not check_database(self.settings):
            postgres = embedded_postgres(self.data_dir, kept)
            if not postgres.data.exists():
                self.say(f"Creating the database in {self.data_dir} ...")
            postgres.start(port=self.ports["postgres"])
            self.servers.append(Server("postgres", postgres))
            self.environment |= database_urls(kept, postgres.port)
        if not self.settings.get("REDIS_URL"):
            valkey = Valkey(self.data_dir / "valkey", kept["redis_password"], log_of(self.data_dir, "valkey"))
            valkey.start(port=self.ports["valkey"])
            self.servers.append(Server("valkey", valkey))
            self.environment["REDIS_URL"] = valkey.url

    def _migrate(self, kept: Secrets) -> None:
        postgres = next((server.what for server in self.servers if isinstance(server.what, Postgres)), None)
        if postgres is not None:
            bootstrap_embedded(postgres, kept)
        elif admin_url := self.settings.get("DATABASE_ADMIN_URL"):
            urls = [self.environment[DATABASE_URLS[role]] for role in ("owner", "app", "operator")]
            bootstrap(admin_url, plan_from_urls(*urls))
        migrate(self.environment | {MARK: str(self.data_dir)}, self.data_dir)
        if postgres is not None:
            note_migrated(postgres)

    def _spawn(self, part: parts.Part, environment: Mapping[str, str] | None = None) -> Child:
        child = Child(part, environment or self.environment, self.data_dir)
        child.start()
        self.children.append(child)
        return child

    def _manage(self, *arguments: str) -> Command:
        return Command(*arguments, environment=self.environment | {MARK: str(self.data_dir)})

    def _result(self, command: Command) -> dict[str, Any]:
        """The command's JSON object; raises StackError."""
        value = json.loads(command.finish(self.data_dir))
        if not isinstance(value, dict):
            raise StackError(f"`manage.py {command.name} --json` printed no JSON object.")
        return value

    def _publish(self) -> None:
        """Private state for commands first, then run.json, whose presence makes /readyz answer 200."""
        self.run = {"web": self._web_url, "admin": parts.address(self.ports["admin"])}
        if any(child.part.name == "phone" for child in self.children):
            self.run["phone"] = parts.address(self.ports["phone"])
        self.run["simulators"] = {name: parts.address(self.ports[name]) for name in self.doubles}
        identity = Identity.of(os.getpid())
        write_json(
            self.data_dir / INSTALLATION,
            {"supervisor": identity and identity.as_json(), "environment": shared(self.environment), "run": self.run},
        )
        write_json(self.data_dir / RUN_FILE, self.run, mode=0o644)
        ready = f"{self._web_url}/readyz"
        if not wait_until(lambda: parts.answers(ready, below=300, seconds=5), 30, pause=0.1):
            raise StackError(f"{ready} does not answer 200. See {log_of(self.data_dir, 'web')}")

    # --- run ---------------------------------------------------------------------------------------------------

    def watch(self) -> NoReturn:
        """Start again what ends, until somebody asks to stop: then raises Interrupted."""
        rounds = 0
        while True:
            self.check()
            for child in self.children:
                self._look_after(child)
            for server in self.servers:
                self._look_after_server(server)
            rounds += 1
            if rounds % 300 == 0:
                bound_logs(self.data_dir)
            time.sleep(0.2)

    def _look_after(self, child: Child) -> None:
        if (how := child.ended()) is not None:
            self.say(f"The {child.part.name} process ended ({how}); it is started again. Its log: {child.log}")
        if child.process is None and time.monotonic() >= child.patience.not_before:
            child.start()

    def _look_after_server(self, server: Server) -> None:
        now = time.monotonic()
        if server.what.alive() or now < server.patience.not_before:
            return
        server.patience.ended(now)
        self.say(f"{server.name} ended; it is started again.")
        try:
            server.restart()
        except StackError as error:
            self.say(f"{error}\nIt is tried again.")

    # --- stop --------------------------------------------------------------------------------------------------

    def interrupt(self, _number: int, _frame: FrameType | None) -> None:
        """A signal: a first one asks to stop, a second takes away the patience of stopping."""
        self.hurry = self.asked
        self.asked = True

    def check(self) -> None:
        """Between two steps and in every wait: raises Interrupted when somebody has asked to stop."""
        if self.asked and not self.stopping:
            raise Interrupted

    def stop(self) -> None:
        """Those who serve and work, then the doubles that they talk to, then Valkey and PostgreSQL."""
        self.stopping = True
        self._withdraw()
        beside = [child for child in self.children if child.part.name in self.doubles]
        self._end([child for child in reversed(self.children) if child not in beside], WORKER_PATIENCE)
        self._end(beside, SERVER_PATIENCE)
        end(with_environment(MARK, str(self.data_dir)), patience=0 if self.hurry else SERVER_PATIENCE)
        valkeys = [server.what for server in self.servers if isinstance(server.what, Valkey)]
        for valkey in valkeys:
            valkey.stop()
        self.users.leave()

    def _end(self, children: list[Child], seconds: float) -> None:
        for child in children:
            child.signal(signal.SIGTERM)
        wait_until(lambda: self.hurry or all(child.gone() for child in children), seconds, pause=0.05)
        for child in children:
            child.end(0)

    def _withdraw(self) -> None:
        for name in (RUN_FILE, INSTALLATION):
            (self.data_dir / name).unlink(missing_ok=True)


def raise_file_limit() -> None:
    """Children inherit it: the usual 1024 open files are fewer than the connections a web process takes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65536 if hard == resource.RLIM_INFINITY else min(hard, 65536)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
