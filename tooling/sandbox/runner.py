"""The way to run a tenant's script: thread-safe, and refused on a machine that cannot hold one. No Django."""

from __future__ import annotations

from dataclasses import replace

from tooling.egress.redaction import Redactor
from tooling.sandbox import probe
from tooling.sandbox.attempt import attempt
from tooling.sandbox.types import ALL, Layers, Network, Run, Script


def run(script: Script, network: Network | None = None, *, layers: Layers = ALL) -> Run:
    """Raises SandboxMissing where this machine cannot hold a script. `layers` is for tests only."""
    if layers == ALL:
        probe.require()
    ended = attempt(script, network, layers=layers)
    return _without(ended, list(script.secrets.values())) if script.secrets else ended


def _without(ended: Run, secrets: list[str]) -> Run:
    """The run as anybody may see it: in no text of it does a secret stand, in whichever encoding."""
    redactor = Redactor(secrets)
    return replace(
        ended,
        reason=redactor.text(ended.reason),
        result=redactor.json(ended.result),
        stdout=redactor.text(ended.stdout),
        stderr=redactor.text(ended.stderr),
        traceback=redactor.text(ended.traceback),
    )
