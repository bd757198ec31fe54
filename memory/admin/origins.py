"""Where revisions and facts come from: the messages behind them, with a link to each."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from memory.admin.pages import message_url
from memory.provenance import Said, book


@dataclass(frozen=True, kw_only=True)
class Source:
    said: Said
    url: str


def behind_revisions(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Source]]:
    """Inside the tenant's scope, like the other."""
    return linked(book().behind_revisions(ids)) if ids else {}


def behind_facts(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Source]]:
    return linked(book().behind_facts(ids)) if ids else {}


def linked(found: Mapping[uuid.UUID, Iterable[Said]]) -> dict[uuid.UUID, list[Source]]:
    return {
        key: [Source(said=each, url=message_url(each.message_id)) for each in sorted(messages, key=lambda one: one.at)]
        for key, messages in found.items()
    }
