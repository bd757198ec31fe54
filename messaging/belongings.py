"""What is a person's own among the conversations: rows and files. Each step is short and can be done again."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Q, QuerySet

from memory.erasure import BATCH, batched
from messaging.models import (
    Attachment,
    Conversation,
    Delivery,
    DeliveryStatus,
    Feedback,
    Message,
    Participant,
    Session,
    Turn,
    TurnStep,
)
from messaging.redaction import strings_in
from messaging.scrubbing import call
from tenants_app.deletion import tenant_files
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope


def erase(contact: Contact, chats: Sequence[Conversation], groups: Sequence[Conversation]) -> Counter[str]:
    """Their chats as a whole, and in groups what they said. Files go before the rows that name them: a row whose file
    is gone is found again, a file whose row is gone is not."""
    counts: Counter[str] = Counter()
    feedback = Feedback.objects.filter(tenant=contact.tenant_id, contact=contact)
    counts["feedback"] = call(contact.tenant, "messaging_erase_feedback(%s::uuid[])", pks(feedback))
    for chat in chats:
        counts += erase_chat(chat)
    for group in groups:
        counts += leave(group, contact)
    return counts


def erase_chat(chat: Conversation) -> Counter[str]:
    tenant = chat.tenant
    counts: Counter[str] = Counter()
    deliveries = Delivery.objects.filter(tenant=tenant, conversation=chat)
    counts["files"] = remove(paths_of_files(Attachment.objects.filter(tenant=tenant, conversation=chat)))
    counts["files"] += remove(paths_in(tenant, batched(deliveries), "payload"))
    steps = TurnStep.objects.filter(tenant=tenant, turn__conversation=chat, kind="tool_result")
    counts["files"] += remove(paths_in(tenant, batched(steps), "content"))
    told = {row.external_id for row in batched(deliveries.exclude(external_id=""))}
    statuses = DeliveryStatus.objects.filter(Q(delivery__in=deliveries) | Q(external_id__in=told), tenant=tenant)
    counts["delivery reports"] = call(tenant, "messaging_erase_statuses(%s::uuid[])", pks(statuses))
    counts["messages"] = delete(tenant, Message.objects.filter(tenant=tenant, conversation=chat))
    counts["turns"] = delete(tenant, Turn.objects.filter(tenant=tenant, conversation=chat))
    counts["sessions"] = delete(tenant, Session.objects.filter(tenant=tenant, conversation=chat))
    counts["conversations"] = delete(tenant, Conversation.objects.filter(tenant=tenant, pk=chat.pk))
    return counts


def leave(group: Conversation, contact: Contact) -> Counter[str]:
    """What they said in it goes, and what answers it no longer quotes it. It stays a chat that an outsider was in.

    Where nobody else is known who it could be a chat with, it was theirs alone.
    """
    tenant = group.tenant
    counts: Counter[str] = Counter()
    here = Message.objects.filter(tenant=tenant, conversation=group)
    theirs = here.filter(contact=contact)
    if group.contact_id == contact.pk and next_of(group, contact) is None:
        return erase_chat(group)
    counts["files"] = remove(paths_of_files(Attachment.objects.filter(tenant=tenant, message__in=theirs)))
    said = [row.external_id for row in batched(theirs.exclude(external_id="").only("pk", "external_id"))]
    for at in range(0, len(said), BATCH):
        with tenant_scope(tenant):
            here.filter(reply_to__in=said[at : at + BATCH]).update(quoted="", reply_to="", raw=None)
    counts["messages"] = delete(tenant, theirs)
    with tenant_scope(tenant):
        Conversation.objects.filter(tenant=tenant, pk=group.pk, contact=contact).update(contact=next_of(group, contact))
    return counts


def next_of(group: Conversation, contact: Contact) -> UUID | None:
    """Who else's the group is from now on."""
    took_part = Participant.objects.filter(tenant=group.tenant_id, conversation=group)
    spoke = Message.objects.filter(tenant=group.tenant_id, conversation=group)
    for rows in (took_part.order_by("pk"), spoke.order_by("seq")):
        found = rows.exclude(contact=None).exclude(contact=contact).values_list("contact", flat=True).first()
        if found is not None:
            return found
    return None


def pks(rows: QuerySet[Any]) -> list[UUID]:
    return list(rows.values_list("pk", flat=True))


def delete(tenant: Tenant, rows: QuerySet[Any]) -> int:
    """In batches, past Django's own cascade: the database's takes what hangs on them."""
    gone = 0
    while True:
        with tenant_scope(tenant):
            batch = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
            gone += int(rows.filter(pk__in=batch)._raw_delete(using="default")) if batch else 0
        if len(batch) < BATCH:
            return gone


# --- files -----------------------------------------------------------------------------------------------------------


def paths_of_files(rows: QuerySet[Attachment]) -> Iterator[str]:
    for row in batched(rows):
        yield from (str(file.name) for file in (row.file, row.view) if file)


def paths_in(tenant: Tenant, rows: Iterator[Any], column: str) -> Iterator[str]:
    """Of files of the tenant's that a JSON column names."""
    start = f"tenants/{tenant.pk}/"
    for row in rows:
        yield from (text for text in strings_in(getattr(row, column)) if text.startswith(start) and ".." not in text)


def remove(paths: Iterator[str]) -> int:
    """The files and the folders that held nothing else; how many there were."""
    gone = 0
    for path in paths:
        if default_storage.exists(path):
            default_storage.delete(path)
            gone += 1
        folder = Path(settings.MEDIA_ROOT) / path
        with suppress(OSError):  # not empty, or gone already
            folder.parent.rmdir()
    return gone


def remove_stray_files(tenant: Tenant) -> None:
    """Files of attachments of which there is no row: fetched while their message went."""
    root = tenant_files(tenant) / "media"
    folders = {folder.name: folder for folder in root.iterdir()} if root.is_dir() else {}
    names = sorted(folders)
    for at in range(0, len(names), BATCH):
        some = names[at : at + BATCH]
        rows = Attachment.objects.filter(tenant=tenant, pk__in=some).values_list("pk", flat=True)
        for name in set(some) - {str(pk) for pk in rows}:
            shutil.rmtree(folders[name])
