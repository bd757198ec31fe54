"""Finding what was said, written down or noted: the words of a question become places, and places become text."""

from __future__ import annotations

import re
import uuid
import zoneinfo
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from memory.search import index, stored  # noqa: F401 - registers what memory itself keeps
from memory.search.excerpts import Meant, excerpt, one_line, words_like
from memory.search.index import Asked, Filter, Size
from memory.search.scoring import rank
from memory.search.sources import CHATS, Line, Place, texts_of, visible
from memory.search.types import Candidate, Hit, Source, Viewer
from memory.search.windows import Window, fill, lacking, windows
from memory.search.words import Question, fold, understand
from memory.tags import one_name
from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope

WORD = re.compile(r"[^\W_]+")
LONGEST_QUERY = 2000  # characters that are looked at
LONGEST_LINE = 1500  # characters of a message in an answer
REACH = 50  # of so many of the best, the neighbours are weighed too


def search(
    tenant: Tenant,
    viewer: Viewer,
    query: str,
    *,
    limit: int = 10,
    single: bool = False,
    now: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
    without: Collection[uuid.UUID] = (),
) -> list[Hit]:
    """Best first. `single`: messages alone, without those around them; `without`: entries that are not shown at all."""
    with tenant_scope(tenant):
        allowed = Filter(viewer=viewer, visible=visible(viewer), since=since, until=until)
        question, wanted, size = taken_apart(tenant, query[:LONGEST_QUERY], now)
        found, statistics = index.look(wanted, size, allowed, REACH + limit)
        candidates = [each for each in found if each.id not in without]
        there = {(each.chat, each.seq): each for each in candidates}
        ranked = (each for each in rank(question, candidates, statistics) if (each.chat, each.seq) in there)
        timely = (each for each in ranked if allowed.holds(there[each.chat, each.seq].at))
        chosen = windows(timely, there, limit, single=single)
        around = index.standing(lacking(chosen, there), wanted)
        there |= {(each.chat, each.seq): each for each in around if each.id not in without}
        fill(chosen, there)
        lines = read((each for window in chosen for each in window.entries), wanted)
    zone = zoneinfo.ZoneInfo(tenant.timezone)
    return [hit for window in chosen if (hit := as_hit(window, lines, zone)) is not None]


def taken_apart(tenant: Tenant, query: str, now: datetime) -> tuple[Question, Asked, Size]:
    own = index.stems(WORD.findall(fold(query)))
    language = index.language_of(own.values())
    question = understand(query, language or tenant.language)
    more = {term.word for term in question.terms} - set(own)
    known = own | (index.stems(sorted(more)) if more else {})
    size = index.sizes.of(tenant, now)
    return question, index.asked(question.terms, known, language, size), size


def place_of(candidate: Candidate) -> Place:
    return Place(id=candidate.id, source=candidate.source, chat=candidate.chat, seq=candidate.seq)


def read(entries: Iterable[Candidate], wanted: Asked) -> dict[uuid.UUID, Line]:
    by_source: dict[Source, list[Place]] = {}
    for each in entries:
        by_source.setdefault(each.source, []).append(place_of(each))
    lines: dict[uuid.UUID, Line] = {}
    for source, places in by_source.items():
        found = texts_of(source).lines(places)
        lines |= shortened(found, wanted) if source in CHATS else found
    return lines


def shortened(lines: Mapping[uuid.UUID, Line], wanted: Asked) -> dict[uuid.UUID, Line]:
    """What was said, on one line each; a long one cut to where it says what was asked for."""
    texts = {id_: one_line(line.text) for id_, line in lines.items()}
    asked: dict[str, Meant] = {}
    for word in wanted.words:  # those that were asked come before what may stand for them
        asked = dict.fromkeys(word.lexemes, (word.of, word.weight)) | asked
    likely = {word for text in texts.values() if len(text) > LONGEST_LINE for word in words_like(text, asked)}
    stems = index.stems(sorted(likely)) if likely else {}
    meant = {word: asked[stem] for word, own in stems.items() for stem in (*own.spanish, *own.english) if stem in asked}
    return {id_: replace(line, text=excerpt(texts[id_], meant, LONGEST_LINE)) for id_, line in lines.items()}


def as_hit(window: Window, lines: Mapping[uuid.UUID, Line], zone: zoneinfo.ZoneInfo) -> Hit | None:
    """None where what was found cannot be read any more."""
    best = lines.get(window.best.id)
    if best is None:
        return None
    shown = [line for each in window.entries if (line := lines.get(each.id)) is not None]
    is_chat = window.best.source in CHATS
    return Hit(
        source="message" if is_chat else "fact" if window.best.source == "fact" else "document",
        reference=best.reference,
        ids=[line.external_id for line in shown],
        score=round(window.score, 4),
        text="\n".join(spoken(line, zone) for line in shown) if is_chat else best.text,
        at=best.at,
        speaker=best.speaker,
        imported=window.best.source == "imported",
        untrusted=any(line.untrusted for line in shown),
    )


def spoken(line: Line, zone: zoneinfo.ZoneInfo) -> str:
    """ "2025-03-04 09:12 Nora: It was sold yesterday.", in the tenant's time."""
    return f"{line.at.astimezone(zone):%Y-%m-%d %H:%M} {one_name(line.speaker) or '?'}: {line.text}"
