"""The time now, in the tenant's zone or any other."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tooling.registry import ToolContext, ToolError, tool


@tool(roles=frozenset({"owner", "staff", "customer"}), repeatable=True)
def current_time(
    context: ToolContext,
    timezone: Annotated[str | None, "IANA name such as Europe/Madrid; leave out for the business's own zone"] = None,
) -> str:
    """Tell the date, weekday and time now, in the business's time zone or in another one.

    Use it whenever an answer depends on the date or time; never guess either.
    """
    name = timezone or context.timezone
    try:
        now = context.now.astimezone(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # OSError: a name such as "Europe" is a folder of the zone files
        raise ToolError(
            f"{name!r} is no time zone. Use an IANA name such as Europe/Madrid or America/New_York."
        ) from None
    offset = now.strftime("%z")
    return f"{now:%A}, {now:%Y-%m-%d %H:%M:%S} {name} (UTC{offset[:3]}:{offset[3:5]}, ISO week {now:%V})"
