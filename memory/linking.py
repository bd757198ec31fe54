"""Whom a document of relationships/ is about."""

from __future__ import annotations

import re
import uuid

from memory.passages import folded, likely
from memory.paths import ENDING, PEOPLE, folder_of
from tenants_app.models import Contact, Tenant

SEPARATORS = re.compile(r"[-_. ]+")


def contact_named_by(tenant: Tenant, path: str) -> uuid.UUID | None:
    """The one contact whose name the document bears; None where no or several contacts have it."""
    if folder_of(path) != PEOPLE:
        return None
    wanted = name_key(path.rpartition("/")[2].removesuffix(ENDING))
    alike = Contact.objects.filter(tenant=tenant, name__iregex=likely([wanted])).values_list("pk", "name")
    found = [pk for pk, name in alike.iterator() if name_key(name) == wanted]
    return found[0] if len(found) == 1 else None


def name_key(name: str) -> str:
    return folded(SEPARATORS.sub(" ", name))
