"""Memory as a zip of Markdown, to read, to keep or to take elsewhere: a tenant's, or what there is of one contact.

Pages are written as they are read, so that the size of a tenant does not matter. Other apps add theirs: see `register`.
"""

from __future__ import annotations

import re
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from memory import provenance
from memory.erasure import BATCH, batched
from memory.models import Audience, Document, Fact, ImportedChat, ImportedMessage, Revision
from tenants_app.models import Consent, Contact, ContactAddress, Tenant
from tenants_app.scope import tenant_scope

IN_MEMORY = 8 << 20  # bytes; a larger zip goes to a temporary file
LONGEST_NAME = 80
UNSAFE = re.compile(r"[^\w .@()+-]+")
RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)(\.|$)")  # which Windows keeps to itself
UNDATED = (1980, 1, 1, 0, 0, 0)  # a zip's own zero: the same memory gives the same bytes


@dataclass(frozen=True, kw_only=True)
class Page:
    """A file of the zip. `lines` are read once, while it is written."""

    path: str
    lines: Iterable[str]
    about: str  # its line in the index; "" for none


Chapter = Callable[[Tenant, Contact | None], Iterator[Page]]  # of the tenant, or of what is the contact's
_chapters: list[Chapter] = []


def register(chapter: Chapter) -> Chapter:
    if chapter not in _chapters:
        _chapters.append(chapter)
    return chapter


def export_tenant(tenant: Tenant) -> IO[bytes]:
    """A zip, open at its beginning; the caller closes it. Outside of any scope."""
    return written(tenant, None)


def export_contact(contact: Contact) -> IO[bytes]:
    """Only what is theirs: their record, what is known of them, their conversations, what they agreed to."""
    return written(contact.tenant, contact)


def written(tenant: Tenant, contact: Contact | None) -> IO[bytes]:
    out: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the caller's to close
    index: list[str] = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        names = Names()
        for chapter in (record, documents, facts, imported, *_chapters):
            for page in chapter(tenant, contact):
                name = names.free(page.path)
                write(archive, name, page.lines)
                if page.about:
                    index.append(f"- [{escaped(name)}](<{name}>): {page.about}")
        write(archive, names.free("README.md"), [*introduction(tenant, contact), "", *index])
    out.seek(0)
    return out


def write(archive: zipfile.ZipFile, name: str, lines: Iterable[str]) -> None:
    entry = zipfile.ZipInfo(name, UNDATED)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    with archive.open(entry, "w") as file:
        for line in lines:
            file.write(line.encode("utf-8", "replace") + b"\n")


class Names:
    """Paths that no system trips over, each given once, also where capitals make no difference."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def free(self, path: str) -> str:
        stem, dot, ending = "/".join(map(safe, path.split("/"))).rpartition(".")
        name, number = f"{stem}{dot}{ending}", 1
        while name.casefold() in self._taken:
            number += 1
            name = f"{stem}-{number}{dot}{ending}"
        self._taken.add(name.casefold())
        return name


def safe(part: str) -> str:
    """One part of a path: nothing that leads elsewhere, hides or cannot be written."""
    plain = UNSAFE.sub("_", unicodedata.normalize("NFC", part)).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    short = f"{stem[:LONGEST_NAME]}{dot}{ending[:10]}" if dot else plain[:LONGEST_NAME]
    return f"_{short}" if RESERVED.match(short) or not short else short


def introduction(tenant: Tenant, contact: Contact | None) -> list[str]:
    if contact is None:
        return [f"# Memory of {one_line(tenant.name)}", "", "Everything that the assistant knows and was told."]
    return [f"# What {one_line(tenant.name)} holds of {one_line(contact.name) or 'this person'}"]


# --- chapters --------------------------------------------------------------------------------------------------------


def record(tenant: Tenant, contact: Contact | None) -> Iterator[Page]:
    """Who the contact is to the business, and what they agreed to."""
    if contact is None:
        return
    zone = tenant.zone
    reached = ContactAddress.objects.filter(tenant=tenant, contact=contact).order_by("kind", "address")
    lines = [
        f"# {one_line(contact.name) or 'No name'}",
        "",
        f"- Role: {contact.role}",
        f"- Language: {contact.language or 'unknown'}",
        f"- Known since {day(contact.created_at, zone)}",
        *(f"- {row.kind}: {row.address}{f' (+{row.phone})' if row.phone else ''}" for row in reached),
        "",
        "## Consent",
        "",
    ]
    said = Consent.objects.filter(tenant=tenant, contact=contact).order_by("at", "pk")
    lines += [
        f"- {moment(row.at, zone)}: {row.category} {'given' if row.given else 'taken back'} ({row.source}, {row.kind})"
        f"{f': “{one_line(row.words)}”' if row.words else ''}"
        for row in said
    ]
    yield Page(path="record.md", lines=lines, about="who it is and what they agreed to")


def documents(tenant: Tenant, contact: Contact | None) -> Iterator[Page]:
    """A contact's without what the owner keeps to themselves."""
    rows = Document.objects.filter(tenant=tenant)
    own = rows if contact is None else rows.filter(contact=contact).exclude(audience=Audience.OWNER)
    for row in batched(own):
        if row.deleted_at is None:
            yield Page(
                path=row.path,
                lines=document_lines(row, tenant.zone),
                about=one_line(row.about or row.title or "a document"),
            )
        yield from history(row, tenant.zone)


