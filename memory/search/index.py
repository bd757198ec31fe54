"""Asking the index: the database's functions, and how often words are said in a tenant.

Everything runs inside the tenant's scope.
"""

from __future__ import annotations

import heapq
import math
import uuid
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from memory.search.planning import MOST, Fetch, Word, everything, worth_looking_at
from memory.search.sources import CHATS, Visible
from memory.search.types import Candidate, Statistics, Term, Viewer
from tenants_app.models import Tenant

SIZE = "SELECT entries, mean_length FROM memory_size(%s, %s)"
SMALL = 4000  # entries: a tenant with no more is looked through whole
SAMPLES = (("%64", 64), ("%8", 8))  # see memory_sample in the migration
ENOUGH = 400  # entries of a sample
RANKED = 400  # entries that are weighed in full
NEAR = (-2, -1, 1, 2)
KEPT = 100  # tenants whose sizes are remembered
REMEMBERED = timedelta(hours=1)
REMEMBERED_SMALL = timedelta(minutes=1)
LONGEST_LEXEME = 2046  # bytes
COLUMNS = "id, source, chat, seq, at, length, matched, stated, spoken, timed"


@dataclass(frozen=True, kw_only=True)
class Size:
    """What a tenant has in the index. `words`: of a large one, how often each stem is said."""

    entries: int
    mean_length: float
    until: datetime
    words: Mapping[str, int] | None = None


@dataclass
class Sizes:
    """Those of the tenants asked last; threads share them."""

    kept: OrderedDict[uuid.UUID, Size] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def of(self, tenant: Tenant, now: datetime) -> Size:
        with self.lock:
            known = self.kept.get(tenant.pk)
        if known is not None and known.until > now:
            return known
        size = measured(now)
        with self.lock:
            self.kept[tenant.pk] = size
            self.kept.move_to_end(tenant.pk)
            while len(self.kept) > KEPT:
                self.kept.popitem(last=False)
        return size


sizes = Sizes()


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Beside the words: who looks, and at which time."""

    viewer: Viewer
    visible: Visible
    since: datetime | None = None
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


@dataclass(frozen=True, kw_only=True)
class Stems:
    """A word in both languages; a stop word has none."""

    english: Sequence[str]
    spanish: Sequence[str]

    def wanted(self, language: str) -> list[str]:
        if (language == "en" and not self.english) or (language == "es" and not self.spanish):
            return []
        return list(dict.fromkeys((*self.english, *self.spanish)))


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The terms of a question as the index has them; for each also as a statement, and as the name of who said it."""

    words: Sequence[Word]
    stated: Sequence[str]
    names: Sequence[str]

    @property
    def bits(self) -> tuple[list[str], list[str], list[str]]:
        return [query_of(word.lexemes) for word in self.words], list(self.stated), list(self.names)

    def fetches(self, size: Size, allowed: Filter) -> list[Fetch]:
        """What to look up, the best first. Customers see little, which is looked through whatever the words; but of
        many public paragraphs no more than the first come, in no order: those with the rare words are fetched before.
        """
        worth = worth_looking_at(self.words, size.entries)
        if allowed.viewer.role != "customer":
            return [worth]
        return [everything(self.words)] if size.words is None else [worth, everything(self.words)]


