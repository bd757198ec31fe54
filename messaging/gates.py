"""What may not go out any more, whatever waits in the outbox: asked of each delivery when it is about to be sent."""

from __future__ import annotations

import json
import logging
import uuid
from datetime import timedelta
from enum import StrEnum

from django.db.models import QuerySet

from messaging import introduction, work
from messaging.channels import CHANNELS
from messaging.models import Conversation, Delivery, Work
from tenants_app.literals import Literal
from tenants_app.models import Contact, ContactAddress

logger = logging.getLogger(__name__)

Status = Delivery.Status
MARGIN = timedelta(minutes=1)  # the service's clock is not ours, and a send takes a moment


class Stop(StrEnum):
    """Why a delivery may not go as it is; the first that holds."""

    UNREACHABLE = "unreachable"
    TAKEN_OVER = "taken_over"
    OPTED_OUT = "opted_out"
    WINDOW = "window"


NOTES = {
    Stop.TAKEN_OVER: "One of the team took over before it was sent.",
    Stop.OPTED_OUT: "The person wants no messages that they did not ask for.",
}


def windows() -> str:
    """How many seconds after a person's message free text is sent, by kind of channel, as JSON; no entry: always."""
    hours = {kind: channel.capabilities.free_form_hours for kind, channel in CHANNELS.items()}
    margin = MARGIN.total_seconds()
    return json.dumps({kind: each * 3600 - margin for kind, each in hours.items() if each is not None})


# Of a delivery d in conversation c on account a: a `Stop`, or NULL. %(windows)s is what `windows` gives.
STOP = """CASE
        WHEN EXISTS (
            SELECT 1 FROM tenants_app_contactaddress r
            WHERE r.tenant_id = c.tenant_id AND r.kind = a.kind AND r.address = c.chat_id
              AND r.unreachable_at IS NOT NULL
        ) THEN 'unreachable'
        WHEN d.ownership <> c.ownership THEN 'taken_over'
        WHEN d.proactive AND NOT c.is_group AND EXISTS (
            SELECT 1 FROM tenants_app_contact p
            WHERE p.tenant_id = c.tenant_id AND p.id = c.contact_id AND p.opted_out_at IS NOT NULL
        ) THEN 'opted_out'
        WHEN NOT c.is_group AND coalesce(c.last_inbound_at, '-infinity') < clock_timestamp()
            - make_interval(secs => (%(windows)s::jsonb ->> a.kind)::double precision) THEN 'window'
    END"""


def withdraw(deliveries: QuerySet[Delivery], note: str) -> int:
    """Not sent, and not to be; how many. What is on its way is left alone."""
    waiting = deliveries.filter(status__in=[Status.PENDING, Status.HELD])
    return waiting.update(status=Status.WITHDRAWN, note=note, due_at=None)


def withdraw_proactive(contact: Contact) -> int:
    """Withdraw what waits for the person without their having asked for it; how many. In the transaction that says that
    they don't want it. What is put into the outbox afterwards is stopped when it is about to be sent."""
    own = {"tenant": contact.tenant_id, "conversation__contact": contact, "conversation__is_group": False}
    found = [
        Delivery.objects.filter(**own, proactive=True, status=Literal(status))
        for status in (Status.PENDING, Status.HELD)
    ]
    withdrawn = sum(withdraw(rows, NOTES[Stop.OPTED_OUT]) for rows in found)
    if withdrawn:
        logger.info("delivery.withdrawn", extra={"contact": str(contact.pk), "count": withdrawn})
    return withdrawn


def stop_for_good(delivery_id: uuid.UUID, stop: Stop) -> None:
    rows = Delivery.objects.filter(pk=delivery_id)
    if withdraw(rows, NOTES[stop]) and stop == Stop.TAKEN_OVER:
        delivery = rows.select_related("conversation", "message").defer("message__raw").get()
        introduction.unsaid(delivery.conversation, [delivery])
    logger.info("delivery.withdrawn", extra={"delivery": str(delivery_id), "reason": str(stop)})


def let_out(conversation: Conversation) -> None:
    """Where they have written, they can be reached, and what was held for them goes out; else it is held again."""
    ContactAddress.objects.filter(kind=conversation.account.kind, address=conversation.chat_id).exclude(
        unreachable_at=None
    ).update(unreachable_at=None, unreachable_reason="")
    held = Delivery.objects.filter(conversation=conversation, status=Literal(Status.HELD))
    if held.update(status=Status.PENDING, note="Was held until they wrote."):
        work.schedule(conversation.tenant_id, conversation.pk, Work.Kind.SEND)
