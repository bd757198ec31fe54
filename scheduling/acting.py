"""An occurrence's time has come: the reminder is sent, or the assistant gets its task. One short transaction each.

Nothing outside the database happens in it, so that whoever dies in it has done nothing, and whoever ends it has done
it once.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from messaging.assignments import assign
from messaging.models import ChannelAccount, Conversation
from messaging.moves import FORMER
from messaging.owners import chats_of
from scheduling import outputs, plans, reminding
from scheduling.claims import Claim, LeaseLost, guard
from scheduling.models import Occurrence, Task
from scheduling.now import database_now
from scheduling.outcomes import (
    OVER_LIMIT,
    fail,
    language_of,
    midnight,
    put_off,
    release,
    skip,
    succeed,
    tell,
    told_at,
)
from scheduling.phrases import phrase
from scheduling.quiet import Quiet
from tenants_app.faults import fault
from tenants_app.literals import Literal
from tenants_app.models import ContactAddress, Tenant
from tenants_app.scope import tenant_scope

LOOK_AGAIN = timedelta(minutes=1)  # where something is in the way of which nobody knows when it ends
LATE = timedelta(minutes=10)  # from then on people are told that it is late
RETRIED = timedelta(hours=3)  # what began in time may be tried again at least so long

PAUSED = "The task was paused."
DISABLED = "The task was disabled."
NOT_OF_US = "Its person is not one of the business any more."
OPTED_OUT = "Its person wants no messages that they did not ask for."
NO_CHAT = "There is no chat in which they can be written to."
QUIET = "It waits for the end of the quiet hours."
TENANT_PAUSED = "The assistant is paused."
WITH_TEAM = "One of the team has taken the conversation over."
AT_ANOTHER = "Another of its times is not over."


def act(claim: Claim) -> None:
    """Do what is due. Called again after it has succeeded it finds no lease. Raises LeaseLost."""
    if not reminding.remind(claim, plain_words):
        with tenant_scope(claim.tenant_id):
            task, conversation = lock(claim.occurrence_id)
            carry_out(guard(claim), task, conversation, database_now())
            fault("in_occurrence")
    fault("after_occurrence")


def plain_words(occurrence: Occurrence, task: Task, now: datetime, begun: int) -> str | None:
    """A reminder's words, where nothing is in its way and nothing follows but that it is done; else None.

    `begun`: see `reminding.Facts`.
    """
    if reason_to_skip(occurrence, task, now) is not None or task.failures:
        return None
    if reason_to_wait(occurrence, task, None, now) is not None:
        return None
    if begun >= task.tenant.proactive_limit and is_over_limit(occurrence, task.tenant, now):
        return None
    return words_of(occurrence, task, now)


def carry_out(occurrence: Occurrence, task: Task, conversation: Conversation | None, now: datetime) -> None:
    if (reason := reason_to_skip(occurrence, task, now)) is not None:
        skip(occurrence, task, conversation, reason, now)
        return
    if (waits := reason_to_wait(occurrence, task, conversation, now)) is not None:
        put_off(occurrence, *waits)
        return
    if is_over_limit(occurrence, task.tenant, now):
        skip(occurrence, task, conversation, OVER_LIMIT, now)
        return
    occurrence.attempts += 1
    occurrence.began_at = now
    if conversation is None:
        fail(occurrence, task, None, NO_CHAT, now)
    elif task.kind == Task.Kind.REMINDER:
        remind(occurrence, task, conversation, now)
    else:
        hand_over(occurrence, task, conversation, now)


def remind(occurrence: Occurrence, task: Task, conversation: Conversation, now: datetime) -> None:
    """The task's own words, without the model."""
    text = words_of(occurrence, task, now)
    occurrence.message = tell(conversation, task, text, now)
    occurrence.output = outputs.cut(text)
    succeed(occurrence, task, now)


def words_of(occurrence: Occurrence, task: Task, now: datetime) -> str:
    at = told_at(occurrence.scheduled_for, task, now)
    key = "reminder"
    if occurrence.trigger == Occurrence.Trigger.TIME and now - occurrence.scheduled_for > LATE:
        quiet = quiet_for(task)
        key = "reminder_late" if quiet is None or quiet.until(occurrence.scheduled_for) is None else "reminder_quiet"
    return phrase(key, language_of(task), what=task.instruction, at=at)


def hand_over(occurrence: Occurrence, task: Task, conversation: Conversation, now: datetime) -> None:
    """The assistant does it, as a turn of the conversation; `settling` sees how it ended."""
    key = f"task:{occurrence.pk}:{occurrence.attempts}"
    earlier = outputs.earlier(occurrence, task)
    text = outputs.words_for(occurrence, task, earlier, now)
    untrusted = task.tainted or any(map(outputs.is_untrusted, earlier))
    occurrence.message = assign(conversation, task.contact, text, key=key, now=now, untrusted=untrusted)
    occurrence.state, occurrence.reason = Occurrence.State.RUNNING, ""
    release(occurrence)
    occurrence.save()


# --- Whether it runs --------------------------------------------------------------------------------------------------


def reason_to_skip(occurrence: Occurrence, task: Task, now: datetime) -> str | None:
    """Why it does not run at all. What somebody asked for just now runs though its task is paused."""
    was_asked = occurrence.trigger == Occurrence.Trigger.ASKED
    if not task.contact.is_trusted:
        return NOT_OF_US
    if task.contact.opted_out_at is not None:
        return OPTED_OUT
    if task.state == Task.State.PAUSED and not was_asked:
        return PAUSED
    if task.state == Task.State.DISABLED and not was_asked:
        return DISABLED
    if is_too_late(occurrence, task, now):
        return f"{occurrence.reason} Then it was too late." if occurrence.reason else plans.LATE
    return None