def rows(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def stems(words: Sequence[str]) -> dict[str, Stems]:
    found = rows("SELECT word, english, spanish FROM memory_stems(%s)", [list(words)])
    return {word: Stems(english=english, spanish=spanish) for word, english, spanish in found}


def measured(now: datetime) -> Size:
    """By counting, of a large one by the smallest sample that tells."""
    [(entries, mean_length)] = rows(SIZE, ["", SMALL + 1])
    if entries <= SMALL:
        return Size(entries=entries, mean_length=mean_length, until=now + REMEMBERED_SMALL)
    for sample, part in SAMPLES:
        [(found, mean_length)] = rows(SIZE, [sample, None])
        entries = found * part
        if found >= ENOUGH:
            break
    counted = rows("SELECT lexeme, entries FROM memory_frequencies(%s)", [sample])
    words = {lexeme: count * part for lexeme, count in counted if count > 1}
    return Size(entries=entries, mean_length=mean_length, until=now + REMEMBERED, words=words)


def language_of(known: Iterable[Stems]) -> str:
    """That of which a question has more stop words; "" where it doesn't tell."""
    english, spanish = (sum(not getattr(each, name) for each in known) for name in ("english", "spanish"))
    return "en" if english > spanish else "es" if spanish > english else ""


def asked(terms: Sequence[Term], known: Mapping[str, Stems], language: str, size: Size) -> Asked:
    """`language`: its stop words are no words to look for, though they may mean something in the other."""
    lexemes = [known[term.word].wanted(language) for term in terms]
    return Asked(
        words=[
            Word(lexemes=own, of=term.of, weight=term.weight, frequency=expected(own, size))
            for term, own in zip(terms, lexemes, strict=True)
        ],
        stated=[query_of(own, ":D") for own in lexemes],
        names=[query_of([] if " " in term.word else [f"@{term.word}"]) for term in terms],
    )


def look(wanted: Asked, size: Size, allowed: Filter, reach: int) -> tuple[list[Candidate], Statistics]:
    """The entries worth ranking, with the neighbours of the first `reach`, and how often each term is said."""
    fetched = (candidates(fetch, wanted, size, allowed) for fetch in wanted.fetches(size, allowed))
    found = list({each.id: each for some in fetched for each in some}.values())
    counted = (sum(each.matched >> place & 1 for each in found) for place in range(len(wanted.words)))
    sampled = (round(word.frequency) if size.words else 0 for word in wanted.words)
    statistics = Statistics(
        entries=max(size.entries, len(found)),
        mean_length=size.mean_length or 1.0,
        frequency=[max(count, in_all) for count, in_all in zip(counted, sampled, strict=True)],
    )
    best = promising(found, statistics, RANKED)
    return [*best, *around(best[:reach], best, wanted)], statistics


def promising(found: Iterable[Candidate], statistics: Statistics, best: int) -> list[Candidate]:
    """Those with the rarest words: a cheap first look, for which most are alike."""
    rarity = [math.log(1 + statistics.entries / (frequency or 1)) for frequency in statistics.frequency]
    worth: dict[int, float] = {}
    for candidate in found:
        if candidate.matched not in worth:
            worth[candidate.matched] = sum(rare for place, rare in enumerate(rarity) if candidate.matched >> place & 1)
    return heapq.nlargest(best, found, key=lambda each: (worth[each.matched], bool(each.spoken)))


def around(best: Iterable[Candidate], known: Iterable[Candidate], wanted: Asked) -> list[Candidate]:
    """The neighbours of these that are not among what is known."""
    have = {(candidate.chat, candidate.seq) for candidate in known}
    return standing(
        {(each.chat, each.seq + step) for each in best for step in NEAR if each.source in CHATS} - have, wanted
    )


def standing(places: Collection[tuple[uuid.UUID, int]], wanted: Asked) -> list[Candidate]:
    """The entries in these places of chats that the viewer may see."""
    if not places:
        return []
    found = rows(
        f"SELECT {COLUMNS} FROM memory_neighbours(%s, %s, %s, %s, %s)",  # noqa: S608 - names of columns
        [[chat for chat, _ in places], [seq for _, seq in places], *wanted.bits],
    )
    return as_candidates(found)


def expected(lexemes: Sequence[str], size: Size) -> float:
    """In how many entries one of them stands. What a sample does not have is rare."""
    if size.words is None:
        return 1.0 if lexemes else 0.0
    return float(sum(size.words.get(lexeme, 1) for lexeme in lexemes))


def candidates(fetch: Fetch, wanted: Asked, size: Size, allowed: Filter) -> list[Candidate]:
    if not fetch:
        return []
    viewer, visible = allowed.viewer, allowed.visible
    most = MOST if size.words is not None else size.entries + MOST
    found = rows(
        f"SELECT {COLUMNS} FROM memory_candidates(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",  # noqa: S608 - as above
        [
            list(fetch.any),
            Jsonb([[list(one), list(other)] for one, other in fetch.both]),
            *wanted.bits,
            viewer.role,
            visible.contact_id,
            list(visible.chats),
            allowed.since,
            allowed.until,
            most,
        ],
    )
    return as_candidates(found)


def as_candidates(found: Iterable[tuple[Any, ...]]) -> list[Candidate]:
    """Those of one chat share its id: comparing an object with itself costs nothing, and the ranking does it often."""
    chats: dict[uuid.UUID, uuid.UUID] = {}
    return [
        Candidate(
            id_,
            source,
            chats.setdefault(chat, chat),
            seq,
            datetime.fromtimestamp(at, UTC),
            length,
            matched,
            spoken,
            matched & ~stated,
            bool(timed),
        )
        for id_, source, chat, seq, at, length, matched, stated, spoken, timed in found
    ]


def query_of(lexemes: Sequence[str], weight: str = "") -> str:
    """Any of them, as a tsquery; "" of none. Longer ones than PostgreSQL takes stand in no text either."""
    known = (lexeme for lexeme in lexemes if len(lexeme.encode()) < LONGEST_LEXEME)
    quoted = (lexeme.replace("\\", "\\\\").replace("'", "''") for lexeme in known)
    return " | ".join(f"'{lexeme}'{weight}" for lexeme in quoted)
