"""What is checked before a document is written: who writes, which paths are free, how much room there is.

All inside the tenant's scope; they raise MemoryProblem.
"""

from __future__ import annotations

import uuid

from memory import paths
from memory.authors import Author
from memory.content import size_of
from memory.folders import FRAMEWORK_BYTES
from memory.growth import Budget, Growth, check_growth
from memory.models import Audience, Document, Folder
from memory.passages import likely
from memory.paths import shown_as
from memory.permissions import Act, Place, problem
from memory.problems import RefusedError, TakenError
from tenants_app.models import Tenant


def check(author: Author, act: Act, row: Document, folder: Folder | None) -> None:
    place = Place(
        shown=shown_as(row.path),
        folder=paths.folder_of(row.path),
        is_profile=folder is not None and folder.is_profile,
        is_public=row.audience == Audience.PUBLIC,
        is_owners=row.audience == Audience.OWNER,
        is_untrusted=row.untrusted,
        is_locked=row.locked,
    )
    refused = problem(author, act, place)
    if refused is not None:
        raise refused


def check_linked(row: Document) -> None:
    if row.audience == Audience.CONTACT and row.contact_id is None:
        raise RefusedError(f"{shown_as(row.path)} is about nobody: choose the contact who may see it.")


def check_not_appended(author: Author, row: Document, folder: Folder | None) -> None:
    if folder is not None and folder.growth == Folder.Growth.APPEND and author.kind != "operator":
        raise RefusedError(f"{shown_as(row.path)} is only added to, at its end; only an operator moves or deletes it.")


def check_free(tenant: Tenant, path: str, author: Author, but: uuid.UUID | None = None) -> None:
    beside = Document.objects.filter(tenant=tenant, deleted_at=None, path__startswith=_beginning(path))
    name = path.rpartition("/")[2].removesuffix(paths.ENDING)
    for row in beside.filter(path__iregex=likely([name])).only("path", "audience"):
        if row.pk == but or paths.key(row.path) != paths.key(path):
            continue
        if row.audience == Audience.OWNER and not author.is_owner:
            raise RefusedError(f"{shown_as(path)} cannot be written; choose another name.")
        if row.path == path:
            raise TakenError(f"{shown_as(path)} is there already.")
        raise RefusedError(f"{shown_as(row.path)} differs from {shown_as(path)} by case only; choose another name.")


def free_path(tenant: Tenant, path: str) -> str:
    """This path, or one beside it that no document has."""
    beside = Document.objects.filter(tenant=tenant, deleted_at=None, path__startswith=_beginning(path))
    taken = {paths.key(each) for each in beside.values_list("path", flat=True)}
    number, free = 2, path
    while paths.key(free) in taken:
        number, free = number + 1, paths.numbered(path, number)
    return free


def _beginning(path: str) -> str:
    return f"{paths.folder_of(path)}/" if "/" in path else path


def check_room(tenant: Tenant, folder: Folder | None) -> None:
    if folder is None:
        return
    held = Document.objects.filter(tenant=tenant, deleted_at=None, path__startswith=f"{folder.name}/").count()
    if held >= folder.most_documents:
        raise RefusedError(
            f"{shown_as(folder.name)} has {held} documents already, which is its limit. "
            "Put it into one that is there, or delete one that is not needed."
        )


def check_size(tenant: Tenant, folder: Folder | None, path: str, old: str | None, content: str, author: Author) -> None:
    growth: Growth = "rewrite"
    if folder is not None:
        growth = Folder.Growth(folder.growth).value  # type: ignore[assignment]
    budget = Budget(growth=growth, document_bytes=folder.document_bytes if folder is not None else FRAMEWORK_BYTES)
    is_full = growth == "split" and size_of(content) > budget.document_bytes
    free = shown_as(free_path(tenant, paths.numbered(path, 2)) if is_full else path)
    check_growth(budget, shown_as(path), old, content, free, may_rewrite=author.kind == "operator")
