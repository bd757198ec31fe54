"""/memory: what is known of whoever asks, listed by code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db.models import Q

from memory import facts, visible
from memory.models import Audience, Document, Fact
from memory.paths import ROOT
from memory.provenance import Said, book
from memory.tags import one_line
from messaging.commands.registry import TEAM, Answer, Asked, command
from messaging.formatting.markdown import verbatim
from messaging.phrases import phrase

MOST_FACTS, MOST_DOCUMENTS = 15, 5
LONGEST_VALUE = 120  # characters
OF_THEIRS = (Audience.CONTACT, Audience.PUBLIC)


@command(
    "memory",
    about={"en": "What I remember of you", "es": "Qué recuerdo de ti"},
    words={"en": ("memory",), "es": ("memoria",)},
    alone=TEAM,
    private=True,
)
def show_memory(asked: Asked) -> Answer:
    """To a customer only what they may be told: see `memory.visible`."""
    known = [*facts_on(asked), *documents_on(asked)]
    if not known:
        return Answer(text=phrase("memory_nothing", asked.language))
    first, last = phrase("memory_begins", asked.language), phrase("memory_forget", asked.language)
    return Answer(text="\n".join([first, "", *known, "", last]))


def facts_on(asked: Asked) -> Iterator[str]:
    held = facts.holding(asked.tenant, contact_id=asked.contact.pk, now=asked.now)
    shown = held.filter(audience__in=OF_THEIRS if asked.role == "customer" else visible.AUDIENCES[asked.role])
    rows = list(shown[: MOST_FACTS + 1])
    behind = book().behind_facts([fact.pk for fact in rows[:MOST_FACTS]])
    for fact in rows[:MOST_FACTS]:
        yield fact_line(asked, fact, behind.get(fact.pk, ()))
    if len(rows) > MOST_FACTS:
        yield phrase("memory_more", asked.language, count=str(shown.count() - MOST_FACTS))


def fact_line(asked: Asked, fact: Fact, behind: Sequence[Said]) -> str:
    said = plain(f"{fact.predicate}: {fact.value}")
    last = behind[-1] if behind else None
    key = "memory_fact_from" if last is not None else "memory_fact"
    channel = last.channel if last is not None else ""
    on = (last.at if last is not None else fact.seen_at).astimezone(asked.tenant.zone)
    who = plain(last.speaker) if last is not None else ""
    return phrase(key, asked.language, said=said, on=f"{on:%Y-%m-%d}", channel=channel, who=who)


def documents_on(asked: Asked) -> Iterator[str]:
    """Those about the person, and to the team also those that name them."""
    rows = visible.documents(asked.tenant)
    if asked.role == "customer":
        rows = rows.filter(contact=asked.contact, audience__in=OF_THEIRS)
    else:
        named = Q(content__icontains=asked.contact.name) if asked.contact.name else Q(pk__in=[])
        rows = rows.filter(visible.about_whom(asked.role, asked.contact.pk)).filter(Q(contact=asked.contact) | named)
    found = list(rows.order_by("-changed_at", "pk")[: MOST_DOCUMENTS + 1])
    for row in found[:MOST_DOCUMENTS]:
        yield document_line(asked, row)
    if len(found) > MOST_DOCUMENTS:
        yield phrase("memory_more_documents", asked.language, count=str(rows.count() - MOST_DOCUMENTS))


def document_line(asked: Asked, row: Document) -> str:
    about = plain(row.about or row.title)
    on = f"{row.changed_at.astimezone(asked.tenant.zone):%Y-%m-%d}"
    named = row.title or row.path if asked.role == "customer" else f"{ROOT}/{row.path}"
    return phrase("memory_document", asked.language, name=plain(named), about=about, on=on)


def plain(text: str) -> str:
    """As it was written: the answer is Markdown, and somebody may have written a link."""
    return verbatim(one_line(text, LONGEST_VALUE))
