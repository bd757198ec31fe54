"""Facts: what is known of whom, from when to when. The model proposes; code closes the intervals.

All inside the tenant's scope. Facts are looked up by what the reader may see: see `memory.visible`.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from memory import provenance
from memory.authors import Author
from memory.folding import is_near, predicate_key, subject_key, value_key
from memory.intervals import Changes, Claim, Known, Placed, beginning_of, place
from memory.models import Audience, Fact
from memory.moments import OUT_OF_REACH, is_in_reach
from memory.predicates import holds_several
from memory.problems import RefusedError
from memory.spans import is_start_said, known_from, of_json, span_of
from memory.subjects import Subject, key_by_name, of_contact, subject_of
from memory.visible import about_whom
from tenants_app.models import Contact, Tenant

LONGEST_SUBJECT, LONGEST_PREDICATE, LONGEST_VALUE = 200, 100, 1000  # characters
DOUBTED = 0.5  # the confidence, at most, in what came from outside
TRIES = 3
LAST = 2**40  # the order of what is placed now: after all that is known
ORIGINS = {
    "owner": Fact.Origin.OWNER,
    "staff": Fact.Origin.STAFF,
    "customer": Fact.Origin.CUSTOMER,
    "operator": Fact.Origin.OPERATOR,
    "import": Fact.Origin.IMPORT,
}


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What somebody proposes to remember, as it was said."""

    subject: str
    predicate: str
    value: str
    since: datetime | None = None
    until: datetime | None = None
    correction: bool = False  # what was known never was so
    several: bool | None = None  # others may hold beside it: counts of the team; None: as is known of the predicate
    audience: str | None = None  # None: as the author's role has it
    contact_id: uuid.UUID | None = None  # whom it is about, where the caller knows
    at: datetime | None = None  # when it was said; None: when the turn's newest message was
    confidence: float = 1.0
    language: str = ""


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """What became of a proposal."""

    fact: Fact
    is_new: bool  # else it was known, and now is better known
    before: Fact | None = None  # what it ended
    instead: Fact | None = None  # what holds in its place: it was so earlier, or only said by somebody outside
    withdrawn: Sequence[Fact] = ()


def remember(tenant: Tenant, proposal: Proposal, author: Author) -> Fact:
    """Raises RefusedError where the proposal cannot be kept or the author may not."""
    return place_fact(tenant, proposal, author).fact


def place_fact(tenant: Tenant, proposal: Proposal, author: Author) -> Remembered:
    """As `remember`, and tells what it changed. One who comes second at the same moment sees what the first has
    written: both wait for one lock, and the unique constraints are the last word."""
    check(proposal)
    subject = subject_for(tenant, proposal, author)
    about = predicate_key(proposal.predicate)
    keys = [(key, about) for key in (subject.key, former_key(tenant, subject, author)) if key]
    for tried in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                lock(tenant, keys)
                return Placement(tenant, proposal, author, subject, keys).carry_out()
        except IntegrityError:
            if tried == TRIES:
                raise
    raise AssertionError("not reached")


def check(proposal: Proposal) -> None:
    for name, text, longest in (
        ("subject", proposal.subject, LONGEST_SUBJECT),
        ("predicate", proposal.predicate, LONGEST_PREDICATE),
        ("value", proposal.value, LONGEST_VALUE),
    ):
        if not text.strip():
            raise RefusedError(f"The {name} is empty.")
        if len(text) > longest or "\0" in text:
            raise RefusedError(f"The {name} may have {longest} characters: a fact is one short thing.")
    if not all(is_in_reach(each) for each in (proposal.since, proposal.until) if each is not None):
        raise RefusedError(OUT_OF_REACH)
    if proposal.since is not None and proposal.until is not None and proposal.until < proposal.since:
        raise RefusedError("It would end before it began: “until” is earlier than “since”.")


def subject_for(tenant: Tenant, proposal: Proposal, author: Author) -> Subject:
    if proposal.contact_id is not None:
        subject = of_contact(Contact.objects.get(tenant=tenant, pk=proposal.contact_id))
    else:
        subject = subject_of(tenant, proposal.subject, author)
    if author.role == "customer" and (author.contact_id is None or subject.contact_id != author.contact_id):
        raise RefusedError("Only what the person says of themselves is kept here. Use “me” as the subject for that.")
    if proposal.audience == Audience.CONTACT and subject.contact_id is None:
        raise RefusedError("It is about nobody who writes here, so it cannot be shared with them.")
    return subject