def is_too_late(occurrence: Occurrence, task: Task, now: datetime) -> bool:
    """Whether so much time has passed that it is not worth it any more; quiet hours do not count."""
    worth = timedelta(seconds=task.misfire_seconds)
    if occurrence.attempts:
        worth = max(worth, RETRIED)
    elif task.misfire == Task.Misfire.SKIP:
        worth = LATE
    passed = now - occurrence.scheduled_for
    quiet = quiet_for(task)
    if quiet is not None and passed > worth:
        passed -= quiet.lasted(occurrence.scheduled_for, now)
    return passed > worth


def reason_to_wait(
    occurrence: Occurrence, task: Task, conversation: Conversation | None, now: datetime
) -> tuple[datetime, str] | None:
    """Until when it is put off, and why: it is no failed attempt."""
    if occurrence.trigger == Occurrence.Trigger.TIME and (ends := quiet_until(occurrence, task, now)) is not None:
        return ends, QUIET
    if task.kind == Task.Kind.REMINDER:  # it needs neither the assistant nor anybody's silence
        return None
    if task.tenant.is_paused:
        return now + LOOK_AGAIN, TENANT_PAUSED
    if conversation is not None and conversation.is_with_team:
        return now + LOOK_AGAIN, WITH_TEAM
    if is_at_another(occurrence):
        return now + LOOK_AGAIN, AT_ANOTHER
    return None


def is_at_another(occurrence: Occurrence) -> bool:
    """Whether the assistant is at another time of the task, or an earlier one is to be tried again. The task is locked,
    so that no two begin at once."""
    others = Occurrence.objects.filter(tenant=occurrence.tenant_id, task=occurrence.task_id).exclude(pk=occurrence.pk)
    retried = Q(due_at__isnull=False, attempts__gt=0, scheduled_for__lt=occurrence.scheduled_for)
    return others.filter(Q(state=Literal(Occurrence.State.RUNNING)) | retried).exists()


def quiet_until(occurrence: Occurrence, task: Task, now: datetime) -> datetime | None:
    """The end of the quiet hours that it is in; None also just after they began, for what was due before them."""
    quiet = quiet_for(task)
    ends = quiet.until(now) if quiet is not None else None
    if quiet is None or ends is None:
        return None
    was_due = occurrence.scheduled_for
    return None if now - was_due <= plans.GRACE and quiet.until(was_due) is None else ends


def is_over_limit(occurrence: Occurrence, tenant: Tenant, now: datetime) -> bool:
    """The tenant's row is locked, so that nobody else counts at the same time."""
    begun = Occurrence.objects.filter(tenant=tenant, began_at__gte=midnight(tenant, now)).exclude(pk=occurrence.pk)
    counted = begun.exclude(state=Literal(Occurrence.State.SKIPPED))[: tenant.proactive_limit].count()
    return counted >= tenant.proactive_limit


def quiet_for(task: Task) -> Quiet | None:
    return None if task.in_quiet_hours else quiet_of(task.tenant)


def quiet_of(tenant: Tenant) -> Quiet | None:
    if tenant.quiet_from is None or tenant.quiet_until is None:
        return None
    return Quiet(tenant.quiet_from, tenant.quiet_until, tenant.zone)


# --- Rows -------------------------------------------------------------------------------------------------------------


def lock(occurrence_id: uuid.UUID) -> tuple[Task, Conversation | None]:
    """The occurrence's chat, tenant and task, locked in the order of all; the occurrence comes last. Raises LeaseLost
    where it was deleted."""
    found = Occurrence.objects.select_related("task__contact", "task__tenant").filter(pk=occurrence_id).first()
    if found is None:
        raise LeaseLost(f"occurrence {occurrence_id} was deleted")
    conversation = lock_chat(found.task)
    Tenant.objects.select_for_update(no_key=True).get(pk=found.tenant_id)
    try:
        return locked(found.task_id), conversation
    except Task.DoesNotExist:
        raise LeaseLost(f"occurrence {occurrence_id} was deleted") from None


def locked(task_id: uuid.UUID) -> Task:
    """Always before its occurrences."""
    return Task.objects.select_for_update(of=("self",)).select_related("tenant", "contact").get(pk=task_id)


def lock_chat(task: Task) -> Conversation | None:
    """The chat that the task is for, locked: where it was made, else where its person was heard of last. A group is
    nobody's own, so it does not matter who wrote there first."""
    named = Conversation.objects.filter(pk__in=[task.conversation_id])
    usable = named.filter(Q(contact=task.contact_id) | Q(is_group=True))
    lost = ContactAddress.objects.filter(
        tenant=OuterRef("tenant"), kind=OuterRef("account__kind"), address=OuterRef("chat_id")
    ).exclude(unreachable_at=None)
    works = usable.filter(account__status=ChannelAccount.Status.ACTIVE)
    own = works.exclude(chat_id__startswith=f"{FORMER}:").exclude(Exists(lost)).values_list("pk", flat=True).first()
    chosen: uuid.UUID | None = own or chats_of(task.contact, None).values_list("pk", flat=True).first()
    if chosen is None:
        return None
    rows = Conversation.objects.select_for_update(of=("self",)).select_related("tenant", "account", "contact")
    return rows.filter(pk=chosen).first()
