"""What one gets without a ranking of one's own: PostgreSQL's full-text search, and BM25. No Django."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import psycopg

K1, B = 1.2, 0.75  # as in most libraries
CREATE = """
    CREATE SCHEMA peer;
    CREATE TABLE peer.said AS SELECT tenant_id, id, vector FROM memory_entry;
    CREATE INDEX ON peer.said USING gin (tenant_id, vector);
    ANALYZE peer.said;
"""
# Django's SearchQuery asks for all words; "any" is the same with | in place of &.
RANKED = """
    SELECT id FROM peer.said, (SELECT {query} AS q) AS asked WHERE tenant_id = %s AND vector @@ q
    ORDER BY ts_rank(vector, q) DESC LIMIT 10
"""
ALL = RANKED.format(query="plainto_tsquery('english', %s)")
ANY = RANKED.format(query="replace(plainto_tsquery('english', %s)::text, '&', '|')::tsquery")


def ask(connection: psycopg.Connection[Any], statement: str, tenant: str, question: str) -> int:
    return connection.execute(statement.encode(), [question, tenant]).rowcount


class Recall:
    """The peers over one dialogue: its texts as stems, in the dialogue's language."""

    def __init__(self, connection: psycopg.Connection[Any], language: str, lines: Sequence[tuple[str, str]]) -> None:
        self.connection, self.language = connection, language
        self.ids = [external for external, _ in lines]
        texts = [text for _, text in lines]
        self.stems = [self.stemmed(text) for text in texts]
        self.mean = sum(map(len, self.stems)) / len(self.stems)
        self.frequency = Counter(stem for stems in self.stems for stem in set(stems))
        connection.execute("CREATE TEMP TABLE IF NOT EXISTS dialogue (id text, vector tsvector)")
        connection.execute("DELETE FROM dialogue")
        connection.execute(
            "INSERT INTO dialogue SELECT id, to_tsvector(%s::regconfig, said)"
            " FROM unnest(%s::text[], %s::text[]) AS u(id, said)",
            [language, self.ids, texts],
        )

    def stemmed(self, text: str) -> list[str]:
        """Each as often as it stands there."""
        found = self.connection.execute(
            "SELECT lexeme, cardinality(positions) FROM unnest(to_tsvector(%s::regconfig, %s))", [self.language, text]
        )
        return [lexeme for lexeme, count in found for _ in range(count)]

    def bm25(self, question: str) -> list[str]:
        asked = set(self.stemmed(question))
        scores = [(self.score(asked, stems), place) for place, stems in enumerate(self.stems)]
        best = sorted(scores, key=lambda pair: (-pair[0], pair[1]))[:10]
        return [self.ids[place] for score, place in best if score]

    def score(self, asked: set[str], stems: Sequence[str]) -> float:
        total = 0.0
        for stem, count in Counter(stem for stem in stems if stem in asked).items():
            of = self.frequency[stem]
            rarity = math.log(1 + (len(self.stems) - of + 0.5) / (of + 0.5))
            total += rarity * count * (K1 + 1) / (count + K1 * (1 - B + B * len(stems) / self.mean))
        return total

    def ts_rank(self, question: str, *, every: bool) -> list[str]:
        query = "plainto_tsquery(%s::regconfig, %s)"
        if not every:
            query = f"replace({query}::text, '&', '|')::tsquery"
        found = f"SELECT id, vector, q FROM dialogue, (SELECT {query} AS q) AS asked WHERE vector @@ q"  # noqa: S608
        asked = f"SELECT id FROM ({found}) AS found ORDER BY ts_rank(vector, q) DESC LIMIT 10"  # noqa: S608
        return [external for (external,) in self.connection.execute(asked.encode(), [self.language, question])]
