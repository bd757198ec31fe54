"""A tool's context outside of any turn, and the book of messages for it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from tenants_app.models import Tenant
from tooling.registry import Role, ToolContext


class _Unknown:
    """Knows no message behind anything."""

    def tie_revision(self, revision_id: uuid.UUID, turn_id: uuid.UUID) -> None:
        pass


UNKNOWN = _Unknown()


def context_of(tenant: Tenant, role: Role) -> ToolContext:
    return ToolContext(
        tenant_id=str(tenant.pk),
        conversation_id=str(uuid.uuid4()),
        contact_id=str(uuid.uuid4()),
        role=role,
        timezone="UTC",
        language="en",
        now=datetime(2026, 11, 23, tzinfo=UTC),
        turn_id=str(uuid.uuid4()),
    )
