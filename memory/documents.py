"""The verbs on documents of the life folder. Each change is a revision; two writers never overwrite each other.

All inside the tenant's scope. They raise MemoryProblem. Rows are locked in one order, which is that of forgetting:
folder, documents by their keys, tenant. So who changes several has sessions begin anew after the last of them.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from memory import epochs, paths
from memory.authors import Author
from memory.checks import (
    check,
    check_free,
    check_linked,
    check_not_appended,
    check_room,
    check_size,
    free_path,
)
from memory.content import about_in, clean, hash_of, one_line, size_of, title_in
from memory.folders import folder_for, make_folders
from memory.linking import contact_named_by
from memory.models import Audience, Document, Folder, Revision
from memory.paths import shown_as
from memory.problems import RefusedError, StaleError, TakenError
from memory.redaction import forget_words
from memory.revisions import keep, overtaken, record
from tenants_app.models import Tenant

__all__ = [
    "delete",
    "delete_all",
    "forget_words",
    "make_folders",
    "rename",
    "rename_all",
    "restore",
    "set_lock",
    "settings",
    "write",
]

Action = Revision.Action


@dataclass(frozen=True, kw_only=True)
class _Draft:
    """What is to stand in a document; None: as the text or the folder has it, or as it was."""

    content: str
    title: str | None
    about: str | None
    audience: str | None
    contact_id: uuid.UUID | None


def write(
    tenant: Tenant,
    path: str,
    content: str,
    *,
    author: Author,
    reason: str = "",
    base: int | None,
    title: str | None = None,
    about: str | None = None,
    audience: str | None = None,
    contact_id: uuid.UUID | None = None,
) -> Document:
    """Create the document, or put the content in place of what stood there in revision `base`.

    Title and description follow the text unless they were set. The audience of a new one is its folder's, or the team
    and the contact where `contact_id` says whose record it is.
    """
    path = paths.checked(path)
    draft = _Draft(content=clean(content), title=title, about=about, audience=audience, contact_id=contact_id)
    if base is None:
        return _create(tenant, path, draft, author, reason)
    return _edit(tenant, path, draft, author, reason, base)


def _create(tenant: Tenant, path: str, draft: _Draft, author: Author, reason: str) -> Document:
    folder = _folder(tenant, path, author, holding=True)
    row = _new(tenant, path, draft, author, folder)
    check(author, "write", row, folder)
    check_free(tenant, path, author)
    check_room(tenant, folder)
    check_size(tenant, folder, path, None, row.content, author)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if "document_path_unique" not in str(error):
            raise
        raise TakenError(f"{shown_as(path)} is there already.") from None
    record(row, Action.CREATED, author=author, reason=reason)
    _begin_anew(tenant, folder)
    return row


def _new(tenant: Tenant, path: str, draft: _Draft, author: Author, folder: Folder | None) -> Document:
    """One that bears a contact's name is linked to them, but not shown to them: people choose their own names."""
    content = draft.content
    usual = _usual_audience(path, folder)
    if draft.contact_id is not None and paths.folder_of(path) == paths.PEOPLE:
        usual = Audience.CONTACT
    row = Document(
        tenant=tenant,
        path=path,
        title=title_in(content) if draft.title is None else one_line(draft.title),
        about=about_in(content) if draft.about is None else one_line(draft.about),
        content=content,
        content_hash=hash_of(content),
        size=size_of(content),
        audience=draft.audience or usual,
        contact_id=draft.contact_id or contact_named_by(tenant, path),
        untrusted=not author.trusted,
        changed_at=timezone.now(),
    )
    check_linked(row)
    if row.audience != usual:
        check(author, "settings", row, folder)
    return row


def _usual_audience(path: str, folder: Folder | None) -> str:
    """Of what stands there: the folder's, but everybody's in its part that is public."""
    usual = folder.audience if folder is not None else Audience.TEAM
    return Audience.PUBLIC if paths.is_public(path) and usual != Audience.OWNER else usual


def _edit(tenant: Tenant, path: str, draft: _Draft, author: Author, reason: str, base: int) -> Document:
    row, folder = _at(tenant, path, base), _folder(tenant, path, author, holding=False)
    check(author, "write", row, folder)
    changes = _changes(row, draft)
    if not changes:
        return row
    was_untrusted, old = row.untrusted, row.content
    seen_otherwise = not {"audience", "contact_id"}.isdisjoint(changes)
    _set(row, changes)
    if seen_otherwise:
        check_linked(row)
        check(author, "settings", row, folder)
    check_size(tenant, folder, path, old, draft.content, author)
    changes["untrusted"] = was_untrusted or not author.trusted
    keep(row, base, Action.EDITED, changes, author=author, reason=reason)
    _begin_anew(tenant, folder, is_seen_otherwise=seen_otherwise)
    return row


