"""The tools by which Claude remembers facts, looks them up, tells where they come from, and forgets."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from memory import facts, forgetting, whence
from memory.authors import BEGIN_CLEAN, Author, assistant_in
from memory.content import clean
from memory.facts import Proposal, Remembered, readable
from memory.folding import subject_key
from memory.forgetting import Forgotten
from memory.models import Audience, Fact
from memory.moments import moment
from memory.problems import MemoryProblem
from memory.search.sources import visible
from memory.search.types import Viewer
from memory.subjects import subject_of
from memory.whence import Line
from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope
from tooling import offers
from tooling.registry import Role, ToolContext, ToolError, tool
from tooling.types import ToolResult

EVERYONE: frozenset[Role] = frozenset({"owner", "staff", "customer"})
MOST_HELD, MOST_PAST = 40, 10
NOTHING = "There is nothing of that, or nothing that may be told here."
STILL_HOLD = (
    "Several of these may hold at once, so nothing was taken back. If one of these is wrong, forget it by its "
    "reference; if it was so and is over, remember it again with `until`:"
)
IN_A_GROUP = "Others read along here, so nothing is kept of one person. Tell them to say it in a chat of their own."

Moment = Annotated[str | None, "ISO 8601 date or time, as far as it was said: 2024, 2024-05, 2024-05-01"]


@tool(roles=EVERYONE, effect="notes", repeatable=True)
def remember_fact(
    context: ToolContext,
    subject: Annotated[str, "whom or what it is about, by name; “me” is the person you talk with"],
    predicate: Annotated[str, "what of them, in few words and always the same ones: “budget”, “lives in”, “child”"],
    value: Annotated[str, "what it is, in the words and language in which it was said"],
    since: Moment = None,
    until: Moment = None,
    correction: bool = False,
    several: bool | None = None,
    private: bool = False,
    share_with_them: bool = False,
) -> ToolResult:
    """Keep one thing that is or was so of somebody or something, and will matter later: a budget, an address, a
    birthday, a preference, a decision. One thing a call. For longer notes use the memory tool.

    Another value of the same subject and predicate ends the one before from then on; the history is kept. Give `since`
    and `until` only where they were said. correction: what was known was wrong and never was so. several: true where
    other values hold beside this one (children, likes). private: only the owner's chats may know. share_with_them: the
    person it is about may be told it in their own chat. The last two count in the owner's chat only.
    """
    author = assistant_in(context)
    with tenant_scope(uuid.UUID(context.tenant_id)):
        tenant = Tenant.objects.get(pk=context.tenant_id)
        check_alone(context)
        try:
            proposal = Proposal(
                subject=clean(subject),
                predicate=clean(predicate),
                value=clean(value),
                since=moment_in(since, tenant.zone),
                until=moment_in(until, tenant.zone),
                correction=correction,
                several=several,
                audience=Audience.OWNER if private else Audience.CONTACT if share_with_them else None,
                language=context.language,
            )
            done = facts.place_fact(tenant, proposal, author)
        except MemoryProblem as problem:
            raise ToolError(str(problem)) from None
        return as_result(told(tenant, proposal, done, author))


def as_result(lines: Sequence[Line], otherwise: str = "") -> ToolResult:
    words = "\n".join(each.text for each in lines)
    return ToolResult(content=words or otherwise, from_outside=any(each.from_outside for each in lines))


def told(tenant: Tenant, proposal: Proposal, done: Remembered, author: Author) -> list[Line]:
    """Of facts that the author may not see, their own words alone; a customer hears nothing of how theirs fits in."""
    seen = set(
        Fact.objects.filter(readable(author), tenant=tenant).filter(pk__in=ids_in(done)).values_list("pk", flat=True)
    )
    if author.role == "customer" or done.fact.pk not in seen:
        noted = Line(text=f"Noted: {proposal.predicate}: {proposal.value}.")
        return [noted, *beside(tenant, proposal, done, author)]
    lines = [line(tenant, done.fact, "Remembered: " if done.is_new else "Known already: ")]
    if done.before is not None and done.before.pk in seen:
        lines.append(line(tenant, done.before, "It ended: "))
    lines += [line(tenant, each, "It took back, as never so: ") for each in done.withdrawn if each.pk in seen]
    if done.instead is not None and done.instead.pk in seen:
        lines += instead_of(tenant, done.fact, done.instead)
    return [*lines, *beside(tenant, proposal, done, author)]


def instead_of(tenant: Tenant, fact: Fact, instead: Fact) -> Iterator[Line]:
    if not fact.untrusted or instead.untrusted:
        yield line(tenant, instead, "It is kept as the past. What came after it holds: ")
        return
    yield line(tenant, instead, "It is not verified and stands beside what the team said, which holds: ")
    yield Line(text=BEGIN_CLEAN)


def beside(tenant: Tenant, proposal: Proposal, done: Remembered, author: Author) -> list[Line]:
    """What a correction left in force, since several may hold: nobody knows which of them was meant."""
    if not proposal.correction or done.withdrawn or done.instead is not None:
        return []
    held = facts.as_of(tenant, timezone.now(), subject_key=done.fact.subject_key, predicate_key=done.fact.predicate_key)
    others = listed(tenant, held.filter(readable(author)).exclude(pk=done.fact.pk), MOST_HELD)
    return [Line(text=STILL_HOLD), *others] if others else []


def ids_in(done: Remembered) -> list[uuid.UUID]:
    return [each.pk for each in (done.fact, done.before, done.instead, *done.withdrawn) if each is not None]


@tool(roles=frozenset({"owner", "staff"}), repeatable=True)
def facts_about(
    context: ToolContext, subject: Annotated[str, "a name; “me” is the person you talk with"], at: Moment = None
) -> ToolResult:
    """What is known of somebody or something by name: what holds and what was so before. at: what was so then.

    Each comes with its reference, for where_from and forget.
    """
    author = assistant_in(context)
    with tenant_scope(uuid.UUID(context.tenant_id)):
        tenant = Tenant.objects.get(pk=context.tenant_id)
        when = moment_in(at, tenant.zone)
        name = clean(subject)
        known = Q(subject_key=subject_of(tenant, name, author).key) | Q(subject_key=subject_key(name))
        held = facts.as_of(tenant, when or context.now).filter(known, readable(author))
        lines = listed(tenant, held, MOST_HELD)
        if when is None:
            past = Fact.objects.filter(known, readable(author), tenant=tenant).exclude(pk__in=held.values("pk"))
            before = listed(tenant, past.order_by(F("valid_to").desc(nulls_last=True), "pk"), MOST_PAST)
            lines += [Line(text="Before, or not in force:"), *before] if before else []
        return as_result(lines, f"Nothing is known of “{subject}” under that name. recall may find more.")


def listed(tenant: Tenant, rows: QuerySet[Fact], most: int) -> list[Line]:
    found = list(rows[: most + 1])
    more = [Line(text="… and more: recall finds it.")] if len(found) > most else []
    return [line(tenant, fact, "- ") for fact in found[:most]] + more


@tool(roles=EVERYONE, repeatable=True)
def where_from(
    context: ToolContext, reference: Annotated[str, "“fact:…” or a path below /memories, as it was shown to you"]
) -> ToolResult:
    """Where something is known from: when, by whom, over which channel, and the words of the messages behind it. Use it
    when somebody asks “where did you get that?”. Of a message that recall found, date and speaker stand with it."""
    with tenant_scope(uuid.UUID(context.tenant_id)):
        tenant = Tenant.objects.get(pk=context.tenant_id)
        check_alone(context)
        return as_result(whence.where_from(tenant, clean(reference).strip(), assistant_in(context)), NOTHING)


@tool(roles=EVERYONE, repeatable=True, effect="deletes")
def forget(
    context: ToolContext,
    references: Annotated[list[str], "“fact:…” and “message:…”, as recall and facts_about show them"],
    words: Annotated[list[str], "passages exactly as they were said or written, each long enough to mean only this"],
) -> ToolResult:
    """Forget something for good, when somebody asks for it. Find it first (recall, facts_about, the memory tool) and
    give both the references and the exact passages: they go out of facts, documents with their history, messages and
    summaries. Only what this person may see is forgotten. Don't repeat afterwards what it was; say what the result
    says.
    """
    with tenant_scope(uuid.UUID(context.tenant_id)):
        tenant = Tenant.objects.get(pk=context.tenant_id)
        check_alone(context)
        passages = [clean(each) for each in words]
        return outcome(forgetting.forget(tenant, references=references, words=passages, author=assistant_in(context)))


def outcome(done: Forgotten) -> ToolResult:
    counts = {"facts": done.facts, "messages": done.messages, "documents": done.documents}
    found = [f"{count} {name}" for name, count in counts.items() if count]
    first = f"Forgotten for good: {', '.join(found)}." if found else "Nothing (more) was found that says it."
    receipt = offers.receipt("receipt_forgotten", **{name: str(count) for name, count in counts.items()})
    return ToolResult(content="\n".join([first, *done.problems]), offers=[receipt] if found else [])


def check_alone(context: ToolContext) -> None:
    """Raises ToolError in a group that somebody outside reads along in: nobody knows there whose “me” it is."""
    if context.role != "customer":
        return
    contact, conversation = uuid.UUID(context.contact_id), uuid.UUID(context.conversation_id)
    if visible(Viewer(role="customer", contact_id=contact, conversation_id=conversation)).contact_id is None:
        raise ToolError(IN_A_GROUP)


def line(tenant: Tenant, fact: Fact, begins: str) -> Line:
    doubt = " (not verified)" if fact.untrusted else ""
    words = f"{begins}{whence.fact_in_words(tenant, fact)}{doubt} [fact:{fact.pk}]"
    return Line(text=words, from_outside=fact.untrusted)


def moment_in(text: str | None, zone: ZoneInfo) -> datetime | None:
    try:
        return moment(text, zone) if text else None
    except ValueError as error:
        raise ToolError(str(error)) from None
