"""An occurrence's time has come: the reminder is sent, or the assistant gets its task. One short transaction each.

Nothing outside the database happens in it, so that whoever dies in it has done nothing, and whoever ends it has done
it once.
"""

from __future__ import annotations

import logging
import random
import uuid
from datetime import datetime, time, timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from messaging.assignments import assign
from messaging.channels import get_channel
from messaging.models import Conversation, Message
from messaging.moves import FORMER
from messaging.owners import chats_of
from messaging.turn_end import Manner, say
from scheduling import outputs, plans
from scheduling.claims import Claim, LeaseLost, guard
from scheduling.clock import place
from scheduling.models import Occurrence, Task
from scheduling.phrases import phrase
from scheduling.quiet import Quiet
from tenants_app import audit
from tenants_app.faults import fault
from tenants_app.models import ContactAddress, Tenant
from tenants_app.scope import tenant_scope

logger = logging.getLogger(__name__)

RETRY_FIRST_SECONDS = 30.0
RETRY_MOST_SECONDS = 3600.0
MOST_ATTEMPTS = 8
MOST_FAILURES = 3  # occurrences in a row that failed for good, before the task is disabled
WAIT_WHILE_PAUSED = timedelta(minutes=1)
LATE = timedelta(minutes=10)  # from then on people are told that it is late
BY = "schedule"
NOTICE = Manner(proactive=True, purpose="reminder", whoever_has_it=True)


def act(claim: Claim) -> None:
    """Do what is due. Raises LeaseLost."""
    with tenant_scope(claim.tenant_id):
        waiting = Occurrence.objects.select_related("task__contact", "task__tenant").filter(pk=claim.occurrence_id)
        found = waiting.first()
        if found is None:
            raise LeaseLost(f"occurrence {claim.occurrence_id} was deleted")
        conversation = lock_chat(found.task)
        task = locked(found.task_id)
        occurrence = guard(claim)
        now = timezone.now()
        occurrence.attempts += 1
        occurrence.began_at = now
        if conversation is None:
            fail(occurrence, task, None, "There is no chat in which they can be written to.", now)
        elif (reason := reason_to_skip(occurrence, task, now)) is not None:
            skip(occurrence, task, conversation, reason, now)
        elif task.kind == Task.Kind.TASK and task.tenant.is_paused:
            wait(occurrence, task, conversation, now)
        elif task.kind == Task.Kind.REMINDER:
            remind(occurrence, task, conversation, now)
        else:
            hand_over(occurrence, task, conversation, now)
        fault("in_occurrence")
    fault("after_occurrence")


def locked(task_id: uuid.UUID) -> Task:
    """Always before its occurrences."""
    return Task.objects.select_for_update(of=("self",)).select_related("tenant", "contact").get(pk=task_id)


def lock_chat(task: Task) -> Conversation | None:
    """The chat that the task is for, locked: where it was made, else where its person was heard of last."""
    usable = Conversation.objects.filter(contact=task.contact_id).exclude(chat_id__startswith=f"{FORMER}:")
    lost = ContactAddress.objects.filter(
        tenant=OuterRef("tenant"), kind=OuterRef("account__kind"), address=OuterRef("chat_id")
    ).exclude(unreachable_at=None)
    own = usable.filter(pk__in=[task.conversation_id]).exclude(Exists(lost)).values_list("pk", flat=True).first()
    chosen: uuid.UUID | None = own or chats_of(task.contact, None).values_list("pk", flat=True).first()
    if chosen is None:
        return None
    rows = Conversation.objects.select_for_update(of=("self",)).select_related("tenant", "account", "contact")
    return rows.filter(pk=chosen).first()


def reason_to_skip(occurrence: Occurrence, task: Task, now: datetime) -> str | None:
    """One of SKIPPED. What somebody asked for just now is skipped only where its person must not get it."""
    if not task.contact.is_trusted:
        return "role"
    if task.contact.opted_out_at is not None:
        return "opted_out"
    if occurrence.trigger == Occurrence.Trigger.ASKED:
        return None
    if task.state in (Task.State.PAUSED, Task.State.DISABLED):
        return str(task.state)
    if occurrence.attempts == 1 and is_too_late(occurrence, task, now):
        return "late"
    if begun_today(task.tenant, now) >= task.tenant.proactive_limit:
        return "limit"
    return None


def is_too_late(occurrence: Occurrence, task: Task, now: datetime) -> bool:
    """Nobody ran it for so long that it is not worth it any more; quiet hours do not count."""
    quiet = None if task.in_quiet_hours else quiet_of(task.tenant)
    due = (quiet.until(occurrence.scheduled_for) if quiet is not None else None) or occurrence.scheduled_for
    worth = LATE if task.misfire == Task.Misfire.SKIP else timedelta(seconds=task.misfire_seconds)
    return now - due > worth


SKIPPED = {
    "paused": "The task was paused.",
    "disabled": "The task was disabled.",
    "role": "Its person is not one of the business any more.",
    "opted_out": "Its person wants no messages that they did not ask for.",
    "limit": "The day's limit of scheduled tasks was reached.",
    "budget": "The budget was used up.",
    "late": plans.LATE,
    "tenant": "The assistant was paused, and it was too late afterwards.",
}


