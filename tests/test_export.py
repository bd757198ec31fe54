"""The memory as a zip of Markdown: all of a tenant's, or what is a contact's and nothing else."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from memory.export import Names
from memory.models import Document
from messaging.models import FactSource, Message
from tenants_app.models import AuditEntry, Contact, Tenant
from tenants_app.scope import tenant_scope
from tests.erased_person import HOME, NAME, document, fact, move_in
from tests.fixtures import as_role
from tests.house import CHARLIE, House
from tooling import credentials, versions
from tooling.drafts import Draft


@pytest.fixture
def person(house: House, settings: Any, tmp_path: Path) -> Contact:
    settings.MEDIA_ROOT = tmp_path
    return move_in(house)


def exported(out: Path, *arguments: str) -> dict[str, str]:
    with as_role("operator"):
        call_command("export_memory", "--tenant", "acme", "--out", str(out), *arguments, stdout=io.StringIO())
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_everything_of_a_tenant(person: Contact, tmp_path: Path) -> None:
    files = exported(tmp_path / "acme.zip")
    document = files["knowledge/customers.md"]
    assert document.startswith('---\ntitle: ""\ndescription: ""\naudience: "team"\nlocked: "no"\nchanged: "')
    assert f"- {NAME} pays late" in document
    assert "# Customers" in files["history/knowledge/customers/0001.md"]
    assert "- **lives in**: opens at six, since" in files["facts/the bakery.md"]
    assert f"“{HOME}”" in files["facts/the bakery.md"], "its source"
    assert f"**{NAME}**: {HOME}" in files[f"imported/Chat with {NAME}.md"]
    talk = next(text for name, text in files.items() if name.startswith("conversations/") and NAME in name)
    assert HOME in talk
    assert "**Assistant**" in talk
    assert "QX-4711 for 12 Elm Street" in talk, "what a file says"
    for name in set(files) - {"README.md"}:
        assert name in files["README.md"] or name.startswith("history/"), name


def test_tools_are_taken_along_without_their_credentials(house: House, tmp_path: Path) -> None:
    with tenant_scope(house.tenant):
        credentials.save(house.tenant, "mls", credentials.Facts(), "the-secret-value", actor="test")
        source = "def run(args, context):\n    return 1  # `here`\n"
        tool = Draft(name="lookup", description="Look up.", source=source, credentials=[{"name": "mls"}])
        versions.save(house.tenant, tool, actor="test")
    files = exported(tmp_path / "acme.zip")
    assert "    def run(args, context):\n        return 1  # `here`\n" in files["tools/lookup.md"]
    assert "- Credentials: mls" in files["tools/lookup.md"]
    assert "tools/lookup.md" in files["README.md"]
    assert "the-secret-value" not in "".join(files.values())


def test_a_contacts_is_theirs_and_nothing_else(person: Contact, tmp_path: Path) -> None:
    files = exported(tmp_path / "person.zip", "--contact", str(person.pk))
    assert CHARLIE in files["record.md"]
    assert "proactive taken back (message, whatsapp): “stop, QX-4711”" in files["record.md"]
    assert {name.split("/")[0] for name in files} == {
        "record.md", "relationships", "history", "facts", "conversations", "feedback.md", "README.md",
    }  # fmt: skip
    everything = "\n".join(files.values())
    assert HOME in everything
    for of_others in ("pays late", "Has anybody written?", "Good morning", "Bob pays early", "I agree with that"):
        assert of_others not in everything


def test_a_contacts_has_nothing_of_others_chats_and_nothing_private(
    house: House, person: Contact, tmp_path: Path
) -> None:
    with tenant_scope(house.tenant):
        known = fact(house, "their money", "a budget of 4711", contact=person)
        fact(house, "their limit", "a secret limit", contact=person, audience="owner")
        document(house, "relationships/private.md", "a private note", contact=person, audience="owner")
        for text in ("Has anybody written?", HOME):
            message = Message.objects.filter(text=text, conversation__is_group=False)[0]
            FactSource.objects.create(tenant=house.tenant, fact=known, message=message)
    files = exported(tmp_path / "person.zip", "--contact", str(person.pk))
    assert f"“{HOME}”" in files["facts/their money.md"]
    everything = "\n".join(files.values())
    assert "a budget of 4711" in everything
    for of_others in ("Has anybody written?", "a secret limit", "a private note"):
        assert of_others not in everything


def test_the_same_memory_gives_the_same_bytes(person: Contact, tmp_path: Path) -> None:
    exported(tmp_path / "one.zip")
    exported(tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_it_is_audited_and_readable_by_nobody_else(person: Contact, tmp_path: Path) -> None:
    exported(tmp_path / "person.zip", "--contact", str(person.pk))
    assert (tmp_path / "person.zip").stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.glob("*.part")] == []
    with tenant_scope(person.tenant):
        entry = AuditEntry.objects.get(action="memory.exported")
        assert entry.subject == f"contact {person.pk}"


def test_another_tenants_contact_is_not_found(person: Contact, globex: Tenant, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="has no contact"), as_role("operator"):
        call_command(
            "export_memory", "--tenant", "globex", "--contact", str(person.pk), "--out", str(tmp_path / "x.zip")
        )
    assert not (tmp_path / "x.zip").exists()


HOSTILE = ["../../etc/passwd", "/etc/passwd", "a//b", "CON.md", "x" * 400 + ".md", "a\0b.md", "C:\\x.md", "…/..", ""]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_leads_out_of_the_zip(name: str) -> None:
    path = PurePosixPath(Names().free(name))
    assert not path.is_absolute()
    assert ".." not in path.parts
    assert all(0 < len(part) <= 100 for part in path.parts)
    assert not set(str(path)) & set('\0\\:*?"<>|')


def test_two_of_a_name_stand_beside_each_other() -> None:
    names = Names()
    assert [names.free(each) for each in ("a/B.md", "a/b.md", "a/b.md")] == ["a/B.md", "a/b-2.md", "a/b-3.md"]


def test_a_document_is_read_while_it_is_written(house: House, person: Contact, tmp_path: Path) -> None:
    """What is said in a document cannot pose as the file's own head."""
    with tenant_scope(house.tenant):
        Document.objects.filter(path="knowledge/customers.md").update(about='x"\n---\naudience: "public"')
    lines = exported(tmp_path / "acme.zip")["knowledge/customers.md"].split("\n")
    head = lines[1 : lines.index("---", 1)]
    assert [line for line in head if line.startswith("audience")] == ['audience: "team"']
    assert len(head) == 6
