"""Conversations as transcripts for the export of memory."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q, QuerySet

from memory.erasure import BATCH, batched
from memory.export import Page, one_line, said_line
from memory.tags import one_name
from messaging.channels import get_channel
from messaging.kinds import BY_CODE
from messaging.models import Attachment, Conversation, Feedback, Message
from tenants_app.models import Contact, Tenant


def conversations(tenant: Tenant, contact: Contact | None) -> Iterator[Page]:
    """Every conversation, or the contact's own; of a group what the contact said in it."""
    rows = Conversation.objects.filter(tenant=tenant).select_related("account", "contact")
    if contact is not None:
        spoken = Message.objects.filter(tenant=tenant, contact=contact, conversation__is_group=True)
        shared = Q(pk__in=spoken.values("conversation"))
        rows = rows.filter(Q(contact=contact, is_group=False) | shared)
    for row in batched(rows):
        said = Message.objects.filter(tenant=tenant, conversation=row)
        own = said.filter(contact=contact) if row.is_group and contact is not None else said
        who = one_name(row.contact.name) or row.chat_id
        channel = get_channel(row.account.kind).label
        name = f"{row.created_at:%Y-%m-%d} {channel} {'group' if row.is_group else who}"
        lines = transcript(tenant, name, own)
        yield Page(path=f"conversations/{name.replace('/', '_')}.md", lines=lines, about=f"{channel}, with {who}")


def transcript(tenant: Tenant, name: str, rows: QuerySet[Message]) -> Iterator[str]:
    yield f"# {one_line(name)}"
    yield ""
    last = -1
    while some := list(rows.filter(seq__gt=last).select_related("contact").defer("raw").order_by("seq")[:BATCH]):
        files: dict[object, list[Attachment]] = {}
        for file in Attachment.objects.filter(tenant=tenant, message__in=some).order_by("pk"):
            files.setdefault(file.message_id, []).append(file)
        for row in some:
            yield said_line(row.sent_at, speaker_of(row), words_of(row, files.get(row.pk, [])), tenant.zone)
        last = some[-1].seq


def speaker_of(row: Message) -> str:
    if row.direction == Message.Direction.OUT:
        return f"Team ({row.author})" if row.author else "Assistant"
    return (row.contact.name if row.contact is not None else "") or "Somebody"


def words_of(row: Message, files: list[Attachment]) -> str:
    kind = "" if row.kind in ("text", *BY_CODE) else f"[{row.kind}] "
    quoted = f"(in reply to “{one_line(row.quoted)}”) " if row.quoted else ""
    attached = "".join(f"\n[{file.kind} {file.name}] {file.text}".rstrip() for file in files)
    return f"{kind}{quoted}{row.text}{attached}"


def opinions(tenant: Tenant, contact: Contact | None) -> Iterator[Page]:
    """What people think of the assistant."""
    rows = Feedback.objects.filter(tenant=tenant)
    rows = rows if contact is None else rows.filter(contact=contact)
    if rows.exists():
        said = batched(rows.select_related("contact"))
        lines = (said_line(r.at, r.contact.name if r.contact else "Somebody", r.text, tenant.zone) for r in said)
        yield Page(path="feedback.md", lines=lines, about="what people think of the assistant")
