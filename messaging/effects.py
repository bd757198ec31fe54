"""What a call does to the world, where that depends on its arguments: the memory tool writes notes, or what binds the
assistant in every chat; a page is only read, or told something by the address that is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Q

from memory.folders import make_folders
from memory.models import Audience, Document, Folder
from memory.paths import PUBLIC, ROOT
from messaging.prompt import EARLIER_TAG, TASK_MARK
from tenants_app.models import Tenant
from tooling.registry import Effect, Role, Tool
from tooling.types import Message

LONGEST_ADDRESS = 2000
FETCH = "fetch_url"
OURS = ("<context>", EARLIER_TAG, TASK_MARK, "[chose] ")  # in what the assistant may have put in anybody's mouth
QUOTES = ("[in reply to “", "[changed “", "[took back “", "[reacted to “")


def effect_of(tool: Tool, arguments: Mapping[str, Any], role: Role) -> Effect:
    """Of the memory tool see `memory_effect`."""
    if tool.name == "forget":
        return "notes" if role == "customer" else "deletes"  # a customer's reach ends at their own record
    return tool.effect


def memory_effect(tenant: Tenant, arguments: Mapping[str, Any]) -> Effect:
    """CLAUDE.md is a note like others: the tool changes it for nobody, so nobody need be asked. Inside the tenant's
    scope."""
    if arguments.get("command") == "view":
        return "none"
    shown = [str(arguments[name]) for name in ("path", "old_path", "new_path") if arguments.get(name)]
    paths = [path.removeprefix(ROOT).strip("/") for path in shown]
    make_folders(tenant)
    profile = set(Folder.objects.filter(tenant=tenant, is_profile=True).values_list("name", flat=True))
    if any(path.partition("/")[0] in profile for path in paths):
        return "identity"
    return "outward" if any(is_public(tenant, path) for path in paths) else "notes"


def is_public(tenant: Tenant, path: str) -> bool:
    """Whether everybody who writes is told what stands there, or below."""
    folders = Folder.objects.filter(tenant=tenant, name=path.partition("/")[0], audience=Audience.PUBLIC)
    if PUBLIC in path.split("/") or folders.exists():  # what is new there becomes public at once
        return True
    rows = Document.objects.filter(tenant=tenant, deleted_at=None, audience=Audience.PUBLIC)
    return rows.filter(Q(path=path) | Q(path__startswith=f"{path}/")).exists()


def was_told(address: str, messages: Sequence[Message]) -> bool:
    """Whether the address stands word for word in what people wrote or pages said: what is asked of it then tells
    nothing that was not there. What the assistant wrote itself does not count, nor what repeats it: a note, a recap, a
    task, a quote, a choice that it offered."""
    wanted = address.strip().rstrip("/")
    if not wanted or len(wanted) > LONGEST_ADDRESS:
        return False
    return any(stands_whole(wanted, words) for words in said_by_others(messages))


def said_by_others(messages: Sequence[Message]) -> Iterator[str]:
    fetched = {
        block["id"]
        for message in messages
        if message["role"] == "assistant"
        for block in message["content"]
        if block.get("type") == "tool_use" and block.get("name") == FETCH
    }
    for message in messages:
        for block in message["content"] if message["role"] == "user" else ():
            if block["type"] == "text" and not any(mark in block["text"] for mark in OURS):
                yield without_quotes(block["text"])
            elif block["type"] == "tool_result" and block["tool_use_id"] in fetched:
                yield block["content"] if isinstance(block["content"], str) else json.dumps(block["content"])


def without_quotes(words: str) -> str:
    """What they wrote themselves, behind what they answer, which may be the assistant's."""
    return words.rpartition("”")[2] if any(mark in words for mark in QUOTES) else words


def stands_whole(wanted: str, words: str) -> bool:
    """Not as the beginning of a longer address or in the middle of one."""
    place = words.find(wanted)
    while place != -1:
        after = words[place + len(wanted) : place + len(wanted) + 2].removeprefix("/")
        if not after[:1].isalnum() and after[:1] not in ("/", "?", "=", "&", "%", "#", "-", "_", "@", ":", "~", "+"):
            return True
        place = words.find(wanted, place + 1)
    return False
