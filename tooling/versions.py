"""The life of a tenant's own tool: saved as a version, live once its self-test ran green, back again, switched off.

Call inside the tenant's scope. Sessions notice a change by themselves: their tools are compared with the prompt's.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields

from django.utils import timezone

from tenants_app import audit
from tenants_app.models import Tenant
from tooling.drafts import Complaint, Draft, InvalidTool, checked
from tooling.models import CustomTool, ToolVersion

CONTENT = tuple(each.name for each in fields(Draft) if each.name != "name")


class NotReady(ValueError):
    """Why a version cannot become live, in words for whoever asked."""


@dataclass(frozen=True, kw_only=True)
class Saved:
    version: ToolVersion
    is_new: bool  # not where the tool has a version with the same content


def save(tenant: Tenant, draft: Draft, *, actor: str, origin: str = "") -> Saved:
    """A new version, of a new tool where there is none of this name; raises InvalidTool.

    `origin`: where it comes from, such as "pack:mortgage_payment"; else it is the actor.
    """
    draft = checked(draft)
    digest = digest_of(draft)
    tenant = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)  # savings come one after the other
    tool = CustomTool.objects.filter(tenant=tenant, name=draft.name).first() or _new_tool(tenant, draft.name, actor)
    versions = ToolVersion.objects.select_related("tool").filter(tenant=tenant, tool=tool)
    known = versions.filter(digest=digest).order_by("number").last()
    if known is not None:
        return Saved(version=known, is_new=False)
    newest = versions.order_by("number").last()
    version = ToolVersion.objects.create(
        tenant=tenant,
        tool=tool,
        number=newest.number + 1 if newest else 1,
        digest=digest,
        origin=(origin or actor)[:150],
        **content_of(draft),
    )
    audit.record(tenant, actor, "tool.saved", subject_of(tool), name=tool.name, number=version.number, origin=origin)
    return Saved(version=version, is_new=True)


def draft_of(version: ToolVersion) -> Draft:
    """To change it and save it again."""
    return Draft(name=version.tool.name, **{name: getattr(version, name) for name in CONTENT})


def digest_of(draft: Draft) -> str:
    """The same for drafts that say the same, in whichever order."""
    text = json.dumps(content_of(draft), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def content_of(draft: Draft) -> dict[str, object]:
    return {name: value for name, value in asdict(draft).items() if name in CONTENT}


def go_live(version: ToolVersion, *, actor: str) -> bool:
    """From now on Claude is offered this version, newer or older than the one before; False where it was live already.

    Raises NotReady where its self-test did not run green.
    """
    tool = CustomTool.objects.select_for_update().get(tenant=version.tenant_id, pk=version.tool_id)
    version = ToolVersion.objects.get(tenant=version.tenant_id, pk=version.pk)
    if version.state != ToolVersion.State.GREEN:
        raise NotReady(
            f"Version {version.number} of {tool.name} cannot become live: "
            + ("its self-test failed." if version.state == ToolVersion.State.RED else "its self-test has not run yet.")
        )
    if tool.live_id == version.pk:
        return False
    before = ToolVersion.objects.filter(tenant=version.tenant_id, pk=tool.live_id).first() if tool.live_id else None
    tool.live = version
    tool.save(update_fields=["live", "changed_at"])
    number = before.number if before else 0
    action = "tool.went_back" if number > version.number else "tool.went_live"
    audit.record(tool.tenant, actor, action, subject_of(tool), name=tool.name, number=version.number, before=number)
    return True


def disable(tool: CustomTool, *, actor: str, reason: str = "") -> bool:
    """Claude is offered it no longer; False where it was off already."""
    changed = CustomTool.objects.filter(tenant=tool.tenant_id, pk=tool.pk, enabled=True).update(
        enabled=False, disabled_reason=reason[:300], changed_at=timezone.now()
    )
    if changed:
        audit.record(tool.tenant, actor, "tool.disabled", subject_of(tool), name=tool.name, reason=reason[:300])
    return bool(changed)


def enable(tool: CustomTool, *, actor: str) -> bool:
    changed = CustomTool.objects.filter(tenant=tool.tenant_id, pk=tool.pk, enabled=False).update(
        enabled=True, disabled_reason="", changed_at=timezone.now()
    )
    if changed:
        audit.record(tool.tenant, actor, "tool.enabled", subject_of(tool), name=tool.name)
    return bool(changed)


def delete(tool: CustomTool, *, actor: str) -> None:
    """With all its versions; what its runs were stays."""
    audit.record(tool.tenant, actor, "tool.deleted", subject_of(tool), name=tool.name)
    CustomTool.objects.filter(tenant=tool.tenant_id, pk=tool.pk)._raw_delete(using="default")  # the database cascades


def subject_of(tool: CustomTool) -> str:
    return f"customtool {tool.pk}"


def _new_tool(tenant: Tenant, name: str, actor: str) -> CustomTool:
    count = CustomTool.objects.filter(tenant=tenant).count()
    if count >= tenant.max_tools:
        text = (
            f"There are {count} tools, and this business may have {tenant.max_tools}: delete one, or raise the limit."
        )
        raise InvalidTool([Complaint(field="name", text=text)])
    tool = CustomTool.objects.create(tenant=tenant, name=name)
    audit.record(tenant, actor, "tool.created", subject_of(tool), name=name)
    return tool
