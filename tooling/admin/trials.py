"""Trying a version out: a form from its schema, and what came of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern

from tenants_app.admin.base import actor_of
from tooling.admin.arguments import TryForm
from tooling.admin.outcomes import COLOURS, WORDS
from tooling.admin.pages import ToolPages, pretty
from tooling.models import ToolVersion
from tooling.pool import PoolFull
from tooling.registry import ToolError
from tooling.sandbox import probe
from tooling.sandbox.types import SandboxMissing
from tooling.schema import BadArgumentsError
from tooling.trying import Tried, try_version
from tooling.versions import subject_of

FULL = "Too many tools are running just now; nothing was done. Try again in a minute."


class Trials(ToolPages):
    def urls_of_trials(self) -> list[URLPattern]:
        place = "<uuid:tool_id>/versions/<int:number>/try/"
        return [self.at(place, self.try_view, "tooling_customtool_try")]

    def try_view(self, request: HttpRequest, tool_id: uuid.UUID, number: int) -> HttpResponse:
        """Runs while the browser waits: as long as the version may at most."""
        version = self.chosen_version(request, tool_id, number, "change")
        is_sent = request.method == "POST"
        form = TryForm(version.schema, request.POST if is_sent else None, example=example_of(version))
        context = {
            "title": f"Try {version.tool.name}, version {number}",
            "tool": version.tool,
            "version": version,
            "form": form,
            **(tried(request, version, form) if is_sent and form.is_valid() else {}),
        }
        return self.page(request, "tool/try", version.tenant, context, subject=subject_of(version.tool))


def tried(request: HttpRequest, version: ToolVersion, form: TryForm) -> Mapping[str, Any]:
    """What the page shows of it; of complaints about arguments, the form tells."""
    given = form.cleaned_data
    try:
        done = try_version(
            version.tenant,
            version.pk,
            form.arguments,
            actor=actor_of(request),
            reach_hosts=given["reach_hosts"],
            real_credentials=given["real_credentials"],
        )
    except BadArgumentsError as problem:
        form.refuse(problem)
        return {}
    except PoolFull:
        return {"refusal": FULL}
    except (SandboxMissing, ToolError) as problem:
        return {"refusal": str(problem), "layers": probe.missing()}
    return {**outcome_of(done), "layers": probe.check()}


def outcome_of(tried: Tried) -> Mapping[str, Any]:
    run = tried.done.run
    return {
        "run": run,
        "colour": COLOURS[run.outcome],
        "word": WORDS[run.outcome],
        "result": pretty(run.result) if run.outcome == "ok" else "",
        "told": tried.told.content,
        "requests": tried.done.requests,
    }


def example_of(version: ToolVersion) -> Mapping[str, Any]:
    """The arguments of its first test that has some."""
    return next((test["args"] for test in version.tests if test.get("args")), {})
