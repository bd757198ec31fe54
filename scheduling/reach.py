"""Whether a scheduled message reaches its person where the service takes free text for some hours only."""

from __future__ import annotations

from collections.abc import Sequence

from memory.tags import one_line
from messaging import templates
from messaging.channels import get_channel
from messaging.gates import MARGIN
from messaging.models import Conversation
from messaging.owners import chats_of
from messaging.window import closes_at, other_chat
from scheduling.models import Task
from scheduling.outcomes import language_of
from scheduling.phrases import phrase
from scheduling.times import Upcoming
from tenants_app.models import Contact, Tenant

SAMPLE = "…"  # in place of what nobody knows yet


def always_open(contact: Contact, besides: Conversation) -> Conversation | None:
    """Another chat of the person in which they can be written to at any time."""
    chats = chats_of(contact, besides.account).select_related("account")
    return next((chat for chat in chats if closes_at(chat) is None), None)


def note(task: Task, times: Sequence[Upcoming]) -> str:
    """What will become of a time that lies beyond the window as it stands, and what else could be done; "" if none."""
    chat = chat_of(task)
    closes = closes_at(chat) if chat is not None else None
    if chat is None or closes is None:
        return ""
    beyond = next((each.fires_at for each in times if each.fires_at >= closes - MARGIN), None)
    if beyond is None:
        return ""
    channel = get_channel(chat.account.kind)
    until = closes.astimezone(task.zone)
    said = (
        f"{channel.label} takes free text only until {channel.capabilities.free_form_hours} hours after the person "
        f"wrote last, which is {until:%Y-%m-%d %H:%M} as it stands. Unless they write again before, what comes after "
        f"that {fate(task, chat)}."
    )
    return f"{said} {alternative(task, chat)}".strip()


def chat_of(task: Task) -> Conversation | None:
    chats = Conversation.objects.select_related("account", "tenant", "contact")
    if task.conversation_id is not None:
        return chats.filter(pk=task.conversation_id).first()
    return chats_of(task.contact, None).select_related("account", "tenant", "contact").first()


def fate(task: Task, chat: Conversation) -> str:
    """By the tenant's policy, as `messaging.window` will decide it then."""
    policy = chat.tenant.window_policy
    if policy == Tenant.Window.OTHER_CHANNEL:
        other = other_chat(chat)
        if other is None:
            return "is held until they write, as they have no other chat"
        label = get_channel(Conversation.objects.select_related("account").get(pk=other).account.kind).label
        return f"is sent to their chat on {label} instead"
    if policy == Tenant.Window.TEMPLATE:
        chosen = templates.choose(chat.account, wanted(task, chat))
        if isinstance(chosen, str):
            return f"is held until they write: {chosen}"
        fitting = "" if task.kind == Task.Kind.REMINDER else ", or is held where it does not fit into it"
        return f"goes out as the approved template “{chosen.part.name}”{fitting}"
    return "is held until they write, as this business wants it"


def wanted(task: Task, chat: Conversation) -> templates.Wanted:
    is_reminder = task.kind == Task.Kind.REMINDER
    text = phrase("reminder", language_of(task), what=task.instruction) if is_reminder else SAMPLE
    return templates.Wanted(
        text=templates.in_one_line(text),
        purpose="reminder" if is_reminder else templates.MESSAGE,
        name=templates.in_one_line(one_line(chat.contact.name, 80)),
        languages=list(dict.fromkeys(tag for tag in (task.contact.language, task.tenant.language, "en") if tag)),
    )


def alternative(task: Task, chat: Conversation) -> str:
    other = always_open(task.contact, chat)
    if other is None:
        return ""
    label = get_channel(other.account.kind).label
    return f"Offer them that it comes over {label} instead, which takes it at any time: send_over “other”."
