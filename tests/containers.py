"""Dockerfile and docker-compose.yml as far as the tests read them, since no Docker engine runs where they run."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
APP_SERVICES = ("bootstrap", "migrate", "web", "admin", "worker", "beat", "manage")
RUNNING = ("web", "admin", "worker", "beat")
VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\}")


class MissingVariableError(Exception):
    """A variable that Compose would refuse to start without."""


@dataclass
class Stage:
    """One stage of the Dockerfile: its instructions as (name, value), continuation lines joined."""

    name: str
    base: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def values(self, instruction: str) -> list[str]:
        return [value for name, value in self.steps if name == instruction]

    def copied(self) -> list[tuple[list[str], str]]:
        """Sources and destination of each COPY from the build context."""
        words = [shlex.split(value) for value in self.values("COPY")]
        return [(each[:-1], each[-1]) for each in words if not each[0].startswith("--from")]


def stages(text: str | None = None) -> dict[str, Stage]:
    """The Dockerfile's stages by name, in order."""
    lines = (text or (ROOT / "Dockerfile").read_text()).splitlines()
    joined = re.sub(r"\\\n\s*", "", "\n".join(line for line in lines if not line.startswith("#")))
    found: dict[str, Stage] = {}
    for line in filter(str.strip, joined.splitlines()):
        name, _, value = line.partition(" ")
        if name == "FROM":
            base, _, alias = value.partition(" AS ")
            found[alias] = Stage(alias, base)
        else:
            list(found.values())[-1].steps.append((name, value.strip()))
    return found


def final() -> Stage:
    return list(stages().values())[-1]


def command_of(value: str) -> list[str]:
    """The words of a CMD in its exec form."""
    words = json.loads(value[value.index("[") :])
    assert isinstance(words, list)
    return words


def compose() -> dict[str, Any]:
    value = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    assert isinstance(value, dict)
    return value


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def fill(value: str, variables: Mapping[str, str]) -> str:
    """Compose's interpolation; raises MissingVariableError where a required variable has no value."""

    def replace(match: re.Match[str]) -> str:
        given = variables.get(match["name"], "")
        if given or match["kind"] is None:
            return given
        if match["kind"] == "?":
            raise MissingVariableError(match["name"])
        return match["rest"]

    return VARIABLE.sub(replace, value)


def environment(service: str, variables: Mapping[str, str]) -> dict[str, str]:
    """What the service's process finds: a variable without a value is passed on only where it is set."""
    named = services()[service].get("environment", {})
    passed = {
        name: variables.get(name) if value is None else fill(str(value), variables) for name, value in named.items()
    }
    return {name: value for name, value in passed.items() if value is not None}


def words(service: str, variables: Mapping[str, str]) -> list[str]:
    """The service's command, filled in."""
    return [fill(word, variables) for word in services()[service]["command"]]


def required() -> set[str]:
    """The variables without which Compose does not start."""
    text = (ROOT / "docker-compose.yml").read_text()
    return {match["name"] for match in VARIABLE.finditer(text) if match["kind"] == "?"}


def production_env() -> dict[str, str]:
    """The .env that the commands in docs/operating.md write, run as they stand there."""
    text = (ROOT / "docs" / "operating.md").read_text()
    block = next(block for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) if "> .env" in block)
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run(["sh", "-eu"], input=block, text=True, cwd=directory, check=True)
        lines = Path(directory, ".env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def ignored(path: str) -> bool:
    """Whether .dockerignore keeps the path out; the few forms of pattern that ours has."""
    parts = path.split("/")
    for pattern in (ROOT / ".dockerignore").read_text().split("\n"):
        if not pattern or pattern.startswith("#"):
            continue
        anywhere = pattern.startswith("**/")
        names = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        if any(fnmatch.fnmatch(name, pattern) for name in names if name.count("/") == pattern.count("/")):
            return True
        if anywhere and any(fnmatch.fnmatch(part, pattern.removeprefix("**/")) for part in parts):
            return True
    return False


def build_tree(target: Path) -> None:
    """What the stage `app` copies from the build context, at `target`."""
    for sources, destination in stages()["app"].copied():
        for source in sources:
            found = ROOT / source.rstrip("/")
            if found.is_file():
                shutil.copy2(found, target / destination)
                continue
            for folder, _, names in os.walk(found):
                for name in names:
                    relative = str(Path(folder, name).relative_to(ROOT))
                    if not ignored(relative):
                        (target / relative).parent.mkdir(parents=True, exist_ok=True)
                        shutil.copy2(ROOT / relative, target / relative)


def production_requirements() -> str:
    """What the image installs, made by its own command."""
    (step,) = stages()["packages"].values("RUN")
    with tempfile.TemporaryDirectory() as directory:
        shutil.copy(ROOT / "requirements.txt", directory)
        subprocess.run(["sh", "-ec", step.split("&&")[0]], cwd=directory, check=True)
        return Path(directory, "production.txt").read_text()


def locked(requirements: str) -> dict[str, list[str]]:
    """The hashes of each package."""
    found: dict[str, list[str]] = {}
    for line in requirements.splitlines():
        if match := re.match(r"([a-z0-9][\w.-]*)==", line):
            found[match[1]] = []
        else:
            list(found.values())[-1].append(line.strip(" \\"))
    return found
