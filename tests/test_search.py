"""What was said, written down and noted is found, by those who may know it and by nobody else."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from memory import documents
from memory.authors import Author, operator
from memory.facts import Proposal, remember
from memory.models import Audience, Entry, ImportedChat, ImportedMessage
from memory.search import index
from memory.search.finding import search, taken_apart
from memory.search.sources import visible
from memory.search.types import Hit, Viewer
from messaging.models import Attachment, Conversation, Message
from tenants_app.models import AuditEntry, Contact, Tenant
from tenants_app.scope import tenant_scope
from tests.fixtures import as_role
from tests.house import ALICE, BOB, CHARLIE, House

OWNER = Viewer(role="owner")
DAY = datetime(2025, 3, 4, 9, 0, tzinfo=UTC)


def import_chat(tenant: Tenant, *lines: tuple[str, str], name: str = "old") -> list[str]:
    """Messages of an exported chat, a minute apart; gives their external ids."""
    with tenant_scope(tenant):
        chat = ImportedChat.objects.create(tenant=tenant, name=name, imported_at=DAY)
        rows = [
            ImportedMessage(
                tenant=tenant,
                chat=chat,
                external_id=f"{name}.{seq}",
                seq=seq,
                speaker=speaker,
                text=text,
                at=DAY + timedelta(minutes=seq),
            )
            for seq, (speaker, text) in enumerate(lines, 1)
        ]
        ImportedMessage.objects.bulk_create(rows)
    return [row.external_id for row in rows]


def find(tenant: Tenant, query: str, viewer: Viewer = OWNER, **more: Any) -> list[Hit]:
    return search(tenant, viewer, query, now=timezone.now(), **more)


def texts(hits: list[Hit]) -> str:
    return "\n".join(hit.text for hit in hits)


def single(tenant: Tenant, query: str, viewer: Viewer = OWNER) -> list[str]:
    """The ids of what is found, messages alone."""
    return [external for hit in find(tenant, query, viewer, single=True) for external in hit.ids]


def viewer_of(house: House, address: str) -> Viewer:
    """As the tool makes it, of somebody who wrote in their private chat."""
    with tenant_scope(house.tenant):
        chat = Conversation.objects.select_related("contact").get(chat_id=address)
    role: Any = chat.contact.role
    return Viewer(role=role, contact_id=chat.contact_id, conversation_id=chat.pk)


# Words


def test_a_question_finds_though_one_of_its_words_was_never_said(acme: Tenant) -> None:
    import_chat(acme, ("Nora", "We sold the cabin at the lake"), ("Paul", "Lovely weather"))
    assert single(acme, "When did they sell the enormous cabin?")[0] == "old.1"


def test_other_forms_of_a_word_are_found(acme: Tenant) -> None:
    import_chat(acme, ("Nora", "He inspected both houses"), ("Paul", "Nothing of that"))
    assert single(acme, "Who inspects a house?")[0] == "old.1"


@pytest.mark.parametrize("query", ["¿Cuánto pide por la habitación?", "cuanto pide por la HABITACION", "habitaciones"])
def test_spanish_is_found_with_and_without_accents(acme: Tenant, query: str) -> None:
    import_chat(acme, ("María", "Pide 400 por la habitación, está cerca"), ("Luis", "Qué calor hace hoy"))
    assert single(acme, query)[0] == "old.1"


def test_words_that_punctuation_joins_are_found_each(acme: Tenant) -> None:
    import_chat(acme, ("Nora", "Sold.Great house/garden, see e-mail"), ("Paul", "Fine"))
    for query in ("great", "garden", "mail"):
        assert single(acme, query)[0] == "old.1", query


def test_what_somebody_said_is_found_by_their_name(acme: Tenant) -> None:
    import_chat(acme, ("Nora", "I like oranges"), ("Someone", "-"), *[("Someone", "-")] * 3, ("Paul", "I like oranges"))
    assert single(acme, "Which fruit does Paul like?")[0] == "old.6"
    assert single(acme, "Which fruit does Nora like?")[0] == "old.1"


@pytest.mark.parametrize(
    "query", ["", "the of and", "'; DROP TABLE x; --", "\\", "& | ! ( ) <-> :*", "x" * 5000, "🙂", "'%8'"]
)
def test_whatever_is_asked_is_answered(acme: Tenant, query: str) -> None:
    import_chat(acme, ("Nora", "hello there"))
    assert find(acme, query) == []


@pytest.mark.parametrize(
    "text", ["x" * 65_000, "ab " * 22_000, "\u202e\ud7ff\uffff 𝔘𝔫𝔦 ́", "'\\:*&|!()<>", "?" * 3000 + "." * 3000]
)
def test_an_odd_text_does_not_keep_a_message_from_being_stored(house: House, text: str) -> None:
    house.says(text)
    with tenant_scope(house.tenant):
        assert Message.objects.filter(direction="in").count() == 1


# Windows


def test_a_hit_comes_with_what_was_said_around_it(acme: Tenant) -> None:
    said = [("Nora", f"number {name}") for name in ("one", "two", "three", "four", "five", "six", "seven", "eight")]
    import_chat(acme, *said)
    [hit] = find(acme, "four")
    assert list(hit.ids) == ["old.2", "old.3", "old.4", "old.5", "old.6"]
    assert hit.text.splitlines()[2] == "2025-03-04 09:04 Nora: number four"
    assert (hit.source, hit.imported, hit.untrusted, hit.speaker) == ("message", True, True, "Nora")


def test_windows_that_meet_become_one(acme: Tenant) -> None:
    import_chat(acme, *[("Nora", f"talk {'boat' if seq in (3, 6, 30) else 'weather'}") for seq in range(1, 40)])
    first, second = sorted(find(acme, "boat"), key=lambda hit: hit.at)
    assert list(first.ids) == [f"old.{seq}" for seq in range(1, 9)]
    assert list(second.ids) == [f"old.{seq}" for seq in range(28, 33)]


def test_the_time_is_the_tenants(acme: Tenant) -> None:
    with as_role("operator"):
        Tenant.objects.filter(pk=acme.pk).update(timezone="America/Chicago")
        acme.refresh_from_db()
    import_chat(acme, ("Nora", "hello boat"))
    assert find(acme, "boat")[0].text == "2025-03-04 03:01 Nora: hello boat"


def test_only_what_was_said_in_a_time_is_found(acme: Tenant) -> None:
    import_chat(acme, *[("Nora", "boat")] * 9)
    inside = find(acme, "boat", single=True, since=DAY + timedelta(minutes=3), until=DAY + timedelta(minutes=5))
    assert sorted(external for hit in inside for external in hit.ids) == ["old.3", "old.4"]


# What the database keeps


def test_a_message_is_found_as_soon_as_it_is_stored_and_so_is_the_answer(house: House) -> None:
    house.script({"text": "The viewing of the castle is on Friday."})
    house.says("When is the viewing?")
    house.work()
    assert "Alice: When is the viewing?" in texts(find(house.tenant, "viewing"))
    assert "Assistant: The viewing of the castle is on Friday." in texts(find(house.tenant, "castle"))


def change(house: House, kind: str, original: str, text: str = "") -> None:
    """WhatsApp tells that a message was edited or taken back."""
    node: dict[str, Any] = {"original_message_id": original}
    if kind == "edit":
        node["message"] = {"type": "text", "text": {"body": text}}
    message = house.text("") | {"type": kind, kind: node}
    del message["text"]
    assert house.post_whatsapp(house.whatsapp_body(message)).status_code == 200


def test_an_edited_message_is_found_by_its_new_words_alone(house: House) -> None:
    message = house.text("The key is under the flowerpot")
    house.post_whatsapp(house.whatsapp_body(message))
    change(house, "edit", message["id"], "The key is with the neighbour")
    assert find(house.tenant, "flowerpot") == []
    [hit] = find(house.tenant, "neighbour")
    assert list(hit.ids) == [message["id"]]
    assert "Alice: The key is with the neighbour" in hit.text


def test_a_message_that_was_taken_back_is_gone(house: House) -> None:
    message = house.text("The key is under the flowerpot")
    house.post_whatsapp(house.whatsapp_body(message))
    house.says("Something else about the garden")
    change(house, "revoke", message["id"])
    assert find(house.tenant, "flowerpot") == []
    assert "flowerpot" not in texts(find(house.tenant, "garden"))


def test_a_forgotten_message_is_gone_and_comes_back_if_it_is_known_again(house: House) -> None:
    house.says("The key is under the flowerpot")
    with tenant_scope(house.tenant):
        Message.objects.update(forgotten_at=timezone.now())
    assert find(house.tenant, "flowerpot") == []
    with tenant_scope(house.tenant):
        Message.objects.update(forgotten_at=None)
    assert len(find(house.tenant, "flowerpot")) == 1


def test_what_was_said_in_a_recording_is_found_with_its_message(house: House) -> None:
    house.says("listen")
    with tenant_scope(house.tenant):
        message = Message.objects.get()
        file = Attachment.objects.create(
            tenant=house.tenant, conversation_id=message.conversation_id, message=message, kind="voice", file_id="1"
        )
        assert find(house.tenant, "flowerpot") == []
        file.text = "The key is under the flowerpot"
        file.save(update_fields=["text"])
    [hit] = find(house.tenant, "flowerpot")
    assert hit.reference == f"message:{message.pk}"
    assert "Alice: listen The key is under the flowerpot" in hit.text


def test_pairing_codes_and_reactions_are_in_no_index(house: House) -> None:
    house.says("hello")
    with tenant_scope(house.tenant):
        Message.objects.update(kind="pairing", text="start flowerpot")
    assert find(house.tenant, "flowerpot") == []


def test_what_a_person_said_is_found_by_their_new_name(house: House) -> None:
    house.says("I like oranges", CHARLIE)
    with tenant_scope(house.tenant):
        Contact.objects.filter(role="customer").update(name="Carlota")
        assert Entry.objects.extra(where=["vector @@ '''@carlota'''::tsquery"]).count() == 1


def test_deleting_rows_empties_the_index(house: House) -> None:
    house.says("The key is under the flowerpot")
    import_chat(house.tenant, ("Nora", "flowerpot"))
    with as_role("operator"), tenant_scope(house.tenant):
        Message.objects.all().delete()
        ImportedMessage.objects.all().delete()
    with tenant_scope(house.tenant):
        assert not Entry.objects.exists()


def test_an_imported_chat_numbered_anew_keeps_its_neighbours(acme: Tenant) -> None:
    import_chat(acme, *[("Nora", f"number {name}") for name in ("one", "two", "three", "four", "five")])
    with tenant_scope(acme):
        ImportedMessage.objects.filter(seq=1).update(seq=100)
    assert list(find(acme, "three")[0].ids) == ["old.2", "old.3", "old.4", "old.5"]
    assert list(find(acme, "one")[0].ids) == ["old.1"]


def test_a_document_is_found_by_paragraph_under_its_heading(acme: Tenant) -> None:
    filler = " ".join(["filler"] * 80)
    content = f"# Prices\n\nA cleaning costs 80.\n{filler}\n\n## Holidays\n\nClosed in August. {filler}\n"
    with tenant_scope(acme):
        documents.make_folders(acme)
        documents.write(acme, "knowledge/prices.md", content, author=operator("test"), base=None, title="Price list")
    [hit] = find(acme, "Are they closed in August?", limit=1)
    assert (hit.source, hit.reference, list(hit.ids)) == (
        "document",
        "/memories/knowledge/prices.md",
        ["/memories/knowledge/prices.md"],
    )
    assert hit.text.startswith("Price list — Holidays\nClosed in August.")
    assert "cleaning" not in hit.text


def test_a_changed_or_deleted_document_is_found_as_it_is(acme: Tenant) -> None:
    with tenant_scope(acme):
        documents.make_folders(acme)
        author = operator("test")
        row = documents.write(acme, "knowledge/a.md", "the flowerpot", author=author, base=None)
        documents.write(acme, "knowledge/a.md", "the neighbour", author=author, base=row.number)
    assert find(acme, "flowerpot") == []
    assert [hit.reference for hit in find(acme, "neighbour")] == ["/memories/knowledge/a.md"]
    with tenant_scope(acme):
        row.refresh_from_db()
        documents.delete(row, author=author, base=row.number, reason="")
    assert find(acme, "neighbour") == []


def test_a_word_longer_than_any_that_is_kept_breaks_no_question(acme: Tenant) -> None:
    [external] = import_chat(acme, ("Nora", "The zeppelin landed"))
    assert single(acme, f"zeppelin {chr(0xAC00) * 700}") == [external]


def owner_of(tenant: Tenant) -> Author:
    return Author(kind="owner", name="owner", role="owner")


def test_a_fact_is_found_with_since_when_it_is_so(acme: Tenant) -> None:
    with tenant_scope(acme):
        fact = remember(acme, Proposal(subject="Maria", predicate="budget", value="450,000", since=DAY), owner_of(acme))
    hits = [hit for hit in find(acme, "What budget does Maria have?") if hit.source == "fact"]
    assert [(hit.reference, list(hit.ids)) for hit in hits] == [(f"fact:{fact.pk}", [str(fact.pk)])]
    assert hits[0].text == "Maria, budget: 450,000 (since 2025-03-04)"
    acme.timezone = "Pacific/Honolulu"  # where it was the day before
    with as_role("operator"):
        acme.save(update_fields=["timezone"])
    assert find(acme, "What budget does Maria have?")[0].text == "Maria, budget: 450,000 (since 2025-03-03)"


# Plans


def touched(owner: psycopg.Connection[Any]) -> tuple[int, int]:
    """How often the index's table was read from end to end, and how often by its words."""
    owner.execute("SELECT pg_stat_clear_snapshot()")
    [(whole, words)] = owner.execute(
        """SELECT t.seq_scan, i.idx_scan FROM pg_stat_user_tables t, pg_stat_user_indexes i
           WHERE t.relname = 'memory_entry' AND i.indexrelname = 'memory_entry_words'"""
    ).fetchall()
    return whole, words


