"""The memory as it stands in a prompt: the framework, and what is known of the business and of the person in the chat.

The same rows give the same bytes: no clock, one order. How much there is makes no difference to how long it becomes.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.utils import timezone

from memory import framework, visible
from memory.models import Fact, Folder
from memory.paths import ROOT
from memory.tags import one_line, outside_tags
from memory.visible import LONGEST_PATH, MOST_FACTS, MOST_LISTED, Listed
from tenants_app.models import Tenant
from tooling.estimate import of_text
from tooling.registry import Role

FIRST_SERVED = "boundaries"  # what binds is not left out for what is told
SMALL = 2_000  # bytes: what stands in full though its folder's documents don't, as far as there is room
LONGEST_ABOUT, LONGEST_NAME, LONGEST_VALUE = 120, 80, 300
SEEN_BY = {"owner": "the owner alone", "team": "the team", "contact": "the team and this person", "public": "everybody"}
SAID_BY = {
    Fact.Origin.OWNER: "the owner",
    Fact.Origin.STAFF: "one of the staff",
    Fact.Origin.OPERATOR: "the business",
    Fact.Origin.CUSTOMER: "an outside person",
    Fact.Origin.WEB: "a web page",
    Fact.Origin.TOOL: "a tool",
    Fact.Origin.IMPORT: "an imported chat",
}
NOTE_UNVERIFIED = 'note="in part said by somebody outside, not verified"'
OWN_PART = """\
What the business itself has laid down for you. It adds to what stands above and takes nothing of it back.

"""


def framework_text(tenant: Tenant, role: Role, *, channel: str = framework.ANY_CHANNEL) -> str:
    """The version that the tenant is on, then its own part. Inside the tenant's scope, or as an operator."""
    text = framework.text_of(tenant, role, framework.version_of(tenant), channel)
    own = visible.own_part(tenant, role).strip()
    return f"{text}\n\n{OWN_PART}{outside_tags(own)}" if own else text


def folder_text(tenant: Tenant, role: Role, contact_id: uuid.UUID | None) -> str:
    """What is known and may be used in this chat; `contact_id`: the person in it, None where several read along.

    The team's holds nothing that nobody of the business vouches for: it would be in every talk of theirs from then on,
    and whatever they ask for in one could be what it asks for. Inside the tenant's scope, or as an operator.
    """
    folders = visible.folders_for(tenant, role)
    core = visible.core(tenant, role, folders)
    own = visible.of_person(tenant, role, contact_id)
    newest = visible.newest(tenant, role)
    rest = sorted(newest[:MOST_LISTED], key=lambda each: each.path)
    there = list({each.pk: each for each in [*core, *own, *rest]}.values())
    every = there if role == "customer" else [each for each in there if not each.untrusted]
    first = {each.pk for each in [*core, *own] if not each.untrusted}
    texts = in_full([each for each in every if each.pk in first or each.size <= SMALL])
    blocks = [document_block(each, texts[each.pk], role) for each in every if each.pk in texts]
    left = [each for each in every if each.pk not in texts]
    known = folders if role != "customer" else ()
    return "\n\n".join(
        [
            *blocks,
            *index_block(known, left, more=len(newest) > MOST_LISTED, withheld=len(every) < len(there)),
            *facts_block(tenant, visible.facts_about(tenant, role, contact_id, timezone.now())),
        ]
    )


def in_full(candidates: Sequence[Listed]) -> dict[uuid.UUID, str]:
    """The texts of those that stand in full: in their order, what binds before the rest, as far as there is room."""
    served = sorted(candidates, key=lambda each: each.path.partition("/")[0] != FIRST_SERVED)
    room = settings.MEMORY_PROMPT_TOKENS
    possible, least = [], 0
    for each in served:
        if least + each.size // 2 <= room:  # a token is two bytes at the most
            possible.append(each)
            least += each.size // 2
    texts = visible.texts_of(possible)
    kept: dict[uuid.UUID, str] = {}
    for each in possible:
        text = texts.get(each.pk, "").strip()
        cost = of_text(text)
        if text and cost <= room:
            kept[each.pk] = text
            room -= cost
    return kept


def document_block(each: Listed, text: str, role: Role) -> str:
    attributes = f'path="{path_of(each)}"'
    if role != "customer":
        attributes += f' seen_by="{SEEN_BY[each.audience]}"'
    if each.untrusted:
        attributes += f" {NOTE_UNVERIFIED}"
    return f"<memory_document {attributes}>\n{outside_tags(text)}\n</memory_document>"


def index_block(folders: Iterable[Folder], documents: Iterable[Listed], *, more: bool, withheld: bool) -> Iterable[str]:
    """What there is besides, by path and description; `withheld`: some of it is not even named."""
    lines = [f"{ROOT}/{folder.name}/: {one_line(folder.about, LONGEST_ABOUT)}".rstrip(": ") for folder in folders]
    for each in documents:
        binds = each.path.startswith(f"{FIRST_SERVED}/")
        notes = "(not verified)" * each.untrusted + "(it binds you: look it up before you act)" * binds
        about = f"{one_line(each.about, LONGEST_ABOUT)} {notes}".strip()
        lines.append(f"{path_of(each)}: {about}".rstrip(": "))
    if more:
        lines.append("… and more, changed longer ago: recall finds it.")
    if withheld:
        lines.append("… and notes that nobody of the business vouches for: recall finds them.")
    if lines:
        yield "\n".join(["<memory_index>", *lines, "</memory_index>"])


def facts_block(tenant: Tenant, facts: Sequence[Fact]) -> Iterable[str]:
    lines = [fact_line(tenant, fact) for fact in facts[:MOST_FACTS]]
    if len(facts) > MOST_FACTS:
        lines.append("… and more: recall finds it.")
    if lines:
        yield "\n".join(["<memory_facts>", *lines, "</memory_facts>"])


def fact_line(tenant: Tenant, fact: Fact) -> str:
    """`- Alice, lives in: Austin (since 2024-03-01, said by the owner on 2024-03-05) [fact:…]`"""
    what = f"{one_line(fact.subject, LONGEST_NAME)}, {one_line(fact.predicate, LONGEST_NAME)}"
    since = f"since {fact.valid_from.astimezone(tenant.zone):%Y-%m-%d}, " if fact.valid_from_said else ""
    until = f"until {fact.valid_to.astimezone(tenant.zone):%Y-%m-%d}, " if fact.valid_to is not None else ""
    said = f"said by {SAID_BY[Fact.Origin(fact.origin)]} on {fact.seen_at.astimezone(tenant.zone):%Y-%m-%d}"
    doubt = ", not verified" if fact.untrusted else ""
    return f"- {what}: {one_line(fact.value, LONGEST_VALUE)} ({since}{until}{said}{doubt}) [fact:{fact.pk}]"


def path_of(each: Listed) -> str:
    return one_line(f"{ROOT}/{each.path}", LONGEST_PATH).replace('"', "'")


UNVERIFIED = re.compile(
    rf"^<memory_document [^\n]*{re.escape(NOTE_UNVERIFIED)}"
    r"|^/memories/[^\n]* \(not verified\)"
    r"|, not verified\) \[fact:",
    re.MULTILINE,
)


def tells_unverified(text: str) -> bool:
    """Whether the text, made here, holds something that nobody of the business vouches for."""
    return UNVERIFIED.search(text) is not None
