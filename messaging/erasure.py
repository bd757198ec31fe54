"""Erasing a person: everything of theirs goes, and what of them stands in the rows of others; the proof is a search.

Runs as an operator, outside of any scope. Every step is short, can be done again and leaves the next what it needs: the
person's own row, by which all the others are found, goes last. Whoever was interrupted begins anew.
"""

from __future__ import annotations

import logging
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from heapq import nlargest
from itertools import chain

from django.db.models import Exists, OuterRef, Q, QuerySet

from memory import erasure as of_memory
from memory.authors import operator
from memory.epochs import begin_anew
from memory.erasure import Mention, batched
from memory.models import Fact, ImportedMessage
from messaging import belongings, silencing
from messaging.models import Attachment, Conversation, FactSource, Feedback, Message, Participant
from messaging.scrubbing import Search, scrub, scrub_journals
from tenants_app import audit
from tenants_app.faults import fault
from tenants_app.marks import Marks, distinct_names, passages
from tenants_app.models import Consent, Contact, ContactAddress, Tenant
from tenants_app.scope import tenant_scope
from tenants_app.traces import Trace, find_traces

logger = logging.getLogger(__name__)

QUOTED_AT_ONCE = 20_000  # messages whose words are looked for in one pass over everything else
PROVED = 100  # of their texts are looked for at the end
PROVED_CHARACTERS = 80
PATIENCE = 60.0  # seconds for turns that run and may have been told of them


class NotErasable(ValueError):
    """An owner is the business: make somebody else the owner first, or delete the tenant."""

    def __init__(self) -> None:
        super().__init__(str(self.__doc__))


@dataclass(frozen=True, kw_only=True)
class Report:
    """`counts` says what went, by kind; `before` and `left` are where their name, numbers and words stood and stand."""

    counts: Counter[str]
    before: Sequence[Trace] = ()
    left: Sequence[Trace] = ()
    mentions: Sequence[Mention] = field(default=())  # what stays on purpose, as others wrote it


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who is erased, and what they are known by."""

    contact: Contact
    marks: Marks
    chats: Sequence[Conversation]  # theirs alone
    groups: Sequence[Conversation]
    unknown_by: Sequence[str]  # their names that are another's as well, too short, or an everyday word

    @property
    def tenant(self) -> Tenant:
        return self.contact.tenant

    @property
    def words(self) -> list[str]:
        """What is looked for, before and after."""
        return [*self.marks.names, *self.marks.addresses]


def erase_contact(contact: Contact, *, actor: str, with_mentions: bool = False, patience: float = PATIENCE) -> Report:
    """Everything of the contact goes for good; `with_mentions`: also what others wrote that names them.

    Raises NotErasable.
    """
    if contact.role == Contact.Role.OWNER:
        raise NotErasable
    person = known(contact)
    words = [*person.words, *texts_of(person)]
    before = find_traces(contact.tenant, words)
    counts = put_away(person, patience, with_mentions)
    fault("erasure_put_away")
    for marks in quoting(person):
        search = search_for(person, marks, with_mentions)
        counts += scrub(search)
        counts["journal entries"] += scrub_journals(search)
    if with_mentions:
        counts += of_memory.erase_mentions(contact.tenant, person.marks, operator(actor.removeprefix("operator:")))
    fault("erasure_scrubbed")
    counts += belongings.erase(contact, person.chats, person.groups)
    fault("erasure_rows")
    finish(person, actor, counts)
    fault("erasure_done")
    return Report(
        counts=counts,
        before=before,
        left=find_traces(contact.tenant, words),
        mentions=of_memory.mentions(contact.tenant, person.marks) + of_others(person) + not_looked_for(person),
    )


# --- who it is -------------------------------------------------------------------------------------------------------


def known(contact: Contact) -> Person:
    """By the names that nobody else bears, and every address; found again from the rows as long as there is one."""
    tenant = contact.tenant
    heard = ImportedMessage.objects.filter(tenant=tenant, contact=contact).order_by()
    names = {contact.name, *heard.values_list("speaker", flat=True).distinct()}
    others = Contact.objects.filter(tenant=tenant).exclude(pk=contact.pk).exclude(name="")
    addresses = ContactAddress.objects.filter(tenant=tenant, contact=contact).values_list("address", "phone")
    chats, groups = chats_of(contact)
    numbers = {each for pair in addresses for each in pair} | {chat.chat_id for chat in chats}
    marks = Marks(
        names=distinct_names(names, [tenant.name, *others.values_list("name", flat=True)]),
        addresses=tuple(sorted(number.removeprefix("+") for number in numbers if number)),
    )
    unknown_by = sorted({" ".join(name.split()) for name in names if name.strip() and not marks.has_name(name)})
    return Person(contact=contact, marks=marks, chats=chats, groups=groups, unknown_by=unknown_by)


def chats_of(contact: Contact) -> tuple[list[Conversation], list[Conversation]]:
    """Their own, and those that they share with others."""
    rows = Conversation.objects.filter(tenant=contact.tenant_id).select_related("tenant", "account")
    here = {"tenant": OuterRef("tenant"), "conversation": OuterRef("pk")}
    said = Message.objects.filter(**here, direction=Message.Direction.IN)
    took_part = Participant.objects.filter(**here)
    others = Exists(said.exclude(contact=contact)) | Exists(took_part.exclude(contact=contact))
    alone = Q(contact=contact) & (Q(is_group=False) | ~others)
    chats = list(rows.filter(alone).order_by("pk"))
    shared = Q(contact=contact) | Exists(said.filter(contact=contact)) | Exists(took_part.filter(contact=contact))
    return chats, list(rows.filter(shared).exclude(pk__in=[chat.pk for chat in chats]).order_by("pk"))


def said_by(person: Person) -> QuerySet[Message]:
    """What they said, and no answer to it: that may quote what is the business's own, or was said to others as well."""
    own = Q(conversation__in=[chat.pk for chat in person.chats]) | Q(contact=person.contact)
    rows = Message.objects.filter(own, tenant=person.tenant, direction=Message.Direction.IN)
    return rows.defer("raw")


