"""The embedded PostgreSQL: starts over whatever it finds, in every way that a machine lets it."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from stack import StackError
from stack.postgres import THROW_AWAY, Postgres
from stack.process import working_in

REFUSED = '#!/bin/sh\necho "unshare failed: Operation not permitted" >&2\nexit 1\n'


@pytest.fixture
def directory() -> Iterator[Path]:
    """Below /tmp, not below pytest's own directory, which only its user may enter."""
    path = Path(tempfile.mkdtemp(prefix="proxystaff-test-")).resolve()
    yield path
    shutil.rmtree(path)


@pytest.fixture
def postgres(directory: Path) -> Iterator[Postgres]:
    server = Postgres(directory / "postgres", "secret", directory / "postgres.log", settings=dict(THROW_AWAY))
    server.start()
    yield server
    server.stop()
    assert not working_in(directory / "postgres", "postgres")


def again(postgres: Postgres) -> Postgres:
    """As another process would see it: only the directory is known."""
    return Postgres(postgres.data, postgres.password, postgres.log, settings=dict(THROW_AWAY))


def write(postgres: Postgres) -> None:
    with psycopg.connect(postgres.admin_url) as connection:
        connection.execute("CREATE TABLE kept (id int)")


def assert_kept(postgres: Postgres) -> None:
    with psycopg.connect(postgres.admin_url) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_a_server_that_runs_is_taken_over_not_doubled(postgres: Postgres) -> None:
    write(postgres)
    other = again(postgres)
    other.start()
    assert (other.identity, other.port) == (postgres.identity, postgres.port)
    assert_kept(other)


def test_it_starts_after_a_kill_while_a_backend_has_not_noticed(postgres: Postgres) -> None:
    write(postgres)
    busy = psycopg.connect(postgres.admin_url)
    os.kill(busy.info.backend_pid, signal.SIGSTOP)  # does not notice that its postmaster is gone
    assert postgres.identity
    postgres.identity.send(signal.SIGKILL)
    postgres.start()
    assert_kept(postgres)
    with pytest.raises(psycopg.OperationalError):
        busy.execute("SELECT 1")
    busy.close()


def test_a_stale_pid_file_with_the_number_of_another_process_is_no_obstacle(postgres: Postgres) -> None:
    write(postgres)
    assert postgres.identity
    postgres.identity.send(signal.SIGKILL)
    pid_file = postgres.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    postgres.start()
    assert_kept(postgres)


def test_half_a_creation_is_begun_again(directory: Path) -> None:
    (directory / "postgres.new-killed").mkdir()
    (directory / "postgres.new-killed" / "PG_VERSION").write_text("18\n")
    server = Postgres(directory / "postgres", "secret", directory / "postgres.log", settings=dict(THROW_AWAY))
    server.start()
    write(server)
    server.stop()
    assert {path.name for path in directory.iterdir()} == {"postgres", "postgres.log"}


def test_a_cluster_of_another_version_is_named(postgres: Postgres) -> None:
    postgres.stop()
    version = (postgres.data / "PG_VERSION").read_text()
    (postgres.data / "PG_VERSION").write_text("14\n")
    with pytest.raises(StackError, match="made by PostgreSQL 14"):
        again(postgres).start()
    (postgres.data / "PG_VERSION").write_text(version)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to drop its uid")
def test_root_drops_its_uid_where_user_namespaces_are_refused(
    directory: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(postgres)
    postgres.stop()
    refusing = directory / "bin"
    refusing.mkdir()
    (refusing / "unshare").write_text(REFUSED)
    (refusing / "unshare").chmod(0o755)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", f"{refusing}:{os.environ['PATH']}")
        server = again(postgres)
        server.start()
        assert postgres.data.stat().st_uid == 65534
        assert_kept(server)
        server.stop()
    postgres.start()  # and back
    assert_kept(postgres)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to drop its uid")
def test_both_ways_are_named_where_neither_works(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (directory / "unshare").write_text(REFUSED)
    (directory / "unshare").chmod(0o755)
    monkeypatch.setenv("PATH", f"{directory}:{os.environ['PATH']}")
    closed = directory / "closed"
    (closed / "data").mkdir(parents=True)
    closed.chmod(0o700)
    with pytest.raises(StackError) as refused:
        Postgres(closed / "data" / "postgres", "secret", directory / "postgres.log").start()
    assert "user namespace" in str(refused.value)
    assert "uid 65534" in str(refused.value)
