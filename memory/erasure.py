"""Taking a person out of the memory: their documents with every revision, what is known of them, what they are heard
saying in imported chats. What others wrote of them is told, and goes on demand.

Every step is a short transaction of its own and can be done again: whoever was interrupted begins anew.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from memory.authors import Author
from memory.content import hash_of
from memory.epochs import begin_anew
from memory.models import Document, Fact, ImportedChat, ImportedMessage, Revision
from memory.revisions import keep
from tenants_app.marks import ERASED, Marks, folded
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope

BATCH = 500
ERASURE = "A person was erased"
LINE = 160  # characters of a mention that are shown
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, kw_only=True)
class Mention:
    """A place where somebody else's words name the person: it stays, unless asked otherwise."""

    place: str  # "document knowledge/prices.md, line 3"
    remedy: str  # how to remove it


def erase(tenant: Tenant, contact: Contact, marks: Marks) -> Counter[str]:
    """What memory holds of the contact goes; how many of what. Outside of any scope."""
    gone: Counter[str] = Counter()
    with tenant_scope(tenant):
        documents = Document.objects.filter(tenant=tenant, contact=contact)
        gone["documents"] = documents._raw_delete(using="default")
    known = (row.pk for row in batched(facts(tenant)) if is_about(row, contact, marks))
    gone["facts"] = erase_facts(tenant, list(known))
    gone["imported messages"] = erase_imported(tenant, contact, marks)
    with tenant_scope(tenant):
        begin_anew(tenant)
    return gone


def erase_facts(tenant: Tenant, ids: Sequence[uuid.UUID]) -> int:
    gone = 0
    for at in range(0, len(ids), BATCH):
        with tenant_scope(tenant):
            rows = Fact.objects.filter(tenant=tenant, pk__in=ids[at : at + BATCH])
            gone += rows._raw_delete(using="default")
    return gone


def facts(tenant: Tenant) -> QuerySet[Fact]:
    return Fact.objects.filter(tenant=tenant)


def is_about(fact: Fact, contact: Contact, marks: Marks) -> bool:
    """By the contact it is linked to, else by the name."""
    if fact.contact_id is not None:
        return fact.contact_id == contact.pk
    return is_named(fact.subject, marks)


def is_named(text: str, marks: Marks) -> bool:
    """Whether this is their name or address, and nothing else."""
    return folded(text) in {folded(name) for name in marks.names} or marks.has_address(text)


# --- imported chats --------------------------------------------------------------------------------------------------


def erase_imported(tenant: Tenant, contact: Contact, marks: Marks) -> int:
    """What they say in imported chats; a chat that is between them and one other goes as a whole."""
    gone = 0
    with tenant_scope(tenant):
        chats = list(ImportedChat.objects.filter(tenant=tenant).order_by("pk"))
    for chat in chats:
        with tenant_scope(tenant):
            heard = ImportedMessage.objects.filter(tenant=tenant, chat=chat).order_by()
            speakers = set(heard.values_list("speaker", flat=True).distinct())
            theirs = {speaker for speaker in speakers if is_named(speaker, marks)}
            said = heard.filter(Q(speaker__in=theirs) | Q(contact=contact))
            between_two = len(speakers) <= 2 and said.exists()
            gone += (heard if between_two else said)._raw_delete(using="default")
            if between_two:
                ImportedChat.objects.filter(pk=chat.pk)._raw_delete(using="default")
            elif marks.tells(chat.name, names=True):
                ImportedChat.objects.filter(pk=chat.pk).update(name=f"{ERASED} {chat.pk}")
    return gone


# --- what others wrote of them ---------------------------------------------------------------------------------------


def mentions(tenant: Tenant, marks: Marks) -> list[Mention]:
    """Every line, fact and imported message of somebody else's that names them. Outside of any scope."""
    found = [
        Mention(
            place=f"document {document.path}{which}",
            remedy="edit the document and have the line forgotten, or erase again with the mentions",
        )
        for document in batched(Document.objects.filter(tenant=tenant))
        for which in lines_of(document, marks)
    ]
    remedy = "delete it on its page, or erase again with the mentions"
    found += [
        Mention(place=f"fact {fact.pk} about {fact.subject}", remedy=remedy)
        for fact in batched(facts(tenant))
        if names_them(fact, marks)
    ]
    found += [
        Mention(place=f"imported message {row.external_id} of {row.speaker}", remedy="erase again with the mentions")
        for row in batched(ImportedMessage.objects.filter(tenant=tenant))
        if marks.tells(row.text, names=True)
    ]
    return found


