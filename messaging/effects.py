"""What a call does to the world, where that depends on its arguments: the memory tool writes notes, or what binds the
assistant in every chat; a page is only read, or told something by the address that is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from memory.folders import make_folders
from memory.models import Folder
from memory.paths import ROOT, folder_of
from tenants_app.models import Tenant
from tooling.registry import Effect, Role, Tool
from tooling.types import Message

LONGEST_ADDRESS = 2000


def effect_of(tool: Tool, arguments: Mapping[str, Any], role: Role, *, profile: Iterable[str]) -> Effect:
    """`profile`: the folders that say who the business is and what it forbids."""
    if tool.name == "memory":
        return memory_effect(arguments, frozenset(profile))
    if tool.name == "forget":
        return "notes" if role == "customer" else "deletes"  # a customer's reach ends at their own record
    return tool.effect


def memory_effect(arguments: Mapping[str, Any], profile: frozenset[str]) -> Effect:
    if arguments.get("command") == "view":
        return "none"
    paths = [str(arguments[name]) for name in ("path", "old_path", "new_path") if arguments.get(name)]
    return "identity" if any(binds(path, profile) for path in paths) else "notes"


def binds(shown: str, profile: frozenset[str]) -> bool:
    """CLAUDE.md is not among these: the tool changes it for nobody, so that nobody need be asked."""
    path = shown.removeprefix(ROOT).strip("/")
    return folder_of(path) in profile or path in profile


def profile_folders(tenant: Tenant) -> list[str]:
    """Inside the tenant's scope."""
    make_folders(tenant)
    return list(Folder.objects.filter(tenant=tenant, is_profile=True).values_list("name", flat=True))


def was_told(address: str, messages: Sequence[Message]) -> bool:
    """Whether the address stands word for word in what people, pages or tools said: what is asked of it then tells
    nothing that was not there. What the assistant wrote itself does not count."""
    wanted = address.strip().rstrip("/")
    if not wanted or len(wanted) > LONGEST_ADDRESS:
        return False
    quoted = json.dumps(wanted, ensure_ascii=False)[1:-1]
    said = (json.dumps(each["content"], ensure_ascii=False) for each in messages if each["role"] == "user")
    return any(stands_whole(quoted, words) for words in said)


def stands_whole(wanted: str, words: str) -> bool:
    """Not as the beginning of a longer address or in the middle of one."""
    place = words.find(wanted)
    while place != -1:
        after = words[place + len(wanted) : place + len(wanted) + 2].removeprefix("/")
        if not after[:1].isalnum() and after[:1] not in ("/", "?", "=", "&", "%", "#", "-", "_", "@", ":", "~", "+"):
            return True
        place = words.find(wanted, place + 1)
    return False
