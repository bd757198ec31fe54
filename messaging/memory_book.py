"""Which messages stand behind facts and revisions, and messages that the assistant is to see no more."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from memory.authors import Author
from memory.forgetting import saying
from memory.passages import Passages, folded
from memory.problems import RefusedError
from memory.provenance import Said
from messaging import confirmations, outside, quotes
from messaging.channels import get_channel
from messaging.formatting.markdown import verbatim
from messaging.kinds import COMMAND_ANSWER, EDIT
from messaging.models import Attachment, FactSource, Message, RevisionSource, Session
from tenants_app.models import Contact
from tenants_app.scope import current_tenant_id

SHOWN = 500  # characters of a message
MOST_BEHIND = 20  # messages behind one thing
BATCH = 500


class MessageBook:
    """memory.provenance.Book, kept in messaging's tables."""

    def tie_revision(self, revision_id: uuid.UUID, turn_id: uuid.UUID) -> None:
        tenant_id = here()
        RevisionSource.objects.bulk_create(
            [
                RevisionSource(tenant_id=tenant_id, revision_id=revision_id, message_id=message)
                for message in answered_by(turn_id)
            ],
            ignore_conflicts=True,
        )

    def tie_fact(self, fact_id: uuid.UUID, turn_id: uuid.UUID) -> None:
        tie(fact_id, answered_by(turn_id))

    def tie_alike(self, fact_id: uuid.UUID, source_id: uuid.UUID) -> None:
        tie(fact_id, FactSource.objects.filter(tenant=here(), fact=source_id).values_list("message", flat=True))

    def said_at(self, turn_id: uuid.UUID) -> datetime | None:
        newest = Message.objects.filter(tenant=here(), turn=turn_id, direction=Message.Direction.IN).order_by("-seq")
        return newest.values_list("sent_at", flat=True).first()

    def of_turn(self, turn_id: uuid.UUID) -> frozenset[uuid.UUID]:
        return frozenset(Message.objects.filter(tenant=here(), turn=turn_id).values_list("pk", flat=True))

    def behind_revisions(self, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Sequence[Said]]:
        return behind(RevisionSource.objects.filter(tenant=here(), revision__in=ids), "revision_id")

    def behind_facts(self, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Sequence[Said]]:
        return behind(FactSource.objects.filter(tenant=here(), fact__in=ids), "fact_id")

    def forget_behind_facts(self, ids: Sequence[uuid.UUID], author: Author) -> int:
        return self.forget_messages(
            list(FactSource.objects.filter(tenant=here(), fact__in=ids).values_list("message", flat=True)), author
        )

    def known_from_forgotten(self) -> Mapping[uuid.UUID, Sequence[str]]:
        ties = FactSource.objects.filter(tenant=here())
        seen = ties.filter(message__forgotten_at=None).values("fact")
        said: dict[uuid.UUID, list[str]] = {}
        for fact, text in ties.exclude(fact__in=seen).values_list("fact", "message__text"):
            said.setdefault(fact, []).append(text)
        return said

    def forget_messages(self, ids: Sequence[uuid.UUID], author: Author) -> int:
        """Also what the assistant answered to them, and the summaries of those sessions: nobody knows what of it those
        say again. What answers one of them quotes it no longer."""
        gone = also_gone(Message.objects.filter(readable(author), tenant=here(), pk__in=ids))
        rows = Message.objects.filter(tenant=here(), pk__in=gone)
        forgotten = rows.filter(forgotten_at=None).update(forgotten_at=timezone.now())
        if forgotten:
            confirmations.void_for(here(), author)
        quotes.take_back(rows)
        sessions = list(rows.exclude(turn__session=None).values_list("turn__session", flat=True).distinct())
        Session.objects.filter(tenant=here(), pk__in=sessions).exclude(summary="").update(summary="")
        return forgotten

    def forget_answers(self, told: Sequence[Sequence[str]], author: Author, most: int) -> tuple[int, int]:
        spelled = [as_written(words) for words in told]
        listed, ours = answers_saying([each for words in spelled for each in words], author)
        gone, left = set(listed), set[uuid.UUID]()
        for words in spelled:
            passages = Passages(words)
            found = {pk for pk, text in ours.items() if passages.stand_in_folded(text)}
            (left if len(found) > most else gone).update(found)
        return self.forget_messages(list(gone), author), len(left - gone)

    def forget_words(self, words: Sequence[str], author: Author, most: int) -> int:
        spelled = as_written(words)
        passages = Passages(spelled)
        found = saying_any(author, spelled, passages)
        if len(found) > most:
            raise RefusedError(
                f"{len(found)} messages say that, more than can be meant. Give a longer passage, as it was written."
            )
        forgotten = self.forget_messages(list(found), author)
        forget_in_summaries(author, passages)
        return forgotten


def here() -> uuid.UUID:
    """The tenant of the scope: an operator inside it could see the others' rows, too."""
    tenant_id = current_tenant_id()
    if tenant_id is None:
        raise LookupError("what stands behind memory is looked up inside a tenant's scope")
    return tenant_id


def tie(fact_id: uuid.UUID, messages: Any) -> None:
    tenant_id = here()
    FactSource.objects.bulk_create(
        [FactSource(tenant_id=tenant_id, fact_id=fact_id, message_id=message) for message in messages],
        ignore_conflicts=True,
    )


