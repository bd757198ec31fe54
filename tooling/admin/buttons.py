"""What the pages of a tool and its versions do with one click: test, make live, go back, switch off, delete."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern
from django.views.decorators.http import require_POST

from tenants_app.admin.base import actor_of
from tenants_app.scope import tenant_scope
from tooling import selftest, versions
from tooling.admin.pages import ToolPages, version_of
from tooling.admin.writing import page_of
from tooling.models import CustomTool
from tooling.registry import ToolError
from tooling.sandbox.types import SandboxMissing

Verb = Callable[[HttpRequest, CustomTool], str]


class Buttons(ToolPages):
    """Each button is a verb of `versions` or `selftest`, which writes the trail."""

    def urls_of_buttons(self) -> list[URLPattern]:
        switches: dict[str, Verb] = {"enable": enable, "disable": disable}
        return [
            self.at(
                "<uuid:tool_id>/versions/<int:number>/test/",
                require_POST(self.test_view),
                "tooling_customtool_test",
            ),
            self.at(
                "<uuid:tool_id>/versions/<int:number>/live/",
                require_POST(self.live_view),
                "tooling_customtool_live",
            ),
            self.at("<uuid:tool_id>/remove/", self.remove_view, "tooling_customtool_remove"),
            *(
                self.at(
                    f"<uuid:tool_id>/{name}/",
                    require_POST(partial(self.switched, verb=verb)),
                    f"tooling_customtool_{name}",
                )
                for name, verb in switches.items()
            ),
        ]

    def test_view(self, request: HttpRequest, tool_id: uuid.UUID, number: int) -> HttpResponse:
        """In the sandbox, while the browser waits."""
        version = self.chosen_version(request, tool_id, number, "change")
        try:
            report = selftest.run(version.tenant, version.pk, actor=actor_of(request))
        except SandboxMissing as missing:
            messages.error(request, f"It could not be tested, as the sandbox is not complete here: {missing}")
        except ToolError as error:
            messages.error(request, f"It could not be tested: {error}")
        else:
            passed = sum(case.passed for case in report.cases)
            said = f"Self-test of version {number}: {passed} of {len(report.cases)} passed. {report.why}"
            messages.add_message(request, messages.SUCCESS if report.passed else messages.ERROR, said)
        return redirect(page_of(version))

    def live_view(self, request: HttpRequest, tool_id: uuid.UUID, number: int) -> HttpResponse:
        """A newer or an older version: to go back is the same."""
        tool = self.chosen(request, tool_id, "change")
        version = version_of(tool, number)
        try:
            with tenant_scope(tool.tenant):
                versions.go_live(version, actor=actor_of(request))
        except versions.NotReady as refusal:
            messages.error(request, str(refusal))
        else:
            off = "" if tool.enabled else " The tool itself is switched off."
            messages.success(request, f"Version {number} is live: Claude is offered it from now on.{off}")
        return redirect("admin:tooling_customtool_change", tool.pk)

    def switched(self, request: HttpRequest, tool_id: uuid.UUID, verb: Verb) -> HttpResponse:
        tool = self.chosen(request, tool_id, "change")
        with tenant_scope(tool.tenant):
            done = verb(request, tool)
        messages.success(request, done)
        return redirect("admin:tooling_customtool_change", tool.pk)

    def remove_view(self, request: HttpRequest, tool_id: uuid.UUID) -> HttpResponse:
        """Asks first: it cannot be taken back."""
        tool = self.chosen(request, tool_id, "delete")
        if request.method != "POST":
            return self.page(request, "tool/remove", tool.tenant, {"title": f"Delete {tool.name}", "tool": tool})
        with tenant_scope(tool.tenant):
            versions.delete(tool, actor=actor_of(request))
        messages.success(request, f"{tool.name} is deleted, with all its versions.")
        return redirect("admin:tooling_customtool_changelist")


def enable(request: HttpRequest, tool: CustomTool) -> str:
    versions.enable(tool, actor=actor_of(request))
    return f"{tool.name} is switched on."


def disable(request: HttpRequest, tool: CustomTool) -> str:
    versions.disable(tool, actor=actor_of(request), reason="Switched off by an operator.")
    return f"{tool.name} is switched off: Claude is not offered it."
