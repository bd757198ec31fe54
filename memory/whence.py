"""Where something is known from: who said it when and over which channel, as far as whoever asks may be told."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from memory import provenance
from memory.authors import Author
from memory.facts import readable
from memory.models import Document, Fact, Revision
from memory.paths import ROOT
from memory.provenance import Said
from memory.rendering import SAID_BY
from memory.tags import one_line
from memory.visible import about_whom
from tenants_app.models import Tenant

MOST_REVISIONS, MOST_MESSAGES = 5, 5
SHOWN = 300  # characters of a message
BY = {
    "assistant": "the assistant",
    "operator": "an operator",
    "owner": "the owner",
    "staff": "one of the staff",
    "learning": "the assistant, from what was said",
    "import": "an import",
}


@dataclass(frozen=True, kw_only=True)
class Line:
    text: str
    from_outside: bool = False  # some of its words are of nobody in the business


def where_from(tenant: Tenant, reference: str, author: Author) -> Sequence[Line]:
    """None of them where there is nothing of that name that the author may see. Inside the tenant's scope."""
    if reference.startswith(f"{ROOT}/"):
        return list(of_document(tenant, reference.removeprefix(f"{ROOT}/"), author))
    try:
        fact_id = uuid.UUID(reference.removeprefix("fact:"))
    except ValueError:
        return ()
    rows = Fact.objects.filter(readable(author), tenant=tenant, pk=fact_id)
    if author.role == "customer":
        rows = rows.filter(contact=author.contact_id)
    fact = rows.first()
    return list(of_fact(tenant, fact, author)) if fact is not None else ()


def of_fact(tenant: Tenant, fact: Fact, author: Author) -> Iterator[Line]:
    yield Line(text=f"{fact_in_words(tenant, fact)} [fact:{fact.pk}]", from_outside=fact.untrusted)
    written = f"Written down on {day(tenant, fact.recorded_at)} by {BY.get(fact.actor_kind, fact.actor_kind)}"
    often = f"; said {fact.times} times" if fact.times > 1 else ""
    yield Line(text=f"{written}, from {SAID_BY[Fact.Origin(fact.origin)]}{often}.")
    if fact.untrusted:
        yield Line(text="It came from outside and was not verified.")
    yield from messages(tenant, provenance.book().behind_facts([fact.pk]).get(fact.pk, ()), author)


def fact_in_words(tenant: Tenant, fact: Fact) -> str:
    """`Alice, lives in: Austin (since 2024-03-01, until 2024-06-01)`"""
    spans = [f"{'since' if fact.valid_from_said else 'known since'} {day(tenant, fact.valid_from)}"]
    if fact.valid_to is not None and fact.valid_to == fact.valid_from:
        spans = [f"said on {day(tenant, fact.seen_at)}, never in force"]
    elif fact.valid_to is not None:
        spans.append(f"until {day(tenant, fact.valid_to)}")
    if fact.withdrawn_at is not None:
        spans.append("corrected: it never was so")
    value = one_line(fact.value, SHOWN)
    return f"{one_line(fact.subject, 80)}, {one_line(fact.predicate, 80)}: {value} ({', '.join(spans)})"


def of_document(tenant: Tenant, path: str, author: Author) -> Iterator[Line]:
    row = Document.objects.filter(
        about_whom(author.role, author.contact_id), tenant=tenant, path=path, deleted_at=None
    ).first()
    if row is None:
        return
    revisions = list(Revision.objects.filter(tenant=tenant, document=row).order_by("-number")[:MOST_REVISIONS])
    behind = provenance.book().behind_revisions([revision.pk for revision in revisions])
    yield Line(text=f"{ROOT}/{row.path}, its newest changes:", from_outside=row.untrusted)
    for revision in revisions:
        by = BY.get(revision.actor_kind, revision.actor_kind)
        why = f" ({one_line(revision.reason, 120)})" if revision.reason and author.role != "customer" else ""
        done = f"{revision.get_action_display()} on {day(tenant, revision.at)} by {by}{why}"
        yield Line(text=f"{revision.number}. {done}")
        yield from messages(tenant, behind.get(revision.pk, ()), author)


def messages(tenant: Tenant, said: Sequence[Said], author: Author) -> Iterator[Line]:
    if not said:
        yield Line(text="No message stands behind it.")
    for each in said[-MOST_MESSAGES:]:
        moment = f"{each.at.astimezone(tenant.zone):%Y-%m-%d %H:%M}"
        who = one_line(each.speaker, 80) or "somebody"
        if not may_read(each, author):
            yield Line(text=f"- {moment}, in a chat that cannot be quoted here")
        elif not each.text:
            yield Line(text=f"- {moment} {who}, over {each.channel} (the words are forgotten, or there were none)")
        else:
            words = f"- {moment} {who}, over {each.channel}: “{one_line(each.text, SHOWN)}”"
            yield Line(text=words, from_outside=each.untrusted)


def may_read(said: Said, author: Author) -> bool:
    """As the search has it: the owner all, staff no private chat of others of the team, a customer their own."""
    if author.is_owner or (said.chat_with is not None and said.chat_with == author.contact_id):
        return True
    return author.role == "staff" and said.chat_role not in ("owner", "staff")


def day(tenant: Tenant, at: datetime) -> str:
    return f"{at.astimezone(tenant.zone):%Y-%m-%d}"
