"""`manage.py add_tool --tenant SLUG DIR`: a tool pack for a tenant, tested, and live when that went well."""

from __future__ import annotations

import getpass
import json
from argparse import ArgumentParser, BooleanOptionalAction
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants_app.crossings import operator
from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope
from tooling import credentials, selftest, versions
from tooling.drafts import InvalidTool
from tooling.models import ToolVersion
from tooling.packs import PackError, read_pack
from tooling.registry import ToolError
from tooling.sandbox.types import SandboxMissing


class Command(BaseCommand):
    help = "Install a tool pack (tool.toml, tool.py, tests) for a tenant. Safe to run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", required=True)
        parser.add_argument("directory", metavar="DIR", type=Path, help="such as toolpacks/mortgage_payment")
        parser.add_argument(
            "--live", action=BooleanOptionalAction, default=True, help="offer it to Claude once its tests are green"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *_: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no tenant “{options['tenant']}”.")
        actor = operator(getpass.getuser())
        try:
            answer = install(tenant, options["directory"], live=options["live"], actor=actor)
        except InvalidTool as error:
            if options["json"]:
                self.stdout.write(json.dumps({"tenant": tenant.slug, "complaints": error.by_field}))
            raise CommandError(f"The tool cannot be saved:\n{error}") from error
        except (PackError, ToolError) as error:
            raise CommandError(str(error)) from error
        except SandboxMissing as error:
            raise CommandError(f"The tool is saved, not tested and not live: {error}") from error
        if options["json"]:
            self.stdout.write(json.dumps(answer))
        else:
            self.print(answer)
        if answer["state"] != ToolVersion.State.GREEN:
            raise CommandError(f"The self-test of {answer['tool']} failed, so it is not live.")

    def print(self, answer: dict[str, Any]) -> None:
        new = "is saved" if answer["new"] else "was there already"
        self.stdout.write(f"{answer['tool']}: version {answer['version']} {new}.")
        for case in answer["cases"]:
            style = self.style.SUCCESS("ok    ") if case["passed"] else self.style.ERROR("failed")
            self.stdout.write(f"  {style} {case['name']}{'' if case['passed'] else ': ' + case['why']}")
        if answer["why"]:
            self.stdout.write(f"  {answer['why']}")
        if answer["live"]:
            self.stdout.write("It is live: Claude is offered it from the next message on.")
        if answer["disabled"]:
            self.stdout.write(f"It is switched off: {answer['disabled']}")
        for name in answer["missing_credentials"]:
            self.stdout.write(
                f"It needs the credential {name}: manage.py add_credential --tenant {answer['tenant']} {name} --kind …"
            )


def install(tenant: Tenant, directory: Path, *, live: bool, actor: str) -> dict[str, Any]:
    draft = read_pack(directory)
    with tenant_scope(tenant):
        saved = versions.save(tenant, draft, actor=actor, origin=f"pack:{directory.resolve().name}")
    version = saved.version
    if version.state != ToolVersion.State.GREEN:
        selftest.run(tenant, version.pk, actor=actor)
    with tenant_scope(tenant):
        version = ToolVersion.objects.select_related("tool").get(tenant=tenant, pk=version.pk)
        if live and version.state == ToolVersion.State.GREEN:
            versions.go_live(version, actor=actor)
        version.tool.refresh_from_db()
        tool = version.tool
        return {
            "tenant": tenant.slug,
            "tool": tool.name,
            "version": version.number,
            "new": saved.is_new,
            "state": version.state,
            "live": tool.live_id == version.pk,
            "disabled": "" if tool.enabled else tool.disabled_reason or "by an operator",
            "cases": [
                {name: case[name] for name in ("name", "passed", "why", "outcome", "ms")}
                for case in version.report.get("cases", ())
            ],
            "why": version.report.get("why", ""),
            "missing_credentials": credentials.missing(tenant, version),
        }
