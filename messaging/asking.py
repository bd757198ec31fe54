"""Somebody wants a person, or the assistant does: the owner is told on their own channel, the team in the admin."""

from __future__ import annotations

import logging
import re
import uuid
from datetime import timedelta

from django.utils import timezone

from memory.tags import one_name
from messaging import handover, work
from messaging.channels import get_channel
from messaging.models import Conversation
from messaging.owners import tell_owners
from tenants_app import audit
from tenants_app.models import AuditEntry, Contact, OperatorAlert
from tenants_app.scope import tenant_scope
from tooling.registry import ToolContext, tool

logger = logging.getLogger(__name__)

AGAIN = timedelta(hours=1)  # within this the owner is not told again of the same conversation
LONGEST_REASON = 300
MARKUP = re.compile(r"[\[\]<>`*_~|\\]")  # it is rendered, and may hold what somebody else wants clicked
TOLD = "Done: the owner was told just now on their own channel, and the team sees it. Say that, promise no time."
TOLD_BEFORE = "The owner was told of this conversation {minutes} minutes ago and is not told again so soon. Say that."
NOBODY = "Noted for the team, who see it when they look; the owner could not be reached by chat. Say just that."


@tool(roles=frozenset({"staff", "customer"}))
def ask_for_a_person(context: ToolContext, reason: str) -> str:
    """Have a person of the business come into this conversation: when somebody asks for one, or when you cannot help
    and the business should know. You go on answering meanwhile.

    reason: what it is about, in one sentence for the owner, in the owner's language if you know it.
    """
    tenant_id, conversation_id = uuid.UUID(context.tenant_id), uuid.UUID(context.conversation_id)
    with tenant_scope(tenant_id, first=work.locked(conversation_id)):
        conversation = Conversation.objects.select_related("tenant", "account").get(pk=conversation_id)
        contact = Contact.objects.get(pk=context.contact_id)
        minutes = minutes_since(conversation)
        if minutes is not None:
            return TOLD_BEFORE.format(minutes=minutes)
        return TOLD if ask(conversation, contact, plain(reason)) else NOBODY


def ask(conversation: Conversation, contact: Contact, reason: str) -> int:
    """How many owners are told. Inside the tenant's scope, the conversation's row locked."""
    tenant = conversation.tenant
    who, channel = one_name(contact.name) or conversation.chat_id, get_channel(conversation.account.kind).label
    audit.alert(tenant, handover.asked(conversation.pk), f"{who} ({channel}) asks for a person: {reason}")
    logger.info("handover.asked", extra={"conversation": str(conversation.pk)})
    told = tell_owners(tenant, "person_asked", outside=True, name=who, channel=channel, reason=reason)
    if told:
        audit.record(tenant, f"contact:{contact.pk}", handover.ASKED, subject_of(conversation))
    return told


def minutes_since(conversation: Conversation) -> int | None:
    """Since the owner was told of this conversation; None where that is longer ago than `AGAIN`, or one of the team has
    seen to it since."""
    now = timezone.now()
    waiting = OperatorAlert.objects.filter(
        tenant=conversation.tenant, kind=handover.asked(conversation.pk), resolved_at=None
    )
    if not waiting.exists():
        return None
    told = AuditEntry.objects.filter(
        tenant=conversation.tenant, action=handover.ASKED, subject=subject_of(conversation), at__gt=now - AGAIN
    )
    newest = told.order_by("-at").values_list("at", flat=True).first()
    return None if newest is None else int((now - newest).total_seconds() // 60)


def subject_of(conversation: Conversation) -> str:
    return f"conversation {conversation.pk}"


def plain(reason: str) -> str:
    return " ".join(MARKUP.sub(" ", reason).split())[:LONGEST_REASON] or "-"