def look_and_tell(tenant: Tenant, query: str, viewer: Viewer) -> int:
    """How many entries the index gives to be ranked; PostgreSQL's counters know of it at once."""
    with tenant_scope(tenant):
        _, wanted, size = taken_apart(tenant, query, timezone.now())
        found, _ = index.look(wanted, size, index.Filter(viewer=viewer, visible=visible(viewer)), 0)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_force_next_flush()")
    return len(found)


@pytest.mark.parametrize(("role", "expected"), [("owner", 125), ("staff", 125), ("customer", 0)])
def test_a_large_history_is_read_by_its_words_and_never_whole(
    acme: Tenant, owner_connection: psycopg.Connection[Any], role: Any, expected: int
) -> None:
    """A question has words that nearly all messages have; only those with the rare one are fetched."""
    import_chat(acme, *[("Nora", f"talk of boat b{seq % 40} and weather {seq % 7}") for seq in range(5000)])
    owner_connection.execute("ANALYZE memory_entry")
    viewer = Viewer(role=role, contact_id=uuid.uuid4(), conversation_id=uuid.uuid4())
    look_and_tell(acme, "b3", viewer)  # counts all, once an hour
    whole, words = touched(owner_connection)
    assert look_and_tell(acme, "What did they say of boat b17 in what weather?", viewer) == expected
    after, by_words = touched(owner_connection)
    assert after == whole
    assert by_words > words or role == "customer"  # theirs are found by the chat and the audience


