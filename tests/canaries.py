"""Markers planted in every place of a business, and a model that asks every tool for everything."""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from memory import documents
from memory.authors import operator
from memory.models import Audience, Document, Fact, Folder, ImportedChat, ImportedMessage, Revision
from messaging.models import Attachment, ChannelAccount, FactSource, Message, RevisionSource, Session
from tenants_app import audit
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope
from tests.house import House

OLIVIA = operator("olivia")
SHARED = "treasure"  # a word that stands in every place
BATCH = 30  # calls in one reply


@dataclass(frozen=True)
class Plant:
    """`word` finds the place and may be asked for; whoever reads `marker` has seen what stands there."""

    place: str
    word: str
    marker: str

    @property
    def text(self) -> str:
        return f"The {SHARED} of {self.word} is {self.marker}."


@dataclass
class Garden:
    """What was planted in one tenant, and under which names things can be asked for."""

    tenant: Tenant
    plants: dict[str, Plant] = field(default_factory=dict)
    references: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def plant(self, place: str) -> Plant:
        word = f"kiwi{self.tenant.slug}{next(self.numbers):02}"
        self.plants[place] = Plant(place, word, f"zz{uuid.uuid4().hex[:12]}")
        return self.plants[place]

    def found(self, text: str) -> set[str]:
        return {plant.place for plant in self.plants.values() if plant.marker in text}

    @property
    def questions(self) -> list[str]:
        words = [plant.word for plant in self.plants.values()]
        return [SHARED, *words, "What do you know about Dora?", "Alice", "Bob", "*", "/memories"]

    def document(self, path: str, **fields: Any) -> Document:
        """With the marker in its text, title and description; its path names it."""
        plant = self.plant(f"{path} {fields.get('audience', '')}".strip())
        content = f"# {plant.word} {plant.marker}\n\n{plant.text}\n"
        row = documents.write(self.tenant, path, content, author=OLIVIA, base=None, **fields)
        self.paths.append(f"/memories/{path}")
        return row

    def fact(self, place: str, about: Contact | None, audience: str, **fields: Any) -> Fact:
        plant = self.plant(place)
        now = timezone.now()
        name = about.name if about is not None else "The business"
        row = Fact.objects.create(
            **{
                "tenant": self.tenant,
                "subject": name,
                "subject_key": f"contact {about.pk}" if about is not None else "the business",
                "contact": about,
                "predicate": plant.word,
                "predicate_key": plant.word,
                "value": plant.text,
                "value_key": plant.word,
                "valid_from": now - timedelta(days=1),
                "recorded_at": now,
                "seen_at": now,
                "origin": Fact.Origin.OWNER,
                "audience": audience,
                "actor_kind": "assistant",
                "actor": "assistant",
                **fields,
            }
        )
        self.references.append(f"fact:{row.pk}")
        return row


def everywhere(garden: Garden, people: Mapping[str, Contact], spoken: Mapping[str, Message]) -> None:
    """Plant what is planted in rows. Inside the tenant's scope."""
    documents.make_folders(garden.tenant)
    Folder.objects.create(tenant=garden.tenant, name="accounts", about=garden.plant("a folder's description").text)
    for folder in ("identity", "boundaries", "knowledge", "accounts"):
        for audience in (Audience.OWNER, Audience.TEAM, Audience.PUBLIC):
            garden.document(f"{folder}/{audience}.md", audience=audience)
    for name in ("Charlie", "Dora"):
        garden.document(f"relationships/{name.lower()}.md", contact_id=people[name].pk)
    named = garden.document(f"knowledge/{garden.plant('a path').marker}.md", audience=Audience.TEAM)
    garden.paths.remove(f"/memories/{named.path}")
    of_the_past(garden, spoken["owner"])
    for name, about in {**people, "nobody": None}.items():
        for seen_by in Audience.values:
            if about is not None or seen_by != Audience.CONTACT:
                garden.fact(f"fact, {seen_by}, about {name}", about, seen_by)
    charlie = people["Charlie"]
    garden.fact("withdrawn fact about Charlie", charlie, Audience.TEAM, withdrawn_at=timezone.now())
    known = Fact.objects.get(contact=charlie, audience=Audience.CONTACT)
    FactSource.objects.create(tenant=garden.tenant, fact=known, message=spoken["owner"])
    brought_along(garden)
    in_journals(garden, people["Dora"], spoken["Dora"])
    garden.references += [f"message:{message.pk}" for message in spoken.values()]


def of_the_past(garden: Garden, said: Message) -> None:
    """What a public document said before, why it was changed and whose words are behind that; one that is deleted."""
    before = garden.plant("an earlier revision")
    row = documents.write(
        garden.tenant,
        "knowledge/changed.md",
        before.text,
        author=OLIVIA,
        base=None,
        audience=Audience.PUBLIC,
        reason=garden.plant("a revision's reason").text,
    )
    documents.write(garden.tenant, row.path, "Nothing more.", author=OLIVIA, base=1)
    newest = Revision.objects.get(document=row, number=2)
    RevisionSource.objects.create(tenant=garden.tenant, revision=newest, message=said)
    gone = garden.document("knowledge/gone.md", audience=Audience.PUBLIC)
    documents.delete(gone, author=OLIVIA, base=1)
    garden.plants["a deleted document"] = garden.plants.pop("knowledge/gone.md public")
    garden.paths += ["/memories/knowledge/changed.md", "/memories/CLAUDE.md"]
    own = Document.objects.get(path="CLAUDE.md")
    text = garden.plant("the team's own part of the framework").text
    documents.write(garden.tenant, own.path, text, author=OLIVIA, base=own.number)


