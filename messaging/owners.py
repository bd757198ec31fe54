"""Word to the owner on their own channel: what they should know at once, without having to look into the admin."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from dataclasses import replace

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from messaging.channels import get_channel
from messaging.models import ChannelAccount, Conversation
from messaging.moves import FORMER
from messaging.phrases import phrase
from messaging.turn_end import Manner, say
from tenants_app.models import Contact, ContactAddress, Tenant

logger = logging.getLogger(__name__)

NOTICE = Manner(proactive=True, purpose="message", whoever_has_it=True)
Words = str | Mapping[str, str]  # the same in each language, or by language, "en" among them


def tell_owners(
    tenant: Tenant, key: str, *, around: ChannelAccount | None = None, outside: bool = False, **values: Words
) -> int:
    """Put the phrase into one private chat of each owner, in their language; how many there are to be told.

    It is the newest chat in which they can be reached, on an account that works where there is one; never on the
    account `around`. Inside the tenant's scope; it locks the owners' conversations, after whichever the caller has
    locked. An owner who has written on no channel, or wants no such messages, is not told; the admin shows the alert.
    `outside`: words that nobody of the business wrote have a part in the values.
    """
    told, manner = 0, replace(NOTICE, outside=outside)
    lock_chats(tenant.pk)
    for owner in owners_of(tenant):
        newest = chats_of(owner, around).values_list("pk", flat=True).first()
        if newest is None:
            continue
        conversation = Conversation.objects.select_related("account").get(pk=newest)
        language = owner.language or tenant.language
        text = phrase(key, language, **{name: in_language(words, language) for name, words in values.items()})
        now = timezone.now()
        say(conversation, None, text, get_channel(conversation.account.kind).render(text), now, manner)
        told += 1
    if not told:
        logger.warning("owner.not_told", extra={"tenant": str(tenant.pk), "phrase": key})
    return told


def lock_chats(tenant_id: uuid.UUID) -> None:
    """Lock the chats in which owners may be told something, before any other row is."""
    owners = Contact.objects.filter(tenant=tenant_id, role=Contact.Role.OWNER)
    chats = Conversation.objects.filter(tenant=tenant_id, contact__in=owners.values("pk"), is_group=False)
    list(chats.order_by("pk").select_for_update(of=("self",)).values_list("pk"))


def owners_of(tenant: Tenant) -> QuerySet[Contact]:
    """Who may be told something that they did not ask for."""
    return Contact.objects.filter(tenant=tenant, role=Contact.Role.OWNER, opted_out_at=None).order_by("pk")


def chats_of(owner: Contact, around: ChannelAccount | None) -> QuerySet[Conversation]:
    """Best first."""
    lost = ContactAddress.objects.filter(
        tenant=OuterRef("tenant"), kind=OuterRef("account__kind"), address=OuterRef("chat_id")
    ).exclude(unreachable_at=None)
    works = Case(When(account__status=ChannelAccount.Status.ACTIVE, then=Value(0)), default=Value(1))
    chats = Conversation.objects.filter(
        tenant=owner.tenant_id, contact=owner, is_group=False, last_inbound_at__isnull=False
    ).exclude(Exists(lost) | Q(chat_id__startswith=f"{FORMER}:"))
    if around is not None:
        chats = chats.exclude(account=around)
    return chats.order_by(works, "-last_inbound_at")


def in_language(words: Words, language: str) -> str:
    if isinstance(words, str):
        return words
    return words.get(language.partition("-")[0].lower(), words["en"])
