"""Tools of a tenant's own for tests: saved and made live as people do it, but for the self-test, which is not run."""

from __future__ import annotations

from typing import Any

from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope
from tooling import versions
from tooling.drafts import Draft
from tooling.models import CustomTool, Execution, ToolVersion

ANYTHING = {"type": "object", "properties": {"word": {"type": "string"}, "secret": {"type": "string"}}}
TESTS: list[dict[str, Any]] = [{"args": {}}]


def install(tenant: Tenant, source: str, name: str = "lookup", **fields: Any) -> CustomTool:
    """`source`: the body of `run(args, context)`, or all of the script."""
    if "def run(" not in source:
        source = "def run(args, context):\n" + "".join(f"    {line}\n" for line in source.splitlines())
    given = {"description": "Looks something up.", "schema": ANYTHING, "effect": "none", "tests": TESTS, **fields}
    with tenant_scope(tenant):
        version = versions.save(tenant, Draft(name=name, source=source, **given), actor="test").version
        ToolVersion.objects.filter(pk=version.pk).update(state=ToolVersion.State.GREEN)
        versions.go_live(version, actor="test")
        return CustomTool.objects.select_related("live").get(pk=version.tool_id)


def runs(tenant: Tenant, **filters: Any) -> list[Execution]:
    with tenant_scope(tenant):
        return list(Execution.objects.filter(**filters).select_related("version").order_by("started_at", "pk"))