def former_key(tenant: Tenant, subject: Subject, author: Author) -> str:
    """Under which facts of the contact stand from before they were one; "" where that is not certain. People outside
    may call themselves what they like."""
    return "" if author.role == "customer" else key_by_name(tenant, subject)


def lock(tenant: Tenant, keys: Iterable[tuple[str, str]]) -> None:
    """Until the transaction ends, nobody else places a fact of these subjects and predicates."""
    names = sorted({f"fact {tenant.pk} {subject} {predicate}" for subject, predicate in keys})
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


class Placement:
    """A proposal being placed among the facts of its subject and predicate, which are locked: `keys`, the subject's own
    first."""

    def __init__(
        self, tenant: Tenant, proposal: Proposal, author: Author, subject: Subject, keys: Sequence[tuple[str, str]]
    ) -> None:
        self.tenant, self.proposal, self.author, self.subject = tenant, proposal, author, subject
        self.subject_key, self.predicate_key = keys[0]
        self.now = timezone.now()
        self.at = proposal.at or self.message_time() or self.now
        own = Q(subject_key=self.subject_key) | Q(subject_key__in=[key for key, _ in keys[1:]], contact=None)
        held = Fact.objects.filter(own, tenant=tenant, predicate_key=self.predicate_key, withdrawn_at=None)
        self.facts = {fact.pk: fact for fact in held.order_by("recorded_at", "pk")}
        self.several = self.holds_several()
        self.value_key = self.known_value() or value_key(proposal.value)

    def message_time(self) -> datetime | None:
        return provenance.book().said_at(self.author.turn_id) if self.author.turn_id else None

    def holds_several(self) -> bool:
        asked = holds_several(self.predicate_key)
        if asked is not None:
            return asked
        wanted = self.proposal.several and self.author.trusted  # else a guest would have nothing end any more
        return bool(wanted) or any(fact.several for fact in self.facts.values())

    def known_value(self) -> str:
        """The key of a fact that says the same in other words."""
        exact = value_key(self.proposal.value)
        if any(fact.value_key == exact for fact in self.facts.values()):
            return exact
        alike = (fact.value_key for fact in self.facts.values() if is_near(fact.value, self.proposal.value))
        return next(alike, "")

    def carry_out(self) -> Remembered:
        if self.several and any(not fact.several for fact in self.facts.values()):
            Fact.objects.filter(tenant=self.tenant, pk__in=list(self.facts)).update(several=True)
        among = [fact for fact in self.facts.values() if not self.several or fact.value_key == self.value_key]
        known = [known_from(place, fact) for place, fact in enumerate(among)]
        claim = self.claim(known)
        was_known = any(claim in row.claims for row in known)
        correction = self.proposal.correction and not self.several
        changes = place(known, claim, several=self.several, correction=correction)
        held = {fact.pk for fact in among if fact.valid_to is None}
        rows = self.write(changes, was_known=was_known)
        self.adopt([*among, *rows])
        return self.told(changes, rows, held)

    def claim(self, known: Sequence[Known]) -> Claim:
        since, until = self.proposal.since, self.proposal.until
        start = since or (self.at if until is None else beginning_of(known, self.value_key, until, self.at))
        return Claim(
            value=self.value_key,
            start=start,
            end=until,
            said=since is not None,
            untrusted=not self.author.trusted,
            order=LAST,
        )

    def write(self, changes: Changes, *, was_known: bool) -> list[Fact]:
        """The rows as the changes have them, in the order of `changes.rows`: what ends first, as one alone may hold."""
        every = Fact.objects.filter(tenant=self.tenant)
        every.filter(pk__in=changes.withdrawn).update(withdrawn_at=self.now)
        every.filter(pk__in=changes.absorbed).update(valid_to=F("valid_from"))
        rows: dict[int, Fact] = {}
        for number, placed in sorted(enumerate(changes.rows), key=lambda each: each[1].end is None):
            fact = self.facts.get(placed.row) if placed.row else None
            rows[number] = self.moved(fact, placed) if fact else self.born(placed)
        for number, placed in enumerate(changes.rows):
            self.follow(rows[number], None if placed.replaced_by is None else rows[placed.replaced_by])
        mine = rows[changes.mine]
        every.filter(pk__in=changes.withdrawn).update(replaced_by=mine)
        if changes.rows[changes.mine].row is not None and not was_known:
            self.said_again(mine)
        for row, number in changes.absorbed.items():
            self.absorb(rows[number], self.facts[row])
        if self.author.turn_id is not None:
            provenance.book().tie_fact(mine.pk, self.author.turn_id)
        return [rows[number] for number in range(len(rows))]

    def adopt(self, facts: Sequence[Fact]) -> None:
        """Those from before the subject was a contact are about them, too; last, as one alone may hold."""
        strangers = [fact for fact in facts if fact.subject_key != self.subject_key]
        for fact in strangers:
            fact.subject_key, fact.contact_id = self.subject_key, self.subject.contact_id
        Fact.objects.filter(tenant=self.tenant, pk__in=[fact.pk for fact in strangers]).update(
            subject_key=self.subject_key, contact=self.subject.contact_id
        )

    def moved(self, fact: Fact, placed: Placed) -> Fact:
        now = (fact.valid_from, fact.valid_to, fact.valid_from_said, fact.spans)
        then = (placed.start, placed.end, is_start_said(placed), [span_of(each) for each in placed.claims])
        if now != then:
            fact.valid_from, fact.valid_to, fact.valid_from_said, fact.spans = then
            fact.save(update_fields=["valid_from", "valid_to", "valid_from_said", "spans"])
        return fact

    def born(self, placed: Placed) -> Fact:
        """A new row: of what is proposed, or of the other part of a fact that something interrupts."""
        fact = Fact(**self.own_values()) if placed.like is None else alike(self.facts[placed.like])
        fact.value_key, fact.untrusted = placed.value, placed.untrusted
        fact.valid_from, fact.valid_to = placed.start, placed.end
        fact.valid_from_said, fact.spans = is_start_said(placed), [span_of(each) for each in placed.claims]
        fact.save(force_insert=True)
        if placed.like is not None:
            provenance.book().tie_alike(fact.pk, placed.like)
        return fact

    def own_values(self) -> dict[str, Any]:
        proposal, author = self.proposal, self.author
        return {
            "tenant": self.tenant,
            "subject": self.subject.text[:LONGEST_SUBJECT],
            "subject_key": self.subject_key,
            "contact_id": self.subject.contact_id,
            "predicate": proposal.predicate.strip(),
            "predicate_key": self.predicate_key,
            "value": proposal.value.strip(),
            "several": self.several,
            "recorded_at": self.now,
            "seen_at": self.at,
            "confidence": proposal.confidence if author.trusted else min(proposal.confidence, DOUBTED),
            "origin": origin_of(author),
            "audience": audience_of(proposal, author),
            "actor_kind": author.kind,
            "actor": author.name,
            "turn_id": author.turn_id,
            "language": proposal.language[:10],
        }

    def said_again(self, fact: Fact) -> None:
        if self.author.trusted or fact.untrusted:
            fact.confidence = max(fact.confidence, self.own_values()["confidence"])
        fact.times += 1
        fact.seen_at = max(fact.seen_at, self.at)
        if self.proposal.audience is not None and self.author.is_owner:
            fact.audience = self.proposal.audience
        fact.save(update_fields=["times", "seen_at", "confidence", "audience"])

    def follow(self, fact: Fact, replaced_by: Fact | None) -> None:
        if fact.replaced_by_id != (replaced_by.pk if replaced_by else None):
            fact.replaced_by = replaced_by
            fact.save(update_fields=["replaced_by"])

    def absorb(self, fact: Fact, other: Fact) -> None:
        provenance.book().tie_alike(fact.pk, other.pk)
        fact.times += other.times
        fact.seen_at = max(fact.seen_at, other.seen_at)
        fact.save(update_fields=["times", "seen_at"])
        Fact.objects.filter(tenant=self.tenant, pk=other.pk)._raw_delete(using="default")

    def told(self, changes: Changes, rows: Sequence[Fact], held: Collection[uuid.UUID]) -> Remembered:
        placed, mine = changes.rows[changes.mine], rows[changes.mine]
        ended = (fact for fact in rows if fact.pk in held and fact.replaced_by_id == mine.pk)
        is_past = mine.valid_to is not None and self.proposal.until is None
        return Remembered(
            fact=mine,
            is_new=placed.row is None,
            before=next(ended, None),
            instead=mine.replaced_by if is_past else None,
            withdrawn=[self.facts[row] for row in changes.withdrawn],
        )


