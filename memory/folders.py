"""The folders that every tenant begins with. Operators add more; documents stand in folders that exist."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from memory.authors import Author
from memory.content import hash_of
from memory.models import Audience, Document, Folder, Revision
from memory.paths import FRAMEWORK, ROOT
from memory.problems import RefusedError
from memory.revisions import record
from tenants_app.models import Tenant

FRAMEWORK_BYTES = 8_000  # about 2,000 tokens, in every prompt
SYSTEM = Author(kind="operator", name="system", role="owner")

# Identity and boundaries stand in every prompt: ten documents of 4,000 bytes are about 10,000 tokens. The others are
# read when needed: 16,000 bytes are what one look may cost (4,000 tokens), and a person fits on half of that.
FOLDERS: tuple[dict[str, Any], ...] = (
    {
        "name": "identity",
        "about": "Who the business is: what it does, how it speaks, who works there",
        "growth": Folder.Growth.REWRITE,
        "document_bytes": 4_000,
        "most_documents": 10,
        "is_profile": True,
        "inline": True,
        "order": 10,
    },
    {
        "name": "boundaries",
        "about": "What the assistant must never do, and what needs a person",
        "growth": Folder.Growth.REWRITE,
        "document_bytes": 4_000,
        "most_documents": 10,
        "is_profile": True,
        "inline": True,
        "order": 20,
    },
    {
        "name": "knowledge",
        "about": "What the business knows: services, prices, procedures, places",
        "document_bytes": 16_000,
        "most_documents": 500,
        "order": 30,
    },
    {
        "name": "relationships",
        "about": "One document for each person the business deals with",
        "document_bytes": 8_000,
        "most_documents": 5_000,
        "order": 40,
    },
)


def make_folders(tenant: Tenant) -> None:
    """The folders and the tenant's own part of the framework, once: what an operator then removes stays away.

    Inside the tenant's scope.
    """
    if Document.objects.filter(tenant=tenant, path=FRAMEWORK).exists():
        return
    Folder.objects.bulk_create([Folder(tenant=tenant, **fields) for fields in FOLDERS], ignore_conflicts=True)
    row = Document(
        tenant=tenant,
        path=FRAMEWORK,
        title="How we work",
        about="The business's own part of the instructions to the assistant",
        content_hash=hash_of(""),
        audience=Audience.TEAM,
        changed_at=timezone.now(),
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            record(row, Revision.Action.CREATED, author=SYSTEM, reason="The tenant was set up")
    except IntegrityError as error:
        if "document_path_unique" not in str(error):
            raise  # else somebody else made it in this very moment


def folder_for(tenant: Tenant, name: str, *, of_owner: bool, holding: bool = False) -> Folder:
    """The folder with this name; raises RefusedError naming those that there are.

    `of_owner`: with the owner's eyes. `holding`: keep others from putting documents in it until the transaction ends.
    """
    make_folders(tenant)
    known = Folder.objects.filter(tenant=tenant).filter(Q() if of_owner else ~Q(audience=Audience.OWNER))
    rows = known.select_for_update() if holding else known
    found = rows.filter(name=name).first()
    if found is None:
        names = ", ".join(f"{ROOT}/{each.name}" for each in known)
        raise RefusedError(f"There is no folder {ROOT}/{name}. A document stands in one of these: {names}.")
    return found
