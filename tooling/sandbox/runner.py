"""The way to run a tenant's script: thread-safe, and refused on a machine that cannot hold one. No Django."""

from __future__ import annotations

from tooling.sandbox import probe
from tooling.sandbox.attempt import attempt
from tooling.sandbox.types import ALL, Layers, Network, Run, Script


def run(script: Script, network: Network | None = None, *, layers: Layers = ALL) -> Run:
    """Raises SandboxMissing where this machine cannot hold a script. `layers` is for tests only."""
    if layers == ALL:
        probe.require()
    return attempt(script, network, layers=layers)
