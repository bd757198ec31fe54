"""What Claude is told with a message: the reminders that came in the chat since its last turn, which code sent."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Subquery

from memory.tags import one_line
from messaging.models import Delivery, Turn
from messaging.prompt import Situation, note
from scheduling.models import Occurrence
from scheduling.telling import short_id

MOST = 5
LONGEST = 100  # characters of each
NOT_SENT = (Delivery.Status.FAILED, Delivery.Status.WITHDRAWN)


@note("reminded", order=40)
def reminded(situation: Situation) -> str:
    """What was sent, in its words; by id alone where words from outside have a part in it.

    Whoever looks that up has the session marked.
    """
    if situation.session is None:  # what a new one is told has them
        return ""
    before = Turn.objects.filter(session=situation.session).order_by("-number").values("began_at")[:1]
    deliveries = Delivery.objects.filter(
        tenant=situation.tenant, conversation=situation.conversation, message=OuterRef("message")
    )
    sent = Occurrence.objects.filter(
        Exists(deliveries.exclude(status__in=NOT_SENT)),
        tenant=situation.tenant,
        began_at__gt=Subquery(before),
        state=Occurrence.State.DONE,
        message__conversation=situation.conversation,
        message__direction="out",
        message__forgotten_at=None,
    )
    rows = list(sent.select_related("task", "message").defer("message__raw").order_by("-began_at")[: MOST + 1])
    said = [words_of(row, situation) for row in reversed(rows[:MOST])]
    more = "; and more before" if len(rows) > MOST else ""
    return f"Reminders sent since your last turn: {'; '.join(said)}{more}" if said else ""


def words_of(row: Occurrence, situation: Situation) -> str:
    task = row.task
    said = row.message.text if row.message is not None else row.output
    what = "words from outside" if task.tainted else f"“{one_line(said, LONGEST)}”"
    at = f", {row.began_at.astimezone(situation.tenant.zone):%Y-%m-%d %H:%M}" if row.began_at else ""
    return f"[{short_id(task)}] {what}{at}"
