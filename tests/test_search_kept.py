"""What the database keeps in the index of the search: each word that stands somewhere, and none that is gone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from memory import documents
from memory.authors import operator
from memory.models import Entry, ImportedMessage
from messaging.models import Conversation, Message
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope
from tests.fixtures import as_role
from tests.house import CHARLIE, House
from tests.test_search import change, find, import_chat, texts

OF_MEMORY = import_module("memory.migrations.0003_search_lighter")
OF_MESSAGES = import_module("messaging.migrations.0014_search_lighter")


def write(tenant: Tenant, content: str) -> None:
    with tenant_scope(tenant):
        documents.make_folders(tenant)
        documents.write(tenant, "knowledge/a.md", content, author=operator("test"), base=None)


def vectors(tenant: Tenant) -> list[str]:
    """The entries' vectors as PostgreSQL writes them."""
    with tenant_scope(tenant):
        rows = Entry.objects.order_by("chat", "seq").extra(select={"words": "vector::text"})
        return list(rows.values_list("words", flat=True))


# Headings


def paragraphs(content: str) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT heading, body FROM memory_paragraphs(%s) ORDER BY number", [content])
        return list(cursor.fetchall())


@pytest.mark.parametrize(
    ("content", "pieces"),
    [
        ("", []),
        ("\n  \n", []),
        ("text alone", [("", "text alone")]),
        ("# Services\n\n## Haircut\n## Colouring", [("Services — Haircut — Colouring", "")]),
        ("# Prices\r\n\r\n## Cleaning\r\n80 euros", [("Prices — Cleaning", "80 euros")]),
        (
            "# Prices\nin euros\n## Cleaning\n80\n## Repairs",
            [("Prices", "in euros"), ("Cleaning", "80"), ("Repairs", "")],
        ),
        ("# Prices\n## \n80", [("Prices", "80")]),
        ("# \ntext", [("", "text")]),
    ],
)
def test_no_heading_is_lost(database: None, content: str, pieces: list[tuple[str, str]]) -> None:
    assert paragraphs(content) == pieces


def test_a_long_list_of_headings_is_cut(database: None) -> None:
    found = paragraphs("\n".join(f"## heading number {number}" for number in range(300)))
    assert {body for _, body in found} == {""}
    assert max(len(heading) for heading, _ in found) < 500
    assert " — ".join(heading for heading, _ in found).split(" — ") == [f"heading number {n}" for n in range(300)]


def test_a_heading_is_told_once_though_its_text_is_cut(database: None) -> None:
    """A piece has it as its own; the heading that comes next does not bring it along again."""
    long = "\n".join(["word " * 50] * 4)
    assert [heading for heading, _ in paragraphs(f"# One\n{long}\n\n# Two\ntext")] == ["One", "One", "Two"]


@pytest.mark.parametrize("query", ["haircut", "services", "colouring"])
def test_a_document_of_headings_alone_is_found(acme: Tenant, query: str) -> None:
    write(acme, "# Services\n\n## Haircut\n## Colouring\n")
    [hit] = find(acme, query)
    assert (hit.reference, hit.text) == ("/memories/knowledge/a.md", "Services — Haircut — Colouring")


# Messages


def test_an_edit_that_leaves_no_words_takes_the_old_ones_out(house: House) -> None:
    message = house.text("The key is under the flowerpot")
    house.post_whatsapp(house.whatsapp_body(message))
    change(house, "edit", message["id"], "")
    with tenant_scope(house.tenant):
        assert Message.objects.filter(kind="edit", text="").exists()
    assert vectors(house.tenant) == []
    assert find(house.tenant, "flowerpot") == []


@pytest.mark.parametrize("kind", ["edit", "revoke"])
def test_what_happened_to_a_message_may_come_before_it(house: House, kind: str) -> None:
    message = house.text("The key is under the flowerpot")
    change(house, kind, message["id"], "The key is with the neighbour")
    house.post_whatsapp(house.whatsapp_body(message))
    assert find(house.tenant, "flowerpot") == []
    assert len(find(house.tenant, "neighbour")) == (1 if kind == "edit" else 0)


@pytest.mark.parametrize("kind", ["reaction", "pairing", "pairing_refused", "command", "command_answer", "task"])
def test_what_is_no_memory_is_in_no_index(house: House, kind: str) -> None:
    house.says("The key is under the flowerpot")
    with tenant_scope(house.tenant):
        said = Message.objects.get()
        Message.objects.filter(pk=said.pk).update(kind=kind)
        assert not Entry.objects.exists()
        said.pk, said.seq, said.key, said.kind = None, said.seq + 1, "other", kind
        said.save(force_insert=True)
        assert Message.objects.filter(kind=kind).count() == 2
    assert vectors(house.tenant) == []


