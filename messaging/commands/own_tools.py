"""/tools: the business's own tools and whether they work, listed by code."""

from __future__ import annotations

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Subquery

from messaging.commands.registry import TEAM, Answer, Asked, command
from messaging.formatting.markdown import verbatim
from messaging.phrases import phrase
from tooling.custom import LEFT_OUT, roles_of
from tooling.models import CustomTool, Execution

LOOKED_AT = 20  # of the newest runs of each


@command(
    "tools",
    about={"en": "Your own tools, and whether they work", "es": "Tus herramientas, y si funcionan"},
    words={"en": ("tools",), "es": ("herramientas",)},
    roles=TEAM,
)
def show_tools(asked: Asked) -> Answer:
    """To the staff those that they may use."""
    lines = [
        line_of(asked, tool)
        for tool in tools_of(asked)
        if asked.role == "owner" or (tool.live is not None and asked.role in roles_of(tool.live))
    ]
    if not lines:
        return Answer(text=phrase("tools_none", asked.language))
    return Answer(text="\n".join([phrase("tools_begin", asked.language), "", *lines]))


def tools_of(asked: Asked) -> QuerySet[CustomTool]:
    """Each with how its newest runs ended, the newest first, and when that was. A refused call is no run."""
    runs = Execution.objects.filter(tenant=OuterRef("tenant"), name=OuterRef("name"), kind=Execution.Kind.TOOL)
    newest = runs.exclude(outcome=Execution.Outcome.REFUSED).order_by("-started_at")
    tools = CustomTool.objects.filter(tenant=asked.tenant).select_related("live").defer(*LEFT_OUT)
    return tools.annotate(
        ended=ArraySubquery(newest.values("outcome")[:LOOKED_AT]), last_at=Subquery(newest.values("started_at")[:1])
    ).order_by("name")


def line_of(asked: Asked, tool: CustomTool) -> str:
    ended, last_at = list(tool.ended), tool.last_at  # type: ignore[attr-defined]
    values = {"name": verbatim(tool.name)}
    if not tool.enabled:
        reason = f" ({verbatim(tool.disabled_reason)})" if tool.disabled_reason else ""
        return phrase("tools_off", asked.language, reason=reason, **values)
    if tool.live is None:
        return phrase("tools_unready", asked.language, **values)
    if not ended:
        return phrase("tools_unused", asked.language, **values)
    key = "tools_working" if ended[0] == Execution.Outcome.OK else "tools_failed"
    values["good"], values["count"] = str(ended.count(Execution.Outcome.OK)), str(len(ended))
    return phrase(key, asked.language, on=f"{last_at.astimezone(asked.tenant.zone):%Y-%m-%d %H:%M}", **values)
