"""`manage.py run_script FILE`: runs a file as a tenant's tool would run, in the sandbox."""

from __future__ import annotations

import json
import math
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, OutputWrapper

from tooling import packages
from tooling.sandbox.results import Unfit, strict
from tooling.sandbox.runner import run
from tooling.sandbox.shown import seen
from tooling.sandbox.types import MEBIBYTE, Network, Run, SandboxMissing, Script

SHOWN = ("outcome", "reason", "result", "stdout", "stderr", "ms")
SECONDS = (0.1, 600)
MEMORY_MIB = (32, 4096)


class Refused(Exception):
    """Why nothing was run."""


class Command(BaseCommand):
    help = "Run a Python file with run(args, context) as a tenant's tool would run. Ends with 1 unless that went well."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the script")
        parser.add_argument(
            "--args", dest="given", metavar="JSON", default="{}", help="an object: the first argument of run()"
        )
        parser.add_argument("--allow-host", metavar="HOST", action="append", default=[], help="may be given many times")
        parser.add_argument("--secret", metavar="NAME=VALUE", action="append", default=[], help="in context.secrets")
        parser.add_argument("--timeout", metavar="SECONDS", default="30")
        parser.add_argument("--memory", metavar="MIB", default="256")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            script = script_of(options)
            ended = run(script, network_of(options["allow_host"], script))
        except (Refused, SandboxMissing) as error:
            ended = Run(outcome="refused", reason=str(error))
        if options["json"]:
            self.stdout.write(json.dumps({name: value for name, value in asdict(ended).items() if name in SHOWN}))
        else:
            self.print(ended)
        if ended.outcome != "ok":
            raise SystemExit(1)

    def print(self, ended: Run) -> None:
        for stream, text in ((self.stdout, ended.stdout), (self.stderr, ended.stderr), (self.stderr, ended.traceback)):
            if text:
                write(stream, text)
        if ended.outcome == "ok":
            write(self.stdout, seen(json.dumps(ended.result, ensure_ascii=False, indent=2)))
        else:
            write(self.stderr, f"{ended.outcome}: {ended.reason}")
        self.stderr.write(f"{ended.ms} ms")


def write(stream: OutputWrapper, text: str) -> None:
    """In whichever encoding the terminal has."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))


def script_of(options: dict[str, Any]) -> Script:
    try:
        source = Path(options["file"]).read_bytes().decode("utf-8-sig")
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, or no path at all
        raise Refused(f"{options['file']} cannot be read: {error}") from None
    return Script(
        source=source,
        args=args_of(options["given"]),
        secrets=dict(secret_of(entry) for entry in options["secret"]),
        now=datetime.now(UTC),
        seconds=number_of("--timeout", options["timeout"], SECONDS),
        memory_bytes=round(number_of("--memory", options["memory"], MEMORY_MIB)) * MEBIBYTE,
        packages=packages.directory(),
    )


def number_of(name: str, text: str | float, within: tuple[float, float]) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not within[0] <= number <= within[1]:
        raise Refused(f"{name} must be a number from {within[0]:g} to {within[1]:g}")
    return number


def args_of(text: str) -> dict[str, Any]:
    try:
        args = strict(text.encode())
    except (Unfit, UnicodeEncodeError) as error:
        raise Refused(f"--args is no JSON object: {error}") from None
    if not isinstance(args, dict):
        raise Refused("--args is no JSON object")
    return args


def secret_of(entry: str) -> tuple[str, str]:
    name, equals, value = entry.partition("=")
    if not (name and equals):
        raise Refused("--secret must be NAME=VALUE")
    if any("\ud800" <= character <= "\udfff" for character in entry):  # bytes that argv could not decode
        raise Refused("--secret is not UTF-8")
    return name, value


def network_of(hosts: list[str], script: Script) -> Network | None:
    if not hosts:
        return None
    from tooling.egress import HostError, Limits, Proxy

    try:
        return Proxy(allowed=hosts, secrets=script.secrets.values(), limits=Limits(seconds=script.seconds))
    except HostError as error:
        raise Refused(f"--allow-host: {error}") from None
