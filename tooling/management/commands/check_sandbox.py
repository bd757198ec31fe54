"""`manage.py check_sandbox`: each layer of the sandbox for tenants' tools, and what it stopped just now."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tooling.sandbox.probe import Layer, check


class Command(BaseCommand):
    help = "Try each layer of the sandbox for tenants' tools. Ends with 1 where one is missing, and says how to get it."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *_: Any, **options: Any) -> None:
        layers = check()
        works = all(layer.works for layer in layers)
        if options["json"]:
            self.stdout.write(json.dumps({"works": works, "layers": [asdict(layer) for layer in layers]}))
        else:
            for layer in layers:
                self.print(layer)
        if not works:
            raise CommandError("Tenants' tools cannot run here: a layer of the sandbox is missing.", returncode=1)

    def print(self, layer: Layer) -> None:
        mark = self.style.SUCCESS("ok     ") if layer.works else self.style.ERROR("missing")
        self.stdout.write(f"{mark} {layer.name:32} {layer.stopped}")
        if layer.how_to_get:
            self.stdout.write(f"        → {layer.how_to_get}")
