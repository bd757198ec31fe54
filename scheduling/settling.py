"""How the turns of tasks ended: looked at from here, so that a turn knows nothing of schedules."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, connection

from messaging.acts import have_acted, steps_of
from messaging.assignments import withdraw
from messaging.ceiling import USED_UP
from messaging.models import Conversation, Message, Turn
from messaging.silencing import NOTE
from messaging.turn_end import NOTHING_TO_SAY, TAKEN_OVER
from scheduling import outputs
from scheduling.acting import WITH_TEAM, lock
from scheduling.claims import LeaseLost
from scheduling.models import Occurrence, Task
from scheduling.now import database_now
from scheduling.outcomes import NO_BUDGET, fail, skip, succeed
from tenants_app.faults import fault
from tenants_app.scope import tenant_scope

logger = logging.getLogger(__name__)

BATCH = 200
CHAT_GONE = "Its chat was deleted before it was done."
FAILED = "The assistant could not do it."
WAITED = "It waited in its chat until it was too late."
# Reasons of turns that would cost as much again, and end the same way.
ENDS_AGAIN = frozenset({"refused", "limit_steps", "limit_tools", "limit_tokens", "deadline"})


def settle_ended() -> int:
    """Write down what became of the occurrences whose turn has ended; how many they were."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT tenant_id, occurrence_id FROM scheduling_ended(%s)", [BATCH])
            ended = cursor.fetchall()
    finally:
        connection.close()
    for tenant_id, occurrence_id in ended:
        try:
            settle(tenant_id, occurrence_id)
        except (OperationalError, InterfaceError):
            raise
        except Exception:  # the edge between one that cannot be written down and those after it
            logger.exception("occurrence.unsettled", extra={"occurrence": str(occurrence_id)})
    return len(ended)


def settle(tenant_id: uuid.UUID, occurrence_id: uuid.UUID) -> None:
    """Once, whoever else settles it at the same time."""
    with tenant_scope(tenant_id):
        try:
            task, conversation = lock(occurrence_id)
        except LeaseLost:  # it was deleted
            return
        running = Occurrence.objects.filter(pk=occurrence_id, state=Occurrence.State.RUNNING)
        occurrence = running.select_for_update(of=("self",)).select_related("message__turn").first()
        if occurrence is None:
            return
        write(occurrence, task, conversation, database_now())
        fault("in_occurrence_settle")


def write(occurrence: Occurrence, task: Task, conversation: Conversation | None, now: datetime) -> None:
    turn = occurrence.message.turn if occurrence.message is not None else None
    if occurrence.message is None:
        fail(occurrence, task, conversation, CHAT_GONE, now)
    elif turn is None:
        leave(occurrence, task, conversation, now)
    elif turn.status == Turn.Status.OPEN:
        return  # it is taken up anew
    elif turn.reason.startswith(USED_UP):
        skip(occurrence, task, conversation, NO_BUDGET, now)
    elif turn.reason == TAKEN_OVER:
        skip(occurrence, task, conversation, WITH_TEAM, now)
    elif turn.status == Turn.Status.APOLOGISED or turn.reason == NOTE:
        final = turn.reason in ENDS_AGAIN or have_acted(steps_of(turn))
        fail(occurrence, task, conversation, turn.reason or FAILED, now, final=final)
    elif turn.status == Turn.Status.SILENT and turn.reason != NOTHING_TO_SAY:
        skip(occurrence, task, conversation, turn.reason or WITH_TEAM, now)
    else:
        occurrence.output = outputs.cut(said_in(turn))
        succeed(occurrence, task, now)


def leave(occurrence: Occurrence, task: Task, conversation: Conversation | None, now: datetime) -> None:
    """It waits for its turn, for the first time or again: so long as it is worth it."""
    message, began_at = occurrence.message, occurrence.began_at
    if message is None or began_at is None or now - began_at <= timedelta(seconds=task.misfire_seconds):
        return
    chat = conversation
    if chat is None or chat.pk != message.conversation_id:  # the task goes elsewhere by now; others are locked already
        rows = Conversation.objects.select_for_update(of=("self",), skip_locked=True)
        chat = rows.filter(pk=message.conversation_id).first()
    if chat is not None and withdraw(message, chat, WAITED, now):
        skip(occurrence, task, conversation, WAITED, now)


def said_in(turn: Turn) -> str:
    said = Message.objects.filter(turn=turn, direction=Message.Direction.OUT).order_by("seq")
    return "\n".join(said.values_list("text", flat=True))