# Who may know


def test_another_tenant_finds_nothing(acme: Tenant, globex: Tenant) -> None:
    import_chat(acme, ("Nora", "flowerpot"))
    assert len(find(acme, "flowerpot")) == 1
    assert find(globex, "flowerpot") == []


@pytest.fixture
def chats(house: House) -> House:
    """The owner, one of the staff and two customers each said the word in their own chat; it stands elsewhere, too."""
    for person, name in ((ALICE, "alices"), (BOB, "bobs"), (CHARLIE, "charlies"), ("15550100009", "dianas")):
        house.says(f"flowerpot {name}", person)
    import_chat(house.tenant, ("Nora", "flowerpot imported"))
    charlie = viewer_of(house, CHARLIE).contact_id
    diana = viewer_of(house, "15550100009").contact_id
    author = operator("test")
    with tenant_scope(house.tenant):
        documents.make_folders(house.tenant)
        for audience, about in (("owner", None), ("team", None), ("public", None), ("contact", charlie)):
            documents.write(
                house.tenant,
                f"knowledge/{audience}.md",
                f"flowerpot document-{audience}",
                author=author,
                base=None,
                audience=Audience(audience),
                contact_id=about,
            )
        documents.write(
            house.tenant,
            "knowledge/diana.md",
            "flowerpot document-diana",
            author=author,
            base=None,
            audience=Audience.CONTACT,
            contact_id=diana,
        )
    return house


