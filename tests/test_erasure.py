"""Erasing a person leaves nothing of theirs anywhere, and nothing else is touched; a walk through every column proves
it, and is proved itself."""

from __future__ import annotations

import json
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from memory.models import Document, ImportedMessage, Revision
from messaging import erasure, work
from messaging.erasure import NotErasable, Report, erase_contact
from messaging.models import Conversation, Delivery, Message, Session, Turn, TurnStep, Work
from messaging.turns import run_turn
from tenants_app.deletion import tenant_files
from tenants_app.marks import folded
from tenants_app.models import AuditEntry, Contact, ContactAddress, Tenant
from tenants_app.scope import tenant_scope
from tenants_app.traces import find_traces, tables
from tests.erased_person import HOME, NAME, WORDS, move_in
from tests.fixtures import as_role
from tests.house import CHARLIE, House
from tooling.types import step_from_json

OPERATOR = "operator:olivia"


@pytest.fixture
def person(house: House, settings: Any, tmp_path: Path) -> Contact:
    settings.MEDIA_ROOT = tmp_path
    return move_in(house)


def erase(person: Contact, **options: Any) -> Report:
    with as_role("operator"):
        contact = Contact.objects.select_related("tenant").get(pk=person.pk)
        return erase_contact(contact, actor=OPERATOR, patience=0.5, **options)


