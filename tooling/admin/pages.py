"""What the pages of tools, their versions and their credentials have in common."""

from __future__ import annotations

import json
import uuid
from typing import Any, ClassVar

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse

from tenants_app.admin.pages import Pages
from tenants_app.models import Tenant
from tooling.models import CustomTool, ToolVersion

BY_TENANT = "tenant__id__exact"  # of a list's filter
PAGE = 50  # tenants to choose from


class ToolingPages(Pages):
    """Part of an admin class."""

    pages_in: ClassVar[str] = "tooling"

    def tenants_page(self, request: HttpRequest, title: str, link: str) -> HttpResponse:
        """Whose new one: `link` is the name of the page that takes a tenant."""
        asked = request.GET.get("q", "").strip()
        tenants = Tenant.objects.order_by("slug")
        if asked:
            tenants = tenants.filter(Q(slug__icontains=asked) | Q(name__icontains=asked))
        shown = Paginator(tenants, PAGE).get_page(request.GET.get("p"))
        return self.page(request, "tenants", None, {"title": title, "asked": asked, "shown": shown, "link": link})


class ToolPages(ToolingPages):
    """Part of the admin of tools."""

    def chosen(self, request: HttpRequest, tool_id: uuid.UUID, verb: str) -> CustomTool:
        self.require(request, verb)
        found = CustomTool.objects.select_related("tenant", "live").filter(pk=tool_id).first()
        if found is None:
            raise Http404("There is no such tool.")
        return found

    def chosen_version(self, request: HttpRequest, tool_id: uuid.UUID, number: int, verb: str) -> ToolVersion:
        return version_of(self.chosen(request, tool_id, verb), number)


def version_of(tool: CustomTool, number: int | str) -> ToolVersion:
    """With its tool and tenant."""
    is_number = isinstance(number, int) or (number.isascii() and number.isdecimal() and len(number) < 10)
    found = ToolVersion.objects.filter(tenant=tool.tenant_id, tool=tool, number=int(number)) if is_number else ()
    for version in found:
        version.tool, version.tenant = tool, tool.tenant
        return version
    raise Http404("There is no such version.")


def pretty(value: Any) -> str:
    """JSON for people; lone surrogates, which stored JSON may hold, become question marks."""
    return json.dumps(value, indent=2, ensure_ascii=False).encode("utf-8", "replace").decode()
