"""Word to the owner on their own channel: what they should know at once, without having to look into the admin."""

from __future__ import annotations

import logging

from django.utils import timezone

from messaging.channels import get_channel
from messaging.models import Conversation
from messaging.phrases import phrase
from messaging.turn_end import Manner, say
from tenants_app.models import Contact, Tenant

logger = logging.getLogger(__name__)

NOTICE = Manner(proactive=True, purpose="message", whoever_has_it=True)


def tell_owners(tenant: Tenant, key: str, **values: str) -> int:
    """Put the phrase into the newest private chat of each owner, in their language; how many there are to be told.

    Inside the tenant's scope; it locks the owner's conversation, after whichever the caller has locked. An owner who
    has written on no channel cannot be told; the admin shows the alert.
    """
    told = 0
    for owner in Contact.objects.filter(tenant=tenant, role=Contact.Role.OWNER):
        chats = Conversation.objects.filter(contact=owner, is_group=False, last_inbound_at__isnull=False)
        newest = chats.order_by("-last_inbound_at").values_list("pk", flat=True).first()
        if newest is None:
            continue
        conversation = Conversation.objects.select_for_update(of=("self",)).select_related("account").get(pk=newest)
        text = phrase(key, owner.language or tenant.language, **values)
        now = timezone.now()
        say(conversation, None, text, get_channel(conversation.account.kind).render(text), now, NOTICE)
        told += 1
    if not told:
        logger.warning("owner.not_told", extra={"tenant": str(tenant.pk), "phrase": key})
    return told
