"""The throw-away servers: roles that can do what they should and no more, and nothing left after a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from stack.bootstrap import bootstrap, plan_from_urls
from stack.process import wait_until, working_in
from stack.testing import TestStack, start

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def servers() -> Iterator[TestStack]:
    stack = start()
    yield stack
    stack.stop()
    assert not stack.directory.exists()


@pytest.mark.parametrize("url", ["DATABASE_URL", "DATABASE_OPERATOR_URL", "DATABASE_OWNER_URL"])
def test_no_role_escapes_row_level_security(servers: TestStack, url: str) -> None:
    with psycopg.connect(servers.env[url]) as connection:
        row = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert row == (False, False, False, False)


def test_only_the_owner_makes_tables(servers: TestStack) -> None:
    with psycopg.connect(servers.env["DATABASE_OWNER_URL"]) as connection:
        connection.execute("CREATE TABLE made_by_owner (id int)")
        connection.rollback()
    for name in ("DATABASE_URL", "DATABASE_OPERATOR_URL"):
        with psycopg.connect(servers.env[name]) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE made_by_other (id int)")


def test_text_is_lowered_and_split_by_unicode_rules(servers: TestStack) -> None:
    with psycopg.connect(servers.env["DATABASE_URL"]) as connection:
        row = connection.execute(
            "SELECT lower('ÑANDÚ'), to_tsvector('simple', 'ÑANDÚ')::text, similarity('ñandú', 'ÑANDÚ'), unaccent('é')"
        ).fetchone()
    assert row == ("ñandú", "'ñandú':1", 1.0, "e")


def test_a_wrong_password_is_refused(servers: TestStack) -> None:
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        psycopg.connect(servers.env["DATABASE_URL"], password="guessed")
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=servers.valkey.port, retry=Retry(NoBackoff(), 0)).ping()


def test_bootstrap_takes_privileges_away_again(servers: TestStack) -> None:
    plan = plan_from_urls(*(servers.env[f"DATABASE_{name}URL"] for name in ("OWNER_", "", "OPERATOR_")))
    with psycopg.connect(servers.env["DATABASE_ADMIN_URL"], autocommit=True) as admin:
        admin.execute("ALTER ROLE proxystaff_app BYPASSRLS CREATEDB")
        bootstrap(servers.env["DATABASE_ADMIN_URL"], plan)
        row = admin.execute(
            "SELECT rolbypassrls, rolcreatedb FROM pg_roles WHERE rolname = 'proxystaff_app'"
        ).fetchone()
    assert row == (False, False)


def test_an_administrator_without_superuser_suffices(servers: TestStack) -> None:
    admin_url = servers.env["DATABASE_ADMIN_URL"]
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute("DROP ROLE IF EXISTS hosted")
        admin.execute("CREATE ROLE hosted LOGIN CREATEROLE CREATEDB PASSWORD 'hosted'")
    server = f"127.0.0.1:{servers.postgres.port}"
    urls = [f"postgres://hosted_{role}:secret@{server}/hosted" for role in ("owner", "app", "operator")]
    for _ in range(2):
        bootstrap(f"postgres://hosted:hosted@{server}/postgres", plan_from_urls(*urls))
    with psycopg.connect(urls[0]) as owner:
        owner.execute("CREATE TABLE mine (id int)")
    with psycopg.connect(urls[1]) as app:
        assert app.execute("SELECT unaccent('ñ')").fetchone() == ("n",)


def test_nothing_is_left_when_the_test_run_is_killed() -> None:
    code = "from stack.testing import start; stack = start(); print(stack.directory, flush=True); input()"
    run = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with run:
        assert run.stdout is not None
        directory = Path(run.stdout.readline().strip())
        assert working_in(directory / "postgres", "postgres")
        os.kill(run.pid, signal.SIGKILL)
    assert wait_until(lambda: not directory.exists(), 30)
    assert not working_in(directory / "postgres", "postgres")
    assert not working_in(directory / "valkey", "valkey-server")