def document_lines(row: Document, zone: ZoneInfo) -> Iterator[str]:
    with tenant_scope(row.tenant_id):
        newest = Revision.objects.filter(tenant=row.tenant_id, document=row).order_by("-number").first()
    matter = {
        "title": row.title,
        "description": row.about,
        "audience": row.audience,
        "locked": "yes" if row.locked else "no",
        "changed": moment(row.changed_at, zone),
        "by": newest.actor if newest is not None else "",
    }
    yield from front_matter(matter)
    yield row.content


def history(row: Document, zone: ZoneInfo) -> Iterator[Page]:
    """What the document said after each change."""
    revisions = Revision.objects.filter(tenant=row.tenant_id, document=row)
    with tenant_scope(row.tenant_id):
        numbers = list(revisions.order_by("number").values_list("number", flat=True))
    for number in numbers:
        stem = row.path.removesuffix(".md")
        where = f"history/{stem}/{number:04}.md"
        yield Page(path=where, lines=revision_lines(revisions, number, zone), about="")


def revision_lines(revisions: QuerySet[Revision], number: int, zone: ZoneInfo) -> Iterator[str]:
    row = revisions.filter(number=number).first()
    if row is None:  # erased while this was written
        return
    matter = {
        "path": row.path,
        "title": row.title,
        "change": row.action,
        "at": moment(row.at, zone),
        "by": row.actor,
        "reason": row.reason,
    }
    yield from front_matter(matter)
    yield row.content


def facts(tenant: Tenant, contact: Contact | None) -> Iterator[Page]:
    """A file for each subject; a contact's without what the owner keeps to themselves."""
    rows = Fact.objects.filter(tenant=tenant)
    rows = rows if contact is None else rows.filter(contact=contact).exclude(audience=Audience.OWNER)
    subjects = rows.order_by("subject_key").values_list("subject_key", flat=True).distinct()
    for key in list(subjects):
        own = rows.filter(subject_key=key)
        name = key.replace("/", "_") or "nobody"
        yield Page(
            path=f"facts/{name}.md", lines=fact_lines(own, tenant, contact), about="what is known, and since when"
        )


def fact_lines(rows: QuerySet[Fact], tenant: Tenant, contact: Contact | None) -> Iterator[str]:
    """With the messages behind each: of a contact's only those of their own chats, as the others are other people's."""
    zone = tenant.zone
    first = rows.order_by("pk").first()
    yield f"# {one_line(first.subject) if first is not None else ''}"
    yield ""
    ordered = list(rows.order_by("predicate_key", "valid_from", "pk"))
    for at in range(0, len(ordered), BATCH):
        some = ordered[at : at + BATCH]
        with tenant_scope(tenant):
            behind = provenance.book().behind_facts([row.pk for row in some])
        for row in some:
            yield fact_line(row, zone)
            for said in behind.get(row.pk, ()):
                if contact is not None and said.chat_with != contact.pk:
                    continue
                yield f"  - {moment(said.at, zone)}, {one_line(said.speaker)}, {said.channel}: “{one_line(said.text)}”"


def fact_line(row: Fact, zone: ZoneInfo) -> str:
    until = "" if row.valid_to is None else f" until {day(row.valid_to, zone)}"
    marks = [mark for mark, holds in (("withdrawn", row.withdrawn_at), ("not verified", row.untrusted)) if holds]
    note = f" ({', '.join(marks)})" if marks else ""
    since = f"since {day(row.valid_from, zone)}{until}"
    return f"- **{one_line(row.predicate)}**: {one_line(row.value)}, {since}, told by {row.origin}{note}"


def imported(tenant: Tenant, contact: Contact | None) -> Iterator[Page]:
    chats = ImportedChat.objects.filter(tenant=tenant)
    for chat in batched(chats):
        said = ImportedMessage.objects.filter(tenant=tenant, chat=chat)
        own = said if contact is None else said.filter(contact=contact)
        if own.exists():
            lines = imported_lines(chat, own, tenant.zone)
            yield Page(path=f"imported/{chat.name.replace('/', '_')}.md", lines=lines, about="an imported chat")


def imported_lines(chat: ImportedChat, rows: QuerySet[ImportedMessage], zone: ZoneInfo) -> Iterator[str]:
    yield f"# {one_line(chat.name)}"
    yield ""
    last = -1 << 62
    while some := list(rows.filter(seq__gt=last).order_by("seq")[:BATCH]):
        for row in some:
            yield said_line(row.at, row.speaker, row.text, zone)
        last = some[-1].seq


# --- words -----------------------------------------------------------------------------------------------------------


def said_line(at: datetime, speaker: str, text: str, zone: ZoneInfo) -> str:
    """A message of a transcript; its further lines stand under it."""
    words = text.replace("\r\n", "\n").replace("\n", "\n  ")
    return f"- {moment(at, zone)} **{escaped(one_line(speaker))}**: {words}"


def front_matter(values: dict[str, str]) -> Iterator[str]:
    yield "---"
    for name, value in values.items():
        quoted = one_line(value).replace("\\", "\\\\").replace('"', '\\"')
        yield f'{name}: "{quoted}"'
    yield "---"
    yield ""


def moment(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def day(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d}"


def one_line(text: str) -> str:
    return " ".join(text.split())


def escaped(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>])", r"\\\1", text)
