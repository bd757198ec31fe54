"""A version tried out by an operator: run as Claude's calls are, without network and real credentials unless asked."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from tenants_app import audit
from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope
from tooling import credentials, executions, scripts
from tooling.arguments import SchemaArguments
from tooling.credentials import Held
from tooling.models import Execution, ToolVersion
from tooling.registry import ToolContext
from tooling.scripts import Done
from tooling.types import ToolResult
from tooling.versions import subject_of


@dataclass(frozen=True, kw_only=True)
class Tried:
    done: Done
    told: ToolResult  # what Claude would have read


def try_version(
    tenant: Tenant,
    version_id: uuid.UUID,
    arguments: Mapping[str, Any],
    *,
    actor: str,
    reach_hosts: bool = False,
    real_credentials: bool = False,
) -> Tried:
    """Run it and write that down. Outside of any scope.

    Raises BadArgumentsError, SandboxMissing, PoolFull, and ToolError where a credential is missing.
    """
    with tenant_scope(tenant):
        version = ToolVersion.objects.select_related("tool", "tenant").get(tenant=tenant, pk=version_id)
    taken = SchemaArguments(version.schema).check(arguments)
    context = ToolContext(
        tenant_id=str(tenant.pk),
        conversation_id="",
        contact_id="",
        role="owner",
        timezone=tenant.timezone,
        language=tenant.language,
        now=timezone.now(),
        turn_id="",
    )
    with scripts.pool().place(tenant.pk):
        with tenant_scope(tenant):
            held = credentials.for_version(tenant, version) if real_credentials else made_up(version)
        version.hosts = version.hosts if reach_hosts else []  # of this object, which is never saved
        done = scripts.execute(version, taken, held, context, seconds=version.seconds)
    tried = Tried(done=done, told=scripts.told(version, done))
    _write_down(tenant, version, taken, tried, actor, reached_hosts=reach_hosts, real_credentials=real_credentials)
    return tried


def made_up(version: ToolVersion) -> Held:
    """In place of real credentials: those that the script itself holds; a request gets none put in."""
    names = [each["name"] for each in version.credentials if not each.get("host")]
    return Held(secrets={name: f"placeholder-{name}" for name in names}, injections={}, known=())


def _write_down(
    tenant: Tenant, version: ToolVersion, arguments: Mapping[str, Any], tried: Tried, actor: str, **how: bool
) -> None:
    ran = tried.told.ran
    with tenant_scope(tenant):
        if ran is not None:
            executions.record(
                tenant.pk,
                kind=Execution.Kind.TRY,
                name=version.tool.name,
                ran=ran,
                version_id=version.pk,
                number=version.number,
                arguments_hash=executions.hash_of(arguments),
            )
        subject = subject_of(version.tool)
        audit.record(tenant, actor, "tool.tried", subject, name=version.tool.name, number=version.number, **how)
