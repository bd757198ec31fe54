"""A call that waits for the owner: put to them as buttons with everything that it would do, and run when they allow it.

The buttons are made by code and stand only in an owner's private chat. What they allow is this call and no other: a
hash over the tool, its version and its arguments, once, for ten minutes.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db.models.functions import Now
from django.utils import timezone

from memory.tags import one_name
from messaging import confirmations, window, work
from messaging.assignments import CONFIRMED
from messaging.channels import get_channel
from messaging.channels.base import Choice, Part
from messaging.confirmations import KEY, LIFE, MOST_WAITING, PREFIX, REASKED
from messaging.formatting.markdown import verbatim
from messaging.kinds import COMMAND_ANSWER
from messaging.models import Confirmation, Conversation, Message, Turn
from messaging.owners import chats_of, owners_of
from messaging.parts import with_choices
from messaging.patience import insist
from messaging.phrases import phrase
from messaging.plain_words import clarity_of
from messaging.policy import Why
from messaging.turn_end import Manner, say
from tenants_app.models import Contact
from tenants_app.scope import tenant_scope
from tooling.registry import Tool
from tooling.types import AssistantStep, Ran, Reply, ToolCall, ToolResult

if TYPE_CHECKING:
    from messaging.turn_begin import Plan

LONGEST = 3_000  # characters of arguments that a person can be expected to read before a tap
IN_ONE = 700  # characters of a question that stands above its buttons; a longer one comes before them
ASKED = (
    "Waiting for the owner's confirmation; nothing was done yet. They were shown the exact call and two buttons in "
    "{where}. Say so in one sentence and ask nothing; what they decide is carried out by itself, don't call it again."
)
HERE, ELSEWHERE = "this chat", "their own chat"
TOO_LONG = (
    "Not done: this needs the owner's confirmation, and is too long to be shown to them for that (over {most} "
    "characters). Make it shorter, or have them send /new and say it there."
)
TOO_MANY = "Not done: the owner has {most} other things to confirm first. Say so; call it again when they have."
ONE_OPEN = "Not done: the owner has not decided yet on what this chat asked before. Say so; only that can wait now."
NOBODY = "Not done: this needs the owner's confirmation, and no owner can be reached in a chat just now. Say so."
NOT_ALLOWED = (
    "Not done: what the owner allowed was something else, was done already, or is too long ago. Say so; where it is "
    "still wanted, call it again, and they are asked again."
)


# --- asking ----------------------------------------------------------------------------------------------------------


def ask(plan: Plan, call: ToolCall, tool: Tool, why: Why, about: str = "") -> ToolResult:
    """Put the call to the owner and tell Claude that it waits. `about`: what else they should know of it, in words.

    The same call of the same turn is put once. Outside of any scope.
    """
    if len(json.dumps(call.arguments, ensure_ascii=False)) > LONGEST:
        return refused(TOO_LONG.format(most=LONGEST))

    first = work.locked(plan.situation.conversation.pk)  # before the owner's chat, as whoever tells them of this one

    def write(_tried: int) -> ToolResult:
        with tenant_scope(plan.tenant, first=first):
            return put(plan, call, tool, why, about)

    return insist(write, "confirmation.unasked", {"turn": str(plan.turn.pk)})


def refused(words: str) -> ToolResult:
    return ToolResult(content=words, is_error=True, ran=Ran(outcome="refused", error=words))


def put(plan: Plan, call: ToolCall, tool: Tool, why: Why, about: str) -> ToolResult:
    chat = chat_to_ask(plan)
    if chat is None:
        return refused(NOBODY)
    told = refused(ASKED.format(where=HERE if chat.pk == plan.situation.conversation.pk else ELSEWHERE))
    chat = Conversation.objects.select_for_update(of=("self",)).select_related("account", "contact").get(pk=chat.pk)
    chat.tenant = plan.tenant
    confirmations.put_away_expired(plan.tenant.pk)
    rows = Confirmation.objects.filter(tenant=plan.tenant)
    digest, conversation = digest_of(tool, call, about), plan.situation.conversation
    waiting = confirmations.waiting(chat)
    if rows.filter(turn=plan.turn, call_id=call.id).exists():
        return told
    if waiting.filter(conversation=conversation, digest=digest).exists():
        return told
    if plan.situation.role == "customer" and confirmations.waits_for(conversation):
        return refused(ONE_OPEN)
    if waiting.count() >= MOST_WAITING:
        return refused(TOO_MANY.format(most=MOST_WAITING))
    row = Confirmation(
        tenant=plan.tenant,
        conversation=conversation,
        contact=plan.situation.contact,
        turn=plan.turn,
        call_id=call.id[:100],
        tool=call.name[:64],
        arguments=call.arguments,
        digest=digest,
        why=why,
        token=confirmations.fresh_token(),
        asked_in=chat,
    )
    row.expires_at = Now() + LIFE  # by the database's clock
    row.save(force_insert=True)
    show(row, chat, about)
    return told


def digest_of(tool: Tool, call: ToolCall, about: str) -> str:
    """Of all that the owner is shown: whoever is called so later is not who they allowed."""
    return confirmations.digest_of(tool, {"arguments": call.arguments, "about": about})


def chat_to_ask(plan: Plan) -> Conversation | None:
    """The turn's own, where it is an owner's alone; else the one in which an owner was last heard of and can be written
    to. Inside the tenant's scope."""
    here, now = plan.situation.conversation, timezone.now()
    if plan.situation.role == "owner" and not here.is_group and window.is_open(here, now):
        return here
    for owner in owners_of(plan.tenant):
        for chat in chats_of(owner, None).select_related("account"):
            if window.is_open(chat, now):
                return chat
    return None


