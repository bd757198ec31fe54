"""What Claude is told: sections of the system prompt, frozen when a session begins, and notes with each user message.

An app adds its own in its `context.py`, discovered like `admin.py`. Nothing that changes within a session may stand in
a section: no clock, no sender; that travels in the newest user message.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from memory.tags import one_name, outside_tags
from messaging.assignments import BY_NOBODY, CONFIRMED, DECLINED, TASK
from messaging.models import Conversation, Message, Session
from tenants_app.models import Contact, Tenant
from tooling.registry import Role
from tooling.request import GROUPS, Group, Section
from tooling.toolbox import Toolbox
from tooling.types import Block
from tooling.types import Message as ClaudeMessage


@dataclass(frozen=True, kw_only=True)
class Situation:
    """For whom and when a prompt is made."""

    tenant: Tenant
    conversation: Conversation
    contact: Contact  # with the lowest authority among those who wrote
    role: Role
    now: datetime
    channel_label: str
    toolbox: Toolbox = field(default_factory=Toolbox)
    session: Session | None = None  # the one that goes on; None where one begins


EARLIER_TAG = "<earlier_context>"
TASK_MARK = "[a scheduled task: "
Writer = Callable[[Situation], str]
_sections: dict[str, tuple[Group, int, Writer]] = {}
_notes: dict[str, tuple[int, Writer]] = {}


def section(name: str, *, group: Group, order: int) -> Callable[[Writer], Writer]:
    """Register the function below as a section: it gives the text, or "" for none, inside the tenant's scope."""

    def register(writer: Writer) -> Writer:
        _sections[name] = (group, order, writer)
        return writer

    return register


def note(name: str, *, order: int) -> Callable[[Writer], Writer]:
    """Register the function below as a line of context that goes with each user message; "" for none."""

    def register(writer: Writer) -> Writer:
        _notes[name] = (order, writer)
        return writer

    return register


def system_sections(situation: Situation) -> list[Section]:
    ordered = sorted(_sections.items(), key=lambda item: (GROUPS.index(item[1][0]), item[1][1], item[0]))
    return [Section(name=name, text=writer(situation), group=group) for name, (group, _, writer) in ordered]


def user_message(situation: Situation, messages: Sequence[Message], recap: str = "") -> ClaudeMessage:
    """The messages of a turn as one user message, with the clock and the sender before them.

    `recap` is what people said earlier, so it stands outside the context, which Claude is told to trust.
    """
    ordered = sorted(_notes.items(), key=lambda item: (item[1][0], item[0]))
    lines = [text for _, (_, writer) in ordered if (text := writer(situation))]
    before = "\n".join(["<context>", *lines, "</context>"])
    if recap:
        before += f"\n{EARLIER_TAG}\n{outside_tags(recap)}\n</earlier_context>"
    blocks: list[Block] = [{"type": "text", "text": before}]
    several = situation.conversation.is_group and len({message.contact_id for message in messages}) > 1
    for message in messages:
        speaker = f"{speaker_of(message)}: " if several and message.contact is not None else ""
        blocks.append({"type": "text", "text": f"{speaker}{text_of(message)}"})
    return {"role": "user", "content": blocks}


def speaker_of(message: Message) -> str:
    """Who of several said it: a name that somebody gave themselves."""
    return (one_name(message.contact.name) if message.contact is not None else "") or "Somebody"


def text_of(message: Message) -> str:
    """What the person said, or one of the team to them, never empty: the service refuses empty blocks."""
    if message.forgotten_at is not None:
        return "(a message that somebody asked to be forgotten)"
    text = outside_tags(message.text.strip())
    said = SAID.get(message.kind, f"[{message.kind}] {{text}}")
    about = f"“{outside_tags(' '.join(message.quoted.split()))}”" if message.quoted else "an earlier message"
    words = said.format(text=text, about=about).strip()
    if message.kind not in ABOUT_ANOTHER and message.reply_to:
        words = f"[in reply to {about}] {words}"
    if message.forwarded and message.kind not in BY_NOBODY:
        words = f"[forwarded] {words}"
    if message.author:
        words = f"<written_by_team>\n{words}\n</written_by_team>"
    return words or "(an empty message)"


# What a kind of message is to Claude; any other is named in brackets before its words.
SAID = {
    "text": "{text}",
    "pairing": "{text}",
    "pairing_refused": "{text}",
    "interactive": "[chose] {text}",
    "button": "[chose] {text}",
    "edit": "[changed {about} to] {text}",
    "deletion": "[took back {about}]",
    "reaction": "[reacted to {about} with] {text}",
    TASK: f"{TASK_MARK}nobody has just written. Do what it says now, and answer the person it is for]\n{{text}}",
    CONFIRMED: "[the owner allowed the call of {text} that waited for them: it is made now, by itself. Tell the person "
    "what came of it, as its result says]",
    DECLINED: "[the owner did not allow the call of {text} that waited for them: it was not made, and is not wanted]",
    "unsupported": "[sent something that cannot be read here; say so kindly and ask for it in words] {text}",
}
ABOUT_ANOTHER = {"edit", "deletion", "reaction", "interactive", "button"}
