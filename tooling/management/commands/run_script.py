"""`manage.py run_script FILE`: runs a file as a tenant's tool would run, in the sandbox."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from tooling.sandbox.results import Unfit, strict
from tooling.sandbox.runner import run
from tooling.sandbox.types import MEBIBYTE, Network, Run, SandboxMissing, Script

SHOWN = ("outcome", "reason", "result", "stdout", "stderr", "ms")


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
        parser.add_argument("--timeout", metavar="SECONDS", type=float, default=30.0)
        parser.add_argument("--memory", metavar="MIB", type=int, default=256)
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            ended = run(script_of(options), network_of(options["allow_host"]))
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
                stream.write(text)
        if ended.outcome == "ok":
            self.stdout.write(json.dumps(ended.result, ensure_ascii=False, indent=2))
        else:
            self.stderr.write(f"{ended.outcome}: {ended.reason}")
        self.stderr.write(f"{ended.ms} ms")


def script_of(options: dict[str, Any]) -> Script:
    try:
        source = Path(options["file"]).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{options['file']} cannot be read: {error}") from None
    if options["timeout"] <= 0 or options["memory"] <= 0:
        raise Refused("--timeout and --memory must be above zero")
    return Script(
        source=source,
        args=args_of(options["given"]),
        secrets=dict(secret_of(entry) for entry in options["secret"]),
        now=datetime.now(UTC),
        seconds=options["timeout"],
        memory_bytes=options["memory"] * MEBIBYTE,
    )


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
    return name, value


def network_of(hosts: list[str]) -> Network | None:
    if not hosts:
        return None
    from tooling.egress import HostError, Proxy

    try:
        return Proxy(allowed=hosts)
    except HostError as error:
        raise Refused(f"--allow-host: {error}") from None
