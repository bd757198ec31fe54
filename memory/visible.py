"""What of the memory a chat's prompt may be made of: bounded lists, each found through an index however much there is.

The filters here are what keeps one person's matters out of another's prompt; rendering only words what comes out.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Collate

from memory.models import Audience, Document, Fact, Folder, Revision
from memory.paths import FRAMEWORK
from tenants_app.models import Contact, Tenant
from tooling.registry import Role

EVERYBODYS = (Audience.PUBLIC,)
TEAMS = (Audience.TEAM, Audience.CONTACT, Audience.PUBLIC)
AUDIENCES: Mapping[Role, tuple[Audience, ...]] = {
    "owner": (Audience.OWNER, *TEAMS),
    "staff": TEAMS,
    "customer": EVERYBODYS,
}
OWN = (Audience.CONTACT, Audience.PUBLIC)  # of what is about them, a customer's chat may use these
MOST_FOLDERS, MOST_INLINE, MOST_CORE, MOST_OWN, MOST_LISTED = 50, 8, 20, 5, 100
MOST_FACTS, MOST_OWNERS, MOST_CHANGES = 40, 5, 20
LONGEST_PATH = 300


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A document without its text."""

    pk: uuid.UUID
    path: str
    about: str
    size: int  # bytes
    audience: str
    untrusted: bool


@dataclass(frozen=True, kw_only=True)
class Changed:
    path: str
    deleted: bool
    by: str  # kind of author
    turn_id: uuid.UUID | None


FIELDS = tuple(Listed.__dataclass_fields__)


def about_whom(role: Role, contact_id: uuid.UUID | None) -> Q:
    """The filter on documents for the chats of somebody; `contact_id` None: of nobody in particular."""
    shown = Q(audience__in=AUDIENCES[role])
    if role == "customer" and contact_id is not None:
        shown |= Q(audience=Audience.CONTACT, contact=contact_id)
    return shown


def folders_for(tenant: Tenant, role: Role) -> list[Folder]:
    found = Folder.objects.filter(tenant=tenant)
    return list((found if role == "owner" else found.exclude(audience=Audience.OWNER))[:MOST_FOLDERS])


def documents(tenant: Tenant) -> QuerySet[Document]:
    return Document.objects.filter(tenant=tenant, deleted_at=None).exclude(path=FRAMEWORK)


def core(tenant: Tenant, role: Role, folders: Iterable[Folder]) -> list[Listed]:
    """Those of the folders whose documents stand in full in every prompt, in the folders' order."""
    names = [folder.name for folder in folders if folder.inline][:MOST_INLINE]
    placed = documents(tenant).alias(place=Collate("path", "C")).order_by("place")
    found = together(
        placed.filter(place__gte=f"{name}/", place__lt=f"{name}0", audience=audience).values(*FIELDS)[:MOST_CORE]
        for name in names  # "0" comes after "/"
        for audience in AUDIENCES[role]
    )
    return sorted(listed(found), key=lambda each: (names.index(each.path.partition("/")[0]), each.path))


def of_person(tenant: Tenant, role: Role, contact_id: uuid.UUID | None) -> list[Listed]:
    """Documents about the person in the chat."""
    if contact_id is None:
        return []
    shown = Q(audience__in=OWN if role == "customer" else AUDIENCES[role])
    rows = documents(tenant).filter(shown, contact=contact_id).order_by("-changed_at", "pk")
    return listed(rows.values(*FIELDS)[:MOST_OWN])


def newest(tenant: Tenant, role: Role) -> list[Listed]:
    """One more than may be listed, where there is more."""
    found = together(
        documents(tenant)
        .filter(audience=audience)
        .order_by("-changed_at")
        .values(*FIELDS, "changed_at")[: MOST_LISTED + 1]
        for audience in AUDIENCES[role]
    )
    rows = sorted(found, key=lambda row: (row["changed_at"], row["pk"]), reverse=True)[: MOST_LISTED + 1]
    return listed({name: row[name] for name in FIELDS} for row in rows)


def together(parts: Iterable[QuerySet[Any, Any]]) -> Iterable[Any]:
    """The rows of all, by one statement of which each part goes through its own index."""
    each = list(parts)
    if len(each) < 2:
        return each[0] if each else ()
    return each[0].union(*each[1:], all=True)


def listed(rows: Iterable[dict[str, Any]]) -> list[Listed]:
    return [Listed(**row) for row in rows]


def texts_of(chosen: Collection[Listed]) -> dict[uuid.UUID, str]:
    if not chosen:
        return {}
    return dict(Document.objects.filter(pk__in=[each.pk for each in chosen]).values_list("pk", "content"))


def own_part(tenant: Tenant, role: Role) -> str:
    """The tenant's own part of the framework."""
    rows = Document.objects.filter(tenant=tenant, path=FRAMEWORK, deleted_at=None, untrusted=False)
    return rows.filter(audience__in=AUDIENCES[role]).values_list("content", flat=True).first() or ""


def facts_about(tenant: Tenant, role: Role, contact_id: uuid.UUID | None, now: datetime) -> list[Fact]:
    """What holds about the person in the chat, said last first; for an owner, about every owner. For the team only what
    one of the business vouches for. One more than may be listed, where there is more."""
    if contact_id is None:
        return []
    people: Sequence[uuid.UUID] = [contact_id]
    if role == "owner":
        is_here = Case(When(pk=contact_id, then=Value(0)), default=Value(1))
        owners = Contact.objects.filter(tenant=tenant, role=Contact.Role.OWNER).order_by(is_here, "pk")
        people = list(owners.values_list("pk", flat=True)[:MOST_OWNERS])
    told = Fact.objects.filter(tenant=tenant, withdrawn_at=None)
    told = told if role == "customer" else told.filter(untrusted=False)
    for_good, for_now = told.filter(valid_to=None), told.filter(valid_to__isnull=False, valid_to__gt=now)
    audiences = OWN if role == "customer" else AUDIENCES[role]
    found = together(
        rows.filter(contact=person, audience=audience).order_by(order)[: MOST_FACTS + 1]
        for person in people
        for audience in audiences
        for rows, order in ((for_good, "-seen_at"), (for_now, "valid_to"))
    )
    return sorted(found, key=lambda fact: (fact.seen_at, fact.times, fact.pk), reverse=True)[: MOST_FACTS + 1]


def changed_since(
    tenant: Tenant, role: Role, contact_id: uuid.UUID | None, since: datetime | Combinable
) -> list[Changed]:
    """Documents that were changed or deleted, the newest first. Another own part begins sessions, and is not told."""
    last = Revision.objects.filter(tenant=tenant, document=OuterRef("pk"), number=OuterRef("number"))
    rows = Document.objects.filter(about_whom(role, contact_id), tenant=tenant, changed_at__gt=since)
    rows = rows.exclude(path=FRAMEWORK)
    told = rows.annotate(by=Subquery(last.values("actor_kind")), turn=Subquery(last.values("turn_id")))
    found = told.order_by("-changed_at").values_list("path", "deleted_at", "by", "turn")[:MOST_CHANGES]
    return [Changed(path=path, deleted=at is not None, by=by or "", turn_id=turn) for path, at, by, turn in found]
