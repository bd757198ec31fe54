"""/schedule: what is scheduled, listed by code, also when nothing can be asked of Claude."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from memory.tags import one_line, one_name
from messaging.commands.registry import TEAM, Answer, Asked, command
from messaging.formatting.markdown import verbatim
from scheduling import plans, times, wording
from scheduling.lately import troubles
from scheduling.models import Occurrence, Task
from scheduling.outcomes import NO_BUDGET, OVER_LIMIT
from scheduling.outstanding import outstanding
from scheduling.phrases import phrase
from scheduling.rules import RuleError
from scheduling.telling import theirs
from scheduling.times import Upcoming

MOST_TASKS, MOST_SKIPS, MOST_TROUBLES = 20, 3, 5
LONGEST_TITLE = 100
SIGNS: dict[str, str] = {Task.State.PAUSED: "⏸ ", Task.State.DISABLED: "⚠️ "}
WHY = {OVER_LIMIT: "limit", NO_BUDGET: "budget", plans.LATE: "late", plans.OVERTAKEN: "late"}


@command(
    "schedule",
    about={"en": "What is scheduled", "es": "Qué hay programado"},
    words={"en": ("schedule", "reminders"), "es": ("agenda", "programado", "recordatorios")},
    roles=TEAM,
    private=True,
)
def show_schedule(asked: Asked) -> Answer:
    tasks = theirs(asked.role, asked.contact.pk)
    listed = outstanding(tasks)
    rows = list(listed.order_by("next_run_at", "pk")[: MOST_TASKS + 1])
    lines = list(task_lines(asked, rows[:MOST_TASKS]))
    if not lines:
        lines = [phrase("listed_nothing", asked.language)]
    else:
        lines = [phrase("listed", asked.language, zone=asked.tenant.timezone), "", *lines]
    if len(rows) > MOST_TASKS:
        lines.append(phrase("listed_more", asked.language, count=str(listed.count() - MOST_TASKS)))
    bad = list(troubles(tasks, asked.now)[:MOST_TROUBLES])
    if bad:
        lines += ["", phrase("listed_troubles", asked.language), "", *(trouble_line(asked, each) for each in bad)]
    return Answer(text="\n".join(lines))


def task_lines(asked: Asked, tasks: Sequence[Task]) -> Iterator[str]:
    ahead, skipped = times.upcoming_of(tasks, 1, asked.now), times.skips_of(tasks)
    running = times.running([task for task in tasks if not ahead[task.pk]])
    for task in tasks:
        whose = ""
        if task.contact_id != asked.contact.pk:
            whose = phrase("listed_whose", asked.language, name=verbatim(one_name(task.contact.name) or "?"))
        zone = "" if not task.timezone else phrase("listed_zone", asked.language, zone=verbatim(task.timezone))
        yield phrase(
            "listed_task",
            asked.language,
            sign=SIGNS.get(task.state, ""),
            title=plain(task.title),
            whose=whose,
            rule=verbatim(rule_of(task, asked.language, asked.now)),
            zone=zone,
            standing=phrase("listed_running", asked.language)
            if task.pk in running and task.state == Task.State.DONE
            else standing(task, ahead[task.pk], skipped[task.pk], asked),
        )


def standing(task: Task, ahead: Sequence[Upcoming], skips: Iterable[datetime], asked: Asked) -> str:
    if task.state == Task.State.PAUSED:
        return phrase("listed_paused", asked.language)
    if task.state == Task.State.DISABLED:
        return phrase("listed_disabled", asked.language)
    if not ahead:
        return phrase("listed_over", asked.language)
    at = ahead[0].fires_at
    before = sorted(skip for skip in skips if asked.now < skip < at)[:MOST_SKIPS]
    skipped = [shown(skip, task.zone, asked.language) for skip in before]
    key = "listed_skipped" if skipped else "listed_next"
    return phrase(key, asked.language, at=shown(at, task.zone, asked.language), skipped=", ".join(skipped))


def trouble_line(asked: Asked, bad: Occurrence) -> str:
    is_failed = bad.state == Occurrence.State.FAILED
    key = "failed" if is_failed else WHY.get(bad.reason, "late" if "too late" in bad.reason else "other")
    why = phrase(f"trouble_{key}", asked.language)
    if bad.times > 1:
        why = phrase("trouble_times", asked.language, why=why, count=str(bad.times))
    at = shown(bad.scheduled_for, bad.task.zone, asked.language)
    return phrase("listed_trouble", asked.language, title=plain(bad.task.title), at=at, why=why)


def rule_of(task: Task, language: str, now: datetime) -> str:
    try:
        return wording.in_words(task.rule, language, task.zone, now)
    except RuleError:
        return task.phrase


def shown(at: datetime, zone: ZoneInfo, language: str) -> str:
    return verbatim(wording.day_and_time(at.astimezone(zone), language))


def plain(title: str) -> str:
    return verbatim(one_line(title, LONGEST_TITLE))