def _changes(row: Document, draft: _Draft) -> dict[str, Any]:
    """Title and description: as given, else as somebody set them, else as the text has them."""
    follows_title, follows_about = row.title == title_in(row.content), row.about == about_in(row.content)
    wanted = {
        "content": draft.content,
        "title": one_line(draft.title) if draft.title is not None else follows_title and title_in(draft.content),
        "about": one_line(draft.about) if draft.about is not None else follows_about and about_in(draft.content),
        "audience": draft.audience or row.audience,
        "contact_id": draft.contact_id or row.contact_id,
    }
    return {name: value for name, value in wanted.items() if value is not False and value != getattr(row, name)}


def _set(row: Document, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        setattr(row, name, value)


def rename(document: Document, path: str, *, author: Author, base: int, reason: str = "") -> Document:
    """Give it another path; its history goes with it."""
    row, anew = _rename(document, path, author, base, reason)
    if anew:
        epochs.begin_anew(document.tenant)
    return row


def rename_all(places: Mapping[Document, str], *, author: Author, reason: str = "") -> None:
    """Several at once, each from the revision that was read."""
    in_order = sorted(places.items(), key=lambda each: each[0].pk)
    anew = [_rename(row, path, author, row.number, reason)[1] for row, path in in_order]
    if any(anew):
        epochs.begin_anew(in_order[0][0].tenant)


def _rename(document: Document, path: str, author: Author, base: int, reason: str) -> tuple[Document, bool]:
    """Also whether sessions must begin anew."""
    tenant, row, path = document.tenant, _live(document, base), paths.checked(path)
    if paths.FRAMEWORK in (row.path, path):
        raise RefusedError(f"{shown_as(paths.FRAMEWORK)} stands where it stands: it cannot be renamed or replaced.")
    target = _folder(tenant, path, author, holding=True)
    source = _folder_row(tenant, row.path)
    check(author, "write", row, source)
    check_not_appended(author, row, source)
    seen_by, contact_id = row.audience, _contact_there(row, path)
    row.audience = _audience_there(row, path, source, target)
    row.path = path
    check(author, "write", row, target)
    check_free(tenant, path, author, but=row.pk)
    if target is not None and (source is None or target.pk != source.pk):
        check_room(tenant, target)
        check_size(tenant, target, path, None, row.content, author)
    changes = {"path": path, "audience": row.audience, "contact_id": contact_id}
    keep(row, base, Action.RENAMED, changes, author=author, reason=reason)
    return row, row.audience != seen_by or _was_told(source, target)


def _contact_there(row: Document, path: str) -> uuid.UUID | None:
    """Whom it is about at its new place: by its new name, where it was linked by the old one."""
    if row.audience == Audience.CONTACT:
        return row.contact_id
    if row.contact_id is None or row.contact_id == contact_named_by(row.tenant, row.path):
        return contact_named_by(row.tenant, path)
    return row.contact_id


def _audience_there(row: Document, path: str, source: Folder | None, target: Folder | None) -> str:
    """Who sees it at its new place. What leaves a public place, or a folder, is no longer for everybody."""
    usual = _usual_audience(path, target)
    if paths.is_public(path) and not paths.is_public(row.path):
        if usual == Audience.PUBLIC and row.audience not in (Audience.TEAM, Audience.PUBLIC):
            raise RefusedError(
                f"{shown_as(path)} would be for everybody, but {shown_as(row.path)} is the owner's or one contact's. "
                "An operator must open it to the team first."
            )
        return usual
    leaves = paths.is_public(row.path) != paths.is_public(path) or (source and source.pk) != (target and target.pk)
    return usual if row.audience == Audience.PUBLIC and leaves else row.audience


def delete(document: Document, *, author: Author, base: int, reason: str = "") -> Document:
    """Take it out of the folder; it can be restored."""
    row, anew = _delete(document, author, base, reason)
    if anew:
        epochs.begin_anew(document.tenant)
    return row


def delete_all(documents: Sequence[Document], *, author: Author, reason: str = "") -> None:
    """Several at once, each as it was read."""
    in_order = sorted(documents, key=lambda each: each.pk)
    anew = [_delete(row, author, row.number, reason)[1] for row in in_order]
    if any(anew):
        epochs.begin_anew(in_order[0].tenant)


def _delete(document: Document, author: Author, base: int, reason: str) -> tuple[Document, bool]:
    """Also whether sessions must begin anew."""
    tenant, row = document.tenant, _live(document, base)
    if row.path == paths.FRAMEWORK:
        raise RefusedError(f"{shown_as(row.path)} cannot be deleted. An operator may leave it empty.")
    folder = _folder_row(tenant, row.path)
    check(author, "write", row, folder)
    check_not_appended(author, row, folder)
    keep(row, base, Action.DELETED, {"deleted_at": timezone.now()}, author=author, reason=reason)
    return row, _was_told(folder)


def restore(document: Document, number: int, *, author: Author, reason: str = "") -> Document:
    """Put back text, title and description of that revision; of a deleted document also the document.

    It stays where it is now. Where another has taken the path of a deleted one, it comes back beside that.
    """
    tenant = document.tenant
    row = Document.objects.get(tenant=tenant, pk=document.pk)
    if row.number != document.number:
        raise overtaken(row)
    revision = Revision.objects.filter(tenant=tenant, document=row, number=number).first()
    if revision is None:
        raise RefusedError(f"{shown_as(row.path)} has no revision {number}.")
    folder = _folder(tenant, row.path, author, holding=row.deleted_at is not None)
    check(author, "write", row, folder)
    path = row.path
    if row.deleted_at is not None:
        check_room(tenant, folder)
        path = free_path(tenant, row.path)
    check_size(tenant, folder, path, row.content, revision.content, author)
    changes: dict[str, Any] = {"content": revision.content, "title": revision.title, "about": revision.about}
    changes |= {"path": path, "deleted_at": None}
    keep(row, row.number, Action.RESTORED, changes, author=author, reason=reason, restored_from=number)
    _begin_anew(tenant, folder)
    return row


def set_lock(document: Document, locked: bool, *, author: Author) -> Document:
    """Keep everybody from changing it, or let them again. Whoever is about to write it meanwhile is refused."""
    row = Document.objects.select_for_update().get(tenant=document.tenant_id, pk=document.pk)
    check(author, "lock", row, _folder_row(document.tenant, row.path))
    if row.locked == locked:
        return row
    reason = "Locked" if locked else "Unlocked"
    return keep(row, row.number, Action.SETTINGS, {"locked": locked}, author=author, reason=reason)


def settings(
    document: Document, *, audience: str, contact_id: uuid.UUID | None, about: str, title: str, author: Author
) -> Document:
    """Who sees it, whom it is about, its title and description; its text and its lock stay as they are."""
    row = Document.objects.select_for_update().get(tenant=document.tenant_id, pk=document.pk)
    folder = _folder_row(document.tenant, row.path)
    check(author, "settings", row, folder)
    seen: dict[str, Any] = {"audience": audience, "contact_id": contact_id}
    named: dict[str, Any] = {"title": one_line(title), "about": one_line(about)}
    was_seen = {"audience": row.audience, "contact_id": row.contact_id}
    if seen == was_seen and named == {"title": row.title, "about": row.about}:
        return row
    row.audience, row.contact_id = audience, contact_id
    check_linked(row)
    keep(row, row.number, Action.SETTINGS, seen | named, author=author)
    _begin_anew(document.tenant, folder, is_seen_otherwise=seen != was_seen)
    return row


def _at(tenant: Tenant, path: str, base: int) -> Document:
    row = Document.objects.filter(tenant=tenant, path=path, deleted_at=None).first()
    if row is None:
        raise StaleError(f"{shown_as(path)} is not there any more: it was deleted or renamed since you read it.")
    if row.number != base:
        raise overtaken(row)
    return row


def _live(document: Document, base: int) -> Document:
    row = Document.objects.get(tenant=document.tenant_id, pk=document.pk)
    if row.deleted_at is not None or row.number != base:
        raise overtaken(row)
    return row


def _folder(tenant: Tenant, path: str, author: Author, *, holding: bool) -> Folder | None:
    """None for CLAUDE.md, which stands in none."""
    name = paths.folder_of(path)
    return folder_for(tenant, name, of_owner=author.is_owner, holding=holding) if name else None


def _folder_row(tenant: Tenant, path: str) -> Folder | None:
    return Folder.objects.filter(tenant=tenant, name=paths.folder_of(path)).first()


def _begin_anew(tenant: Tenant, *folders: Folder | None, is_seen_otherwise: bool = False) -> None:
    """Where what every chat was told no longer holds."""
    if is_seen_otherwise or _was_told(*folders):
        epochs.begin_anew(tenant)


def _was_told(*folders: Folder | None) -> bool:
    """Whether what stands in one of them is told to every chat. None is the folder of CLAUDE.md."""
    return any(folder is None or folder.is_profile for folder in folders)
