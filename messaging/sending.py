"""The tool by which Claude writes to somebody else for the owner or one of the staff."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Annotated, Any

from django.db.models import F, Func, TextField, Value
from django.utils import timezone

from memory.folding import fold
from memory.tags import one_name
from messaging import outbound, sessions, window
from messaging.channels import get_channel
from messaging.formatting.markdown import verbatim
from messaging.models import ChannelAccount, Conversation, Message
from messaging.outbound import digits_in, lines_of, quiet_until, same_number
from messaging.owners import chats_of
from messaging.turn_end import Manner, say
from tenants_app import audit
from tenants_app.models import Contact, ContactAddress, Tenant
from tenants_app.scope import tenant_scope
from tooling import offers
from tooling.registry import ToolContext, ToolError, tool
from tooling.types import ToolResult

NAME = "send_message"
CALL_ID = "call_id"  # in a tool's `extras`: the tool_use id, by which the same call twice is known
ALLOWED = "allowed"  # in a tool's `extras`: the owner saw exactly this call and allowed it
LONGEST = 2_000  # characters, so that the owner can be shown all of it
MOST_LISTED = 8
SENT = "sent"  # why a session ends: the next one begins with what was sent
NOBODY = "Nobody with that name or number has written to the business. They must write first; say so."
OPTED_OUT = "{name} wants no messages that they did not ask for; nothing was sent. Say so."
NO_CHAT = "There is no chat in which {name} can be written to; nothing was sent. Say so."
QUIET = (
    "The quiet hours last until {until}; nothing was sent. Offer to schedule it for then, or, where they want it out "
    "now, call this again with in_quiet_hours."
)


class Letters(Func):
    """The letters and digits alone, about as `fold` spells them: finds all that it would, and some more."""

    template = "regexp_replace(memory_fold(normalize(%(expressions)s, NFKC)), '[^[:alnum:]]', '', 'g')"
    output_field = TextField()


@tool(name=NAME, effect="outward", repeatable=True)
def send_message(
    context: ToolContext,
    to: Annotated[str, "their name as you know it, or their number"],
    text: Annotated[str, "exactly what they get, in their language, from the business"],
    in_quiet_hours: Annotated[bool, "only where the person said that it must go out now"] = False,
) -> ToolResult:
    """Send a message to another person who has a chat with the business: a customer or one of the team. Only where the
    person you talk with asked for it. Their answer comes into their own chat, not here."""
    words = text.strip()
    if not words or len(words) > LONGEST:
        raise ToolError(f"A message has between 1 and {LONGEST} characters.")
    key = key_of(context.turn_id, str(context.extras[CALL_ID]))
    with tenant_scope(uuid.UUID(context.tenant_id)):
        tenant = Tenant.objects.get(pk=context.tenant_id)
        if (chat := chat_of(tenant, key)) is not None:  # whoever is called so by now
            return sent(chat.contact, chat)
        contact = found(tenant, to)
        chat = chat_with(contact)
        chat = Conversation.objects.select_for_update(of=("self",)).select_related("account").get(pk=chat.pk)
        if chat_of(tenant, key) is None:
            check(tenant, contact, in_quiet_hours=in_quiet_hours or bool(context.extras.get(ALLOWED)))
            put(context, chat, words, key)
        return sent(contact, chat)


def key_of(turn_id: str, call_id: str) -> str:
    return f"sent:{turn_id}:{call_id}"[:300]


def chat_of(tenant: Tenant, key: str) -> Conversation | None:
    """Into which this very call has sent its message already. Inside the tenant's scope."""
    accounts = ChannelAccount.objects.filter(tenant=tenant).values("pk")
    rows = Message.objects.filter(tenant=tenant, account__in=accounts, key=key)
    row = rows.select_related("conversation__account", "conversation__contact").first()
    return row.conversation if row is not None else None


def is_sent(tenant: Tenant, turn_id: str, call_id: str) -> bool:
    with tenant_scope(tenant):
        return chat_of(tenant, key_of(turn_id, call_id)) is not None


def put(context: ToolContext, chat: Conversation, words: str, key: str) -> None:
    """The chat's row is locked. Its next turn begins with what was sent, so that the answer is understood."""
    parts = get_channel(chat.account.kind).render(verbatim(words))
    message = say(chat, None, words, parts, timezone.now(), Manner(proactive=True, purpose="message"))
    if message is None:
        raise ToolError("There is nothing in it that could be sent.")
    Message.objects.filter(pk=message.pk).update(key=key)
    for session in sessions.open_in(chat):
        sessions.close(session, SENT)
    detail = {"message": str(message.pk), "turn": context.turn_id}
    audit.record(chat.tenant, f"contact:{context.contact_id}", "message.sent", f"conversation {chat.pk}", **detail)


