"""A person wrote too long ago for free text: what becomes of a message of ours then, by the tenant's policy.

It goes out as a template, or over another channel of theirs, or it is held until they write. The service may also be
the first to say so, as its answer to a send or later as a status; both come to the same place.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from messaging import templates, work
from messaging.channels import get_channel
from messaging.channels.base import Channel, TemplateTrouble
from messaging.gates import MARGIN
from messaging.models import ChannelAccount, Conversation, Delivery, Template, Work
from messaging.moves import FORMER
from messaging.parts import payload_of
from messaging.phrases import phrase
from messaging.turn_end import Manner, say
from tenants_app.models import ContactAddress, Tenant

logger = logging.getLogger(__name__)

Status = Delivery.Status
Payload = Mapping[str, Any]
MOST_TEMPLATES = 3  # that are tried for one delivery
INSTEAD = "instead"  # in a payload: the template that goes out in its place, as a payload of its own
TRIED = "tried"  # in a payload: ids of the templates that the service refused for it
DATED = "dated"  # in a payload: its words tell of when it is
REMINDER = "reminder"
WAITING = (Status.PENDING, Status.HELD)


@dataclass(frozen=True, kw_only=True)
class Chats:
    """A conversation, locked, and where its texts may go instead, locked too."""

    here: Conversation
    other: Conversation | None


def closes_at(conversation: Conversation) -> datetime | None:
    """When the service stops taking free text for the person; None where it always does. Past: it is over."""
    hours = get_channel(conversation.account.kind).capabilities.free_form_hours
    if hours is None or conversation.is_group:
        return None
    return (conversation.last_inbound_at or conversation.created_at - timedelta(hours=hours)) + timedelta(hours=hours)


def is_open(conversation: Conversation, now: datetime) -> bool:
    until = closes_at(conversation)
    return until is None or now < until - MARGIN


def lock_chats(conversation_id: uuid.UUID) -> Chats:
    """Lock the conversation, and where the tenant wants that, the person's other chat; always in the same order.

    First in its transaction, as whoever locks two the other way round would wait for this one and this one for them.
    """
    here = Conversation.objects.select_related("tenant", "account").get(pk=conversation_id)
    wants_other = here.tenant.window_policy == Tenant.Window.OTHER_CHANNEL and not here.is_group
    other = other_chat(here) if wants_other else None
    ids = [conversation_id, *([other] if other is not None else [])]
    rows = Conversation.objects.filter(pk__in=ids).select_related("tenant", "account", "contact").order_by("pk")
    locked = {row.pk: row for row in rows.select_for_update(of=("self",))}
    return Chats(here=locked[conversation_id], other=locked.get(other) if other is not None else None)


def other_chat(here: Conversation) -> uuid.UUID | None:
    """Where the person was last heard of besides, if they can be written to there now and nobody else does."""
    now = timezone.now()
    chats = Conversation.objects.filter(
        contact=here.contact_id,
        is_group=False,
        last_inbound_at__isnull=False,
        account__status=ChannelAccount.Status.ACTIVE,
    )
    others = chats.exclude(pk=here.pk).exclude(chat_id__startswith=f"{FORMER}:").select_related("account")
    for chat in others.order_by("-last_inbound_at"):
        is_taken = chat.paused_until is not None and chat.paused_until > now
        closed = ContactAddress.objects.filter(
            kind=chat.account.kind, address=chat.chat_id, unreachable_at__isnull=False
        )
        if is_open(chat, now) and not is_taken and not closed.exists():
            return chat.pk
    return None


def goes_anyway(payload: Payload) -> bool:
    """Whether what is to be sent is a template."""
    return INSTEAD in payload or payload.get("kind") == "template"


def to_send(payload: Payload) -> Payload:
    """What really goes out of a delivery's payload."""
    instead: Payload = payload.get(INSTEAD, payload)
    return instead


def go_around(delivery_id: uuid.UUID, chats: Chats) -> None:
    """Decide about a delivery that waits (pending or held) and may not go as free text. Afterwards it is pending as a
    template, withdrawn because it goes another way, or held, with the reason in its note."""
    row = Delivery.objects.select_related("message").get(pk=delivery_id)
    row.conversation = chats.here
    policy = chats.here.tenant.window_policy
    if has_written_since(row, chats.here):
        change(row, status=Status.PENDING, note="They wrote in the meantime.", due_at=None)
        work.schedule(row.tenant_id, row.conversation_id, Work.Kind.SEND)
    elif goes_anyway(row.payload):
        hold(row, "the service takes no template either")
    elif policy == Tenant.Window.TEMPLATE:
        as_template(row)
    elif policy == Tenant.Window.OTHER_CHANNEL:
        over(row, chats.other)
    else:
        hold(row, "so this business wants it")


