"""`python -m benchmarks.assembly.probe`: begins turns as a worker does, in one database.

Asked {"conversations": [[tenant, conversation], …], "new": bool, "name"} it has a message come in to each, claims the
turn and begins it, and answers the milliseconds of each begin: everything between the claim and the first call to the
model. "new": the conversation's session was closed before, so that the turn opens one.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from typing import Any

import django

from benchmarks.probe import serve


def begin_all(request: dict[str, Any]) -> list[float]:
    return [
        begin_one(uuid.UUID(tenant), uuid.UUID(conversation), new=request["new"], name=f"{request['name']} {place}")
        for place, (tenant, conversation) in enumerate(request["conversations"])
    ]


def begin_one(
    tenant_id: uuid.UUID,
    conversation_id: uuid.UUID,
    *,
    new: bool,
    name: str,
    watch: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> float:
    """Milliseconds. `watch` is entered around the begin alone, to see what it does."""
    from messaging import turn_begin, work
    from messaging.inbox import store_message
    from messaging.models import Session, Turn, Work
    from tenants_app.scope import tenant_scope

    route, chat = route_of(tenant_id, conversation_id)
    store_message(route, event_of(chat, name), b"{}")
    if new:
        with tenant_scope(tenant_id):
            Session.objects.filter(conversation_id=conversation_id, closed_at=None).update(closed_at=now())
    claim = work.claim_for(tenant_id, conversation_id, Work.Kind.TURN)
    if claim is None:
        raise RuntimeError("the turn could not be claimed")
    with watch():
        began = time.perf_counter()
        plan = turn_begin.begin(claim)
        took = time.perf_counter() - began
    if not isinstance(plan, turn_begin.Plan) or plan.session is None or bool(plan.history) == new:
        raise RuntimeError("the turn began in another way than it was meant to")
    with tenant_scope(tenant_id):
        Turn.objects.filter(pk=plan.turn.pk).update(status=Turn.Status.ANSWERED, committed_at=now())
        work.release(claim, None, busy=False, first_at=None)
    return 1000 * took


def route_of(tenant_id: uuid.UUID, conversation_id: uuid.UUID) -> tuple[Any, str]:
    """What the web process knows of the account that a webhook is for, and the chat."""
    from messaging.credentials import Route
    from messaging.models import Conversation
    from tenants_app.scope import tenant_scope

    with tenant_scope(tenant_id):
        conversation = Conversation.objects.get(pk=conversation_id, tenant_id=tenant_id)
    route = Route(
        tenant_id=tenant_id,
        account_id=conversation.account_id,
        kind="whatsapp",
        quiet_seconds=0,
        quiet_limit_seconds=0,
    )
    return route, conversation.chat_id


def event_of(chat: str, name: str) -> Any:
    """A message of the chat's person, as the channel reads it from a webhook."""
    from messaging.channels.base import InboundMessage, Sender

    return InboundMessage(
        key=name,
        message_id=name,
        chat_id=chat,
        chat_kind="private",
        sender=Sender(address=chat),
        sent_at=now(),
        kind="text",
        text="And what is there to do tomorrow?",
    )


def now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    django.setup()
    from django.utils.module_loading import autodiscover_modules

    autodiscover_modules("tools", "context")
    serve(begin_all)