def sent(contact: Contact, chat: Conversation) -> ToolResult:
    name, label = called(contact, chat), get_channel(chat.account.kind).label
    said = f"Sent to {name} ({label})."
    if not window.is_open(chat, timezone.now()):
        said += " They wrote too long ago for free text there: it goes as a template, or waits until they write."
    return ToolResult(content=said, offers=[offers.receipt("sent_receipt", name=name, channel=label)])


def check(tenant: Tenant, contact: Contact, *, in_quiet_hours: bool) -> None:
    """Raises ToolError."""
    until = quiet_until(tenant, timezone.now())
    if until is not None and contact.role == Contact.Role.CUSTOMER and not in_quiet_hours:
        raise ToolError(QUIET.format(until=f"{until:%A %H:%M}"))


def found(tenant: Tenant, to: str) -> Contact:
    """The one person who is meant; raises ToolError where there is none, or more than one, or none who may be written
    to."""
    wanted = digits_in(to)
    is_number = len(wanted) >= outbound.SHORTEST and not any(each.isalpha() for each in to)
    people = by_number(tenant, wanted) if is_number else by_name(tenant, to)
    if not people:
        raise ToolError(NOBODY)
    if len(people) > 1:
        listed = "; ".join(f"{called(each)} ({ways(each)})" for each in people[:MOST_LISTED])
        raise ToolError(
            f"Several people are called so; nothing was sent. Ask which one and give their number: {listed}"
        )
    person = people[0]
    check_allowed(tenant, person)
    if person.opted_out_at is not None:
        raise ToolError(OPTED_OUT.format(name=called(person)))
    return person


def by_number(tenant: Tenant, digits: str) -> list[Contact]:
    tail = digits.lstrip("0")[-outbound.SHORTEST :]
    rows = ContactAddress.objects.filter(tenant=tenant).select_related("contact")
    near = rows.filter(address__endswith=tail) | rows.filter(phone__endswith=tail)
    people = {row.contact_id: row.contact for row in near if is_at(row, digits)}
    return list(people.values())


def is_at(row: ContactAddress, digits: str) -> bool:
    return any(each and same_number(digits, digits_in(each)) for each in (row.address, row.phone))


def by_name(tenant: Tenant, name: str) -> list[Contact]:
    """Those of whose name it is a part, in whole words. That one is called just so counts no more than the rest: people
    choose their names themselves, and a stranger could take what somebody else is called for short."""
    wanted = fold(name)
    if not wanted:
        return []
    rows = Contact.objects.filter(tenant=tenant).annotate(letters=Letters(F("name")))
    near = rows.filter(letters__contains=Letters(Value(wanted))).order_by("pk")
    return [row for row in near if f" {wanted} " in f" {fold(row.name)} "]


def check_allowed(tenant: Tenant, person: Contact) -> None:
    addresses = ContactAddress.objects.filter(tenant=tenant, contact=person).values_list("address", "phone")
    known = [person.name, *(f" {each} " for pair in addresses for each in pair if each)]
    for line in lines_of(tenant):
        if any(outbound.names(line, each) for each in known):
            raise ToolError(outbound.FORBIDDEN.format(who=line))


def chat_with(contact: Contact) -> Conversation:
    """Where they were last heard of, first where free text may be sent."""
    chats = list(chats_of(contact, None).select_related("account"))
    now = timezone.now()
    open_ones = [chat for chat in chats if window.is_open(chat, now)]
    if not chats:
        raise ToolError(NO_CHAT.format(name=called(contact)))
    return (open_ones or chats)[0]


def called(contact: Contact, chat: Conversation | None = None) -> str:
    return one_name(contact.name) or (chat.chat_id if chat is not None else "somebody without a name")


def ways(contact: Contact) -> str:
    rows = ContactAddress.objects.filter(tenant=contact.tenant_id, contact=contact)
    return ", ".join(f"{get_channel(row.kind).label} {row.phone or row.address}" for row in rows) or "no address"


def recipient_in_words(tenant: Tenant, arguments: Mapping[str, Any], *, allowed: bool = False) -> str:
    """Who would really get it, for the owner to see before they allow it; raises ToolError as the tool would."""
    with tenant_scope(tenant):
        person = found(tenant, str(arguments.get("to", "")))
        check(tenant, person, in_quiet_hours=allowed or arguments.get("in_quiet_hours") is True)
        chat = chat_with(person)
        return f"→ {called(person, chat)}, {get_channel(chat.account.kind).label} {chat.chat_id} ({person.role})"
