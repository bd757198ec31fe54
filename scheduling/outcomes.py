"""What became of an occurrence: done, skipped, to be tried again, failed; and who is told. Inside the tenant's scope,
chat, tenant, task and occurrence locked."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, time, timedelta

from messaging.channels import get_channel
from messaging.formatting.markdown import verbatim
from messaging.models import Conversation, Message
from messaging.turn_end import Manner, say
from scheduling.clock import place
from scheduling.language import tongue_of
from scheduling.models import Occurrence, Task
from scheduling.phrases import phrase
from tenants_app import audit
from tenants_app.literals import Literal
from tenants_app.models import Tenant

RETRY_FIRST_SECONDS = 30.0
RETRY_MOST_SECONDS = 3600.0
MOST_ATTEMPTS = 9  # of a reminder; the last comes an hour after the one before
MOST_TURNS = 3  # attempts of what the assistant does: each is paid for, after tries of its own
MOST_FAILURES = 3  # occurrences in a row that failed for good, before the task is disabled
NOTICE = Manner(proactive=True, purpose="reminder", whoever_has_it=True)

OVER_LIMIT = "The day's limit of scheduled tasks was reached."
NO_BUDGET = "The budget was used up."
TOLD_ONCE = {OVER_LIMIT: "limit", NO_BUDGET: "budget"}  # a day


def succeed(occurrence: Occurrence, task: Task, now: datetime) -> None:
    end(occurrence, Occurrence.State.DONE, "", now)
    if task.failures:
        task.failures = 0
        task.save(update_fields=["failures"])


def skip(occurrence: Occurrence, task: Task, conversation: Conversation | None, reason: str, now: datetime) -> None:
    key = TOLD_ONCE.get(reason)
    if key is not None and not is_told(task.tenant, reason, now):
        limit = str(task.tenant.proactive_limit)
        tell(conversation, task, phrase(f"skipped_{key}", language_of(task), limit=limit, title=task.title), now)
        audit.alert(task.tenant, f"schedule.{key}", f"Scheduled tasks are skipped: {reason}")
    occurrence.began_at = now
    end(occurrence, Occurrence.State.SKIPPED, reason, now)


def is_told(tenant: Tenant, reason: str, now: datetime) -> bool:
    """Whether a task was skipped for this today already."""
    skipped = Occurrence.objects.filter(tenant=tenant, began_at__gte=midnight(tenant, now))
    return skipped.filter(state=Literal(Occurrence.State.SKIPPED), reason=reason).exists()


def fail(
    occurrence: Occurrence,
    task: Task,
    conversation: Conversation | None,
    why: str,
    now: datetime,
    *,
    final: bool = False,
) -> None:
    """Have it tried again after a while; at last it has failed for good, and its person hears of it. `final`: at once,
    where another try would do again what was done."""
    most = MOST_TURNS if task.kind == Task.Kind.TASK else MOST_ATTEMPTS
    if not final and occurrence.attempts < most:
        put_off(occurrence, now + timedelta(seconds=retry_in(occurrence.attempts)), why)
        return
    end(occurrence, Occurrence.State.FAILED, why, now)
    task.failures += 1
    key = "failed"
    if task.failures >= MOST_FAILURES or task.state == Task.State.DONE:
        task.state, task.state_reason, task.next_run_at = Task.State.DISABLED, why[:300], None
        key = "disabled"
        audit.alert(task.tenant, "schedule.disabled", f"A scheduled task was disabled: {why}")
    task.save(update_fields=["failures", "state", "state_reason", "next_run_at"])
    at = told_at(occurrence.scheduled_for, task, now)
    tell(conversation, task, phrase(key, language_of(task), title=task.title, at=at), now)


def retry_in(attempts: int) -> float:
    """Seconds: doubling from 30 to an hour, with ±20 %."""
    doubled = RETRY_FIRST_SECONDS * 2.0 ** min(max(attempts - 1, 0), 20)
    return min(doubled, RETRY_MOST_SECONDS) * random.uniform(0.8, 1.2)  # noqa: S311 - jitter


def put_off(occurrence: Occurrence, until: datetime, why: str) -> None:
    occurrence.state, occurrence.reason = Occurrence.State.DUE, why[:300]
    release(occurrence)
    occurrence.due_at = until
    occurrence.save()


def end(occurrence: Occurrence, state: Occurrence.State, reason: str, now: datetime) -> None:
    occurrence.state, occurrence.reason, occurrence.ended_at = state, reason[:300], now
    release(occurrence)
    occurrence.save()


def release(occurrence: Occurrence) -> None:
    occurrence.due_at, occurrence.lease_until, occurrence.worker = None, None, ""


# --- Words ------------------------------------------------------------------------------------------------------------


def tell(conversation: Conversation | None, task: Task, text: str, now: datetime) -> Message | None:
    """The text as it is, in the chat; nothing where there is none. As little verified as the task."""
    if conversation is None:
        return None
    parts = get_channel(conversation.account.kind).render(verbatim(text))
    return say(conversation, None, text, parts, now, notice_for(task))


def notice_for(task: Task) -> Manner:
    return replace(NOTICE, outside=task.tainted)


def language_of(task: Task) -> str:
    """What its person is written to in: else the language in which they said when."""
    return task.contact.language or tongue_of(task.phrase) or task.tenant.language


def told_at(moment: datetime, task: Task, now: datetime) -> str:
    """A time by the task's clock; with its date, unless that is today's."""
    local = moment.astimezone(task.zone)
    is_today = local.date() == now.astimezone(task.zone).date()
    return f"{local:%H:%M}" if is_today else f"{local:%Y-%m-%d %H:%M}"


def midnight(tenant: Tenant, now: datetime) -> datetime:
    """At which the tenant's day began."""
    return place(datetime.combine(now.astimezone(tenant.zone).date(), time()), tenant.zone)