def has_written_since(row: Delivery, here: Conversation) -> bool:
    """Whether the person opened the window while the message was refused."""
    wrote, sent = here.last_inbound_at, row.sending_at
    return wrote is not None and sent is not None and wrote > sent and is_open(here, timezone.now())


def after_refusal(delivery_id: uuid.UUID, trouble: TemplateTrouble | None, why: str, chats: Chats) -> None:
    """The service has refused a delivery, which is held now: for its template, or because free text may not be sent."""
    if trouble is not None:
        put_aside(delivery_id, trouble, why)
    go_around(delivery_id, chats)


def over_words(row: Delivery) -> str:
    hours = get_channel(row.conversation.account.kind).capabilities.free_form_hours
    return f"Outside the {hours}-hour window" if hours is not None else "The service takes no free text"


def hold(row: Delivery, why: str) -> None:
    note = f"{over_words(row)}: held until they write; {why}."
    change(row, status=Status.HELD, note=note[:300], payload=dated(row, without_template(row)), due_at=None)
    logger.info("delivery.held", extra={"delivery": str(row.pk)})


def dated(row: Delivery, payload: dict[str, Any]) -> dict[str, Any]:
    """A reminder says of when it is: who reads it days later could take it for today's."""
    is_last = not Delivery.objects.filter(message=row.message_id, seq__gt=row.seq).exists()
    if row.purpose != REMINDER or payload.get(DATED) or payload.get("kind", "text") != "text" or not is_last:
        return payload
    contact, tenant = row.conversation.contact, row.conversation.tenant
    at = f"{row.message.sent_at.astimezone(tenant.zone):%Y-%m-%d %H:%M}"
    words = phrase("held_reminder", contact.language or tenant.language, at=at)
    text = {name: f"{payload[name]}\n{words}" for name in ("text", "plain")}
    is_short = len(text["text"]) <= get_channel(row.conversation.account.kind).capabilities.max_text
    return {**payload, **text, DATED: True} if is_short else payload


def without_template(row: Delivery) -> dict[str, Any]:
    """The payload as it was before a template was chosen; the pieces that were to go along in it wait again."""
    instead = row.payload.get(INSTEAD)
    if instead is not None:
        along = Delivery.objects.filter(message=row.message_id, seq__in=instead["texts"], status=Status.WITHDRAWN)
        along.update(status=Status.HELD, note=row.note)
    return {name: value for name, value in row.payload.items() if name != INSTEAD}


def change(row: Delivery, **values: Any) -> bool:
    return bool(Delivery.objects.filter(pk=row.pk, status__in=WAITING).update(**values))


# --- as a template ----------------------------------------------------------------------------------------------------


def as_template(row: Delivery) -> None:
    """One template a message: it takes all of its text, or its first part, and the rest is held."""
    earlier = Delivery.objects.filter(message=row.message_id, seq__lt=row.seq)
    if any(INSTEAD in each.payload for each in earlier):
        hold(row, "the message's beginning went as a template")
        return
    if kind_of(row) != "text":
        hold(row, f"a {kind_of(row)} goes into no template")
        return
    texts = [row, *texts_after(row)]
    chosen = choice(row, texts)
    if isinstance(chosen, str) and len(texts) > 1:
        texts = [row]
        chosen = choice(row, texts)
    if isinstance(chosen, str):
        hold(row, chosen)
    else:
        put_in(row, texts, chosen)


def put_in(row: Delivery, texts: Sequence[Delivery], chosen: templates.Choice) -> None:
    """Have the template sent in the place of these texts."""
    instead = {**payload_of(chosen.part), "template": str(chosen.template_id), "texts": [each.seq for each in texts]}
    note = f"{over_words(row)}: sent as template {chosen.part.name} ({chosen.part.language})"[:300]
    payload = {**row.payload, INSTEAD: instead}
    if not change(row, status=Status.PENDING, note=note, payload=payload, due_at=None, error="", error_code=""):
        return  # a report came in between: it has arrived after all
    along = Delivery.objects.filter(pk__in=[each.pk for each in texts[1:]], status__in=WAITING)
    along.update(status=Status.WITHDRAWN, note=f"{note}, with the piece before"[:300], due_at=None)
    work.schedule(row.tenant_id, row.conversation_id, Work.Kind.SEND)
    logger.info("delivery.as_template", extra={"delivery": str(row.pk), "template": str(chosen.template_id)})