def origin_of(author: Author) -> str:
    """Of what is not trusted though it came through the team: from the web, as far as anybody knows."""
    if author.kind in ORIGINS:
        return ORIGINS[author.kind]
    return ORIGINS[author.role] if author.trusted or author.role == "customer" else Fact.Origin.WEB


def audience_of(proposal: Proposal, author: Author) -> str:
    """Only the owner says who sees it. What a customer says of themselves they may be told again."""
    if author.role == "customer":
        return Audience.CONTACT
    return proposal.audience if proposal.audience and author.is_owner else Audience.TEAM


def alike(fact: Fact) -> Fact:
    """Another row that says the same; unsaved."""
    values = {field.attname: getattr(fact, field.attname) for field in Fact._meta.concrete_fields if field.name != "id"}
    return Fact(**values)


def as_of(tenant: Tenant, at: datetime, **filters: Any) -> QuerySet[Fact]:
    """What was so at that instant, as known today. `filters`: Django's, such as `contact_id`."""
    rows = Fact.objects.filter(Q(valid_to=None) | Q(valid_to__gt=at), tenant=tenant, withdrawn_at=None)
    return rows.filter(valid_from__lte=at, **filters).order_by("-seen_at", "pk")


def holding(
    tenant: Tenant, *, contact_id: uuid.UUID | None = None, subject: str | None = None, now: datetime | None = None
) -> QuerySet[Fact]:
    """What is so now, said last first; of one contact, or of a subject by its name."""
    rows = as_of(tenant, now or timezone.now())
    if contact_id is not None:
        rows = rows.filter(contact_id=contact_id)
    return rows if subject is None else rows.filter(subject_key=subject_key(subject))


