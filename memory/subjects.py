"""Whom or what a fact is about: one of the contacts, where that is certain, else a name."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db.models import CharField, F, Func, Value

from memory.authors import Author
from memory.folding import fold, subject_key
from tenants_app.models import Contact, Tenant

SELVES = frozenset(
    (
        *("i", "me", "myself", "user", "the user", "sender", "the sender", "this person"),
        *("yo", "mi", "mi mismo", "mi misma", "conmigo", "usuario", "el usuario", "la usuaria", "esta persona"),
    )
)
OWNERS = frozenset({"owner", "the owner", "dueno", "el dueno", "la duena", "propietario", "el propietario"})
MOST_NAMESAKES = 20  # looked at: more than one decides nothing anyway


@dataclass(frozen=True, kw_only=True)
class Subject:
    text: str  # as people say it
    key: str  # alike for the same subject, however its name is written
    contact_id: uuid.UUID | None = None


def subject_of(tenant: Tenant, text: str, author: Author) -> Subject:
    """Inside the tenant's scope."""
    contact = contact_meant(tenant, text, author)
    if contact is None:
        return Subject(text=text.strip(), key=subject_key(text))
    return of_contact(contact, text)


def of_contact(contact: Contact, text: str = "") -> Subject:
    said = "" if fold(text) in SELVES | OWNERS else text.strip()
    name = contact.name.strip() or said or str(contact)
    return Subject(text=name[:200], key=f"contact {contact.pk}", contact_id=contact.pk)


def contact_meant(tenant: Tenant, text: str, author: Author) -> Contact | None:
    words = fold(text)
    if words in SELVES:
        return Contact.objects.filter(tenant=tenant, pk=author.contact_id).first() if author.contact_id else None
    if words in OWNERS:
        if author.role == "owner" and author.contact_id is not None:
            return Contact.objects.filter(tenant=tenant, pk=author.contact_id).first()
        return only(list(Contact.objects.filter(tenant=tenant, role=Contact.Role.OWNER)[:2]))
    return named(tenant, text)


def named(tenant: Tenant, name: str) -> Contact | None:
    """The one contact of that name, whatever its case, accents and hyphens."""
    wanted = fold(name)
    if not wanted:
        return None
    folded = Func(F("name"), function="memory_fold", output_field=CharField())
    alike = Func(Value(name.strip()), function="memory_fold", output_field=CharField())
    rows = Contact.objects.filter(tenant=tenant).annotate(folded=folded).filter(folded=alike)
    return only([row for row in rows[:MOST_NAMESAKES] if fold(row.name) == wanted])


def key_by_name(tenant: Tenant, subject: Subject) -> str:
    """The key that a contact's name had before they were one; "" where others bear it."""
    known = named(tenant, subject.text) if subject.contact_id else None
    return subject_key(subject.text) if known is not None and known.pk == subject.contact_id else ""


def only(found: list[Contact]) -> Contact | None:
    return found[0] if len(found) == 1 else None
