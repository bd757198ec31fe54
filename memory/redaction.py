"""Forgetting in the life folder: what was said goes out of documents and of their whole history."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from memory import epochs, paths
from memory.authors import Author
from memory.checks import check
from memory.content import about_in, hash_of, title_in
from memory.linking import name_key
from memory.models import Audience, Document, Folder, Revision
from memory.passages import Passages, likely
from memory.problems import RefusedError
from memory.revisions import keep
from tenants_app import audit
from tenants_app.models import Tenant

PLACEHOLDER = "forgotten"
BATCH = 200  # revisions in memory at once
MOST_DOCUMENTS = 50  # that may say a passage, and lines of their texts: more, and it is a word that everybody uses
MOST_LINES = 200
SAID = ("path", "title", "about", "content")


@dataclass(frozen=True, kw_only=True)
class Text:
    """What a document or one of its revisions says."""

    path: str
    title: str
    about: str
    content: str


def forget_words(tenant: Tenant, words: Sequence[str], *, author: Author) -> int:
    """Take every line that holds one of the passages out of all documents, deleted ones too, and their revisions.

    Gives the number of documents that said one, now or earlier. A revision keeps its place. Sessions begin anew.
    Inside the tenant's scope; raises MemoryProblem where the author may not change one that says it now, and where more
    say one than can be meant.
    """
    passages = Passages(words)
    if not passages:
        return 0
    rows = Document.objects.filter(tenant=tenant, pk__in=_saying(tenant, words, passages))
    if not author.is_owner:
        rows = rows.exclude(audience=Audience.OWNER)
    _check_few(rows, passages)
    changed = 0
    with transaction.atomic():  # all of it or, where one is refused, nothing
        for row in rows.select_for_update().order_by("pk"):
            _forget_in(tenant, row, passages, author)
            changed += 1
    if changed:
        epochs.begin_anew(tenant)
        audit.record(tenant, author.name, "memory.documents_forgotten", documents=changed)
    return changed


def _saying(tenant: Tenant, words: Sequence[str], passages: Passages) -> list[uuid.UUID]:
    """The documents that say one of them, now or in a revision; each text that they have is a revision's too."""
    fields = ("path", "title", "about", "reason", "content")
    may_say = Q(*[(f"{name}__iregex", likely(words)) for name in fields], _connector=Q.OR)
    revisions = Revision.objects.filter(may_say, tenant=tenant)
    content_says: dict[str, bool] = {}  # by its hash: many revisions have the same
    found: set[uuid.UUID] = set()
    for row in revisions.only("document_id", "content_hash", *fields).iterator(BATCH):
        if row.content_hash not in content_says:
            content_says[row.content_hash] = passages.stand_in(row.content)
        named = (row.title, row.about, row.reason)
        if content_says[row.content_hash] or any(map(passages.stand_in, named)) or path_says(row.path, passages):
            found.add(row.document_id)
    return sorted(found)


def _check_few(rows: QuerySet[Document], passages: Passages) -> None:
    count, lines = rows.count(), 0
    if count <= MOST_DOCUMENTS:
        for content in rows.values_list("content", flat=True).iterator(BATCH):
            lines += content.count("\n") - passages.without(content).count("\n")
    if count > MOST_DOCUMENTS or lines > MOST_LINES:
        said = f"{count} documents" if count > MOST_DOCUMENTS else f"{lines} lines of documents"
        raise RefusedError(f"{said} say that, more than can be meant. Give a longer passage.")


def _forget_in(tenant: Tenant, row: Document, passages: Passages, author: Author) -> None:
    """History first, so that the revision that records the forgetting has nothing to take out."""
    said = Text(path=row.path, title=row.title, about=row.about, content=row.content)
    left = without(said, passages, str(row.pk))
    if left != said and row.deleted_at is None:
        _check_author(tenant, row, author)
    _forget_history(row, passages)
    if left != said:
        changes = {name: getattr(left, name) for name in SAID}
        keep(row, row.number, Revision.Action.FORGOTTEN, changes, author=author)


def _forget_history(row: Document, passages: Passages) -> None:
    for revision in Revision.objects.filter(tenant=row.tenant_id, document=row).iterator(BATCH):
        said = Text(path=revision.path, title=revision.title, about=revision.about, content=revision.content)
        left = without(said, passages, str(row.pk))
        in_reason = passages.stand_in(revision.reason)
        if left == said and not in_reason:
            continue
        changes = {name: getattr(left, name) for name in SAID} | ({"reason": ""} if in_reason else {})
        Revision.objects.filter(tenant=row.tenant_id, pk=revision.pk).update(
            **changes, content_hash=hash_of(left.content), redacted_at=timezone.now()
        )


def without(said: Text, passages: Passages, name: str) -> Text:
    """The text without the passages. A title or description that was read off it is read anew: it may hold a part."""
    content = passages.without(said.content)
    title, about, path = said.title, said.about, said.path
    if title == title_in(said.content) or passages.stand_in(title):
        title = title_in(content)
    if about == about_in(said.content) or passages.stand_in(about):
        about = about_in(content)
    if path_says(path, passages):
        path = f"{paths.folder_of(path)}/{PLACEHOLDER}-{name}{paths.ENDING}"
    return Text(path=path, title=title, about=about, content=content)


def path_says(path: str, passages: Passages) -> bool:
    """ "relationships/maria-lopez.md" says "María López"; the folder's own name is nobody's secret."""
    name = path.partition("/")[2].removesuffix(paths.ENDING)
    return passages.stand_in(name) or passages.stand_in(name_key(name.replace("/", " ")))


def _check_author(tenant: Tenant, row: Document, author: Author) -> None:
    """Their authority over its text. An operator forgets in what is locked too."""
    if author.kind == "operator":
        return
    check(author, "write", row, Folder.objects.filter(tenant=tenant, name=paths.folder_of(row.path)).first())
