"""How the turns of tasks ended: looked at from here, so that a turn knows nothing of schedules."""

from __future__ import annotations

import uuid

from django.db import connection
from django.utils import timezone

from messaging.ceiling import USED_UP
from messaging.models import Conversation, Message, Turn
from messaging.turn_end import TAKEN_OVER
from scheduling import outputs
from scheduling.acting import end, fail, lock_chat, locked, skip, succeed
from scheduling.models import Occurrence, Task
from tenants_app.faults import fault
from tenants_app.scope import tenant_scope

BATCH = 200


def settle_ended() -> int:
    """Write down what became of the occurrences whose turn has ended; how many they were."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT tenant_id, occurrence_id FROM scheduling_ended(%s)", [BATCH])
            ended = cursor.fetchall()
    finally:
        connection.close()
    for tenant_id, occurrence_id in ended:
        settle(tenant_id, occurrence_id)
    return len(ended)


def settle(tenant_id: uuid.UUID, occurrence_id: uuid.UUID) -> None:
    """Once, whoever else settles it at the same time."""
    with tenant_scope(tenant_id):
        found = Occurrence.objects.select_related("task", "task__contact").filter(pk=occurrence_id).first()
        if found is None:
            return
        conversation = lock_chat(found.task)
        task = locked(found.task_id)
        running = Occurrence.objects.filter(pk=occurrence_id, state=Occurrence.State.RUNNING)
        occurrence = running.select_for_update(of=("self",)).select_related("message", "message__turn").first()
        if occurrence is None:
            return
        write(occurrence, task, conversation)
        fault("in_occurrence_settle")


def write(occurrence: Occurrence, task: Task, conversation: Conversation | None) -> None:
    now = timezone.now()
    message = occurrence.message
    turn = message.turn if message is not None else None
    if message is None:
        end(occurrence, Occurrence.State.SKIPPED, "Its chat was deleted before it ran.", now)
    elif turn is None or turn.status == Turn.Status.OPEN:
        return  # it is taken up anew
    elif turn.reason.startswith(USED_UP) and conversation is not None:
        skip(occurrence, task, conversation, "budget", now)
    elif turn.status == Turn.Status.APOLOGISED:
        fail(occurrence, task, conversation, turn.reason or "The assistant could not do it.", now)
    elif turn.reason == TAKEN_OVER:
        end(occurrence, Occurrence.State.SKIPPED, "One of the team had taken the conversation over.", now)
    else:
        occurrence.output = outputs.cut(said_in(turn))
        succeed(occurrence, task, now)


def said_in(turn: Turn) -> str:
    said = Message.objects.filter(turn=turn, direction=Message.Direction.OUT).order_by("seq")
    return "\n".join(said.values_list("text", flat=True))
