"""One change of a document: the row compared and set, and the revision that says who made it why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from memory import provenance
from memory.authors import Author
from memory.content import hash_of, one_line, size_of
from memory.models import Document, Revision
from memory.paths import shown_as
from memory.permissions import locked
from memory.problems import MemoryProblem, StaleError

LONGEST_REASON = Revision._meta.get_field("reason").max_length or 0
KINDS = {
    "owner": "the owner",
    "staff": "one of the staff",
    "assistant": "the assistant, in another chat or message",
    "learning": "what was learnt from a chat",
}


def keep(
    row: Document,
    base: int,
    action: Revision.Action,
    changes: Mapping[str, Any],
    *,
    author: Author,
    reason: str = "",
    restored_from: int | None = None,
) -> Document:
    """Change the document where its newest revision still is `base`, and write the revision; the row as it is then.

    Raises StaleError, or LockedError where it was locked meanwhile.
    """
    changes = {**changes, "number": base + 1, "changed_at": timezone.now()}
    if "content" in changes:
        changes |= {"content_hash": hash_of(changes["content"]), "size": size_of(changes["content"])}
    if not Document.objects.filter(tenant=row.tenant_id, pk=row.pk, number=base).update(**changes):
        raise overtaken(row)
    for name, value in changes.items():
        setattr(row, name, value)
    record(row, action, author=author, reason=reason, restored_from=restored_from)
    return row


def record(
    row: Document, action: Revision.Action, *, author: Author, reason: str = "", restored_from: int | None = None
) -> Revision:
    """Write down the document as it stands; tied to the messages of the turn in which it was changed."""
    revision = Revision.objects.create(
        tenant_id=row.tenant_id,
        document=row,
        number=row.number,
        action=action,
        path=row.path,
        title=row.title,
        about=row.about,
        content=row.content,
        content_hash=row.content_hash,
        actor_kind=author.kind,
        actor=author.name,
        reason=one_line(reason)[:LONGEST_REASON],
        turn_id=author.turn_id,
        restored_from=restored_from,
        redacted_at=row.changed_at if action == Revision.Action.FORGOTTEN else None,
        at=row.changed_at,
    )
    if author.turn_id is not None:
        provenance.book().tie_revision(revision.pk, author.turn_id)
    return revision


def overtaken(row: Document) -> MemoryProblem:
    """Who changed it, and what to do now; or that it is locked now."""
    if Document.objects.filter(tenant=row.tenant_id, pk=row.pk, locked=True, deleted_at=None).exists():
        return locked(shown_as(row.path))
    newest = Revision.objects.filter(tenant=row.tenant_id, document=row).order_by("-number").first()
    who = who_made(newest) if newest is not None else "somebody"
    what = "deleted" if newest is not None and newest.action == Revision.Action.DELETED else "changed"
    return StaleError(
        f"{shown_as(row.path)} was {what} meanwhile by {who}. Nothing of it was overwritten. "
        "Read it as it is now and make your change in that."
    )


def who_made(revision: Revision) -> str:
    """In words that anybody may read."""
    if revision.actor_kind == "operator":
        return f"the operator {revision.actor.removeprefix('operator:')}"
    return KINDS.get(revision.actor_kind, revision.actor_kind)