def forget(tenant: Tenant, ids: Iterable[uuid.UUID], *, author: Author) -> int:
    """Delete these facts, with what else says the same of the same subject; how many rows are gone.

    What they had ended does not hold again for it.
    """
    wanted = list(ids)
    keys = sorted(set(saying_the_same(tenant, wanted, author).values_list("subject_key", "predicate_key")))
    lock(tenant, keys)
    rows = Fact.objects.filter(tenant=tenant)
    chosen = list(saying_the_same(tenant, wanted, author).values_list("pk", flat=True))  # as they stand, locked
    gone: int = rows.filter(pk__in=chosen)._raw_delete(using="default") or 0  # None where there is nothing to ask
    for subject, predicate in keys:
        for fact in rows.filter(subject_key=subject, predicate_key=predicate).exclude(valid_to=None):
            ended = [[start, end or of_json(fact.valid_to), *rest] for start, end, *rest in fact.spans]
            rows.filter(pk=fact.pk).update(spans=ended)
    return gone


def saying_the_same(tenant: Tenant, ids: Iterable[uuid.UUID], author: Author) -> QuerySet[Fact]:
    """These facts and others of the same subject, predicate and value, as far as the author may have them forgotten."""
    mine = Fact.objects.filter(readable(author), tenant=tenant)
    if author.role == "customer":
        mine = mine.filter(contact=author.contact_id)
    same = Q(pk__in=[])
    for subject, predicate, value in mine.filter(pk__in=list(ids)).values_list(
        "subject_key", "predicate_key", "value_key"
    ):
        same |= Q(subject_key=subject, predicate_key=predicate, value_key=value)
    return mine.filter(same)


def readable(author: Author) -> Q:
    """The filter on facts that the author may be told."""
    return about_whom(author.role, author.contact_id)
