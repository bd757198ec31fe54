"""Making and changing tasks in the admin, with what is understood of the words shown as they are typed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from memory.admin.pages import chosen_contact
from scheduling import changes
from scheduling.admin.forms import TaskForm
from scheduling.admin.pages import TaskPages
from scheduling.changes import ScheduleError, timing_of
from scheduling.models import Task
from scheduling.telling import rule_of
from scheduling.times import Upcoming, upcoming
from tenants_app.admin.base import actor_of
from tenants_app.admin.pages import chosen_tenant
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope

SHOWN = 5  # times to come
ZONES = sorted(available_timezones())
PAGE = 50  # tenants to choose from
REHEARSAL = "system"  # of what is undone at once
NOT_SAID = "…"  # stands for what is to be done while it is not written yet


@dataclass(frozen=True, kw_only=True)
class Understood:
    """What the form would make, as it would really come."""

    rule: str
    task: Task
    ahead: Sequence[Upcoming]
    what: str = ""  # where the words beside the time say it
    is_there: bool = False  # the same one was made just now


Verb = Callable[[datetime], Understood]


class Writing(TaskPages):
    def urls_of_writing(self) -> list[URLPattern]:
        preview = require_POST(self.preview_view)
        return [
            self.at("new/", self.tenants_view, "scheduling_task_new"),
            self.at("of/<uuid:tenant_id>/new/", self.new_view, "scheduling_task_new"),
            self.at("of/<uuid:tenant_id>/preview/", preview, "scheduling_task_preview"),
            self.at("<uuid:task_id>/edit/", self.edit_view, "scheduling_task_edit"),
            self.at("<uuid:task_id>/preview/", require_POST(self.edit_preview_view), "scheduling_task_edit_preview"),
        ]

    def tenants_view(self, request: HttpRequest) -> HttpResponse:
        """Whose new task."""
        self.require(request, "add")
        asked = request.GET.get("q", "").strip()
        tenants = Tenant.objects.order_by("slug")
        if asked:
            tenants = tenants.filter(Q(slug__icontains=asked) | Q(name__icontains=asked))
        shown = Paginator(tenants, PAGE).get_page(request.GET.get("p"))
        context = {"title": "A new scheduled task: for which tenant?", "asked": asked, "shown": shown}
        return self.page(request, "task/tenants", None, context)

    def new_view(self, request: HttpRequest, tenant_id: uuid.UUID) -> HttpResponse:
        """`?contact=` has it begin for that person."""
        self.require(request, "add")
        tenant = chosen_tenant(tenant_id)
        contact = chosen_contact(tenant, request.GET.get("contact", ""))
        form = TaskForm(request.POST or None, tenant=tenant, initial={"contact": contact})
        if form.is_valid():
            try:
                with tenant_scope(tenant):
                    wish, by = form.wish, actor_of(request)
                    made = changes.create(form.cleaned_data["contact"], wish, by=by, now=timezone.now())
            except ScheduleError as refusal:
                refused(form, refusal)
            else:
                messages.success(
                    request, "It is scheduled." if made.is_new else "It was scheduled already: this is it."
                )
                return redirect("admin:scheduling_task_change", made.task.pk)
        context = {
            "title": f"A new scheduled task of {tenant.name}",
            "form": form,
            "has_team": Contact.objects.filter(tenant=tenant, role__in=("owner", "staff")).exists(),
            "preview": reverse("admin:scheduling_task_preview", args=[tenant.pk]),
            "back": reverse("admin:scheduling_task_changelist"),
            "button": "Schedule it",
            "zones": ZONES,
        }
        return self.page(request, "task/form", tenant, context)

    def edit_view(self, request: HttpRequest, task_id: uuid.UUID) -> HttpResponse:
        task = self.chosen(request, task_id)
        form = TaskForm(request.POST or None, tenant=task.tenant, task=task)
        if form.is_valid():
            try:
                with tenant_scope(task.tenant):
                    changes.change(task, form.change_of(task), by=actor_of(request), now=timezone.now())
            except ScheduleError as refusal:
                refused(form, refusal)
            else:
                messages.success(request, "It is changed.")
                return redirect("admin:scheduling_task_change", task.pk)
        context = {
            "title": f"Change {task.title}",
            "task": task,
            "form": form,
            "has_team": True,
            "preview": reverse("admin:scheduling_task_edit_preview", args=[task.pk]),
            "back": reverse("admin:scheduling_task_change", args=[task.pk]),
            "button": "Save",
            "zones": ZONES,
        }
        return self.page(request, "task/form", task.tenant, context)

    # --- live --------------------------------------------------------------------------------------------------------

    def preview_view(self, request: HttpRequest, tenant_id: uuid.UUID) -> HttpResponse:
        self.require(request, "add")
        tenant = chosen_tenant(tenant_id)
        form = TaskForm(request.POST, tenant=tenant)
        return previewed(request, form, tenant, lambda now: as_made(tenant, form, now))

    def edit_preview_view(self, request: HttpRequest, task_id: uuid.UUID) -> HttpResponse:
        task = self.chosen(request, task_id)
        form = TaskForm(request.POST, tenant=task.tenant, task=task)
        return previewed(request, form, task.tenant, lambda now: as_changed(task, form, now))


def refused(form: TaskForm, refusal: ScheduleError) -> None:
    """Beside the words about time, where they are what was wrong."""
    form.add_error("when" if refusal.code else None, str(refusal))


def previewed(request: HttpRequest, form: TaskForm, tenant: Tenant, verb: Verb) -> HttpResponse:
    context: dict[str, Any] = {}
    if form.is_valid():
        try:
            context["understood"] = rehearsed(tenant, verb)
        except ScheduleError as refusal:
            context["refusal"] = str(refusal)
    elif form.data.get("when", "").strip():
        context["errors"] = [(form[name].label, error) for name, found in form.errors.items() for error in found]
    return render(request, "admin/scheduling/task/preview.html", context)


def rehearsed(tenant: Tenant, verb: Verb) -> Understood:
    """What the verb would leave, found out by doing it: nothing of it stays. Raises ScheduleError."""
    with tenant_scope(tenant), transaction.atomic():
        understood = verb(timezone.now())
        transaction.set_rollback(True)
    return understood


def as_made(tenant: Tenant, form: TaskForm, now: datetime) -> Understood:
    wish, contact = form.wish, form.cleaned_data["contact"]
    nothing_yet = Task(tenant=tenant, contact=contact, timezone=changes.zone_in(wish.zone))
    subject = timing_of(wish.when, nothing_yet, now).subject
    whole = replace(wish, what=wish.what or subject or NOT_SAID)
    made = changes.create(contact, whole, by=REHEARSAL, now=now)
    return understood_of(made.task, now, what="" if wish.what else subject, is_there=not made.is_new)


def as_changed(task: Task, form: TaskForm, now: datetime) -> Understood:
    return understood_of(changes.change(task, form.change_of(task), by=REHEARSAL, now=now), now)


def understood_of(task: Task, now: datetime, *, what: str = "", is_there: bool = False) -> Understood:
    ahead = upcoming(task, SHOWN, now)
    return Understood(rule=rule_of(task, now), task=task, ahead=ahead, what=what, is_there=is_there)
