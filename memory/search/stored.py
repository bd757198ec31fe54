"""How the search reads what memory itself keeps: imported chats, paragraphs of documents, and facts."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from memory.models import Fact, ImportedMessage
from memory.search.index import rows
from memory.search.sources import Line, Place, register
from memory.whence import fact_in_words


class Imported:
    def lines(self, places: Sequence[Place]) -> Mapping[uuid.UUID, Line]:
        found = ImportedMessage.objects.filter(pk__in=[place.id for place in places])
        return {
            row.pk: Line(
                reference=f"message:{row.pk}",
                external_id=row.external_id,
                at=row.at,
                text=row.text,
                speaker=row.speaker,
                untrusted=True,  # anybody could have written it, or put it into the file
            )
            for row in found
        }


class Paragraphs:
    def lines(self, places: Sequence[Place]) -> Mapping[uuid.UUID, Line]:
        found = rows(
            "SELECT w.id, d.path, d.changed_at, CASE WHEN starts_with(p.heading, d.title) THEN p.heading"
            " ELSE concat_ws(' — ', d.title, nullif(p.heading, '')) END, p.body, d.untrusted"
            " FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[]) AS w(id, document, number)"
            " JOIN memory_document d ON d.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid"
            " AND d.id = w.document AND d.deleted_at IS NULL"
            " CROSS JOIN LATERAL memory_paragraphs(d.content) p WHERE p.number = w.number",
            [[place.id for place in places], [place.chat for place in places], [place.seq for place in places]],
        )
        return {id_: paragraph(*rest) for id_, *rest in found}


class Facts:
    def lines(self, places: Sequence[Place]) -> Mapping[uuid.UUID, Line]:
        found = Fact.objects.filter(pk__in=[place.id for place in places], withdrawn_at=None).select_related("tenant")
        return {
            row.pk: Line(
                reference=f"fact:{row.pk}",
                external_id=str(row.pk),
                at=row.valid_from,
                text=fact_in_words(row.tenant, row),
                untrusted=row.untrusted,
            )
            for row in found
        }


def paragraph(path: str, at: datetime, heading: str, body: str, untrusted: bool) -> Line:
    reference = f"/memories/{path}"
    text = "\n".join(part for part in (heading, body) if part)
    return Line(reference=reference, external_id=reference, at=at, text=text, untrusted=untrusted)


register("imported", Imported())
register("document", Paragraphs())
register("fact", Facts())
