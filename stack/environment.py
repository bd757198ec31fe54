"""The environment in which a command or a process of the installation runs."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from stack import StackError, parts
from stack.children import Child, wait_ready
from stack.embedded import (
    Users,
    bootstrap_embedded,
    embedded_postgres,
    forget_migrated,
    is_migrated,
    migrate,
    note_migrated,
)
from stack.process import Identity, free_port, wait_until
from stack.settings import (
    NOWHERE,
    Secrets,
    base_environment,
    check,
    check_database,
    data_dir_of,
    database_urls,
    double_urls,
    doubles,
    read_settings,
)
from stack.state import is_locked, make_data_dir, read_json

SUPERVISOR_LOCK = "supervisor.lock"
INSTALLATION = "installation.json"  # private: the environment of the installation that runs, passwords included
STARTING_SECONDS = 120
WITHOUT_DATABASE = {
    "bootstrap_database",  # goes to a PostgreSQL of one's own by its URLs, never to the embedded one
    "check",
    "check_sandbox",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "makemigrations",
    "parse_schedule",
    "run_script",
    "simulate_trials",
    "startapp",
    "startproject",
    "test",
    "version",
}
CALLS_SERVICES = {"onboard"}  # commands that ask the remote services, so that a service's double must be there too
MIGRATES_ITSELF = {"migrate", "showmigrations", "sqlmigrate"}


def prepare(data_dir: Path, settings: Mapping[str, str]) -> tuple[dict[str, str], Secrets]:
    """The directory, its secrets (drawn on first use) and the environment that needs no server yet. Raises StackError.

    The caller holds the directory's start lock.
    """
    kept = Secrets.keep(data_dir)
    return base_environment({**settings, "DATA_DIR": str(data_dir)}, kept), kept


def running_environment(data_dir: Path) -> dict[str, str] | None:
    """The environment of the installation that runs in the directory, waiting for one that is starting; else None."""
    state: dict[str, str] = {}

    def settled() -> bool:
        found = read_json(data_dir / INSTALLATION) or {}
        supervisor = Identity.from_json(found.get("supervisor"))
        if supervisor is not None and supervisor.alive() and isinstance(found.get("environment"), dict):
            state.update(found["environment"])
            return True
        return not is_locked(data_dir / SUPERVISOR_LOCK)

    if not wait_until(settled, STARTING_SECONDS, pause=0.1):
        raise StackError(f"The installation in {data_dir} has been starting for {STARTING_SECONDS} s. See its logs.")
    return state or None


@contextmanager
def attach(argv: Sequence[str], environment: MutableMapping[str, str]) -> Iterator[None]:
    """Give a command its installation by filling `environment`: what is set there already stays.

    The database that DATABASE_URL names; else the installation that runs in DATA_DIR; else the embedded database,
    started for as long as the command runs. Prints to stderr and exits with 1 where that fails.
    """
    with ExitStack() as at_end:
        try:
            _fill(argv[1] if len(argv) > 1 else "help", argv, environment, at_end)
        except StackError as error:
            sys.stderr.write(f"{error}\n")
            raise SystemExit(1) from error
        yield


def _fill(command: str, argv: Sequence[str], environment: MutableMapping[str, str], at_end: ExitStack) -> None:
    settings = read_settings(environment)
    check(settings)
    data_dir = data_dir_of(settings)
    if command in WITHOUT_DATABASE or command.startswith("-") or {"--help", "-h", "--version"} & set(argv[1:]):
        kept = Secrets.load(data_dir) or Secrets.draw()
        _apply(environment, base_environment(settings, kept))
        return
    if not environment.get("DATABASE_URL") and (running := running_environment(data_dir)) is not None:
        _apply(environment, running)
        return
    if check_database(settings):
        _apply(environment, base_environment(settings, Secrets.load(data_dir)))
        return
    data_dir = make_data_dir(data_dir)
    values = _start_database(command, data_dir, settings, at_end)
    if command in CALLS_SERVICES:
        values |= _start_doubles(data_dir, settings, at_end)
    _apply(environment, values)


def _apply(environment: MutableMapping[str, str], values: Mapping[str, str]) -> None:
    for name, value in values.items():
        if not environment.get(name):
            environment[name] = value


def _start_database(command: str, data_dir: Path, settings: Mapping[str, str], at_end: ExitStack) -> dict[str, str]:
    """The embedded database for this command, shared with others that run at the same time: the environment with it."""
    users = Users(data_dir)
    at_end.callback(users.leave)
    with users.starting.held():
        users.join()
        values, kept = prepare(data_dir, settings)
        postgres = embedded_postgres(data_dir, kept)
        if not postgres.data.exists():
            _say(f"Creating the database in {data_dir} ...")
        postgres.start()
        values = {"REDIS_URL": NOWHERE} | values | database_urls(kept, postgres.port)
        values["DATABASE_ADMIN_URL"] = postgres.admin_url
        if command in MIGRATES_ITSELF:
            bootstrap_embedded(postgres, kept)
            forget_migrated(postgres)
        elif not is_migrated(postgres):
            began = time.monotonic()
            bootstrap_embedded(postgres, kept)
            migrate(values, data_dir)
            note_migrated(postgres)
            _say(f"The database is up to date ({time.monotonic() - began:.1f} s).")
    return values


def _start_doubles(data_dir: Path, settings: Mapping[str, str], at_end: ExitStack) -> dict[str, str]:
    """The doubles that `make up` would start, with the state that they go on with there."""
    names = doubles(settings)
    earlier = read_json(data_dir / "ports.json") or {}
    ports: dict[str, int] = {}
    children = []
    (data_dir / "simulators").mkdir(mode=0o700, exist_ok=True)
    for name in names:
        ports[name] = free_port(earlier.get(name), tuple(ports.values()))
        child = Child(parts.double(name, ports[name], data_dir), base_environment(settings, None), data_dir)
        at_end.callback(child.end)
        child.start()
        children.append(child)
    wait_ready(children)
    return double_urls(ports, names)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
