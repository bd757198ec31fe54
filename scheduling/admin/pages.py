from __future__ import annotations

import uuid
from typing import ClassVar

from django.http import Http404, HttpRequest

from scheduling.models import Task
from tenants_app.admin.pages import Pages


class TaskPages(Pages):
    """Part of the admin of tasks."""

    pages_in: ClassVar[str] = "scheduling"

    def chosen(self, request: HttpRequest, task_id: uuid.UUID, verb: str = "change") -> Task:
        self.require(request, verb)
        found = Task.objects.select_related("tenant", "contact").filter(pk=task_id).first()
        if found is None:
            raise Http404("There is no such scheduled task.")
        return found
