"""A tenant's own tools as Claude is offered them: the live versions of those that are enabled."""

from __future__ import annotations

import uuid

from tooling.models import CustomTool
from tooling.registry import Tool
from tooling.toolbox import Toolbox


def toolbox_of(tenant_id: uuid.UUID) -> Toolbox:
    """The built-in tools and the tenant's. Inside its scope."""
    rows = CustomTool.objects.select_related("live").filter(tenant=tenant_id, enabled=True, live__isnull=False)
    return Toolbox(tool_of(row) for row in rows)


def tool_of(row: CustomTool) -> Tool:
    """Raises NotImplementedError until scripts can run."""
    raise NotImplementedError(row.name)
