"""What is said in a recording: asked of the transcriber, paid for, and asked again where it is away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from messaging import sniff
from messaging.models import Attachment, Message
from messaging.patience import insist
from messaging.transcriber import NotTranscribed, Transcript, transcribe
from tenants_app import budgets
from tenants_app.models import Tenant, UsageRow
from tenants_app.models.usage import DOLLARS
from tenants_app.scope import tenant_scope

KINDS = ("voice", "audio")
LISTEN_FOR = timedelta(minutes=5)  # once a recording is here; then the assistant goes on without its words
FIRST_SECONDS = 2.0
MOST_SECONDS = 60.0  # between two tries
SLOWEST = 2000  # bytes of a second, as voice notes are recorded; others take more


def heard(row: Attachment, content: bytes, media_type: str) -> dict[str, Any]:
    """What a transcriber makes of it; where it may yet, the file stays pending for another try."""
    now = timezone.now()
    try:
        said = listened(row, content, media_type)
    except NotTranscribed as error:
        found = {"error": str(error)[:300]}
        wait = min(FIRST_SECONDS * 2**row.attempts, MOST_SECONDS)
        due_at = now + timedelta(seconds=wait if error.retry_after is None else error.retry_after)
        if error.permanent or due_at > (row.kept_at or now) + LISTEN_FOR:
            return found
        return found | {"state": Attachment.State.PENDING, "attempts": F("attempts") + 1, "due_at": due_at}
    return {"text": said.text or "(nothing can be heard)"}


def is_unheard(row: Attachment, found: Mapping[str, Any]) -> bool:
    """Whether it is settled that nobody learns what was said in it."""
    is_settled = row.kind in KINDS and found["state"] == Attachment.State.KEPT
    return is_settled and not found.get("text") and not found.get("view")


def listened(row: Attachment, content: bytes, media_type: str) -> Transcript:
    """One try, booked on the tenant where it costs. Raises NotTranscribed."""
    now, most = timezone.now(), len(content) / SLOWEST
    if not is_for_us(row):
        raise NotTranscribed("nobody is answered for it", permanent=True)
    if settings.TRANSCRIBER_BASE_URL and settings.TRANSCRIBER_PRICE:
        with tenant_scope(row.tenant_id):
            tenant = Tenant.objects.get(pk=row.tenant_id)
            if not budgets.has_room(tenant, price_of(most), now):
                raise NotTranscribed("the budget is used up", permanent=True)
    try:
        said = transcribe(content, f"{row.kind}{sniff.SUFFIXES.get(media_type, '.bin')}", media_type)
    except NotTranscribed as error:
        if error.may_cost and settings.TRANSCRIBER_PRICE:
            pay(row, price_of(most), assumed=True)
        raise
    if settings.TRANSCRIBER_PRICE:
        pay(row, price_of(most if said.seconds is None else said.seconds), assumed=said.seconds is None)
    return said


def is_for_us(row: Attachment) -> bool:
    """Whether it comes from somebody who is answered: a stranger does not spend the business's money."""
    with tenant_scope(row.tenant_id):
        message = Message.objects.select_related("contact", "account").defer("raw").get(pk=row.message_id)
    is_served = message.account.front_desk or (message.contact is not None and message.contact.is_trusted)
    return message.wakes and is_served


def price_of(seconds: float) -> Decimal:
    return (settings.TRANSCRIBER_PRICE * Decimal(seconds) / 60).quantize(DOLLARS)


def pay(row: Attachment, dollars: Decimal, *, assumed: bool) -> None:
    """The service has done it, whatever becomes of its words here."""
    used = UsageRow(
        tenant_id=row.tenant_id,
        purpose="voice",
        model=settings.TRANSCRIBER_MODEL,
        reference=row.message.turn_id or row.pk,
        dollars=dollars,
        assumed=assumed,
    )

    def book(_tried: int) -> None:
        with tenant_scope(row.tenant_id):
            budgets.book(Tenant.objects.get(pk=row.tenant_id), used, timezone.now())

    insist(book, "voice.unbooked", {"attachment": str(row.pk)})
