"""A tenant's own tools as Claude is offered them: the live versions of those that are enabled."""

from __future__ import annotations

import uuid
from typing import Any, cast

from tooling import scripts
from tooling.arguments import SchemaArguments
from tooling.models import CustomTool, ToolVersion
from tooling.registry import ROLES, Autonomy, Effect, Role, Tool, ToolContext, ToolError
from tooling.toolbox import Toolbox
from tooling.types import ToolResult

LEFT_OUT = ("live__source", "live__tests", "live__report")  # which a turn needs only where it runs the tool, or never
GONE = "This tool was turned off just now; nothing was done."


def toolbox_of(tenant_id: uuid.UUID) -> Toolbox:
    """The built-in tools and the tenant's. Inside its scope."""
    rows = CustomTool.objects.select_related("live").filter(tenant=tenant_id, enabled=True, live__isnull=False)
    return Toolbox(tool_of(row) for row in rows.defer(*LEFT_OUT))


def tool_of(row: CustomTool) -> Tool:
    """Its live version as a tool: raises ValueError where it has none."""
    version = row.live
    if version is None:
        raise ValueError(f"{row.name} has no live version")
    return Tool(
        name=row.name,
        description=version.description,
        roles=roles_of(version),
        repeatable=version.repeatable,
        effect=cast("Effect", version.effect),
        function=_Call(row.tenant_id, str(version.pk)),
        signature=SchemaArguments(version.schema),
        from_outside=bool(version.hosts),
        autonomy=cast("Autonomy", version.autonomy),
        version=str(version.pk),
        number=version.number,
    )


def roles_of(version: ToolVersion) -> frozenset[Role]:
    if version.autonomy == ToolVersion.Autonomy.OWNER_ONLY:
        return frozenset({"owner"})
    return frozenset(role for role in ROLES if role in version.roles)


class _Call:
    """What runs the version, which is looked up then: the source need not be at hand in turns that do not call it."""

    def __init__(self, tenant_id: uuid.UUID, version_id: str) -> None:
        self._tenant_id = tenant_id
        self._version_id = version_id

    def __call__(self, context: ToolContext, /, **arguments: Any) -> ToolResult:
        """Raises ToolError."""
        version = scripts.version_at(self._tenant_id, self._version_id)
        if version is None:
            raise ToolError(GONE)
        return scripts.run_version(version, arguments, context)