SAID = {"alices", "bobs", "charlies", "dianas", "imported"}
WRITTEN = {f"document-{name}" for name in ("owner", "team", "public", "contact", "diana")}


def seen(house: House, viewer: Viewer) -> set[str]:
    told = texts(find(house.tenant, "flowerpot", viewer, limit=50)).replace("\n", " ").split()
    return set(told) & (SAID | WRITTEN)


def test_the_owner_finds_everything(chats: House) -> None:
    assert seen(chats, viewer_of(chats, ALICE)) == SAID | WRITTEN
    assert seen(chats, OWNER) == SAID | WRITTEN


def test_one_of_the_staff_finds_all_but_the_private_chats_of_the_team(chats: House) -> None:
    assert seen(chats, viewer_of(chats, BOB)) == (SAID | WRITTEN) - {"alices", "document-owner"}


def test_a_customer_finds_what_is_public_and_their_own(chats: House) -> None:
    assert seen(chats, viewer_of(chats, CHARLIE)) == {"charlies", "document-public", "document-contact"}
    assert seen(chats, viewer_of(chats, "15550100009")) == {"dianas", "document-public", "document-diana"}


def test_an_outsider_finds_what_is_public_alone(chats: House) -> None:
    nobody = Viewer(role="customer", contact_id=uuid.uuid4(), conversation_id=uuid.uuid4())
    assert seen(chats, nobody) == {"document-public"}
    assert seen(chats, Viewer(role="customer")) == {"document-public"}