def answered_by(turn_id: uuid.UUID) -> QuerySet[Message, uuid.UUID]:
    said = Message.objects.filter(tenant=here(), turn=turn_id, direction=Message.Direction.IN, wakes=True)
    return said.order_by("seq").values_list("pk", flat=True)


def behind(ties: QuerySet[Any], of: str) -> dict[uuid.UUID, list[Said]]:
    """The messages, oldest first."""
    fields = ("message__contact", "message__conversation__contact", "message__account")
    found: dict[uuid.UUID, list[Said]] = {}
    for each in ties.select_related(*fields).defer("message__raw").order_by("message__sent_at", "message__seq"):
        said = found.setdefault(getattr(each, of), [])
        if len(said) < MOST_BEHIND:
            said.append(said_in(each.message))
    return found


def said_in(message: Message) -> Said:
    conversation = message.conversation
    return Said(
        message_id=message.pk,
        speaker=message.contact.name if message.contact is not None else "",
        at=message.sent_at,
        channel=get_channel(message.account.kind).label,
        text="" if message.forgotten_at else " ".join(message.text.split())[:SHOWN],
        chat_with=None if conversation.is_group else conversation.contact_id,
        chat_role="" if conversation.is_group else conversation.contact.role,
        untrusted=outside.are_in(message),
    )


def readable(author: Author) -> Q:
    """The filter on messages of chats that the author may read: as the search shows them."""
    if author.is_owner:
        return Q()
    own = Q(conversation__contact=author.contact_id, conversation__is_group=False)
    if author.role == "customer":
        return own
    return own | Q(conversation__is_group=True) | Q(conversation__contact__role=Contact.Role.CUSTOMER)


def saying_any(author: Author, words: Sequence[str], passages: Passages) -> set[uuid.UUID]:
    """The messages that say one of the passages, themselves or in what was heard or read in their files."""
    rows = Message.objects.filter(readable(author), tenant=here(), forgotten_at=None)
    said = saying(rows, "text", words).values_list("pk", "text")
    files = Attachment.objects.filter(tenant=here(), message__in=rows.values("pk"))
    heard = saying(files, "text", words).values_list("message", "text")
    return {pk for each in (said, heard) for pk, text in each.iterator(BATCH) if passages.stand_in(text)}


def answers_saying(words: Sequence[str], author: Author) -> tuple[set[uuid.UUID], dict[uuid.UUID, str]]:
    """What code said with one of these, and what the assistant did, folded."""
    passages = Passages(words)
    ours = Message.objects.filter(
        readable(author), tenant=here(), forgotten_at=None, direction=Message.Direction.OUT, author=""
    )
    listed: set[uuid.UUID] = set()
    told: dict[uuid.UUID, str] = {}
    for pk, kind, text in saying(ours, "text", words).values_list("pk", "kind", "text").iterator(BATCH):
        if not passages.stand_in_folded(plain := folded(text)):
            continue
        if kind == COMMAND_ANSWER:
            listed.add(pk)
        else:
            told[pk] = plain
    return listed, told


def as_written(words: Sequence[str]) -> list[str]:
    """As somebody said them, and as code put them into Markdown, which answers were kept in once."""
    return list(dict.fromkeys([*words, *map(verbatim, words)]))


def also_gone(chosen: QuerySet[Message]) -> set[uuid.UUID]:
    """These, what they were changed into or before, and the answers to them.

    Locked, so that an answer that is written down at this moment is among them: its turn holds what it answers.
    """
    heard = {*chosen.values_list("pk", flat=True), *versions_of(chosen)}
    locked = Message.objects.filter(tenant=here(), pk__in=heard).select_for_update(no_key=True).order_by("pk")
    heard = set(locked.values_list("pk", flat=True))
    turns = Message.objects.filter(tenant=here(), pk__in=heard, direction=Message.Direction.IN).exclude(turn=None)
    answers = Message.objects.filter(
        tenant=here(), turn__in=turns.values("turn"), direction=Message.Direction.OUT, author=""
    )
    return heard | set(answers.values_list("pk", flat=True))


def versions_of(chosen: QuerySet[Message]) -> set[uuid.UUID]:
    """What these were changed into, or were before."""
    found: set[uuid.UUID] = set()
    for conversation, kind, external_id, reply_to in chosen.values_list(
        "conversation", "kind", "external_id", "reply_to"
    ):
        said = reply_to if kind == EDIT else external_id
        if said:
            rows = Message.objects.filter(tenant=here(), conversation=conversation)
            of_it = Q(external_id=said) | Q(kind=EDIT, reply_to=said)
            found.update(rows.filter(of_it).values_list("pk", flat=True))
    return found


def forget_in_summaries(author: Author, passages: Passages) -> None:
    rows = Session.objects.filter(tenant=here()).exclude(summary="")
    if not author.is_owner:
        rows = rows.filter(
            conversation__in=Message.objects.filter(readable(author), tenant=here()).values("conversation")
        )
    for session in rows.only("pk", "summary").iterator(BATCH):
        left = passages.without(session.summary)
        if left != session.summary:
            Session.objects.filter(tenant=here(), pk=session.pk).update(summary=left)
