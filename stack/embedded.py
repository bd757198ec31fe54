"""The embedded database as several processes share it: `make up`, and commands that run while nothing else does."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from stack import StackError
from stack.bootstrap import bootstrap, plan_from_urls
from stack.postgres import Postgres
from stack.process import tail, wait_until
from stack.settings import ROOT, Secrets, database_urls
from stack.state import Lock, write_atomically
from stack.watcher import USERS, stop_servers, watch

COMMAND_SECONDS = 3600  # a migration of large tables takes its time
STAMP = "proxystaff-schema"  # inside PostgreSQL's directory, so that it goes where the tables go


class Users:
    """Those who use a directory's servers. Each brings a watcher; the last one out stops them, however it ends."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.starting = Lock(data_dir / "start.lock")
        self._using = Lock(data_dir / USERS)
        self._watcher: subprocess.Popen[bytes] | None = None

    def join(self) -> None:
        """Waits while the servers are being stopped. The caller holds `starting`."""
        self._using.acquire(shared=True)
        self._watcher = watch(self.data_dir)

    def leave(self) -> None:
        """Returns when the servers have stopped, or others use them."""
        if self._watcher is None:
            return
        with self.starting.held():
            self._using.release()
            if self._using.acquire(wait=False):
                stop_servers(self.data_dir)
            else:  # others use them, or our watcher was quicker: then this waits for it
                self._using.acquire(shared=True)
            self._using.release()
        self._watcher.poll()
        self._watcher = None


def embedded_postgres(data_dir: Path, kept: Secrets) -> Postgres:
    return Postgres(data_dir / "postgres", kept["postgres_password"], data_dir / "logs" / "postgres.log")


def bootstrap_embedded(postgres: Postgres, kept: Secrets) -> None:
    urls = database_urls(kept, postgres.port)
    plan = plan_from_urls(urls["DATABASE_OWNER_URL"], urls["DATABASE_URL"], urls["DATABASE_OPERATOR_URL"])
    bootstrap(postgres.admin_url, plan)


def is_migrated(postgres: Postgres) -> bool:
    """Whether the last migration here was by the code that stands here now: Django need not be asked."""
    try:
        return (postgres.data / STAMP).read_text() == fingerprint()
    except OSError:
        return False


def note_migrated(postgres: Postgres) -> None:
    write_atomically(postgres.data / STAMP, fingerprint())


def forget_migrated(postgres: Postgres) -> None:
    (postgres.data / STAMP).unlink(missing_ok=True)


def fingerprint(root: Path = ROOT) -> str:
    """What the tables depend on: the project's migrations, and the versions of the packages that bring their own."""
    digest = hashlib.sha256()
    for path in sorted([*root.glob("*/migrations/**/*"), root / "requirements.txt"]):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def migrate(environment: Mapping[str, str], data_dir: Path) -> None:
    """Bring the tables up to date; raises StackError with Django's own words."""
    Command("migrate", "--no-input", "--verbosity", "0", environment=environment).finish(data_dir)


class Command:
    """A command of manage.py that runs beside; `finish` waits for it."""

    def __init__(self, *arguments: str, environment: Mapping[str, str]) -> None:
        self.name = arguments[0]
        # Files, not pipes: a wait for them can be cut short, and nothing blocks while nobody reads.
        self._output, self._errors = TemporaryFile("w+"), TemporaryFile("w+")  # noqa: SIM115 closed by finish
        self._process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._errors,
            start_new_session=True,  # Ctrl-C is for the one who started it, who then ends it
        )

    def finish(self, data_dir: Path) -> str:
        """What the command printed; raises StackError with the end of its errors, which go whole into a log."""
        with self._output, self._errors, self._process:
            try:
                wait_until(lambda: self._process.poll() is not None, COMMAND_SECONDS)
            finally:
                self._process.kill()
                code = self._process.wait()
            output, errors = (_whole(file) for file in (self._output, self._errors))
        if code == 0:
            return output
        log = data_dir / "logs" / f"{self.name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(errors or output)
        raise StackError(f"`manage.py {self.name}` failed. The end of {log}:\n{tail(log)}")


def _whole(file: IO[str]) -> str:
    file.seek(0)
    return file.read()
