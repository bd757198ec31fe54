"""Versions of the framework: what one would change is shown for each tenant, one tries it, then all may have it."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from memory import framework
from memory.models import Document, Folder, Framework
from messaging.models import Session, Turn
from messaging.onboarding import ensure_tenant
from tenants_app.models import AuditEntry
from tenants_app.scope import tenant_scope
from tests.fixtures import as_role, make_tenant
from tests.house import House

ADDED = "Say good morning before noon."


@pytest.fixture(autouse=True)
def versions(settings: Any, tmp_path: Path) -> Path:
    """The first version, and a second beside it."""
    shipped = Path(settings.FRAMEWORK_DIR)
    shutil.copytree(shipped / "1", tmp_path / "1")
    (tmp_path / "2").mkdir()
    (tmp_path / "2" / "CHANGES").write_text("It greets.\n")
    text = (tmp_path / "1" / "CLAUDE.md").read_text().replace("Ask one question at", f"{ADDED} Ask one question at")
    (tmp_path / "2" / "CLAUDE.md").write_text(text)
    (tmp_path / "drafts").mkdir()
    settings.FRAMEWORK_DIR = tmp_path
    return tmp_path


def upgrade(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    with as_role("operator"):
        call_command("upgrade_framework", *arguments)
    return capsys.readouterr().out


def system_of_newest(house: House) -> str:
    return str(house.anthropic.calls(containing="/v1/messages")[-1]["body"]["system"])


def answers(house: House, count: int = 1) -> None:
    for _ in range(count):
        house.script({"text": "Yes"})
        house.says("Hello")
        house.work()


def test_folders_that_are_no_version_do_not_count() -> None:
    assert framework.versions() == [1, 2]


def test_a_tenant_of_before_stays_on_the_first_and_a_new_one_begins_with_the_newest(house: House) -> None:
    answers(house)
    assert ADDED not in system_of_newest(house)
    with as_role("operator"):
        tenant, _ = ensure_tenant("globex", {"name": "Globex", "language": "es"}, "operator:olivia")
        ensure_tenant("globex", {"name": "Globex"}, "operator:olivia")
    with tenant_scope(tenant):
        assert Framework.objects.get().version == 2
        assert Folder.objects.filter(name="boundaries").exists()
        assert Document.objects.filter(path="CLAUDE.md").exists()
        text = framework.text_of(tenant, "owner", framework.version_of(tenant))
    assert ADDED in text
    assert "Español is" in text


def test_it_shows_what_would_change_and_changes_nothing(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    told = upgrade(capsys, "--tenant", "acme", "--diff")
    assert "Version 2: It greets." in told
    assert "acme, as told in chats of: owner, staff, customer" in told
    assert "\n+" in told
    assert ADDED in told
    assert "--- acme, version 1" in told
    assert "acme: version 1, not 2" in upgrade(capsys)
    with tenant_scope(house.tenant):
        assert not Framework.objects.exists()


def test_one_applied_is_in_the_next_answer_and_can_be_taken_back(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(house)
    upgrade(capsys, "--tenant", "acme", "--yes")
    answers(house)
    assert ADDED in system_of_newest(house)
    upgrade(capsys, "--tenant", "acme", "--version", "1", "--yes")
    answers(house)
    assert ADDED not in system_of_newest(house)
    assert "Nothing to do" in upgrade(capsys, "--tenant", "acme", "--version", "1", "--yes")
    upgrade(capsys, "--tenant", "acme", "--yes")
    with tenant_scope(house.tenant):
        assert framework.version_of(house.tenant) == 2
        reasons = Session.objects.order_by("number").values_list("close_reason", flat=True)
        assert list(reasons) == ["memory", "memory", ""]
        entries = AuditEntry.objects.filter(action="framework.applied").order_by("at")
        assert [(each.subject, each.detail) for each in entries] == [
            ("version 2", {"before": 1}),
            ("version 1", {"before": 2}),
            ("version 2", {"before": 1}),
        ]
        assert {each.actor.split(":")[0] for each in entries} == {"operator"}


def test_all_need_one_that_has_answered_with_it_and_apologised_for_nothing(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    make_tenant("globex")
    with pytest.raises(CommandError, match="needs a canary"):
        upgrade(capsys, "--all", "--yes")
    answers(house, 6)
    upgrade(capsys, "--tenant", "acme", "--yes")
    with pytest.raises(CommandError, match="needs a canary"):  # what it answered before was with another version
        upgrade(capsys, "--all", "--yes")
    answers(house, 5)
    with tenant_scope(house.tenant):
        Turn.objects.filter(number=11).update(status=Turn.Status.APOLOGISED)
    with pytest.raises(CommandError, match="needs a canary"):
        upgrade(capsys, "--all", "--yes")
    with tenant_scope(house.tenant):
        Turn.objects.filter(number=11).update(status=Turn.Status.ANSWERED)
    told = upgrade(capsys, "--all", "--yes")
    assert "acme has answered with version 2 and apologised for nothing." in told
    assert "globex is on version 2." in told
    with as_role("operator"):
        assert set(Framework.objects.values_list("tenant__slug", "version")) == {("acme", 2), ("globex", 2)}


def test_a_quiet_canary_may_count_by_time(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    make_tenant("globex")
    upgrade(capsys, "--tenant", "acme", "--yes")
    answers(house)
    with pytest.raises(CommandError, match="needs a canary"):
        upgrade(capsys, "--all", "--yes", "--after-hours", "24")
    with tenant_scope(house.tenant):
        Framework.objects.update(applied_at=timezone.now() - timedelta(hours=25))
    assert "globex is on version 2." in upgrade(capsys, "--all", "--yes", "--after-hours", "24")


def test_what_is_not_there_is_said(database: None, capsys: pytest.CaptureFixture[str]) -> None:
    make_tenant("acme")
    with pytest.raises(CommandError, match=r"no version 7 of the framework; there are 1, 2\."):
        upgrade(capsys, "--tenant", "acme", "--version", "7", "--yes")
    with pytest.raises(CommandError, match="no tenant “nobody”"):
        upgrade(capsys, "--tenant", "nobody", "--yes")


def test_an_installation_that_went_back_still_answers(
    house: House, versions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The version that a tenant is on went with the release before."""
    upgrade(capsys, "--tenant", "acme", "--yes")
    shutil.rmtree(versions / "2")
    answers(house)
    assert "You are the assistant of Acme" in system_of_newest(house)
