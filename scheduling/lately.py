"""Times of tasks that did not happen as they should have, which people are shown."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from scheduling import acting, plans
from scheduling.changes import ASKED, MOVED
from scheduling.models import Occurrence, Task

LATELY = timedelta(days=7)
AS_WANTED = (ASKED, MOVED, plans.QUIET, acting.PAUSED, acting.DISABLED, acting.NOT_OF_US, acting.OPTED_OUT)


def troubles(tasks: QuerySet[Task], now: datetime) -> QuerySet[Occurrence]:
    """Those of the last days that failed, or were skipped though nobody wanted it; the newest first."""
    state = Occurrence.State
    bad = Q(state=state.FAILED) | (Q(state=state.SKIPPED) & ~Q(reason__in=AS_WANTED))
    rows = Occurrence.objects.filter(bad, task__in=tasks, scheduled_for__range=(now - LATELY, now))
    return rows.select_related("task__tenant").order_by("-scheduled_for", "pk")
