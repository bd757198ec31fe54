"""The catalogue of hostile scripts: what each tries stands in its file, how it must end in `catalogue.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SCRIPTS = HERE / "scripts"
AREAS = ("processes", "output", "reading", "escaping", "network", "results")
MIB = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Attack:
    """A row of the catalogue: every condition that is given must hold."""

    area: str
    name: str
    script: str  # its file's name; the same script may be tried in several ways
    ends: frozenset[str]  # the outcomes it may have
    stopped: frozenset[str] = frozenset()  # what may have stopped it: names of errors, or its own word for it
    most: Mapping[str, int] = field(default_factory=dict)  # how much of something it may have got
    reason: str = ""  # stands in its reason, where it ends as an error
    result: Any = None  # what it returns, word for word
    never: str = ""  # must stand in nothing that comes out
    seconds: float = 15.0
    memory: int = 256 * MIB
    hosts: tuple[str, ...] = ()  # declared ones: it runs with a proxy
    args: Mapping[str, Any] = field(default_factory=dict)
    secret: bool = False  # it holds a credential, the marker, which must not come out in any code
    examined: bool = False  # looked at from outside, too, while it runs

    @property
    def id(self) -> str:
        return f"{self.area}/{self.name}"

    @property
    def path(self) -> Path:
        return SCRIPTS / self.area / f"{self.script}.py"

    @property
    def tries(self) -> str:
        """The words of its first line."""
        return self.path.read_text().partition("\n")[0].removeprefix("# Tries: ")


@cache
def catalogue() -> dict[str, Attack]:
    """By id, in the order of the file."""
    return {attack.id: attack for attack in _rows(tomllib.loads((HERE / "catalogue.toml").read_text()))}


def _rows(document: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Iterator[Attack]:
    for area, rows in document.items():
        for name, row in rows.items():
            details = dict(row)
            stopped = frozenset(details.pop("stopped", "").split())
            ends = frozenset(details.pop("ends", "ok").split())
            hosts = tuple(details.pop("hosts", "").split())
            memory, script = details.pop("mib", 256) * MIB, details.pop("script", name)
            yield Attack(
                area=area, name=name, script=script, ends=ends, stopped=stopped, hosts=hosts, memory=memory, **details
            )