TOLD_ONCE = {"limit", "budget"}  # a day


def quiet_of(tenant: Tenant) -> Quiet | None:
    if tenant.quiet_from is None or tenant.quiet_until is None:
        return None
    return Quiet(tenant.quiet_from, tenant.quiet_until, tenant.zone)


def begun_today(tenant: Tenant, now: datetime) -> int:
    begun = Occurrence.objects.filter(tenant=tenant, began_at__gte=midnight(tenant, now))
    return begun.exclude(state=Occurrence.State.SKIPPED).count()


def midnight(tenant: Tenant, now: datetime) -> datetime:
    return place(datetime.combine(now.astimezone(tenant.zone).date(), time()), tenant.zone)


def skip(occurrence: Occurrence, task: Task, conversation: Conversation, reason: str, now: datetime) -> None:
    if reason in TOLD_ONCE and not is_told(task.tenant, reason, now):
        limit = str(task.tenant.proactive_limit)
        tell(conversation, phrase(f"skipped_{reason}", language_of(task), limit=limit, title=task.title), now)
        audit.alert(task.tenant, f"schedule.{reason}", f"Scheduled tasks are skipped: {SKIPPED[reason]}")
    end(occurrence, Occurrence.State.SKIPPED, SKIPPED[reason], now)


def is_told(tenant: Tenant, reason: str, now: datetime) -> bool:
    """Whether a task was skipped for this today already."""
    skipped = Occurrence.objects.filter(tenant=tenant, began_at__gte=midnight(tenant, now))
    return skipped.filter(state=Occurrence.State.SKIPPED, reason=SKIPPED[reason]).exists()


def wait(occurrence: Occurrence, task: Task, conversation: Conversation, now: datetime) -> None:
    """Nothing is asked of Claude while the tenant is paused: look again, as long as it is worth running."""
    if now - occurrence.scheduled_for > timedelta(seconds=task.misfire_seconds):
        skip(occurrence, task, conversation, "tenant", now)
        return
    occurrence.attempts -= 1
    occurrence.began_at = None
    put_off(occurrence, now + WAIT_WHILE_PAUSED, "The assistant is paused.")


def remind(occurrence: Occurrence, task: Task, conversation: Conversation, now: datetime) -> None:
    """The task's own words, without the model."""
    language = language_of(task)
    local = occurrence.scheduled_for.astimezone(task.zone)
    is_late = occurrence.trigger == Occurrence.Trigger.TIME and now - occurrence.scheduled_for > LATE
    text = phrase("reminder_late" if is_late else "reminder", language, what=task.instruction, at=f"{local:%H:%M}")
    occurrence.message = tell(conversation, text, now)
    occurrence.output = outputs.cut(text)
    succeed(occurrence, task, now)


def hand_over(occurrence: Occurrence, task: Task, conversation: Conversation, now: datetime) -> None:
    """The assistant does it, as a turn of the conversation; `settling` sees how it ended."""
    key = f"task:{occurrence.pk}:{occurrence.attempts}"
    text = outputs.words_for(occurrence, task, now)
    occurrence.message = assign(conversation, task.contact, text, key=key, now=now, untrusted=task.tainted)
    occurrence.state = Occurrence.State.RUNNING
    release(occurrence)
    occurrence.save()


def tell(conversation: Conversation, text: str, now: datetime) -> Message | None:
    parts = get_channel(conversation.account.kind).render(text)
    return say(conversation, None, text, parts, now, NOTICE)


def language_of(task: Task) -> str:
    return task.contact.language or task.tenant.language


# --- Outcomes ---------------------------------------------------------------------------------------------------------


def succeed(occurrence: Occurrence, task: Task, now: datetime) -> None:
    end(occurrence, Occurrence.State.DONE, "", now)
    if task.failures:
        task.failures = 0
        task.save(update_fields=["failures"])


def fail(occurrence: Occurrence, task: Task, conversation: Conversation | None, why: str, now: datetime) -> None:
    """Have it tried again after a while; at last it has failed for good."""
    if occurrence.attempts < MOST_ATTEMPTS:
        put_off(occurrence, now + timedelta(seconds=retry_in(occurrence.attempts)), why)
        return
    end(occurrence, Occurrence.State.FAILED, why, now)
    task.failures += 1
    is_over = task.next_run_at is None
    if task.failures >= MOST_FAILURES or is_over:
        task.state, task.state_reason, task.next_run_at = Task.State.DISABLED, why[:300], None
        if conversation is not None:
            tell(conversation, phrase("disabled", language_of(task), title=task.title), now)
        audit.alert(task.tenant, "schedule.disabled", f"A scheduled task was disabled: {why}")
    task.save(update_fields=["failures", "state", "state_reason", "next_run_at"])


def retry_in(attempts: int) -> float:
    """Seconds: doubling from 30 to an hour, with ±20 %."""
    doubled = RETRY_FIRST_SECONDS * 2.0 ** min(attempts - 1, 20)
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
