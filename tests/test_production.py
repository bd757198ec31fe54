"""Compose's services as they would run: the image's files, the environment that Compose gives, the commands it starts.

What Docker itself does (build, networks, capabilities) is not tried here. The image's files are copied as the
Dockerfile says, without the packages it leaves out, and the processes run on the tests' PostgreSQL and Valkey.
"""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from importlib.metadata import packages_distributions
from pathlib import Path

import psycopg
import pytest
import redis
from django.core.management import CommandError, call_command

from stack.process import free_port
from stack.valkey import embedded_binary
from tests import containers
from tests.containers import RUNNING, services
from tests.servers import STACK

DATABASE_VARIABLES = ("DATABASE_ADMIN_URL", "DATABASE_OWNER_URL", "DATABASE_URL", "DATABASE_OPERATOR_URL")
PATH = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
# Runs at the start of every Python below: importing what the image does not have fails as it would there.
SITE = """
import sys
LEFT_OUT = frozenset({names})
class LeftOut:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in LEFT_OUT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, LeftOut())
"""


def left_out() -> list[str]:
    """What can be imported here, with the development's packages, but not in the image."""
    image = {name.replace("-", "_") for name in containers.locked(containers.production_requirements())}
    return sorted(
        module
        for module, owners in packages_distributions().items()
        if image.isdisjoint(owner.lower().replace("-", "_").replace(".", "_") for owner in owners)
    )


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the image, built by its own RUN line."""
    tree = tmp_path_factory.mktemp("app")
    site = tmp_path_factory.mktemp("site")
    (site / "sitecustomize.py").write_text(SITE.replace("{names}", repr(left_out())))
    containers.build_tree(tree)
    (step,) = containers.stages()["app"].values("RUN")
    env = {"PATH": PATH, "PYTHONPATH": str(site), "DATA_DIR": str(tree / "none")}
    subprocess.run(["bash", "-ec", step], cwd=tree, env=env, check=True, capture_output=True)
    (tree / "site").symlink_to(site)
    return tree


@pytest.fixture(scope="module")
def variables() -> dict[str, str]:
    """The .env of the documents, with addresses and passwords of the tests' servers and roles of its own there."""
    admin = STACK.postgres.admin_url
    host = re.sub(r".*@([^/]+)/.*", r"\1", admin)
    written = containers.production_env()
    for name in ("DATABASE_OWNER_URL", "DATABASE_URL", "DATABASE_OPERATOR_URL"):
        written[name] = written[name].replace("@postgres:5432", f"@{host}").replace("proxystaff", "production")
    return written | {"DATABASE_ADMIN_URL": admin, "REDIS_URL": STACK.valkey.url}


def start(image: Path, words: list[str], env: Mapping[str, str]) -> subprocess.Popen[str]:
    image_env = dict(each.split("=", 1) for each in containers.final().values("ENV")[0].split())
    given = {"PATH": PATH, "PYTHONPATH": str(image / "site"), "HOME": "/nonexistent", "USER": "proxystaff"}
    return subprocess.Popen(
        words,
        cwd=image,
        env={**image_env, **given, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )


def finish(image: Path, words: list[str], env: Mapping[str, str]) -> tuple[int, str]:
    with start(image, words, env) as process:
        output, _ = process.communicate()
    return process.returncode, output


def run(image: Path, service: str, variables: Mapping[str, str], *words: str) -> tuple[int, str]:
    env = containers.environment(service, variables)
    return finish(image, [*words] or containers.words(service, variables), env)


@pytest.fixture(scope="module")
def migrated(image: Path, variables: dict[str, str]) -> dict[str, str]:
    for service in ("bootstrap", "migrate"):
        code, output = run(image, service, variables)
        assert code == 0, output
    return variables


def test_collectstatic_leaves_what_the_admin_needs(image: Path) -> None:
    collected = {str(path.relative_to(image)) for path in (image / "staticfiles").rglob("*.css")}
    assert "staticfiles/admin/css/base.css" in collected
    assert "staticfiles/unfold/css/styles.css" in collected
    assert not (image / "none").exists(), "building made a data directory"


def test_the_image_holds_no_tests_simulators_or_private_files(image: Path) -> None:
    names = {str(path.relative_to(image)) for path in image.rglob("*")}
    assert "messaging/turns.py" in names
    assert not [name for name in names if re.search(r"(^|/)tests(/|$)|^simulators|\.env|\.git(/|$)|\.data", name)]


def bootstrap(monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str]) -> str:
    """The command's answer, given nothing but these; raises CommandError."""
    output = io.StringIO()
    for name in DATABASE_VARIABLES:
        monkeypatch.setenv(name, variables.get(name, ""))
    call_command("bootstrap_database", stdout=output)
    return output.getvalue()


@pytest.mark.parametrize("missing", DATABASE_VARIABLES)
def test_bootstrap_names_the_variable_that_is_missing(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], missing: str
) -> None:
    with pytest.raises(CommandError, match=f"^Not set: {missing}\\."):
        bootstrap(monkeypatch, variables | {missing: ""})