def brought_along(garden: Garden) -> None:
    chat = ImportedChat.objects.create(tenant=garden.tenant, name="Old chat", last_seq=1, imported_at=timezone.now())
    line = {"speaker": "Charlie", "text": garden.plant("an imported chat").text, "at": timezone.now()}
    row = ImportedMessage.objects.create(tenant=garden.tenant, chat=chat, external_id="1", seq=1, **line)
    garden.references.append(f"message:{row.pk}")


def in_journals(garden: Garden, dora: Contact, said: Message) -> None:
    """And in what else is kept of another customer, and of the accounts."""
    Attachment.objects.create(
        tenant=garden.tenant,
        conversation=said.conversation,
        message=said,
        file_id="1",
        kind="voice",
        state=Attachment.State.KEPT,
        text=garden.plant("another customer's voice note").text,
        shown=True,
    )
    Session.objects.filter(conversation=said.conversation).update(summary=garden.plant("a session's summary").text)
    Contact.objects.filter(pk=dora.pk).update(name=f"Dora {garden.plant('the name of another customer').marker}")
    ChannelAccount.objects.update(name=garden.plant("the name of an account").text)
    audit.record(garden.tenant, "system", "tried", garden.plant("the audit trail").text)
    audit.alert(garden.tenant, "tried", garden.plant("an alert").text)


# --- The model that asks for everything ------------------------------------------------------------------------------

MEMORY_COMMANDS: tuple[dict[str, Any], ...] = (
    {"command": "view", "path": "PATH"},
    {"command": "str_replace", "path": "PATH", "old_str": "The", "new_str": "The"},
    {"command": "insert", "path": "PATH", "insert_line": 0, "insert_text": "x"},
    {"command": "create", "path": "PATH", "file_text": "x"},
    {"command": "rename", "old_path": "PATH", "new_path": "/memories/knowledge/mine.md"},
    {"command": "delete", "path": "PATH"},
)
NAMED = {"where_from", "forget"}  # take references and paths
LAST = {"forget"}  # what it takes away, nothing else could find any more
HIDDEN = ("memory", "facts_about", "fetch_url")  # called all the same


def calls_for(tools: Sequence[Mapping[str, Any]], garden: Garden, others: Iterable[Garden]) -> Iterator[dict[str, Any]]:
    """Every tool that is offered, with every question, reference and path; and some that may not be offered."""
    gardens = [garden, *others]
    asked = [each for one in gardens for each in one.questions]
    references = [each for one in gardens for each in [*one.references, *one.paths]]
    offered = {tool["name"]: tool for tool in tools}
    for name in sorted(offered, key=LAST.__contains__):
        schema = offered[name].get("input_schema", {})
        for words in {"recall": asked, "facts_about": asked}.get(name, references if name in NAMED else asked[:2]):
            if schema:
                yield {"name": name, "input": {key: given(key, kind, words) for key, kind in required(schema)}}
    for name in HIDDEN:
        if name not in offered:
            yield {"name": name, "input": {"subject": "Dora"}}
    shown = [path for one in gardens for path in one.paths] + ["/memories", "/memories/knowledge", "/memories/accounts"]
    for command, path in itertools.product(MEMORY_COMMANDS, shown):
        yield {"name": "memory", "input": {key: path if value == "PATH" else value for key, value in command.items()}}


def required(schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name in schema.get("required", ()):
        yield name, schema["properties"][name]


def given(name: str, kind: Mapping[str, Any], words: str) -> Any:
    if "enum" in kind:
        return kind["enum"][0]
    if kind.get("type") == "array":
        return [words] if name == "references" else [f"{words} is"]
    return {"integer": 5, "number": 5, "boolean": False, "object": {}}.get(str(kind.get("type")), words)


def ask_everything(house: House, sender: str, calls: Iterable[Mapping[str, Any]], last: str) -> None:
    """One turn in which the model makes all these calls and then says `last`."""
    made = [{"type": "tool_use", **call} for call in calls]
    batches = [{"content": made[first : first + BATCH]} for first in range(0, len(made), BATCH)]
    house.script(*batches, {"text": last})
    house.says(f"Tell me of the {SHARED}", sender)
    house.work()


def told_to(house: House, number: str) -> str:
    """All that the service was asked to send there."""
    calls = house.whatsapp.calls(containing="/messages")
    return json.dumps([call["body"] for call in calls if call["body"].get("to") == number], ensure_ascii=False)


def asked_of_claude(house: House, since: int) -> str:
    calls = house.anthropic.calls(containing="/v1/messages")[since:]
    return json.dumps([call["body"] for call in calls], ensure_ascii=False)


def globex(garden: Garden) -> None:
    """Another business that has everything open to everybody."""
    with tenant_scope(garden.tenant):
        documents.make_folders(garden.tenant)
        garden.document("knowledge/public.md", audience=Audience.PUBLIC)
        garden.document("identity/public.md", audience=Audience.PUBLIC)
        garden.fact("fact of another business", None, Audience.PUBLIC)