def everywhere(owner: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    """Every row of the whole database that holds one of their words, found without the product's own walk."""
    names = [row[0] for row in owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    found = []
    for table in names:
        for [text] in owner.execute(f'SELECT t::text FROM "{table}" t').fetchall():
            shown = text + bytes_in(text)
            found += [(table, word) for word in WORDS if word.lower() in shown.lower()]
    return found


def bytes_in(row: str) -> str:
    """What the bytea columns of a row say."""
    parts = [part.split(",")[0].split('"')[0].strip(")") for part in row.split("\\x")[1:]]
    return " ".join(bytes.fromhex(part).decode("utf-8", "replace") for part in parts if is_hex(part))


def is_hex(text: str) -> bool:
    try:
        bytes.fromhex(text)
    except ValueError:
        return False
    return True


# Where somebody's words can stand, and stood in the test's world.
HOLDS = {
    "django_admin_log",
    "memory_document",
    "memory_entry",
    "memory_fact",
    "memory_importedchat",
    "memory_importedmessage",
    "memory_revision",
    "messaging_accountissue",
    "messaging_attachment",
    "messaging_conversation",
    "messaging_deadletter",
    "messaging_delivery",
    "messaging_feedback",
    "messaging_message",
    "messaging_session",
    "messaging_turnstep",
    "messaging_unroutedwebhook",
    "tenants_app_auditentry",
    "tenants_app_consent",
    "tenants_app_contact",
    "tenants_app_contactaddress",
    "tenants_app_operatoralert",
    "tooling_execution",
}


def test_nothing_is_left_but_what_others_wrote_themselves(person: Contact, owner_connection: Any) -> None:
    report = erase(person)
    assert {trace.table for trace in report.before} >= HOLDS | {"file"}
    stays = {
        "memory_document",
        "memory_revision",
        "memory_fact",
        "messaging_message",
        "messaging_turnstep",
        "memory_entry",
    }
    assert {trace.table for trace in report.left} <= stays
    assert {table for table, _ in everywhere(owner_connection)} <= stays
    assert {word for _, word in everywhere(owner_connection)} <= {NAME, "Zacarias Quillfeather"}, "a name and no more"
    assert {mention.place.split(" ")[0] for mention in report.mentions} == {"document", "fact", "message"}


def test_with_the_mentions_nothing_is_left_at_all(person: Contact, owner_connection: Any) -> None:
    report = erase(person, with_mentions=True)
    assert everywhere(owner_connection) == []
    assert (list(report.left), list(report.mentions)) == ([], [])
    with tenant_scope(person.tenant):
        kept = Document.objects.get(path="knowledge/customers.md")
        assert kept.content == "# Customers\n[erased]\n- Bob pays early"
        assert {row.content for row in Revision.objects.filter(document=kept)} == {kept.content}


def test_others_keep_what_is_theirs(house: House, person: Contact) -> None:
    erase(person, with_mentions=True)
    with tenant_scope(house.tenant):
        assert set(Contact.objects.values_list("name", flat=True)) == {"Alice", "Bob"}
        texts = set(Message.objects.values_list("text", flat=True))
        assert "Has anybody written?" in texts
        assert any("I agree with that" in text for text in texts)
        assert ImportedMessage.objects.filter(chat__name="Party").count() == 2
        assert not ImportedMessage.objects.filter(chat__name__contains="Chat with").exists()
        assert Session.objects.get(
            conversation__contact__name="Alice", conversation__account__kind="whatsapp"
        ).summary == ("[erased]\nAnd of cake.")
        for step in TurnStep.objects.all():
            step_from_json(step.content)
        answer = TurnStep.objects.filter(kind="assistant", turn__conversation__account__kind="whatsapp")
        said = [block for step in answer for block in step.content["content"]]
        assert {"type": "text", "text": "[erased]\nAnything else?"} in said
        assert not [block for block in said if block["type"] == "thinking"]


def test_the_trail_keeps_that_it_was_done_and_no_more(person: Contact) -> None:
    erase(person)
    with tenant_scope(person.tenant):
        entry = AuditEntry.objects.get(action="contact.erased")
        assert (entry.actor, entry.subject) == (OPERATOR, f"contact {person.pk}")
        assert entry.detail["conversations"] == 1
        assert all(isinstance(number, int) for number in entry.detail.values())


def test_sessions_begin_anew(person: Contact) -> None:
    erase(person)
    with tenant_scope(person.tenant):
        assert Tenant.objects.get().prompt_epoch > person.tenant.prompt_epoch


def test_files_are_gone(person: Contact) -> None:
    folder = tenant_files(person.tenant) / "media"
    assert [path.name for path in folder.rglob("*.txt")] == ["file.txt"]
    erase(person)
    assert list(folder.iterdir()) == []


class Died(Exception):
    """As if the process had been killed here."""


POINTS = ["erasure_put_away", "erasure_scrubbed", "erasure_rows", "erasure_done"]


@pytest.mark.parametrize("point", POINTS)
def test_whoever_was_interrupted_completes_it(
    person: Contact, owner_connection: Any, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    def die(here: str) -> None:
        if here == point:
            raise Died

    monkeypatch.setattr(erasure, "fault", die)
    with pytest.raises(Died):
        erase(person, with_mentions=True)
    monkeypatch.undo()
    with tenant_scope(person.tenant):
        is_there = Contact.objects.filter(pk=person.pk).exists()
    assert is_there == (point != "erasure_done"), "as long as there is something to find it again by"
    if is_there:
        erase(person, with_mentions=True)
    assert everywhere(owner_connection) == []
    assert not list(tenant_files(person.tenant).rglob("*.txt"))


def test_an_owner_is_not_erased(house: House, person: Contact) -> None:
    with tenant_scope(house.tenant):
        alice = Contact.objects.filter(role="owner").select_related("tenant").first()
    assert alice is not None
    with pytest.raises(NotErasable):
        erase(alice)
    with tenant_scope(house.tenant):
        assert Contact.objects.filter(pk=alice.pk).exists()


def test_a_name_that_another_bears_counts_for_nobody(house: House, person: Contact) -> None:
    house.link("whatsapp", "15550100077", Contact.Role.CUSTOMER, NAME)
    erase(person)
    with tenant_scope(house.tenant):
        assert Contact.objects.filter(name=NAME).exists()
        assert "pays late" in Document.objects.get(path="knowledge/customers.md").content
        assert AuditEntry.objects.filter(subject=f"{NAME} wrote").exists()
        assert not Message.objects.filter(text=HOME).exists()


def test_another_tenants_person_of_the_same_name_and_number_stays(
    house: House, person: Contact, globex: Tenant, owner_connection: Any
) -> None:
    with tenant_scope(globex):
        other = Contact.objects.create(tenant=globex, name=NAME)
        ContactAddress.objects.create(tenant=globex, contact=other, kind="whatsapp", address=CHARLIE)
    erase(person, with_mentions=True)
    tables_left = {table for table, _ in everywhere(owner_connection)}
    assert tables_left == {"tenants_app_contact", "tenants_app_contactaddress"}


# --- the command -----------------------------------------------------------------------------------------------------


def commanded(person: Contact, *arguments: str) -> str:
    out = StringIO()
    with as_role("operator"):
        call_command(
            "erase_contact", "--tenant", "acme", "--contact", str(person.pk), *arguments, stdout=out, stderr=StringIO()
        )
    return out.getvalue()


def test_the_command_prints_the_proof(person: Contact, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO(f"no\n{person.pk}\n"))
    with pytest.raises(CommandError, match="nothing was erased"):
        commanded(person)
    told = commanded(person)
    before, _, now = told.partition("Now they stand in ")
    assert "  tenants_app_contact.name: 1" in before
    assert "  tenants_app_contact.name" not in now
    assert "stays: document knowledge/customers.md, line 2" in now
    with pytest.raises(CommandError, match="is erased already"):
        commanded(person, "--yes")


def test_the_command_finds_nothing_after_the_mentions_went(person: Contact) -> None:
    assert "Now they stand in 0 places." in commanded(person, "--yes", "--mentions")


# --- work that is under way ------------------------------------------------------------------------------------------


def test_a_turn_that_runs_writes_nothing_any_more_and_nothing_goes_out(house: House, person: Contact) -> None:
    house.says("Are you there?", CHARLIE)
    claim = work.claim_next(Work.Kind.TURN)
    assert claim is not None
    sent = house.sent()
    erase(person)
    run_turn(claim)
    house.work()
    assert house.sent() == sent
    with tenant_scope(house.tenant):
        assert not Conversation.objects.filter(contact=person).exists()
        assert not Turn.objects.filter(status="open").exists()


def test_what_waits_to_be_sent_to_the_owner_about_them_is_withdrawn(house: House, person: Contact) -> None:
    with tenant_scope(house.tenant):
        row = Delivery.objects.filter(conversation__contact__name="Alice", payload__contains="Quillfeather").first()
        assert row is not None
        Delivery.objects.filter(pk=row.pk).update(status="held")
    erase(person)
    with tenant_scope(house.tenant):
        row.refresh_from_db()
        assert row.status == "withdrawn"
        assert "Quillfeather" not in str(row.payload)


def test_they_can_write_again_as_somebody_new(house: House, person: Contact) -> None:
    erase(person, with_mentions=True)
    house.script({"text": "Welcome."})
    house.says("Hello, it's me", CHARLIE)
    house.work()
    assert house.sent()[-1].endswith("Welcome.")
    prompt = str(house.anthropic.calls(containing="/v1/messages")[-1]["body"])
    assert not [word for word in WORDS if word in prompt and word != CHARLIE]


# --- the proof is proved ---------------------------------------------------------------------------------------------

NEEDLE = "Zq9a Wörtchen"
INSTALLATION = {"django_admin_log", "messaging_unroutedwebhook"}  # no rows of a tenant


def plant(column: str, kind: str, table: Any, tenant: Tenant) -> int:
    """Put the needle into the column, of the tenant's rows or the installation's; into how many."""
    special: dict[str, str | bytes] = {"jsonb": json.dumps(NEEDLE), "bytea": NEEDLE.encode()}
    value = special.get(kind, NEEDLE)
    place = f'WHERE "{table.tenant_column}" = %s' if table.tenant_column else "WHERE %s::uuid IS NOT NULL"
    text = f'UPDATE "{table.name}" SET "{column}" = %s {place}'
    if kind == "tsvector":
        value = folded(NEEDLE)
        text = text.replace("= %s WHERE", "= to_tsvector('simple', %s) WHERE")
    if kind.startswith("_"):
        text = text.replace("= %s WHERE", "= ARRAY[%s] WHERE")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(text, [value, tenant.pk])
            return int(cursor.rowcount)
    except DatabaseError:  # a constraint, a trigger or a size
        return 0


def test_the_walk_sees_a_word_in_every_column_that_can_hold_one(acme: Tenant, twins: Any) -> None:
    """Planted in each column in turn, in a row that is taken back."""
    missed, planted = [], set()
    with as_role("owner"):
        for table in tables():
            for column, kind in table.wordy.items():
                with transaction.atomic():
                    if plant(column, kind, table, acme):
                        planted.add((table.name, column))
                        found = {(each.table, each.column) for each in find_traces(acme, [NEEDLE])}
                        missed += [(table.name, column)] if (table.name, column) not in found else []
                    transaction.set_rollback(True)
    assert missed == []
    assert {table for table, _ in planted} >= {table for table in HOLDS if table not in INSTALLATION}


def test_the_walk_sees_words_however_they_are_written(house: House, person: Contact) -> None:
    with tenant_scope(house.tenant):
        row = Message.objects.filter(contact__name="Alice").first()
        assert row is not None
    for raw in (b'{"text": "ZACAR\\u00cdAS QUILLFEATHER"}', f"call {NAME.upper()}".encode(), b"call +1 555-010-0003"):
        with tenant_scope(house.tenant):
            Message.objects.filter(pk=row.pk).update(raw=raw)
        with as_role("operator"):
            found = find_traces(house.tenant, [NAME, CHARLIE])
        assert ("messaging_message", "raw", str(row.pk)) in {(t.table, t.column, t.row) for t in found}, raw


def test_a_short_word_is_seen_as_a_whole(house: House) -> None:
    for text, seen in (
        ("banana", False),
        ("Dear ANA, hello", True),
        ("x\nana", True),
        ("anas", False),
        ("(Ana)", True),
    ):
        with tenant_scope(house.tenant):
            row = Contact.objects.get(role="staff")
            Contact.objects.filter(pk=row.pk).update(name=text)
        with as_role("operator"):
            found = {(each.table, each.column, each.row) for each in find_traces(house.tenant, ["Ana"])}
        assert (("tenants_app_contact", "name", str(row.pk)) in found) is seen, text


def test_the_walk_sees_files_by_name_and_content(acme: Tenant, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    folder = tenant_files(acme) / "sent"
    folder.mkdir(parents=True)
    (folder / "a.txt").write_text("x" * (1 << 20) + "Wörtchen Zq9"[:6] + "tchen")
    (folder / "b.txt").write_text("x" * ((1 << 20) - 3) + NEEDLE.upper())
    (folder / f"{NEEDLE}.txt").write_text("")
    with as_role("operator"):
        assert [trace.row for trace in find_traces(acme, [NEEDLE])] == [f"sent/{NEEDLE}.txt", "sent/b.txt"]
