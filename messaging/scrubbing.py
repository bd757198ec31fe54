"""Taking a person's words, numbers and name out of the rows of others: their steps, sessions, messages and journals.

What people wrote themselves is theirs: it stays, unless asked otherwise. What the assistant said or was shown of the
person, and what software noted down, does not. Outside of any scope; each batch is a transaction of its own.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.models import LogEntry
from django.db import connection
from django.db.models import F, Func, Q, QuerySet, TextField, Value

from memory.erasure import BATCH, batched
from messaging.models import (
    AccountIssue,
    Conversation,
    DeadLetter,
    Delivery,
    Message,
    Session,
    Turn,
    TurnStep,
    UnroutedWebhook,
)
from messaging.redaction import body_tells, cut_json, cut_step, emptied_step
from messaging.silencing import NOTE, UNSENT
from tenants_app.fields import exact_json
from tenants_app.marks import ERASED, Marks
from tenants_app.models import AuditEntry, Contact, OperatorAlert, Tenant
from tenants_app.scope import tenant_scope

# The bytes as text, of which the ASCII part is readable.
BODY = Func(F("raw"), Value("escape"), function="encode", output_field=TextField())


@dataclass(frozen=True, kw_only=True)
class Search:
    """Whose traces are looked for, and where they may be."""

    tenant: Tenant
    contact: Contact
    marks: Marks
    own: Sequence[uuid.UUID]  # conversations that go as a whole
    with_mentions: bool = False  # also what others wrote themselves

    @property
    def named(self) -> Marks:
        """Without what they said: in chats that are no business of theirs, the same words are another's."""
        return Marks(names=self.marks.names, addresses=self.marks.addresses)

    @property
    def everywhere(self) -> bool:
        """Other people's chats as well are looked through for names."""
        return self.with_mentions and bool(self.marks.names)

    @property
    def elsewhere(self) -> QuerySet[Conversation]:
        return Conversation.objects.filter(tenant=self.tenant).exclude(pk__in=self.own)

    @property
    def of_team(self) -> QuerySet[Conversation]:
        """Where the person may have been spoken of: the team's chats, and groups."""
        team = Q(contact__role__in=(Contact.Role.OWNER, Contact.Role.STAFF)) | Q(is_group=True)
        return self.elsewhere.filter(team)

    @property
    def looked_through(self) -> QuerySet[Conversation]:
        """Where all is looked at, whatever stands there."""
        return self.elsewhere if self.everywhere else self.of_team

    def rows(self, rows: QuerySet[Any], conversation: str, *texts: str) -> Iterator[tuple[Any, Marks]]:
        """Each with what is looked for there. Of the team's chats all; of other people's only those with a number or
        address of the person in them, unless what they wrote themselves is to go as well."""
        for row in batched(rows.filter(**{f"{conversation}__in": self.of_team.values("pk")})):
            yield row, self.marks
        others = self.elsewhere.exclude(pk__in=self.of_team.values("pk"))
        theirs = rows.filter(**{f"{conversation}__in": others.values("pk")})
        pattern = self.marks.database_pattern
        if not self.everywhere and not pattern:
            return
        told = Q()
        for text in () if self.everywhere else texts:
            told |= Q(**{f"{text}__regex": pattern})
        for row in batched(theirs.filter(told)):
            yield row, self.named


Scrubber = Callable[[Search], int]  # of tables of an app's own: how many rows it changed
_scrubbers: list[Scrubber] = []


def register(scrubber: Scrubber) -> Scrubber:
    if scrubber not in _scrubbers:
        _scrubbers.append(scrubber)
    return scrubber


def scrub(search: Search) -> Counter[str]:
    """Everything of the kind that can be told by the person's marks; how many of what."""
    cut: Counter[str] = Counter()
    cut["steps"] = scrub_steps(search)
    cut["sessions"] = scrub_sessions(search)
    cut["messages"] = scrub_messages(search)
    cut["deliveries"] = scrub_deliveries(search)
    cut["rows of other apps"] = sum(scrubber(search) for scrubber in _scrubbers)
    return cut


# --- what Claude was shown and said ----------------------------------------------------------------------------------


def scrub_steps(search: Search) -> int:
    """Of turns that answered the person, every step; of others what is of them."""
    theirs = Message.objects.filter(tenant=search.tenant, contact=search.contact).exclude(turn=None)
    answered = set(theirs.exclude(conversation__in=search.own).values_list("turn", flat=True))
    steps = TurnStep.objects.filter(tenant=search.tenant)
    changed = 0
    batch: list[tuple[uuid.UUID, str]] = []
    for row, marks in search.rows(steps, "turn__conversation", "content"):
        content = (
            emptied_step(row.content)
            if row.turn_id in answered
            else cut_step(row.content, marks, others=search.with_mentions)
        )
        if content != row.content:
            batch.append((row.pk, exact_json(content)))
        if len(batch) == BATCH:
            changed += write_steps(search.tenant, batch)
            batch = []
    return changed + write_steps(search.tenant, batch)


def write_steps(tenant: Tenant, batch: Sequence[tuple[uuid.UUID, str]]) -> int:
    ids, contents = [pk for pk, _ in batch], [content for _, content in batch]
    return call(tenant, "messaging_erase_steps(%s::uuid[], %s::text[])", ids, contents) if batch else 0


def scrub_sessions(search: Search) -> int:
    changed = 0
    rows = Session.objects.filter(tenant=search.tenant)
    for row, marks in search.rows(rows, "conversation", "summary", "system"):
        summary = marks.cut(row.summary, names=True)
        system = cut_json(row.system, marks, names=True)
        if (summary, system) != (row.summary, row.system):
            with tenant_scope(search.tenant):
                changed += Session.objects.filter(pk=row.pk).update(summary=summary, system=system)
    return changed