def quoting(person: Person) -> Iterator[Marks]:
    """The person's marks with the passages of what was said, so many at once as memory holds."""
    quotes: set[int] = set()
    number = 0
    for number, text in enumerate(all_said(person), start=1):
        quotes |= passages(text)
        if number % QUOTED_AT_ONCE == 0:
            yield Marks(names=person.marks.names, addresses=person.marks.addresses, quotes=frozenset(quotes))
            quotes = set()
    if quotes or number == 0 or number % QUOTED_AT_ONCE:
        yield Marks(names=person.marks.names, addresses=person.marks.addresses, quotes=frozenset(quotes))


def all_said(person: Person) -> Iterator[str]:
    for message in batched(said_by(person)):
        yield message.text
    yield from written_by(person)


def written_by(person: Person) -> Iterator[str]:
    """What they said otherwise than in a message's text."""
    tenant, contact = person.tenant, person.contact
    for file in batched(Attachment.objects.filter(tenant=tenant, message__in=said_by(person))):
        yield from (file.name, file.text)
    for opinion in batched(Feedback.objects.filter(tenant=tenant, contact=contact)):
        yield opinion.text
    for consent in batched(Consent.objects.filter(tenant=tenant, contact=contact)):
        yield consent.words


def texts_of(person: Person) -> list[str]:
    """The longest things that they said, by which the proof looks for them."""
    texts = chain((row.text for row in batched(said_by(person))), written_by(person))
    lines = {text.strip().split("\n")[0][:PROVED_CHARACTERS] for text in texts}
    return nlargest(PROVED, (line for line in lines if passages(line)), key=lambda line: (len(line), line))


# --- the steps -------------------------------------------------------------------------------------------------------


def search_for(person: Person, marks: Marks, with_mentions: bool) -> Search:
    own = [chat.pk for chat in person.chats]
    return Search(tenant=person.tenant, contact=person.contact, marks=marks, own=own, with_mentions=with_mentions)


def put_away(person: Person, patience: float, with_mentions: bool) -> Counter[str]:
    """Nothing of theirs is told to anybody any more, and nobody is at work who was told before."""
    for conversation in [*person.chats, *person.groups]:
        silencing.silence(conversation, person.contact)
    counts = of_memory.erase(person.tenant, person.contact, person.marks)
    counts["facts"] += of_memory.erase_facts(person.tenant, learnt_from(person))
    search = search_for(person, person.marks, with_mentions)
    silencing.wait_for_turns(person.contact, patience, search.elsewhere, search.looked_through)
    return counts


def learnt_from(person: Person) -> list[uuid.UUID]:
    """Facts that a customer told, and that nobody else said as well."""
    told = FactSource.objects.filter(tenant=person.tenant, fact=OuterRef("pk"))
    theirs = Exists(told.filter(message__in=said_by(person).values("pk")))
    others = Exists(told.exclude(message__in=said_by(person).values("pk")))
    facts = Fact.objects.filter(theirs, ~others, tenant=person.tenant, origin=Fact.Origin.CUSTOMER)
    return list(facts.values_list("pk", flat=True))


def finish(person: Person, actor: str, counts: Counter[str]) -> None:
    """The last of them goes, with whatever came in meanwhile; the trail keeps that it was done, and no more."""
    contact, tenant = person.contact, person.tenant
    with tenant_scope(tenant):
        own = Conversation.objects.filter(tenant=tenant, contact=contact)
        list(own.order_by("pk").select_for_update().values_list("pk", flat=True))
        Message.objects.filter(tenant=tenant, conversation__in=own.values("pk"))._raw_delete(using="default")
        begin_anew(tenant)  # locks the tenant: after messages, as forgetting does, and before the conversations' work
        own._raw_delete(using="default")
        if Contact.objects.filter(tenant=tenant, pk=contact.pk)._raw_delete(using="default"):
            gone = {kind: number for kind, number in sorted(counts.items()) if number}
            audit.record(tenant, actor, "contact.erased", f"contact {contact.pk}", **gone)
    for group in person.groups:
        silencing.let_go_on(group)
    belongings.remove_stray_files(tenant)
    logger.info("contact.erased", extra={"tenant": str(tenant.pk), "contact": str(contact.pk)})


def of_others(person: Person) -> list[Mention]:
    """What people wrote themselves that names the person, in chats of their own."""
    remedy = "erase again with the mentions"
    return [
        Mention(place=f"message {row.seq} of conversation {row.conversation_id}", remedy=remedy)
        for row in batched(Message.objects.filter(tenant=person.tenant).exclude(text="").defer("raw"))
        if person.marks.tells(row.text, names=True)
    ]


def not_looked_for(person: Person) -> list[Mention]:
    remedy = "others are called so too, or it is an everyday word: look through what names them, and edit it"
    return [Mention(place=f"the name “{name}”, wherever it stands", remedy=remedy) for name in person.unknown_by]