def kind_of(row: Delivery) -> str:
    return str(row.payload.get("kind", "text"))


def texts_after(row: Delivery) -> list[Delivery]:
    """The other pieces of the message that wait, where they are all text."""
    later = list(Delivery.objects.filter(message=row.message_id, seq__gt=row.seq, status__in=WAITING).order_by("seq"))
    return later if all(kind_of(each) == "text" for each in later) else []


def choice(row: Delivery, texts: Sequence[Delivery]) -> templates.Choice | str:
    tried = row.payload.get(TRIED, ())
    if len(tried) >= MOST_TEMPLATES:
        return "the service refused the templates that there are"
    contact, tenant = row.conversation.contact, row.conversation.tenant
    wanted = templates.Wanted(
        text=templates.in_one_line(" ".join(each.payload.get("plain", "") for each in texts)),
        purpose=row.purpose,
        name=templates.in_one_line(contact.name),
        languages=list(dict.fromkeys(tag for tag in (contact.language, tenant.language, "en") if tag)),
    )
    return templates.choose(row.conversation.account, wanted, without=tried)


def put_aside(delivery_id: uuid.UUID, trouble: TemplateTrouble, why: str) -> None:
    """The service does not take the delivery's template: it is marked, and another is to be chosen."""
    row = Delivery.objects.get(pk=delivery_id)
    instead = row.payload.get(INSTEAD)
    if instead is None:
        return
    if trouble != "unfit":
        templates.mark(uuid.UUID(instead["template"]), Template.Status(trouble), why)
    change(row, payload={**without_template(row), TRIED: [*row.payload.get(TRIED, ()), instead["template"]]})


# --- over another channel ---------------------------------------------------------------------------------------------


def over(row: Delivery, other: Conversation | None) -> None:
    """Say all that waits of the message in the person's other chat."""
    if other is None:
        hold(row, "they can be written to on no other channel now")
        return
    if kind_of(row) == "reaction":
        hold(row, "a reaction belongs to a message of this chat")
        return
    rest = Delivery.objects.filter(message=row.message_id, seq__gte=row.seq, status__in=WAITING).order_by("seq")
    rows = [each for each in rest.select_for_update() if kind_of(each) != "reaction"]
    if not rows:  # a report came in between: it has arrived after all
        return
    channel = get_channel(other.account.kind)
    note = f"{over_words(row)}: sent over {channel.label} instead."
    moved = Delivery.objects.filter(pk__in=[each.pk for each in rows])
    moved.update(status=Status.WITHDRAWN, note=note[:300], due_at=None)
    manner = Manner(
        author=row.message.author,
        proactive=row.proactive,
        kind=row.message.kind,
        purpose=row.purpose,
        whoever_has_it=row.ownership is None,
        outside=row.message.forwarded,
    )
    say(other, None, row.message.text, payloads_for(channel, row, rows), timezone.now(), manner)
    logger.info("delivery.moved", extra={"delivery": str(row.pk), "conversation": str(other.pk), "count": len(rows)})


def payloads_for(channel: Channel, row: Delivery, rows: Sequence[Delivery]) -> list[Payload]:
    """The pieces in the other channel's format: from the text as it was written, where they are all of it."""
    own = get_channel(row.conversation.account.kind)
    written = [part.plain for part in own.render(row.message.text)]
    if all(kind_of(each) == "text" for each in rows) and written == [each.payload["plain"] for each in rows]:
        return [payload_of(part) for part in channel.render(row.message.text)]
    return [payload for each in rows for payload in anew(channel, each.payload)]


def anew(channel: Channel, payload: Payload) -> list[Payload]:
    words = [payload_of(part) for part in channel.render(payload.get("plain", ""))]
    if payload.get("kind", "text") in {"text", "template"}:
        return list(words)
    kept = {name: value for name, value in payload.items() if name not in {"reply_to", TRIED, INSTEAD}}
    if len(words) > 1:  # longer than one message there
        return [*words, {**kept, "text": "", "plain": ""}]
    return [{**kept, **(words[0] if words else {"text": "", "plain": ""})}]
