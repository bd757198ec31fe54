"""What the assistant is told when a task's time has come, and what is kept of what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from memory.tags import one_line
from scheduling.models import Occurrence, Task

KEPT = 2000  # characters of what was said
EARLIER = 3  # of the task's outputs, told with the next
TOLD = 300  # characters of each


def cut(text: str, longest: int = KEPT) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def words_for(occurrence: Occurrence, task: Task, earlier: Sequence[Occurrence], now: datetime) -> str:
    """The task's own words with when it was due, when it runs, and what came of it before."""
    due, local = occurrence.scheduled_for.astimezone(task.zone), now.astimezone(task.zone)
    lines = [
        f"Task: {task.title}",
        f"Due: {due:%A, %Y-%m-%d %H:%M}; runs now, at {local:%Y-%m-%d %H:%M} ({task.zone_name})",
        f"What to do: {task.instruction}",
    ]
    if occurrence.attempts > 1:
        lines.append(f"This is attempt {occurrence.attempts}; the one before failed.")
    for before in earlier:
        at = before.scheduled_for.astimezone(task.zone)
        lines.append(f"Said on {at:%Y-%m-%d %H:%M}: {one_line(before.output, TOLD)}")
    return "\n".join(lines)


def earlier(occurrence: Occurrence, task: Task) -> list[Occurrence]:
    """Those whose outputs are told with this one, the newest first."""
    rows = Occurrence.objects.filter(task=task, state=Occurrence.State.DONE).exclude(output="")
    told = rows.select_related("message__turn__session").defer("message__raw")
    return list(told.exclude(pk=occurrence.pk).order_by("-scheduled_for")[:EARLIER])


def is_untrusted(before: Occurrence) -> bool:
    """Whether words from outside may have a part in its output; also where that cannot be told any more."""
    if before.message is None:
        return True
    turn = before.message.turn
    session = turn.session if turn is not None else None
    return before.message.forwarded or (session is not None and session.tainted)