# --- what was said to others -----------------------------------------------------------------------------------------


def scrub_messages(search: Search) -> int:
    """The assistant's own words on them, and what quotes or forwards theirs."""
    changed = 0
    not_theirs = Q(contact=None) | ~Q(contact=search.contact)
    others = Message.objects.filter(not_theirs, tenant=search.tenant).alias(body=BODY)
    for row, marks in search.rows(others, "conversation", "text", "quoted", "body"):
        if changes := cut_message(row, marks, with_mentions=search.with_mentions):
            with tenant_scope(search.tenant):
                changed += Message.objects.filter(pk=row.pk).update(**changes)
    return changed


def cut_message(row: Message, marks: Marks, *, with_mentions: bool) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if (with_mentions or is_softwares(row)) and (text := marks.cut(row.text, names=True)) != row.text:
        changes["text"] = text
    if (quoted := marks.cut(row.quoted, names=True)) != row.quoted:
        changes["quoted"] = quoted
    if row.raw is not None and body_tells(bytes(row.raw), marks, names=True):
        changes["raw"] = None
    return changes


def is_softwares(row: Message) -> bool:
    """Whether nobody of the others wrote it themselves."""
    return row.forwarded or (row.direction == Message.Direction.OUT and not row.author)


def scrub_deliveries(search: Search) -> int:
    changed = 0
    rows = Delivery.objects.filter(tenant=search.tenant).select_related("message").defer("message__raw")
    for row, marks in search.rows(rows, "conversation", "payload", "note", "error"):
        if row.message.author and not search.with_mentions:
            continue
        payload = cut_json(row.payload, marks, names=True)
        note, error = (marks.cut(text, names=True) for text in (row.note, row.error))
        if (payload, note, error) == (row.payload, row.note, row.error):
            continue
        with tenant_scope(search.tenant):
            found = Delivery.objects.filter(pk=row.pk)
            found.filter(status__in=UNSENT).update(status=Delivery.Status.WITHDRAWN, note=NOTE, due_at=None)
            changed += found.update(payload=payload, error=error, **({"note": note} if note != row.note else {}))
    return changed


# --- journals --------------------------------------------------------------------------------------------------------


def scrub_journals(search: Search) -> int:
    tenant, marks = search.tenant, search.marks
    changed = scrub_audit(tenant, marks)
    asked = Q()
    for conversation in search.own:
        asked |= Q(kind__endswith=f":{conversation}")
    with tenant_scope(tenant):
        if search.own:
            changed += OperatorAlert.objects.filter(asked, tenant=tenant)._raw_delete(using="default")
    changed += cut_column(OperatorAlert.objects.filter(tenant=tenant), marks, "text")
    changed += cut_column(AccountIssue.objects.filter(tenant=tenant), marks, "text", "fix")
    explained = Turn.objects.filter(tenant=tenant).exclude(reason="", last_error="")
    changed += cut_column(explained, marks, "reason", "last_error")
    letters = batched(DeadLetter.objects.filter(tenant=tenant))
    told = [row.pk for row in letters if body_tells(bytes(row.raw), search.named, names=True)]
    changed += call(tenant, "messaging_erase_letters(%s::uuid[])", told)
    return changed + scrub_unrouted(tenant, marks) + scrub_log(search)


def scrub_audit(tenant: Tenant, marks: Marks) -> int:
    cut: list[tuple[uuid.UUID, str, str]] = []
    for row in batched(AuditEntry.objects.filter(tenant=tenant)):
        subject, detail = marks.cut(row.subject, names=True), cut_json(row.detail, marks, names=True)
        if (subject, detail) != (row.subject, row.detail):
            cut.append((row.pk, subject, json.dumps(detail)))
    columns = [list(column) for column in zip(*cut, strict=True)]
    return call(tenant, "messaging_erase_audit(%s::uuid[], %s::text[], %s::text[])", *columns) if cut else 0


def cut_column(rows: QuerySet[Any], marks: Marks, *columns: str) -> int:
    changed = 0
    for row in batched(rows):
        texts = {column: marks.cut(getattr(row, column), names=True) for column in columns}
        changes = {column: text for column, text in texts.items() if text != getattr(row, column)}
        if changes:
            with tenant_scope(row.tenant_id):
                changed += rows.filter(pk=row.pk).update(**changes)
    return changed


def scrub_unrouted(tenant: Tenant, marks: Marks) -> int:
    """Bodies that are no tenant's: only a number or address tells that one is theirs, as another may bear the name."""
    numbers = Marks(addresses=marks.addresses)
    told = [
        row.pk for row in batched(UnroutedWebhook.objects.all()) if body_tells(bytes(row.raw), numbers, names=False)
    ]
    return call(tenant, "messaging_erase_unrouted(%s::uuid[])", told)


def scrub_log(search: Search) -> int:
    """The admin's own log, which belongs to no tenant: entries on rows of theirs, and those that hold their number."""
    about = {search.contact.pk, *search.own}
    rows = LogEntry.objects.filter(object_id__in=[str(pk) for pk in about])
    changed = rows.exclude(object_repr=ERASED).update(object_repr=ERASED, change_message="")
    pattern = search.marks.database_pattern
    if pattern:
        found = LogEntry.objects.filter(Q(object_repr__regex=pattern) | Q(change_message__regex=pattern))
        changed += found.update(object_repr=ERASED, change_message="")
    return changed


# --- the database ----------------------------------------------------------------------------------------------------


def call(tenant: Tenant, function: str, *arguments: Iterable[Any]) -> int:
    """One of the functions that change what nobody else may; how many rows it changed."""
    with tenant_scope(tenant), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {function}", [list(each) for each in arguments])  # noqa: S608 - ours
        [count] = cursor.fetchone()
        return int(count)
