"""Which tasks people are shown and may stop: not those that are over, unless their last time is still to come out."""

from __future__ import annotations

from django.db.models import QuerySet

from scheduling.models import Occurrence, Task
from tenants_app.literals import Literal

STATES = [state for state in Task.State if state != Task.State.DONE]


def outstanding(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """Also one that has no further time, but whose last waits (quiet hours, another attempt) or is being done.

    Each of the three is found by its index, so that what is over costs nothing. Inside the tenant's scope.
    """
    going = Task.objects.filter(state__in=STATES).values("pk")
    waits = Occurrence.objects.filter(due_at__isnull=False).values("task")
    runs = Occurrence.objects.filter(state=Literal(Occurrence.State.RUNNING)).values("task")
    return tasks.filter(pk__in=going.union(waits, runs, all=True))