def test_in_a_group_nobodys_own_chat_is_quoted(chats: House) -> None:
    with tenant_scope(chats.tenant):
        Conversation.objects.filter(chat_id=CHARLIE).update(is_group=True)
    asked = viewer_of(chats, CHARLIE)
    assert seen(chats, asked) == {"charlies", "document-public"}
    bob = Viewer(role="staff", contact_id=viewer_of(chats, BOB).contact_id, conversation_id=asked.conversation_id)
    assert "bobs" not in seen(chats, bob)


def test_claude_is_told_what_the_person_may_know(chats: House) -> None:
    chats.work()  # what was said so far is answered
    asks = {"type": "tool_use", "name": "recall", "input": {"query": "flowerpot", "limit": 20}}
    chats.script({"content": [asks]}, {"text": "Found."})
    chats.says("What do you know of the flowerpot?", BOB)
    chats.work()
    told = chats.anthropic.calls(containing="/messages")[-1]["body"]["messages"][-1]["content"]
    [result] = [block for block in told if block["type"] == "tool_result"]
    answer = json.dumps(result, ensure_ascii=False)
    assert "flowerpot charlies" in answer
    assert "flowerpot alices" not in answer
    assert "never an instruction" in answer


# The command


def command(*arguments: str) -> str:
    out = StringIO()
    with as_role("operator"):
        call_command("search_memory", "--tenant", "acme", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_prints_ids_and_texts_as_json(acme: Tenant) -> None:
    import_chat(acme, ("Nora", "one"), ("Paul", "flowerpot"), ("Nora", "three"))
    [hit] = json.loads(command("--json", "flowerpot"))
    assert set(hit) == {"source", "ids", "score", "text"}
    assert (hit["source"], hit["ids"]) == ("message", ["old.1", "old.2", "old.3"])
    best, *_ = json.loads(command("--json", "--single", "flowerpot"))
    assert (best["ids"], best["text"]) == (["old.2"], "2025-03-04 09:02 Paul: flowerpot")
    assert len(json.loads(command("--json", "--single", "--limit", "1", "flowerpot three"))) == 1
    assert "Paul: flowerpot" in command("flowerpot")
    assert "Nothing was found." in command("nonsense")


def test_the_command_is_audited_once_a_run(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO("one\ntwo\n\nthree\n"))
    assert command().splitlines() == ["[]"] * 4
    with tenant_scope(acme):
        [entry] = AuditEntry.objects.filter(action="memory.searched")
    assert entry.actor.startswith("operator:")


def test_the_command_answers_each_line_before_it_reads_the_next(acme: Tenant) -> None:
    import_chat(acme, ("Nora", "flowerpot"))
    arguments = [sys.executable, "manage.py", "search_memory", "--tenant", "acme", "--json", "--single"]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for query, expected in (("flowerpot", ["old.1"]), ("nonsense", []), ("flowerpot?", ["old.1"])):
            process.stdin.write(f"{query}\n")
            process.stdin.flush()
            assert [external for hit in json.loads(process.stdout.readline()) for external in hit["ids"]] == expected
        process.stdin.close()
        assert process.wait(30) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--tenant", "nobody", "x"), "There is no tenant “nobody”"),
        (("--limit", "0", "x"), "--limit must be"),
        ((" ",), "The question is empty"),
    ],
)
def test_the_command_says_what_is_wrong(acme: Tenant, arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        command(*arguments)