def test_a_message_that_was_forgotten_before_it_came_is_in_no_index(house: House) -> None:
    house.says("hello")
    with tenant_scope(house.tenant):
        said = Message.objects.get()
        said.pk, said.seq, said.key, said.text, said.forgotten_at = None, 99, "other", "flowerpot", timezone.now()
        said.save(force_insert=True)
    assert find(house.tenant, "flowerpot") == []


def test_files_are_not_looked_up_for_a_message_that_comes(
    house: House, owner_connection: psycopg.Connection[Any]
) -> None:
    """None can refer to it yet; the look was a good part of what a message cost."""

    def looked() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_force_next_flush()")
        owner_connection.execute("SELECT pg_stat_clear_snapshot()")
        [(looks,)] = owner_connection.execute(
            "SELECT seq_scan + idx_scan FROM pg_stat_user_tables WHERE relname = 'messaging_attachment'"
        ).fetchall()
        return int(looks)

    house.says("The first one")
    before = looked()
    house.says("The key is under the flowerpot")
    assert looked() == before
    assert len(find(house.tenant, "flowerpot")) == 1


def test_a_name_in_an_entry_changes_without_its_words_being_read_anew(house: House) -> None:
    house.says("Do I like oranges on Friday? No. Maria Luisa does", CHARLIE)
    with tenant_scope(house.tenant):
        Contact.objects.filter(role="customer").update(name="Maria Luisa")
        Contact.objects.filter(role="customer").update(name="")
        Contact.objects.filter(role="customer").update(name="Maria Fernanda")
    [renamed] = vectors(house.tenant)
    assert "'@fernanda'" in renamed
    assert "'@luisa'" not in renamed
    with tenant_scope(house.tenant), connection.cursor() as cursor:
        cursor.execute("SELECT messaging_index(m) FROM messaging_message m")
    assert vectors(house.tenant) == [renamed]


def test_a_name_changes_in_the_newest_messages_only(house: House) -> None:
    """A long history would hold up the transaction that renames: half a minute for 60,000 messages."""
    house.says("old flowerpot", CHARLIE)
    with tenant_scope(house.tenant):
        Conversation.objects.update(last_seq=OF_MESSAGES.RECENT + 1)
    house.says("new flowerpot", CHARLIE)
    with tenant_scope(house.tenant):
        Contact.objects.filter(role="customer").update(name="Carlota")
    old, new = vectors(house.tenant)
    assert ("'@carlota'" in old, "'@carlota'" in new) == (False, True)


# Imported chats


def test_an_imported_message_without_text_has_no_entry(acme: Tenant) -> None:
    import_chat(acme, ("Nora", "flowerpot"), ("Nora", ""), ("Paul", "neighbour"))
    assert len(vectors(acme)) == 2
    with tenant_scope(acme):
        ImportedMessage.objects.filter(text="flowerpot").update(text="")  # as forgetting does
        ImportedMessage.objects.filter(text="").update(seq=F("seq") + 100, speaker="Somebody")
    [left] = vectors(acme)
    assert "'neighbour'" in left
    assert "flowerpot" not in texts(find(acme, "neighbour"))


# Upgrading


@contextmanager
def before_the_upgrade() -> Iterator[None]:
    """The functions as they were; in the end they are as they are."""
    with as_role("owner"), connection.schema_editor() as editor:
        OF_MESSAGES.restore(None, editor)
        OF_MEMORY.restore(None, editor)
    try:
        yield
    finally:
        with as_role("owner"), connection.schema_editor() as editor:
            OF_MEMORY.create(None, editor)
            OF_MESSAGES.create(None, editor)


def index_anew() -> None:
    with as_role("owner"):
        OF_MEMORY.index_anew(None, None)
        OF_MESSAGES.index_anew(None, None)


def test_an_upgrade_mends_what_stands_in_the_index(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OF_MEMORY, "BATCH", 1)
    message = house.text("The key is under the flowerpot")
    with before_the_upgrade():
        house.post_whatsapp(house.whatsapp_body(message))
        change(house, "edit", message["id"], "")
        import_chat(house.tenant, ("Nora", ""))
        write(house.tenant, "# Services\n\n## Haircut\n")
        with tenant_scope(house.tenant):
            documents.write(house.tenant, "knowledge/b.md", "# Rules", author=operator("test"), base=None)
        assert len(vectors(house.tenant)) == 2, "the edited message and the empty one, and neither of the documents"
    for _ in range(2):  # it may be begun again
        index_anew()
        found = vectors(house.tenant)
        assert len(found) == 2
        assert not any("flowerpot" in words for words in found)
        assert len(find(house.tenant, "haircut")) == len(find(house.tenant, "rules")) == 1