def lines_of(document: Document, marks: Marks) -> list[str]:
    """Where in the document; also in its name, and in what it said once."""
    found = [", its name" for text in (document.path, document.title) if marks.tells(spoken(text), names=True)][:1]
    lines = enumerate([*document.content.split("\n")], start=1)
    found += [f", line {number}" for number, line in lines if marks.tells(line, names=True)]
    with tenant_scope(document.tenant_id):
        rows = Revision.objects.filter(tenant=document.tenant_id, document=document)
        earlier = [row.number for row in rows.iterator(chunk_size=20) if said_in(row, marks)]
    return found or [f", its revision {number}" for number in earlier]


def said_in(revision: Revision, marks: Marks) -> bool:
    texts = (spoken(revision.path), revision.title, revision.about, revision.reason, revision.content)
    return any(marks.tells(text, names=True) for text in texts)


def spoken(path: str) -> str:
    """ "relationships/maria-lopez.md" as one would say it."""
    return path.removesuffix(".md").translate(str.maketrans("-_/.", "    "))


def names_them(fact: Fact, marks: Marks) -> bool:
    return any(marks.tells(text, names=True) for text in (fact.subject, fact.predicate, fact.value))


def erase_mentions(tenant: Tenant, marks: Marks, author: Author) -> Counter[str]:
    """The same places lose what names them; a document that is called like them goes. Outside of any scope."""
    gone: Counter[str] = Counter()
    for document in batched(Document.objects.filter(tenant=tenant)):
        with tenant_scope(tenant):
            gone["documents"] += clean(document.pk, marks, author)
    gone["facts"] = erase_facts(tenant, [fact.pk for fact in batched(facts(tenant)) if names_them(fact, marks)])
    for heard in batched(ImportedMessage.objects.filter(tenant=tenant)):
        if marks.tells(heard.text, names=True):
            with tenant_scope(tenant):
                rows = ImportedMessage.objects.filter(tenant=tenant, pk=heard.pk)
                gone["imported messages"] += rows.update(text=marks.cut(heard.text, names=True))
    with tenant_scope(tenant):
        begin_anew(tenant)
    return gone


def clean(pk: uuid.UUID, marks: Marks, author: Author) -> int:
    """One document and all that it said once; 1 where anything was taken out."""
    document = Document.objects.select_for_update().get(pk=pk)
    if any(marks.tells(spoken(text), names=True) for text in (document.path, document.title)):
        Document.objects.filter(pk=pk)._raw_delete(using="default")
        return 1
    now = timezone.now()
    revisions = Revision.objects.filter(tenant=document.tenant_id, document=document)
    touched = [clean_revision(row, marks, now) for row in revisions.iterator(chunk_size=20)]
    content, about = marks.cut(document.content, names=True), marks.cut(document.about, names=True)
    if (content, about) != (document.content, document.about):
        changes = {"content": content, "about": about}
        keep(document, document.number, Revision.Action.FORGOTTEN, changes, author=author, reason=ERASURE)
        return 1
    return int(any(touched))


def clean_revision(row: Revision, marks: Marks, now: datetime) -> bool:
    if not said_in(row, marks):
        return False
    content = marks.cut(row.content, names=True)
    Revision.objects.filter(pk=row.pk).update(
        path=ERASED if marks.tells(spoken(row.path), names=True) else row.path,
        title=marks.cut(row.title, names=True),
        about=marks.cut(row.about, names=True),
        reason=marks.cut(row.reason, names=True),
        content=content,
        content_hash=hash_of(content),
        redacted_at=now,
    )
    return True


def batched(rows: QuerySet[Row]) -> Iterator[Row]:
    """All of them by their keys, each batch in a transaction of its own. The rows' tenant is in their filter."""
    last: Any = None
    ordered = rows.order_by("pk")
    while True:
        batch = list((ordered if last is None else ordered.filter(pk__gt=last))[:BATCH])
        yield from batch
        if len(batch) < BATCH:
            return
        last = batch[-1].pk
