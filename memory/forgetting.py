"""Forgetting for good: facts, the messages they come from, and every text that says it. The audit keeps that it was.

Of a message the record of the correspondence stays, for operators; the search, the prompt and the assistant see it no
more.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection, transaction
from django.db.models import BooleanField, F, Func, QuerySet, TextField, Value

from memory import documents, epochs, facts, provenance
from memory.authors import Author
from memory.models import Fact, ImportedMessage
from memory.passages import Passages, folded
from memory.paths import ROOT
from memory.problems import MemoryProblem, RefusedError
from tenants_app import audit
from tenants_app.models import Tenant

MOST_MESSAGES = 200  # that may say a passage: more, and it is a word that everybody uses
MOST_FACTS = 200
MOST_ANSWERS = 20  # of the assistant's that say one fact's value: more, and it is a word that everybody uses
LEAST = 3  # letters and digits of a passage
LEAST_VALUE = 4  # of a fact's value that tells by itself what is meant; "tea", "yes" or 12 stand in anything
LEAST_NUMBER = 3  # digits of a number that does
LIKE_SIGN = re.compile(r"[\\%_]")  # which PostgreSQL's LIKE would take for more than itself
BEGINNING = 80  # characters of a value, at least, that stand where it is listed


@dataclass(frozen=True, kw_only=True)
class Forgotten:
    """How many of what."""

    facts: int
    messages: int
    documents: int
    problems: Sequence[str]  # what was not done, and why


def forget(tenant: Tenant, *, references: Sequence[str], words: Sequence[str], author: Author) -> Forgotten:
    """`references` as hits have them ("fact:…", "message:…"); `words`: passages as they were written.

    Inside the tenant's scope. Only what the author may see; a customer their own facts and their own chat.
    """
    with connection.cursor() as cursor:  # two at once would lock the same rows in different orders
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"forget {tenant.pk}"])
    oblivion = Oblivion(tenant, author)
    oblivion.take_references(references)
    oblivion.take_words(words)
    return oblivion.done()


class Oblivion:
    """One act of forgetting."""

    def __init__(self, tenant: Tenant, author: Author) -> None:
        self.tenant, self.author = tenant, author
        self.gone: Counter[str] = Counter()
        self.problems: list[str] = []

    def take_references(self, references: Sequence[str]) -> None:
        ids: dict[str, list[uuid.UUID]] = {"fact": [], "message": []}
        for reference in references:
            kind, _, name = reference.strip().partition(":")
            if reference.strip().startswith(ROOT):
                self.problems.append(f"{reference}: give the passages in `words` to have them taken out of documents.")
            elif kind in ids and (known := as_id(name)):
                ids[kind].append(known)
            else:
                self.problems.append(f"{reference}: there is no such reference.")
        before = provenance.book().known_from_forgotten()
        missing = max(len({*ids["message"]}) - self.take_messages(ids["message"]), 0)  # before those behind the facts
        left = provenance.book().known_from_forgotten().keys() - before.keys()
        missing += len({*ids["fact"]}) - self.take_facts(ids["fact"])
        self.take_facts(sorted(left))
        if missing:
            self.problems.append(f"{missing} of the references lead to nothing that can be forgotten here.")

    def take_facts(self, ids: Sequence[uuid.UUID]) -> int:
        """How many of these were found."""
        same = {fact.pk: fact for fact in facts.saying_the_same(self.tenant, ids, self.author)}
        if same:
            self.gone["messages"] += provenance.book().forget_behind_facts(list(same), self.author)
            self.take_answers(list(same.values()))
            self.gone["facts"] += facts.forget(self.tenant, list(same), author=self.author)
        return len({*ids} & same.keys())

    def take_answers(self, known: Sequence[Fact]) -> None:
        """What the assistant said with it, whenever that was; what people said themselves is named by its passage."""
        gone, left = provenance.book().forget_answers([telling(fact) for fact in known], self.author, MOST_ANSWERS)
        self.gone["messages"] += gone
        if left:
            self.problems.append(f"{left} answers may say it, too many to be meant: give their passages in `words`.")

    def take_messages(self, ids: Sequence[uuid.UUID]) -> int:
        found = provenance.book().forget_messages(ids, self.author) if ids else 0
        imported = self.imported().filter(pk__in=ids).exclude(text="").update(text="")
        self.gone["messages"] += found + imported
        return found + imported

    def take_words(self, words: Sequence[str]) -> None:
        given = [passage for passage in words if passage.strip()]
        wanted = [passage for passage in given if sum(each.isalnum() for each in folded(passage)) >= LEAST]
        if short := len(given) - len(wanted):  # not quoted: what is said of it would say it again
            self.problems.append(
                f"{short} of the passages could not be looked for, being too short: give the words around it."
            )
        if not wanted:
            return
        passages = Passages(wanted)
        before = self.gone.copy()
        try:
            with transaction.atomic():  # what is refused in one place stays in the others
                for step in (self.facts_saying, self.messages_saying, self.documents_saying):  # the tenant's row last
                    step(wanted, passages)
        except MemoryProblem as problem:
            self.gone = before
            self.problems.append(f"{problem} None of the passages was forgotten.")

    def facts_saying(self, words: Sequence[str], passages: Passages) -> None:
        rows = Fact.objects.filter(facts.readable(self.author), tenant=self.tenant)
        found = [
            fact.pk
            for fact in saying(rows, "value", words) | saying(rows, "subject", words) | saying(rows, "predicate", words)
            if passages.stand_in(f"{fact.subject} {fact.predicate} {fact.value}")
        ]
        if len(found) > MOST_FACTS:
            raise RefusedError(f"{len(found)} facts say that, more than can be meant. Give a longer passage.")
        self.take_facts(found)

    def messages_saying(self, words: Sequence[str], passages: Passages) -> None:
        imported = [row.pk for row in saying(self.imported(), "text", words) if passages.stand_in(row.text)]
        room = MOST_MESSAGES - len(imported)
        before = provenance.book().known_from_forgotten()
        self.gone["messages"] += provenance.book().forget_words(words, self.author, room)
        self.gone["messages"] += self.imported().filter(pk__in=imported).update(text="")
        after = provenance.book().known_from_forgotten()
        self.facts_left({fact: texts for fact, texts in after.items() if fact not in before}, passages)

    def facts_left(self, said: Mapping[uuid.UUID, Sequence[str]], passages: Passages) -> None:
        """Facts that came only from messages now forgotten, save those that these say beside the passages."""
        rows = Fact.objects.filter(tenant=self.tenant, pk__in=list(said))
        beside = {fact.pk for fact in rows if any(says(passages.rest_of(text), fact.value) for text in said[fact.pk])}
        self.take_facts(sorted(said.keys() - beside))

    def documents_saying(self, words: Sequence[str], passages: Passages) -> None:
        if self.author.role != "customer":
            self.gone["documents"] += documents.forget_words(self.tenant, words, author=self.author)

    def imported(self) -> QuerySet[ImportedMessage]:
        """The row stays without its text, so that it does not come back when the chat is imported again."""
        rows = ImportedMessage.objects.filter(tenant=self.tenant)
        return rows.none() if self.author.role == "customer" else rows

    def done(self) -> Forgotten:
        counts = {name: self.gone[name] for name in ("facts", "messages", "documents")}
        if any(counts.values()):
            epochs.begin_anew(self.tenant)
            person = f"contact:{self.author.contact_id}" if self.author.contact_id else ""
            audit.record(self.tenant, self.author.name, "memory.forgotten", person, **counts)
        return Forgotten(**counts, problems=self.problems)


def saying(rows: QuerySet[Any], field: str, words: Sequence[str]) -> QuerySet[Any]:
    """Those whose text has the longest word of one of the passages; whether it says all of it, Python looks."""
    text = Func(F(field), function="memory_fold", output_field=TextField())
    one_of = Func(Value(patterns(words), output_field=ArrayField(TextField())), function="ANY")
    return rows.filter(
        Func(text, one_of, arg_joiner=" LIKE ", template="(%(expressions)s)", output_field=BooleanField())
    )


def patterns(words: Sequence[str]) -> list[str]:
    """Of the passages' longest words, as `memory_fold` spells them: a text is folded once, however many they are."""
    longest = list(dict.fromkeys(map(longest_word, words)))
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT memory_fold(word) FROM unnest(%s::text[]) AS word", [longest])
        return ["%" + LIKE_SIGN.sub(r"\\\g<0>", word) + "%" for (word,) in cursor.fetchall()]


def telling(fact: Fact) -> list[str]:
    """The words by which an answer tells the fact: as it is listed, and its value where that says enough."""
    value = fact.value if len(fact.value) <= BEGINNING else fact.value[:BEGINNING].rpartition(" ")[0] or fact.value
    digits, letters = sum(each.isdigit() for each in value), sum(each.isalnum() for each in value)
    tells = letters >= LEAST_VALUE or digits >= LEAST_NUMBER
    return [f"{fact.predicate}: {value}", *([value] if tells else [])]


def says(rest: str, value: str) -> bool:
    return Passages([value]).stand_in(rest)


def longest_word(passage: str) -> str:
    return max(passage.split(), key=len, default=passage).strip("*_`~")


def as_id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text.strip())
    except ValueError:
        return None
