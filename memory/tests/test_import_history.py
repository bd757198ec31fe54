"""manage.py import_history: stored once, in the order of time, and told what became of every line."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from memory.importing import BATCH, Import
from memory.imports.items import Said
from memory.models import Entry, ImportedChat, ImportedMessage
from tenants_app.models import AuditEntry, Contact, ContactAddress, Tenant
from tenants_app.scope import tenant_scope
from tests.fixtures import as_role

EXPORTS = Path(__file__).parent / "exports"


def run(path: Path, tenant: str = "acme", **options: Any) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    with as_role("operator"):
        call_command("import_history", str(path), tenant=tenant, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def rows(tenant: Tenant, chat: str) -> list[ImportedMessage]:
    with tenant_scope(tenant):
        return list(ImportedMessage.objects.filter(chat__name=chat, tenant=tenant).order_by("seq"))


def lines(path: Path, *numbers: int, day: int = 1) -> Path:
    said = [
        {"id": f"m{number}", "speaker": "Nora", "text": f"word{number}", "at": f"2025-03-{day:02}T10:{number:02}:00"}
        for number in numbers
    ]
    path.write_text("".join(json.dumps(each) + "\n" for each in said), encoding="utf-8")
    return path


def test_a_second_import_adds_nothing_and_a_longer_one_what_is_new(acme: Tenant, tmp_path: Path) -> None:
    out, _ = run(lines(tmp_path / "a.jsonl", 1, 2, 3), chat="Nora")
    assert "3 messages: 3 new, 0 already there" in out
    out, _ = run(tmp_path / "a.jsonl", chat="Nora")
    assert "3 messages: 0 new, 3 already there" in out
    out, _ = run(lines(tmp_path / "a.jsonl", 1, 2, 3, 4), chat="Nora")
    assert "4 messages: 1 new, 3 already there" in out
    assert [(row.seq, row.external_id) for row in rows(acme, "Nora")] == [(1, "m1"), (2, "m2"), (3, "m3"), (4, "m4")]
    run(tmp_path / "a.jsonl", chat="Another")  # ids are a chat's own
    assert len(rows(acme, "Another")) == 4


def test_an_earlier_part_that_comes_later_stands_before_in_the_index_too(acme: Tenant, tmp_path: Path) -> None:
    run(lines(tmp_path / "a.jsonl", 5, 6, 7), chat="Nora")
    run(lines(tmp_path / "a.jsonl", 6, 1, 9, 2), chat="Nora")
    found = rows(acme, "Nora")
    assert [(row.seq, row.external_id) for row in found] == [
        (seq, f"m{number}") for seq, number in enumerate([1, 2, 5, 6, 7, 9], start=1)
    ]
    with tenant_scope(acme):
        entries = dict(Entry.objects.filter(tenant=acme, source="imported").values_list("id", "seq"))
        assert ImportedChat.objects.get(tenant=acme).last_seq == 6
    assert entries == {row.pk: row.seq for row in found}


def test_what_is_imported_is_in_the_index_when_the_command_returns(acme: Tenant) -> None:
    run(EXPORTS / "ios_en.txt")
    [boiler] = [row for row in rows(acme, "ios_en") if "viewing" in row.text]
    with tenant_scope(acme):
        entry = Entry.objects.get(pk=boiler.pk)
    assert entry.chat == boiler.chat_id
    assert "'view'" in str(entry.vector)


def test_times_without_an_offset_are_the_tenants_or_those_that_are_named(acme: Tenant, tmp_path: Path) -> None:
    with as_role("operator"):
        Tenant.objects.filter(pk=acme.pk).update(timezone="Europe/Madrid")
    run(lines(tmp_path / "a.jsonl", 1), chat="Nora")
    run(lines(tmp_path / "a.jsonl", 1), chat="Sam", tz="America/Chicago")
    assert rows(acme, "Nora")[0].at == datetime(2025, 3, 1, 9, 1, tzinfo=UTC)
    assert rows(acme, "Sam")[0].at == datetime(2025, 3, 1, 16, 1, tzinfo=UTC)
    with pytest.raises(CommandError, match="no time zone"):
        run(tmp_path / "a.jsonl", tz="Mars/Base")


def test_speakers_that_one_contact_can_be_are_linked(acme: Tenant) -> None:
    with tenant_scope(acme):
        owner = Contact.objects.create(tenant=acme, role=Contact.Role.OWNER, name="Alice")
        sam = Contact.objects.create(tenant=acme, name="sam  ORTÍZ")
        number = Contact.objects.create(tenant=acme, name="")
        ContactAddress.objects.create(tenant=acme, contact=number, kind="whatsapp", address="15550100001")
        for _ in range(2):
            Contact.objects.create(tenant=acme, name="Lee")
    out, _ = run(EXPORTS / "ios_en.txt", me="Nora Patel", chat="Elm")
    assert {(row.speaker, row.contact_id) for row in rows(acme, "Elm")} == {
        ("Nora Patel", owner.pk),
        ("Sam Ortiz", sam.pk),
        ("Lee", None),
        ("+1 (555) 010-0001", number.pk),
    }
    assert "Nora Patel is Alice" in out
    assert "no one contact is named: Lee" in out
    with tenant_scope(acme):
        Contact.objects.filter(name="Lee").first().delete()  # type: ignore[union-attr]
        lee = Contact.objects.get(name="Lee")
    run(EXPORTS / "ios_en.txt", chat="Elm")  # run again, those known since are linked
    assert {row.contact_id for row in rows(acme, "Elm") if row.speaker == "Lee"} == {lee.pk}


def test_me_needs_the_one_owner(acme: Tenant) -> None:
    with pytest.raises(CommandError, match="one owner"):
        run(EXPORTS / "ios_en.txt", me="Nora Patel")


def test_what_cannot_be_read_is_told_line_by_line_and_the_rest_is_there(acme: Tenant) -> None:
    out, err = io.StringIO(), io.StringIO()
    with as_role("operator"), pytest.raises(CommandError) as caught:
        call_command("import_history", str(EXPORTS / "lines.jsonl"), tenant="acme", stdout=out, stderr=err)
    assert caught.value.returncode == 2
    assert [line.split(" has ")[0].split(" is ")[0] for line in err.getvalue().splitlines()] == [
        "line 5",
        "line 6",
        "line 7",
        "line 8",
    ]
    assert "could not be read: 4" in out.getvalue()
    assert "left out: 1 empty messages" in out.getvalue()
    assert [row.external_id for row in rows(acme, "lines")] == ["m8", "m1", "m2", "3"]


def test_a_dry_run_tells_the_same_and_writes_nothing(acme: Tenant, tmp_path: Path) -> None:
    run(lines(tmp_path / "a.jsonl", 1, 2), chat="Nora")
    out, _ = run(lines(tmp_path / "a.jsonl", 1, 2, 3), chat="Nora", dry_run=True)
    assert "3 messages: 1 would be new, 2 already there" in out
    out, _ = run(tmp_path / "a.jsonl", chat="New", dry_run=True)
    assert "3 messages: 3 would be new" in out
    with tenant_scope(acme):
        assert (ImportedMessage.objects.count(), ImportedChat.objects.count()) == (2, 1)
        assert AuditEntry.objects.filter(action="history.imported").count() == 1


def test_who_imported_what_is_in_the_audit_trail_without_words(acme: Tenant) -> None:
    run(EXPORTS / "telegram_account.json")
    with tenant_scope(acme):
        entries = list(AuditEntry.objects.filter(action="history.imported").order_by("at"))
        names = set(ImportedChat.objects.values_list("name", flat=True))
    assert {"Nuria Peña", "Ana (12)", "Ana (13)", "Saved Messages", "Proveedores"} < names
    assert len(entries) == len(names) == 6
    assert all(entry.actor.startswith("operator:") for entry in entries)
    assert entries[0].detail == {"messages": 2, "new": 2, "format": "telegram"}


def test_an_export_that_breaks_off_keeps_what_came_before(acme: Tenant, tmp_path: Path) -> None:
    whole = (EXPORTS / "telegram_chat.json").read_text(encoding="utf-8")
    path = tmp_path / "result.json"
    path.write_text(whole[: whole.index('"id": 1006')], encoding="utf-8")
    with pytest.raises(CommandError, match="cut off"):
        run(path, chat="Sam")
    assert len(rows(acme, "Sam")) == 4
    path.write_text(whole, encoding="utf-8")
    run(path, chat="Sam")
    assert len(rows(acme, "Sam")) == 13


def test_an_import_that_was_killed_goes_on_where_it_was(acme: Tenant, tmp_path: Path) -> None:
    begin = datetime(2025, 3, 1, tzinfo=UTC)
    items = [
        Said(id=f"m{number}", speaker="Nora", text=f"word{number}", at=begin + timedelta(minutes=number))
        for number in range(BATCH + 50)
    ]
    with as_role("operator"):
        killed = Import(acme, chat="Nora", actor="operator:test", now=begin, dry_run=False)
        for item in items:
            killed.take(item)  # and never finished
    assert len(rows(acme, "Nora")) == BATCH
    path = tmp_path / "a.jsonl"
    said = ({"id": each.id, "speaker": "Nora", "text": each.text, "at": each.at.isoformat()} for each in items)
    path.write_text("".join(json.dumps(each) + "\n" for each in said), encoding="utf-8")
    out, _ = run(path, chat="Nora")
    assert f"{50} new, {BATCH:,} already there" in out
    assert [row.external_id for row in rows(acme, "Nora")] == [each.id for each in items]
    assert [row.seq for row in rows(acme, "Nora")] == list(range(1, BATCH + 51))


def test_other_words_under_a_known_id_are_told_and_not_taken(acme: Tenant, tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", 1)
    run(path, chat="Nora")
    path.write_text(path.read_text(encoding="utf-8").replace("word1", "changed"), encoding="utf-8")
    out, _ = run(path, chat="Nora")
    assert "1 of those already there have other words now" in out
    assert rows(acme, "Nora")[0].text == "word1"


def test_another_tenants_chat_of_that_name_is_another(acme: Tenant, globex: Tenant, tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", 1, 2)
    run(path, chat="Nora")
    out, _ = run(path, tenant="globex", chat="Nora")
    assert "2 new" in out
    assert (len(rows(acme, "Nora")), len(rows(globex, "Nora"))) == (2, 2)
    with pytest.raises(CommandError, match="no tenant"):
        run(path, tenant="nobody")


def test_a_file_that_needs_the_order_of_its_dates_asks_for_it(acme: Tenant, tmp_path: Path) -> None:
    path = tmp_path / "WhatsApp Chat with Nora.txt"
    path.write_text("3/4/25, 09:00 - Nora: a\n5/4/25, 09:00 - Nora: b\n", encoding="utf-8")
    with pytest.raises(CommandError, match="--date-order"):
        run(path)
    run(path, date_order="dmy")
    assert rows(acme, "Nora")[0].at.month == 4
