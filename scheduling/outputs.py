"""What the assistant is told when a task's time has come, and what is kept of what came of it."""

from __future__ import annotations

from datetime import datetime

from memory.tags import one_line
from scheduling.models import Occurrence, Task

KEPT = 2000  # characters of what was said
EARLIER = 3  # of the task's outputs, told with the next
TOLD = 300  # characters of each


def cut(text: str, longest: int = KEPT) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def words_for(occurrence: Occurrence, task: Task, now: datetime) -> str:
    """The task's own words with when it was due, when it runs, and what came of it before."""
    due, local = occurrence.scheduled_for.astimezone(task.zone), now.astimezone(task.zone)
    lines = [
        f"Task: {task.title}",
        f"Due: {due:%A, %Y-%m-%d %H:%M}; runs now, at {local:%Y-%m-%d %H:%M} ({task.zone_name})",
        f"What to do: {task.instruction}",
    ]
    if occurrence.attempts > 1:
        lines.append(f"This is attempt {occurrence.attempts}; the one before failed.")
    before = Occurrence.objects.filter(task=task, state=Occurrence.State.DONE).exclude(output="")
    for earlier in before.exclude(pk=occurrence.pk).order_by("-scheduled_for")[:EARLIER]:
        at = earlier.scheduled_for.astimezone(task.zone)
        lines.append(f"Said on {at:%Y-%m-%d %H:%M}: {one_line(earlier.output, TOLD)}")
    return "\n".join(lines)
