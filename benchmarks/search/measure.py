"""The rows: how long a question takes where much was said, and how much of what answers it is found."""

from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import psycopg

from benchmarks.installation import Probe, database
from benchmarks.recall import dialogues
from benchmarks.results import Aim, Context, Row, Samples
from benchmarks.search import peers
from benchmarks.search.grow import grow

SMALL, EACH, LARGE = 1000, 1000, 500_000  # tenants, their messages, and those of one more
QUICK = (20, 200, 6000)
SLICES, QUESTIONS = 5, 60
LIMIT = 50.0  # milliseconds
BETTER = 70 / 62.2  # the recall that is to be reached on the measuring set, and BM25's there
SPANISH = {"lucia-y-marcos"}
MEASURED = "A question in a full sentence, to ten windows of text: permission, index, ranking, neighbours, text. Warm."
FOUND = (
    "Evidence recall@10 on single messages: of the messages that answer a question, the share among the first ten. "
    "Four dialogues written for the project, which the ranking was developed with."
)
NOTE = (
    "The peers are PostgreSQL's full-text search over the same stems, ranked by ts_rank, ten ids: no permission, "
    "no neighbours, no text. “Any word” ranks all that has one, “all words” is what Django's SearchQuery asks for."
)


@dataclass
class Case:
    """Milliseconds, a list a slice."""

    name: str
    tenants: Sequence[str]
    ours: list[list[float]] = field(default_factory=list)
    any_word: list[list[float]] = field(default_factory=list)
    all_words: list[list[float]] = field(default_factory=list)


def measure(context: Context) -> list[Row]:
    many, each, large = QUICK if context.quick else (SMALL, EACH, LARGE)
    with database(context.directory) as built, ExitStack() as at_end:
        maker = at_end.enter_context(Probe(built, "benchmarks.search.probe", "command"))
        tenants = maker.ask({"do": "tenants", "count": many + 1})
        context.say(f"{many * each + large:,} messages are made ...")
        began = time.monotonic()
        with built.connect("admin") as admin:
            grow(admin, [(uuid.UUID(tenant), each if place else large) for place, tenant in enumerate(tenants)])
            admin.execute(peers.CREATE)
        context.say(f"... in {time.monotonic() - began:.0f} s")
        probe = at_end.enter_context(Probe(built, "benchmarks.search.probe", "worker"))
        plain = at_end.enter_context(built.connect("admin"))
        cases = [
            Case(f"{many * each:,} messages of {many:,} tenants", tenants[1:]),
            Case(f"{large:,} messages of one tenant", tenants[:1]),
        ]
        for place in range(-1, 1 if context.quick else SLICES):  # the first, -1, warms up
            context.say(f"slice {place + 1} ...")
            for case in cases:
                take_slice(case, place, probe, plain, quick=context.quick)
        return [*(row for case in cases for row in speed(case)), *recalls(context, maker, probe, plain)]


def take_slice(case: Case, place: int, probe: Probe, plain: psycopg.Connection[Any], *, quick: bool) -> None:
    chance = random.Random(place)  # noqa: S311 - which questions, the same in every run
    everything = [each.question for name in dialogues.names() for each in dialogues.questions(name)]
    questions = chance.sample(everything, 10 if quick else QUESTIONS)
    asked = [(chance.choice(case.tenants), question) for question in questions]
    ours = probe.ask({"do": "time", "asked": asked})
    theirs = [timed(plain, statement, asked) for statement in (peers.ANY, peers.ALL)]
    if place >= 0:
        case.ours.append(ours)
        case.any_word.append(theirs[0])
        case.all_words.append(theirs[1])


def timed(plain: psycopg.Connection[Any], statement: str, asked: Sequence[tuple[str, str]]) -> list[float]:
    took = []
    for tenant, question in asked:
        began = time.perf_counter()
        peers.ask(plain, statement, tenant, question)
        took.append(1000 * (time.perf_counter() - began))
    return took


def p95(values: Sequence[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


def speed(case: Case) -> Iterator[Row]:
    shared: dict[str, Any] = {"group": "Search", "measured": MEASURED, "unit": "ms", "note": NOTE}
    for name, of, aim in (("p50", median, None), ("p95", p95, Aim(bound=LIMIT, least=False, of="value"))):
        figure: Callable[[Sequence[float]], float] = of
        for peer, theirs in (("any word, ts_rank", case.any_word), ("all words, ts_rank", case.all_words)):
            yield Row(
                name=f"{case.name}, {name}",
                samples=Samples.of([figure(part) for part in case.ours]),
                peer=peer,
                peer_samples=Samples.of([figure(part) for part in theirs]),
                aim=aim,
                **shared,
            )


def recalls(context: Context, maker: Probe, probe: Probe, plain: psycopg.Connection[Any]) -> Iterator[Row]:
    context.say("the dialogues are asked ...")
    found: dict[str, dict[str, list[list[str]]]] = {}
    for name in dialogues.names():
        lines = [json.loads(line) for line in dialogues.history(name).read_text(encoding="utf-8").splitlines()]
        tenant = maker.ask({"do": "import", "name": name, "lines": lines})
        questions = [each.question for each in dialogues.questions(name)]
        language = "spanish" if name in SPANISH else "english"
        over = peers.Recall(plain, language, [(line["id"], line["text"]) for line in lines])
        found[name] = {
            "ours": probe.ask({"do": "find", "tenant": tenant, "questions": questions}),
            "BM25": [over.bm25(question) for question in questions],
            "any word, ts_rank": [over.ts_rank(question, every=False) for question in questions],
            "all words, ts_rank": [over.ts_rank(question, every=True) for question in questions],
        }
    reached = {who: dialogues.measure(given(found, who)) for who in next(iter(found.values()))}
    for peer, shares in reached.items():
        if peer != "ours":
            yield Row(
                group="Search: what is found",
                name="recall@10",
                measured=FOUND,
                unit="%",
                samples=Samples.of([reached["ours"]["all"]]),
                peer=peer,
                peer_samples=Samples.of([shares["all"]]),
                aim=Aim(bound=BETTER, least=True) if peer == "BM25" else None,
                extra=reached["ours"] if peer == "BM25" else {},
            )


def given(
    found: dict[str, dict[str, list[list[str]]]], who: str
) -> Callable[[str, Sequence[str]], Iterator[Collection[str]]]:
    return lambda name, _: iter(found[name][who])
