"""The rows of the schedules beside their running: metrics, export, what stands in them of somebody who is erased."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from memory.export import export_contact, export_tenant
from messaging.erasure import erase_contact
from scheduling import acting, ticking
from scheduling.claims import Rounds
from scheduling.models import Occurrence, Task
from tenants_app.models import Contact, ContactAddress
from tenants_app.scope import tenant_scope
from tests.erased_person import NAME, move_in
from tests.fixtures import as_role
from tests.house import BOB, House
from tests.schedules import carry, make, meets, now, occurrences


def metric(name: str, kind: str) -> float:
    text = Client().get("/metrics").content.decode()
    [line] = [line for line in text.splitlines() if line.startswith(f'{name}{{kind="{kind}"}}')]
    return float(line.rpartition(" ")[2])


def test_metrics_tell_what_is_due_and_for_how_long(house: House) -> None:
    make(house, meets(house), due=now() - timedelta(minutes=5))
    assert metric("proxystaff_schedules_due", "task") == 1
    assert 300 <= metric("proxystaff_schedules_late_seconds", "task") < 400
    ticking.tick()
    assert metric("proxystaff_schedules_due", "task") == 0
    assert metric("proxystaff_schedules_due", "occurrence") == 1
    [claim] = Rounds().claim()
    assert metric("proxystaff_schedules_due", "occurrence") == 0, "somebody has it"
    acting.act(claim)
    assert metric("proxystaff_schedules_late_seconds", "occurrence") == 0


@pytest.fixture
def erased(house: House) -> Any:
    """A customer, of whom the owner's task speaks, was erased."""
    conversation = meets(house)
    person = move_in(house)
    words = {"instruction": f"call {NAME} about the invoice", "title": f"Call {NAME}", "phrase": f"call {NAME} at noon"}
    task = make(house, conversation, rule="cron 0 9 1 1 *", **words)
    carry(house)
    with as_role("operator"):
        return task, erase_contact(person, actor="test", patience=0)


def test_an_erased_person_stands_in_no_task_and_no_output(house: House, erased: Any) -> None:
    task, report = erased
    assert not [trace for trace in report.left if trace.table.startswith("scheduling_")]
    assert [trace for trace in report.before if trace.table.startswith("scheduling_")]
    with tenant_scope(house.tenant):
        row = Task.objects.get(pk=task.pk)
    assert NAME not in row.title + row.instruction + row.phrase
    assert "[erased]" in row.instruction
    assert (row.state, row.next_run_at) == (Task.State.DISABLED, None), "it has lost what it was to say"
    [occurrence] = occurrences(house)
    assert NAME not in occurrence.output
    assert report.counts["rows of other apps"] >= 2, "the task, its run and what else names them"


def test_with_one_of_the_team_their_tasks_go(house: House) -> None:
    make(house, meets(house))
    carry(house)
    with tenant_scope(house.tenant):
        alice = Contact.objects.get(name="Alice")
        bob = ContactAddress.objects.get(address=BOB).contact
        Task.objects.update(contact=bob)
        assert Occurrence.objects.filter(task__contact=bob).count() == 1
    with as_role("operator"):
        erase_contact(bob, actor="test", patience=0)
    with tenant_scope(house.tenant):
        assert Contact.objects.filter(pk=alice.pk).exists()
        assert not Task.objects.exists()
        assert not Occurrence.objects.exists()


def page(archive: Any) -> str:
    with archive, zipfile.ZipFile(io.BytesIO(archive.read())) as opened:
        return opened.read("schedules.md").decode() if "schedules.md" in opened.namelist() else ""


def test_the_export_tells_what_is_scheduled_and_what_came_of_it(house: House) -> None:
    make(house, meets(house), phrase="in 2 minutes")
    carry(house)
    with tenant_scope(house.tenant):
        alice, bob = Contact.objects.get(name="Alice"), ContactAddress.objects.get(address=BOB).contact
    with as_role("operator"):
        whole, own, others = page(export_tenant(house.tenant)), page(export_contact(alice)), page(export_contact(bob))
    assert whole == own
    assert others == ""
    assert "## The lender" in whole
    assert "- For Alice; reminder, done" in whole
    assert "- When: in 2 minutes (UTC)" in whole
    assert "**done**: ⏰ Reminder: call the lender" in whole