def test_bootstrap_says_why_an_administrator_is_refused(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    with pytest.raises(CommandError, match="password authentication failed") as caught:
        bootstrap(
            monkeypatch, variables | {"DATABASE_ADMIN_URL": with_password("wrong", variables["DATABASE_ADMIN_URL"])}
        )
    assert ":wrong" not in str(caught.value)


def test_bootstrap_refuses_urls_that_do_not_fit_together(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    with pytest.raises(CommandError, match="three different users"):
        bootstrap(monkeypatch, variables | {"DATABASE_OPERATOR_URL": variables["DATABASE_URL"]})


def test_bootstrap_run_again_gives_the_roles_the_passwords_of_their_urls(
    monkeypatch: pytest.MonkeyPatch, migrated: dict[str, str]
) -> None:
    changed = with_password("changed", migrated["DATABASE_URL"])
    assert "production_app" in bootstrap(monkeypatch, migrated | {"DATABASE_URL": changed})
    psycopg.connect(changed).close()
    bootstrap(monkeypatch, migrated)
    psycopg.connect(migrated["DATABASE_URL"]).close()


def with_password(password: str, url: str) -> str:
    return re.sub(r":[^:@/]+@", f":{password}@", url)


def test_commands_talk_to_the_real_services(image: Path, migrated: dict[str, str]) -> None:
    show = "from django.conf import settings; print(settings.SIMULATED, settings.CHANNEL_BASE_URLS['telegram'])"
    code, output = run(image, "manage", migrated, "python", "manage.py", "shell", "--verbosity", "0", "-c", show)
    assert (code, output.strip()) == (0, "set() https://api.telegram.org")


def test_a_setting_without_a_value_counts_as_not_set(image: Path, migrated: dict[str, str]) -> None:
    empty = migrated | dict.fromkeys(
        ("DATABASE_POOL", "WORKER_THREADS", "LEASE_SECONDS", "LOG_LEVEL", "BEHIND_PROXY"), ""
    )
    load = "from config import settings; print(settings.LEASE_SECONDS, settings.WORKER_THREADS)"
    code, output = run(image, "worker", empty, "python", "-c", load)
    assert (code, output.strip()) == (0, "30.0 100")


@pytest.fixture(scope="module")
def running(image: Path, migrated: dict[str, str]) -> Iterator[dict[str, tuple[subprocess.Popen[str], list[str]]]]:
    """Each service's process with its health check, at free ports."""
    with ExitStack() as at_end:
        started = {}
        for name in RUNNING:
            words, check = containers.words(name, migrated), services()[name]["healthcheck"]["test"][1:]
            if "--port" in words:
                port = words[words.index("--port") + 1]
                free = str(free_port())
                words = [free if word == port else word for word in words]
                check = [word.replace(f":{port}/", f":{free}/") for word in check]
            process = start(image, words, containers.environment(name, migrated))
            at_end.enter_context(process)
            at_end.callback(process.kill)
            started[name] = (process, check)
        yield started


@pytest.mark.parametrize("name", ["web", "admin", "worker"])
def test_a_service_becomes_healthy_and_stops_when_asked(
    name: str, running: dict[str, tuple[subprocess.Popen[str], list[str]]], image: Path, migrated: dict[str, str]
) -> None:
    process, check = running[name]
    env = containers.environment(name, migrated)
    until = time.monotonic() + 60
    while finish(image, check, env)[0] != 0:
        assert process.poll() is None, process.stdout and process.stdout.read()
        assert time.monotonic() < until, f"{name} does not become healthy"
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=float(services()[name]["stop_grace_period"].removesuffix("s")))
    assert process.returncode == 0, output
    if name != "worker":
        assert finish(image, check, env)[0] == 1


def test_beat_runs_until_it_is_asked_to_stop(
    running: dict[str, tuple[subprocess.Popen[str], list[str]]], image: Path, migrated: dict[str, str]
) -> None:
    process, check = running["beat"]
    env, until = containers.environment("beat", migrated), time.monotonic() + 60
    with psycopg.connect(migrated["DATABASE_URL"], autocommit=True) as connection:
        ticks = "SELECT count(*) FROM django_celery_beat_periodictask WHERE task = 'messaging.tasks.tidy'"
        while connection.execute(ticks).fetchone() != (1,):
            assert process.poll() is None, process.stdout and process.stdout.read()
            assert time.monotonic() < until, "beat wrote no ticks down"
        for age, code in (("1 minute", 0), ("11 minutes", 1)):
            connection.execute("UPDATE django_celery_beat_periodictask SET last_run_at = now() - %s::interval", [age])
            assert finish(image, check, env)[0] == code
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=float(services()["beat"]["stop_grace_period"].removesuffix("s")))


def test_redis_asks_for_its_password_and_keeps_what_it_is_told(tmp_path: Path, variables: dict[str, str]) -> None:
    program, *flags = containers.words("redis", variables)
    assert program == "valkey-server"
    port = free_port()
    words = [str(embedded_binary()), *flags, "--port", str(port), "--dir", str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as process:
        client = redis.Redis(port=port, password=variables["REDIS_PASSWORD"])
        try:
            until = time.monotonic() + 20
            while not (tmp_path / "appendonlydir").exists():
                assert process.poll() is None
                assert time.monotonic() < until
            with pytest.raises(redis.AuthenticationError), redis.Redis(port=port) as stranger:
                stranger.ping()
            assert client.config_get("appendonly") == {"appendonly": "yes"}
        finally:
            client.close()
            process.terminate()
