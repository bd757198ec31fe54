"""Files that came with messages: fetched from the service by whoever holds the conversation's `media` work, and kept.

A webhook only names a file. It is fetched after it was stored, before the turn that it belongs to where that takes no
long, and tried again as long as the service keeps it.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from messaging import credentials, sniff, voice, work
from messaging.channels import get_channel
from messaging.channels.base import Fetched, Media, MediaKind, TextPart, TransportError
from messaging.leases import held
from messaging.models import Attachment, Conversation, Message, Turn
from messaging.models.attachment import path_of
from messaging.patience import insist
from messaging.phrases import phrase
from messaging.turn_end import say
from messaging.work import Claim, LeaseLost
from tenants_app.faults import fault
from tenants_app.literals import Literal
from tenants_app.scope import tenant_scope

logger = logging.getLogger(__name__)

State = Attachment.State
HOLD_SECONDS = 300.0
RETRY_FIRST_SECONDS = 2.0
RETRY_MOST_SECONDS = 900.0


def fetch_due(claim: Claim) -> None:
    """Fetch what is due in the conversation, then give the work back. The caller wakes the lane."""
    with held(claim, HOLD_SECONDS):
        try:
            while (row := next_due(claim)) is not None or not rested(claim):
                if row is not None:
                    fetch(claim, row)
        except LeaseLost:
            logger.warning("media.lease_lost", extra={"conversation": str(claim.conversation_id)})


def next_due(claim: Claim) -> Attachment | None:
    """Raises LeaseLost."""
    with tenant_scope(claim.tenant_id):
        work.guard(claim)
        return due(pending(claim)).order_by("id").select_related("message__account").first()


def pending(claim: Claim) -> QuerySet[Attachment]:
    return Attachment.objects.filter(conversation=claim.conversation_id, state=Literal(State.PENDING))


def due(rows: QuerySet[Attachment]) -> QuerySet[Attachment]:
    return rows.filter(Q(due_at=None) | Q(due_at__lte=timezone.now()))


def rested(claim: Claim) -> bool:
    """Give the work back until the next try, unless something is due. Raises LeaseLost.

    The conversation's row orders this against whoever stores another file.
    """
    with tenant_scope(claim.tenant_id, first=work.locked(claim.conversation_id)):
        if due(pending(claim)).exists():
            return False
        work.release(claim, pending(claim).order_by("due_at").values_list("due_at", flat=True).first())
        return True


def fetch(claim: Claim, row: Attachment) -> None:
    """One try. No transaction is open while the service is asked and the file is written."""
    result = tried(claim, row)

    def write(_tried: int) -> None:
        with tenant_scope(claim.tenant_id, first=work.locked(claim.conversation_id)):
            still = Attachment.objects.filter(pk=row.pk, state=State.PENDING)
            if isinstance(result, TransportError):
                settle_failed(row, still, result)
            elif still.update(**result) and voice.is_unheard(row, result):
                tell(row, "voice_unheard", timezone.now())
            fault("in_keep")

    insist(write, "media.unsettled", {"attachment": str(row.pk)})


def tried(claim: Claim, row: Attachment) -> dict[str, Any] | TransportError:
    """The row's new values, or what went wrong."""
    try:
        if row.file:  # it is here, and only its words are missing
            with row.file.open() as file:
                content = file.read()
            return {"state": State.KEPT, "due_at": None, "error": ""} | voice.heard(row, content, row.media_type)
        fetched = ask(claim, row)
        fault("after_fetch")
        return kept(row, fetched) if isinstance(fetched, Fetched) else fetched
    except OSError as error:  # the disk is full or away: tried again like a service that is
        return TransportError(f"The file could not be kept: {type(error).__name__}", code="storage")


def ask(claim: Claim, row: Attachment) -> Fetched | TransportError:
    opened = credentials.credentials.get(claim.tenant_id, row.message.account_id)
    if opened is None:
        return TransportError("The account is gone.", permanent=True, code="no_account")
    media = Media(
        kind=cast("MediaKind", row.kind),
        file_id=row.file_id,
        mime=row.claimed_type,
        name=row.name,
        size=row.claimed_size,
    )
    try:
        return get_channel(row.message.account.kind).fetch(opened, media, settings.MEDIA_MAX_BYTES)
    except TransportError as error:
        return error


def kept(row: Attachment, fetched: Fetched) -> dict[str, Any]:
    """Write the file, and what Claude gets of it, below the tenant's folder; the row's new values.

    Both have names of their own, so that the next try writes over what a crash left.
    """
    content = fetched.content
    media_type = sniff.type_of(content)
    found: dict[str, Any] = {
        "state": State.KEPT,
        "kept_at": timezone.now(),
        "due_at": None,
        "media_type": media_type,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "name": (row.name or fetched.name)[:255],
        "file": write_file(row, f"file{sniff.SUFFIXES.get(media_type, '.bin')}", content),
    }
    try:
        view = sniff.view_of(content, media_type)
    except sniff.Unreadable as error:
        return found | {"error": str(error)[:300]}
    if view is not None:
        name = write_file(row, f"view{sniff.SUFFIXES[view.media_type]}", view.content)
        found |= {"view": name, "view_size": len(view.content), "view_type": view.media_type, "pages": view.pages}
    elif row.kind in voice.KINDS:
        found |= voice.heard(row, content, media_type)
    elif media_type == "text/plain":
        found["text"] = (sniff.text_of(content) or "")[: sniff.LONGEST_TEXT].replace("\0", "")
    return found


def write_file(row: Attachment, name: str, content: bytes) -> str:
    path = path_of(row, name)
    default_storage.delete(path)
    return str(default_storage.save(path, ContentFile(content)))


def settle_failed(row: Attachment, still: QuerySet[Attachment], error: TransportError) -> None:
    """Try again, as long as the service keeps the file, or tell that it is lost. The conversation's row is locked."""
    now = timezone.now()
    account = row.message.account
    until = row.stored_at + timedelta(hours=get_channel(account.kind).capabilities.media_hours)
    wait = (
        min(RETRY_FIRST_SECONDS * 2**row.attempts, RETRY_MOST_SECONDS)
        if error.retry_after is None
        else error.retry_after
    )
    due_at = now + timedelta(seconds=wait)
    logger.warning("media.failed", extra={"attachment": str(row.pk), "code": error.code, "permanent": error.permanent})
    if not error.permanent and due_at < until:
        still.update(attempts=F("attempts") + 1, due_at=due_at, error=str(error)[:300])
        return
    if still.update(state=State.LOST, due_at=None, attempts=F("attempts") + 1, error=str(error)[:300]):
        tell(row, "file_lost", now)


def tell(row: Attachment, key: str, now: datetime) -> None:
    """Where the turn that it belongs to went on without it; else that turn tells it in Claude's words."""
    message = Message.objects.select_related("turn", "contact").defer("raw").get(pk=row.message_id)
    if message.turn is None:
        return
    Attachment.objects.filter(pk=row.pk).update(shown=True)
    if message.turn.status == Turn.Status.SILENT:
        return
    conversation = Conversation.objects.select_related("contact", "tenant").get(pk=row.conversation_id)
    language = (message.contact or conversation.contact).language or conversation.tenant.language
    text = phrase(key, language)
    say(conversation, None, text, [TextPart(text=text, plain=text)], now)
