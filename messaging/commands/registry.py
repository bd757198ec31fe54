"""The commands that people may give: registered by a decorator in each app's `commands.py`, as tools are in `tools.py`.

A command is answered by code, as a turn of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from messaging.consent import plain
from messaging.models import Conversation, Message, Turn
from tenants_app.models import Contact, Tenant
from tooling.registry import Role

NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")  # as Telegram takes it into its menu
LANGUAGES = ("en", "es")
EVERYONE: frozenset[Role] = frozenset({"owner", "staff", "customer"})
TEAM: frozenset[Role] = frozenset({"owner", "staff"})
OWNER: frozenset[Role] = frozenset({"owner"})
NOBODY: frozenset[Role] = frozenset()

LONGEST_WORD = 32

By = Mapping[str, str]  # language → words
Takes = Literal["", "words", "name"]  # what may follow its word without a slash: "feedback: …", "invite Bob"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A command as somebody gave it. Handlers run inside the tenant's scope, and may run again after a crash."""

    tenant: Tenant
    conversation: Conversation
    contact: Contact
    role: Role  # with the lowest authority present, in a group
    message: Message
    turn: Turn
    language: str
    words: str  # what stands behind the command
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`text` is Markdown; "" says nothing. `write` is called in the transaction that commits the turn: once, or never
    if it is not committed; it locks nothing but the tenant's row and what comes after that."""

    text: str
    write: Callable[[], object] | None = None


Handler = Callable[[Asked], Answer]


@dataclass(frozen=True, kw_only=True)
class Command:
    name: str
    about: By  # one line, for the menu and /help
    words: Mapping[str, Sequence[str]]  # by language, the first of which /help shows; lower case, no accents
    roles: frozenset[Role]
    alone: frozenset[Role]  # to whom a message of only such a word, without a slash, is the command too
    private: bool  # not in groups
    menu: bool
    takes: Takes = ""
    answer: Handler | None = None

    def word(self, language: str) -> str:
        return self.words.get(language, self.words["en"])[0]


_commands: dict[str, Command] = {}


def add(command: Command) -> None:
    """Takes the place of one with the same name."""
    if not NAME.fullmatch(command.name):
        raise ValueError(f"“{command.name}” cannot stand in Telegram's menu")
    if missing := {*LANGUAGES} - {*command.about} | {*LANGUAGES} - {*command.words}:
        raise ValueError(f"/{command.name} has no words in {', '.join(sorted(missing))}")
    _commands[command.name] = command


def command(
    name: str,
    *,
    about: By,
    words: Mapping[str, Sequence[str]],
    roles: frozenset[Role] = EVERYONE,
    alone: frozenset[Role] | None = None,
    takes: Takes = "",
    private: bool = False,
    menu: bool = True,
) -> Callable[[Handler], Handler]:
    """Register the function below as what answers the command."""
    made = Command(
        name=name,
        about=about,
        words=words,
        roles=roles,
        alone=roles if alone is None else alone,
        private=private,
        menu=menu,
        takes=takes,
    )

    def register(handler: Handler) -> Handler:
        add(replace(made, answer=handler))
        return handler

    return register


def commands() -> list[Command]:
    """In the order in which they were registered."""
    return list(_commands.values())


def find(word: str) -> tuple[Command | None, str]:
    """The command with this name or word, and the language of the word where it is one language's alone."""
    name, wanted = word.strip().casefold(), plain(word)
    for each in _commands.values():
        spoken = [language for language, words in each.words.items() if wanted in words]
        if spoken or name == each.name or wanted == each.name:
            return each, spoken[0] if len(spoken) == 1 and wanted != each.name else ""
    return None, ""


def menu_for(language: str) -> dict[str, str]:
    """What a service's menu shows: names with what they do, in the language, else in English."""
    spoken = language.partition("-")[0].lower()
    return {each.name: each.about.get(spoken, each.about["en"]) for each in commands() if each.menu}
