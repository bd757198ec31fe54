"""Tools of the business's own in the export of memory, and what their runs say of a person who is erased."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from memory.erasure import batched
from memory.export import Page, one_line
from messaging.scrubbing import Search, cut_column
from tenants_app.marks import ERASED
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope
from tooling.models import CustomTool, Execution, ToolVersion


def own_tools(tenant: Tenant, contact: Contact | None) -> Iterator[Page]:
    """Each tool's live version, else its newest: all that another installation needs of it, and no credential."""
    if contact is not None:
        return
    for tool in batched(CustomTool.objects.filter(tenant=tenant)):
        versions = ToolVersion.objects.filter(tenant=tenant, tool=tool).order_by("-number")
        version = (versions.filter(pk=tool.live_id).first() if tool.live_id else None) or versions.first()
        if version is not None:
            lines = described(tool, version)
            yield Page(path=f"tools/{tool.name}.md", lines=lines, about=f"the tool {tool.name}, with its source")


def described(tool: CustomTool, version: ToolVersion) -> Iterator[str]:
    state = "live" if tool.enabled and tool.live_id == version.pk else "not live"
    yield f"# {tool.name}"
    yield ""
    yield one_line(version.description)
    yield ""
    yield f"- Version {version.number}, {state}"
    yield f"- For {', '.join(version.roles)}; {version.autonomy}, {version.effect}"
    yield f"- {'Repeatable' if version.repeatable else 'Not repeatable'}; {version.seconds} s, {version.memory_mb} MiB"
    yield f"- Hosts: {', '.join(version.hosts) or 'none'}"
    yield f"- Credentials: {', '.join(each['name'] for each in version.credentials) or 'none'}"
    for title, value in (("Arguments", version.schema), ("Self-test", version.tests)):
        yield from ("", f"## {title}", "")
        yield from indented(json.dumps(value, indent=2, ensure_ascii=False))
    yield from ("", "## Source", "")
    yield from indented(version.source)


def indented(text: str) -> Iterator[str]:
    """As code, whatever stands in it."""
    return (f"    {line}" for line in text.splitlines())


def scrub_runs(search: Search) -> int:
    """Errors of tools, and addresses that they asked for, may name somebody; of the person's own chats none of it
    stays. That a tool ran and how it ended says nothing of anybody."""
    runs = Execution.objects.filter(tenant=search.tenant)
    with tenant_scope(search.tenant):
        own = runs.filter(conversation_id__in=search.own)
        changed = own.update(error="", requests=[], conversation_id=None, session_id=None, turn_id=None)
    changed += cut_column(runs.exclude(signature="", error=""), search.marks, "signature", "error")
    for row in batched(runs.exclude(requests=[])):
        requests = [without_them(each, search) for each in row.requests]
        if requests != row.requests:
            with tenant_scope(search.tenant):
                changed += runs.filter(pk=row.pk).update(requests=requests)
    return changed


def without_them(request: dict[str, Any], search: Search) -> dict[str, Any]:
    names_them = search.marks.tells(unquote(str(request.get("path", ""))), names=True)
    return {**request, "path": ERASED} if names_them else request
