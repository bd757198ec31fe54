"""Which messages are commands, and which of those that wait a turn takes. Inside the tenant's scope."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from messaging import pairing
from messaging.assignments import ALONE, BY_NOBODY
from messaging.channels import get_channel
from messaging.commands import confirming, registry
from messaging.commands.registry import Command
from messaging.consent import changed_by, wish_in
from messaging.models import Conversation, Message
from tenants_app.models import Contact

SLASH = re.compile(r"/(\w{1,32})(?=\s|$)")
WITH_WORDS = re.compile(r"\s*([^\W\d_]{1,32})\s*:\s*(\S.*)", re.DOTALL)  # "feedback: the menu was wrong"
WITH_NAME = re.compile(r"\s*([^\W\d_]{1,32})((?:\s+[A-ZÁÉÍÓÚÑ][\w'’-]*){1,3})\s*")  # "invite Bob"


@dataclass(frozen=True, kw_only=True)
class Said:
    """A message that code answers."""

    command: Command | None  # None: one that there is not, or not for this person
    words: str = ""  # behind it
    language: str = ""  # of the command's own word, where it tells


UNKNOWN = Said(command=None)


def taken(
    conversation: Conversation, messages: Sequence[Message], *, paused: bool
) -> tuple[list[Message], Said | None]:
    """Of the messages that wait, those for the next turn: what was said before a command or a scheduled task, or that
    alone. While the tenant is paused a command goes before what is held."""
    if paused:
        for message in messages:
            if (said := command_in(conversation, message)) is not None:
                return [message], said
    for place, message in enumerate(messages):
        said = command_in(conversation, message)
        if said is None and message.kind not in ALONE:
            continue
        before = messages[:place]
        if not any(each.wakes for each in before):
            return [message], said
        return list(before), None
    return list(messages), None


def command_in(conversation: Conversation, message: Message) -> Said | None:
    """None where the message goes its ordinary way."""
    contact = message.contact or conversation.contact
    if not message.wakes or message.forwarded or message.kind in BY_NOBODY:
        return None
    if (decided := confirming.word_in(conversation, contact, message)) is not None:
        return Said(command=registry.find(confirming.NAME)[0], words=decided)
    served = contact.is_trusted or conversation.account.front_desk
    if message.kind in (pairing.PAIRED, pairing.REFUSED):
        found = registry.find(message.kind)[0]
        return Said(command=found) if served else None
    if (wish := wished(conversation, message, served=served)) is not None:
        return wish
    if message.kind != "text" or not served:
        return None
    return with_slash(contact, message.text) or without_slash(conversation, contact, message.text)


def wished(conversation: Conversation, message: Message, *, served: bool) -> Said | None:
    """STOP, which is confirmed to everyone once; START only where it changed something: it is a common word."""
    wish = None if conversation.is_group else wish_in(message)
    if wish is None:
        return None
    if (served and wish.out) or changed_by(message, given=not wish.out):
        return Said(command=registry.find("stop" if wish.out else "start")[0], language=wish.language)
    return None


def with_slash(contact: Contact, text: str) -> Said | None:
    """A command by its name, or by a word for it in any language; one that is not there is answered too."""
    match = SLASH.match(text)
    if match is None:
        return None
    command, language = registry.find(match[1])
    if command is None or contact.role not in command.roles:
        return UNKNOWN
    return Said(command=command, words=text[match.end() :].strip(), language=language)


def without_slash(conversation: Conversation, contact: Contact, text: str) -> Said | None:
    """A message of the word alone, where the service shows no menu of commands."""
    if conversation.is_group or get_channel(conversation.account.kind).capabilities.command_menu:
        return None
    match, takes = None, ""
    if (with_words := WITH_WORDS.fullmatch(text)) is not None:
        match, takes = with_words, "words"
    elif (with_name := WITH_NAME.fullmatch(text)) is not None:
        match, takes = with_name, "name"
    word = match[1] if match else text
    if len(word) > registry.LONGEST_WORD or word.startswith("/"):
        return None
    command, language = registry.find(word)
    if command is None or contact.role not in command.alone or (match and command.takes != takes):
        return None
    return Said(command=command, words=match[2].strip() if match else "", language=language)