def show(row: Confirmation, chat: Conversation, about: str = "") -> None:
    """Send the question with its buttons. The chat's row is locked."""
    language = chat.contact.language or chat.tenant.language
    channel, manner = get_channel(chat.account.kind), Manner(kind=COMMAND_ANSWER, whoever_has_it=True)
    details = "\n".join(details_of(row, chat, language, about))
    question = phrase(
        "confirm_question", language, tool=verbatim(row.tool), minutes=str(int(LIFE.total_seconds() // 60))
    )
    choices = [
        Choice(id=f"{PREFIX}{word}:{row.token}", title=phrase(f"confirm_{word}", language)) for word in ("yes", "no")
    ]
    parts: Sequence[Part]
    if len(details) <= IN_ONE:
        parts = with_choices(channel, f"{details}\n\n{question}", choices)
    else:
        parts = [*channel.render(details), *with_choices(channel, question, choices)]
    say(chat, None, f"{details}\n\n{question}", parts, timezone.now(), manner)


def details_of(row: Confirmation, chat: Conversation, language: str, about: str) -> Iterator[str]:
    if row.conversation_id == chat.pk:
        yield phrase("confirm_own", language, tool=verbatim(row.tool))
    else:
        here = Conversation.objects.select_related("account").get(pk=row.conversation_id)
        who = (one_name(row.contact.name) if row.contact is not None else "") or here.chat_id
        label = get_channel(here.account.kind).label
        yield phrase("confirm_for", language, tool=verbatim(row.tool), name=verbatim(who), channel=label)
    yield ""
    yield from lines_of(row.arguments)
    if about:
        yield f"\n{verbatim(about)}"
    if row.why in (Why.OUTSIDE, Why.QUIET):
        yield f"\n{phrase(f'confirm_why_{row.why}', language)}"


def lines_of(arguments: Mapping[str, Any]) -> Iterator[str]:
    """Every argument in full. No value can look like another argument, and nothing in it stays unseen."""
    for name, value in arguments.items():
        if isinstance(value, str) and "\n" not in value:
            yield f"- {verbatim(name)}: {verbatim(visible(value))}"
        elif isinstance(value, str):
            yield f"- {verbatim(name)}:"
            yield from (f"  - {verbatim(visible(line)) or '-'}" for line in value.splitlines())
        else:
            yield f"- {verbatim(name)}: {verbatim(visible(json.dumps(value, ensure_ascii=False)))}"


def visible(text: str) -> str:
    """With what shows nothing, or turns the direction of what follows, written out."""
    return "".join(
        f"\\u{ord(each):04x}" if unicodedata.category(each) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") else each
        for each in text
    )


def ask_again(conversation: Conversation, contact: Contact, messages: Sequence[Message]) -> None:
    """Show the buttons once more where an owner said something like an answer that is none. The chat is locked."""
    if conversation.is_group or contact.role != Contact.Role.OWNER:
        return
    if not any(message.kind == "text" and clarity_of(message.text) for message in messages):
        return
    row = confirmations.waiting(conversation).select_related("contact").first()
    if row is not None and not row.token.startswith(REASKED):
        show_anew(row, conversation)


def show_anew(row: Confirmation, chat: Conversation) -> None:
    """Under new buttons; those before count no more, nor does a “yes” to what was said before them."""
    row.token = REASKED + confirmations.fresh_token()[1:]
    Confirmation.objects.filter(pk=row.pk).update(token=row.token, created_at=Now())
    show(row, chat)


# --- running ---------------------------------------------------------------------------------------------------------


def step_for(conversation: Conversation, turn: Turn, messages: Sequence[Message]) -> list[AssistantStep]:
    """The call that the owner allowed, as if Claude had just made it; [] where there is none. One that counts no more
    is made too: `use` refuses it, and Claude is told so, not that it was done."""
    key = key_in(messages)
    row_id = confirmations.id_in(key)
    if row_id is None:
        return []
    rows = Confirmation.objects.filter(tenant=conversation.tenant_id, conversation=conversation)
    row = rows.filter(pk=row_id).first()
    if row is None:
        return []
    call = {"type": "tool_use", "id": call_id_of(turn), "name": row.tool, "input": row.arguments}
    return [AssistantStep(reply=Reply(content=[call], stop_reason="tool_use"))]


def key_in(messages: Sequence[Message]) -> str:
    return next((message.key or "" for message in messages if message.kind == CONFIRMED), "")


def call_id_of(turn: Turn) -> str:
    return f"toolu_confirmed_{turn.pk.hex}"


def is_made_by_code(plan: Plan, call: ToolCall) -> bool:
    """Whether it is the call that an owner allowed, and not one of Claude's own."""
    return key_in(plan.messages).startswith(KEY) and call.id == call_id_of(plan.turn)


def use(plan: Plan, call: ToolCall, tool: Tool, about: str = "") -> ToolResult | None:
    """Take the owner's word for the call, which counts once; what Claude is told where it does not count. `about`: as
    they would be told now."""

    def write(_tried: int) -> bool:
        with tenant_scope(plan.tenant):
            return confirmations.use(key_in(plan.messages), plan.turn, digest_of(tool, call, about))

    taken = insist(write, "confirmation.unused", {"turn": str(plan.turn.pk)})
    return None if taken else refused(NOT_ALLOWED)
