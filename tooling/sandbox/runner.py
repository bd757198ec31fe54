"""The way to run a tenant's script: thread-safe, and refused on a machine that cannot hold one. No Django."""

from __future__ import annotations

from collections.abc import Iterable

from tooling.sandbox import probe
from tooling.sandbox.attempt import attempt
from tooling.sandbox.shown import shown
from tooling.sandbox.types import ALL, Layers, Network, Run, Script


def run(script: Script, network: Network | None = None, *, known: Iterable[str] = (), layers: Layers = ALL) -> Run:
    """The run without its script's secrets and those `known` beside them, in whichever encoding.

    Raises SandboxMissing where this machine cannot hold a script. `layers` is for tests only.
    """
    if layers == ALL:
        probe.require()
    ended = attempt(script, network, layers=layers)
    return shown(ended, [*script.secrets.values(), *known], bounded="output" in layers)
