"""`manage.py install_tool_packages FILE`: the packages that tenants' own tools may import, in place of those before."""

from __future__ import annotations

import json
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants_app.audit import record_installation
from tooling import packages

ACTOR = "command:install_tool_packages"


class Command(BaseCommand):
    help = "Install exactly the packages of a requirements file (- for standard input) for tenants' own tools."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="as pip takes it; pin the versions")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *_: Any, **options: Any) -> None:
        with tempfile.TemporaryDirectory() as place:
            file = Path(options["file"])
            if options["file"] == "-":
                file = Path(place) / "requirements.txt"
                file.write_text(sys.stdin.read())
            elif not file.is_file():
                raise CommandError(f"There is no file {file}.")
            try:
                names = packages.install(file)
            except packages.InstallError as error:
                raise CommandError(f"Nothing was changed: {error}") from error
        record_installation("tool_packages.installed", ACTOR, packages=names)
        if options["json"]:
            self.stdout.write(json.dumps({"packages": names, "directory": str(packages.directory())}))
        else:
            self.stdout.write(f"{len(names)} packages in {packages.directory()}: {', '.join(names) or 'none'}")
