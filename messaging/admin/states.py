"""How a conversation stands, told from its work, its open turn and its deliveries in one query."""

from __future__ import annotations

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Left, Now

from messaging.models import Conversation, Delivery, Message, Turn, Work

STATES = {  # in order: the first that holds is shown
    "in doubt": "danger",
    "with the team": "info",
    "held": "warning",
    "running": "info",
    "retry": "warning",
    "waiting": "primary",
    "quiet": None,
}
SNIPPET = 80


def with_state(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Adds `state`, one of STATES."""
    mine = {"tenant": OuterRef("tenant"), "conversation": OuterRef("pk")}
    turn_work = Work.objects.filter(**mine, kind=Work.Kind.TURN)
    delivery = Delivery.objects.filter(**mine)
    open_turn = Turn.objects.filter(**mine, status=Turn.Status.OPEN)
    held = Q(Exists(delivery.filter(status=Delivery.Status.HELD))) | Q(
        Exists(turn_work.filter(busy=True, due_at=None, lease_until=None))
    )
    return conversations.annotate(
        state=Case(
            When(Exists(delivery.filter(status=Delivery.Status.IN_DOUBT)), then=Value("in doubt")),
            When(paused_until__gt=Now(), then=Value("with the team")),
            When(held, then=Value("held")),
            When(Exists(turn_work.filter(lease_until__gt=Now())), then=Value("running")),
            When(Exists(open_turn.filter(attempts__gt=0)), then=Value("retry")),
            When(Exists(turn_work.filter(due_at__isnull=False)), then=Value("waiting")),
            default=Value("quiet"),
            output_field=CharField(),
        )
    )


def with_last_message(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Adds `last_text` (its beginning), `last_kind`, `last_direction` and `last_at`: of the newest seq."""
    last = Message.objects.filter(tenant=OuterRef("tenant"), conversation=OuterRef("pk"), seq=OuterRef("last_seq"))
    return conversations.annotate(
        last_text=Subquery(last.values(beginning=Left("text", SNIPPET))),
        last_kind=Subquery(last.values("kind")),
        last_direction=Subquery(last.values("direction")),
        last_at=Subquery(last.values("stored_at")),
    )
