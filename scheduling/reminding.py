"""A plain reminder in three round trips and the commit: lock, read what decides, write. `acting` sees to the rest."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Model
from psycopg import sql

from messaging.channels import get_channel
from messaging.formatting.markdown import verbatim
from messaging.models import Conversation
from messaging.moves import FORMER
from messaging.saying import SAYING, values_of
from scheduling import outputs
from scheduling.claims import Claim, LeaseLost
from scheduling.models import Occurrence, Task
from scheduling.outcomes import notice_for
from tenants_app.faults import fault
from tenants_app.ids import new_id
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope

Words = Callable[[Occurrence, Task, datetime, int], str | None]  # its text; None: it is not a plain case

LOCK = sql.SQL("SELECT scheduling_lock({}, {}, {}, {})")  # the chat, its tenant, the task, the occurrence


def ordered(model: type[Model], names: str) -> list[str]:
    """As `from_db` takes them."""
    wanted = names.split()
    return [field.attname for field in model._meta.concrete_fields if field.attname in wanted]


# By what they are called in FACTS: what decides of each row. Whatever else is asked of one is fetched then.
READ: dict[str, tuple[type[Model], Sequence[str]]] = {
    "o": (Occurrence, ordered(Occurrence, "id tenant_id task_id scheduled_for trigger state reason attempts epoch")),
    "t": (
        Task,
        ordered(
            Task,
            "id tenant_id contact_id conversation_id kind state instruction phrase timezone misfire misfire_seconds"
            " in_quiet_hours tainted failures",
        ),
    ),
    "n": (Tenant, ordered(Tenant, "id timezone language quiet_from quiet_until proactive_limit")),
    "p": (Contact, ordered(Contact, "id tenant_id role language opted_out_at")),
    "c": (Conversation, ordered(Conversation, "id tenant_id account_id contact_id")),
}

# Nothing where the claim is no longer held, the task is a reminder no more, or its chat is not where it goes as things
# stand now (see `acting.lock_chat`). `begun` is of more than a day, and no more than the limit, so that it is cheap;
# the clock is asked in a query of its own, as no index is searched by a function that may change its mind.
FACTS = f"""
    SELECT scheduling_now(), a.kind, (
        SELECT count(*) FROM (
            SELECT FROM scheduling_occurrence b
            WHERE b.tenant_id = o.tenant_id AND b.began_at > (SELECT scheduling_now()) - interval '36 hours'
              AND b.state <> 'skipped' AND b.id <> o.id
            LIMIT n.proactive_limit
        ) begun
    ), {", ".join(f"{row}.{name}" for row, (_, names) in READ.items() for name in names)}
    FROM scheduling_occurrence o
    JOIN scheduling_task t ON t.tenant_id = o.tenant_id AND t.id = o.task_id
    JOIN tenants_app_tenant n ON n.id = o.tenant_id
    JOIN tenants_app_contact p ON p.tenant_id = t.tenant_id AND p.id = t.contact_id
    JOIN messaging_conversation c ON c.tenant_id = t.tenant_id AND c.id = t.conversation_id
    JOIN messaging_channelaccount a ON a.tenant_id = c.tenant_id AND a.id = c.account_id
    WHERE o.tenant_id = %(tenant)s AND o.id = %(occurrence)s AND o.epoch = %(epoch)s AND o.state = 'due'
      AND o.lease_until IS NOT NULL AND t.kind = 'reminder'
      AND c.id = %(chat)s AND (c.contact_id = t.contact_id OR c.is_group)
      AND a.status = 'active' AND NOT starts_with(c.chat_id, '{FORMER}:')
      AND NOT EXISTS (
        SELECT FROM tenants_app_contactaddress x
        WHERE x.tenant_id = c.tenant_id AND x.kind = a.kind AND x.address = c.chat_id AND x.unreachable_at IS NOT NULL
      )
"""  # noqa: S608 - names of ours

# Answers whether it was written: only while the claim is held.
WRITE = f"""
    WITH allowed AS (
        UPDATE scheduling_occurrence
        SET state = 'done', reason = '', attempts = attempts + 1, began_at = %(sent_at)s, ended_at = %(sent_at)s,
            due_at = NULL, lease_until = NULL, worker = '', output = %(output)s, message_id = %(message)s
        WHERE tenant_id = %(tenant)s AND id = %(occurrence)s AND epoch = %(epoch)s AND state = 'due'
          AND lease_until IS NOT NULL
        RETURNING id
    ), {SAYING}
    SELECT count(*) FROM numbered
"""  # noqa: S608 - a text of ours


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that decides, as it stands while the rows are locked."""

    now: datetime
    channel: str
    begun: int  # of the tenant's other tasks, lately; counted up to its limit
    occurrence: Occurrence
    task: Task  # with its tenant and contact
    conversation: Conversation


def remind(claim: Claim, words: Words) -> bool:
    """Put the reminder into the outbox and end its occurrence; False where nothing was done, as it is no plain case.

    Raises LeaseLost.
    """
    if claim.kind != Task.Kind.REMINDER or claim.conversation_id is None:
        return False
    with tenant_scope(claim.tenant_id, first=locks(claim, claim.conversation_id)):
        facts = look(claim)
        text = words(facts.occurrence, facts.task, facts.now, facts.begun) if facts is not None else None
        if facts is None or text is None or not write(claim, facts, text):
            return False
        fault("in_occurrence")
    return True


def locks(claim: Claim, chat: uuid.UUID) -> sql.Composable:
    return LOCK.format(claim.tenant_id, chat, claim.task_id, claim.occurrence_id)


def look(claim: Claim) -> Facts | None:
    values: dict[str, Any] = {
        "tenant": claim.tenant_id,
        "occurrence": claim.occurrence_id,
        "epoch": claim.epoch,
        "chat": claim.conversation_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(FACTS, values)
        found = cursor.fetchone()
    if found is None:
        return None
    (now, channel, begun), rest = found[:3], found[3:]
    rows: dict[str, Any] = {}
    for name, (model, fields) in READ.items():
        rows[name], rest = model.from_db("default", fields, rest[: len(fields)]), rest[len(fields) :]
    rows["t"].tenant, rows["t"].contact = rows["n"], rows["p"]
    return Facts(now=now, channel=channel, begun=begun, occurrence=rows["o"], task=rows["t"], conversation=rows["c"])


def write(claim: Claim, facts: Facts, text: str) -> bool:
    """False where there is nothing that could be sent. Raises LeaseLost."""
    parts = get_channel(facts.channel).render(verbatim(text))
    if not parts:
        return False
    said = values_of(facts.conversation, new_id(), text, parts, facts.now, notice_for(facts.task))
    values: dict[str, Any] = {"occurrence": claim.occurrence_id, "epoch": claim.epoch, "output": outputs.cut(text)}
    with connection.cursor() as cursor:
        cursor.execute(WRITE, said | values)
        if not cursor.fetchone()[0]:
            raise LeaseLost(f"occurrence {claim.occurrence_id} is no longer held under epoch {claim.epoch}")
    return True
