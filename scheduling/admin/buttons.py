"""What a task's page does: run it now, pause and resume it, leave out one of its times, delete it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from messaging.assignments import TASK
from messaging.models import Message
from scheduling import changes
from scheduling.admin.pages import TaskPages
from scheduling.admin.runs import moment
from scheduling.changes import ScheduleError
from scheduling.models import Occurrence, Task
from scheduling.times import upcoming
from tenants_app.admin.base import actor_of
from tenants_app.scope import tenant_scope

AHEAD = 20  # times among which one to leave out is found: more than a page shows
Verb = Callable[[HttpRequest, Task, datetime], str]


class Buttons(TaskPages):
    """Each button is a verb of `changes`, which writes the trail."""

    def urls_of_buttons(self) -> list[URLPattern]:
        verbs: dict[str, Verb] = {"run": run, "pause": pause, "resume": resume, "skip": skip, "unskip": unskip}
        posted = [
            self.at(
                f"<uuid:task_id>/{name}/",
                require_POST(partial(self.pressed, verb=verb)),
                f"scheduling_task_{name}",
            )
            for name, verb in verbs.items()
        ]
        return [
            self.at("<uuid:task_id>/remove/", self.remove_view, "scheduling_task_remove"),
            self.at("of-message/<uuid:message_id>/", self.message_view, "scheduling_task_of_message"),
            *posted,
        ]

    def pressed(self, request: HttpRequest, task_id: uuid.UUID, verb: Verb) -> HttpResponse:
        task = self.chosen(request, task_id)
        try:
            with tenant_scope(task.tenant):
                done = verb(request, task, timezone.now())
        except ScheduleError as refusal:
            messages.error(request, f"Nothing was changed. {refusal}")
        else:
            messages.success(request, done)
        return redirect("admin:scheduling_task_change", task.pk)

    def remove_view(self, request: HttpRequest, task_id: uuid.UUID) -> HttpResponse:
        """Asks first: it cannot be taken back."""
        task = self.chosen(request, task_id, "delete")
        if request.method != "POST":
            return self.page(request, "task/remove", task.tenant, {"title": f"Delete {task.title}", "task": task})
        with tenant_scope(task.tenant):
            changes.delete(task, by=actor_of(request))
        messages.success(request, f"“{task.title}” is deleted, with its run log.")
        return redirect("admin:scheduling_task_changelist")

    def message_view(self, request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
        """From a message that a task put into a conversation to the task."""
        if not self.may(request, "view"):
            raise PermissionDenied
        message = Message.objects.filter(pk=message_id, kind=TASK).first()
        if message is None:
            raise Http404("There is no such message.")
        ids = occurrence_of(message)
        occurrence = Occurrence.objects.filter(tenant=message.tenant_id, pk__in=ids).first()
        if occurrence is None:
            messages.warning(request, "The scheduled task behind this message was deleted.")
            return redirect("admin:messaging_conversation_message", message.pk)
        return redirect(reverse("admin:scheduling_task_change", args=[occurrence.task_id]))


def occurrence_of(message: Message) -> list[uuid.UUID]:
    """Its id, as the message's key tells, which `acting` made; none where it does not."""
    try:
        return [uuid.UUID((message.key or "").split(":")[1])]
    except (IndexError, ValueError):
        return []


def run(request: HttpRequest, task: Task, now: datetime) -> str:
    changes.run_now(task, by=actor_of(request))
    return "It runs in a moment, beside its times, which stay as they are. Its outcome comes into the log."


def pause(request: HttpRequest, task: Task, now: datetime) -> str:
    changes.pause(task, by=actor_of(request), reason="Paused by an operator.")
    return "It is paused: it does not come until it is resumed."


def resume(request: HttpRequest, task: Task, now: datetime) -> str:
    changes.resume(task, by=actor_of(request), now=now)
    return "It goes on."


def skip(request: HttpRequest, task: Task, now: datetime) -> str:
    """The time that the page showed. Pressed twice, it leaves out that one only. Raises ScheduleError."""
    at = moment(request.POST.get("at", ""))
    coming = next((each for each in upcoming(task, AHEAD, now) if each.scheduled_for == at), None)
    if coming is None:
        raise ScheduleError("That is none of its next times any more.")
    changes.skip(task, [coming.scheduled_for], by=actor_of(request), now=now)
    return f"Left out: {shown(coming.scheduled_for, task)}. The times after it stay."


def unskip(request: HttpRequest, task: Task, now: datetime) -> str:
    """Raises ScheduleError."""
    at = moment(request.POST.get("at", ""))
    if at is None or not changes.unskip(task, [at], by=actor_of(request), now=now):
        raise ScheduleError("That time is not left out, or has passed.")
    return f"It comes after all: {shown(at, task)}."


def shown(at: datetime, task: Task) -> str:
    return f"{at.astimezone(task.zone):%a %Y-%m-%d %H:%M}"
