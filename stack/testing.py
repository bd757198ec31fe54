"""A throw-away PostgreSQL and Valkey for a test run, on free ports in a directory of their own."""

from __future__ import annotations

import base64
import os
import secrets
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from stack.bootstrap import bootstrap, plan_from_urls
from stack.postgres import THROW_AWAY, Postgres, embedded_binaries
from stack.state import Lock
from stack.valkey import Valkey
from stack.watcher import USERS, watch

DATABASE = "test_proxystaff"


@dataclass
class TestStack:
    """The servers of one test run. `env` is what the product needs to find them."""

    __test__ = False  # not a test case, whatever pytest makes of its name

    env: dict[str, str]
    directory: Path
    postgres: Postgres
    valkey: Valkey
    _lock: Lock = field(repr=False)
    _watcher: subprocess.Popen[bytes] = field(repr=False)

    def stop(self) -> None:
        """Stop the servers and remove their directory; the watcher does it, as it would after a kill."""
        self._lock.release()
        self._watcher.wait(timeout=60)
        for server in (self.postgres, self.valkey):
            server.alive()  # reaps the child


def start(database: str = DATABASE) -> TestStack:
    """Start both servers, make roles and an empty, unmigrated database; raises StackError.

    They end and their directory goes also when this process is killed. TEST_POSTGRES_BIN names a directory with the
    `initdb` and `postgres` of another version than the embedded one, such as /usr/lib/postgresql/15/bin.
    """
    directory = Path(tempfile.mkdtemp(prefix="proxystaff-test-")).resolve()
    lock = Lock(directory / USERS)
    lock.acquire(shared=True)
    watcher = watch(directory, remove=True)
    chosen = os.environ.get("TEST_POSTGRES_BIN")
    postgres = Postgres(
        directory / "postgres",
        secrets.token_hex(16),
        directory / "postgres.log",
        binaries=Path(chosen) if chosen else embedded_binaries(),
        settings=dict(THROW_AWAY),
    )
    valkey = Valkey(directory / "valkey", secrets.token_hex(16), directory / "valkey.log", appendonly=False)
    try:
        postgres.start()
        valkey.start()
        env = _environment(postgres, valkey, database)
        plan = plan_from_urls(env["DATABASE_OWNER_URL"], env["DATABASE_URL"], env["DATABASE_OPERATOR_URL"])
        bootstrap(postgres.admin_url, plan, recreate=True)
    except BaseException:
        lock.release()  # the watcher clears away what stands so far
        raise
    return TestStack(env, directory, postgres, valkey, lock, watcher)


def _environment(postgres: Postgres, valkey: Valkey, database: str) -> dict[str, str]:
    def url(role: str) -> str:
        return f"postgres://proxystaff_{role}:{secrets.token_hex(16)}@127.0.0.1:{postgres.port}/{database}"

    return {
        "DATABASE_URL": url("app"),
        "DATABASE_OPERATOR_URL": url("operator"),
        "DATABASE_OWNER_URL": url("owner"),
        "DATABASE_ADMIN_URL": postgres.admin_url,
        "REDIS_URL": valkey.url,
        "SECRET_KEY": secrets.token_urlsafe(48),
        "MASTER_KEYS": "1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
    }
