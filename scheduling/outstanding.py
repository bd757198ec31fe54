"""Which tasks people are shown and may stop: not those that are over, unless their last time is still to come out."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from scheduling.models import Occurrence, Task
from tenants_app.literals import Literal


def outstanding(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """Also one that has no further time, but whose last waits (quiet hours, another attempt) or is being done."""
    times = Occurrence.objects.filter(tenant=OuterRef("tenant"), task=OuterRef("pk"))
    waits, runs = times.filter(due_at__isnull=False), times.filter(state=Literal(Occurrence.State.RUNNING))
    return tasks.filter(~Q(state=Task.State.DONE) | Exists(waits) | Exists(runs))
