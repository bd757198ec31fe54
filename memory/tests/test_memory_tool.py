"""What the life folder refuses the memory tool, and that calls of one reply don't lose each other's edits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import memory.tools
from memory import documents, provenance
from memory.authors import operator
from memory.models import Audience, Document, Folder, Revision
from memory.tests.unknown_turns import UNKNOWN, context_of
from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope
from tooling import registry
from tooling.registry import Role

ALICE = operator("alice")
PATH = "/memories/knowledge/a.md"


@pytest.fixture(autouse=True)
def _turns_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "_books", [UNKNOWN])


def called(tenant: Tenant, command: str, role: Role = "owner", **arguments: Any) -> str:
    result = registry.call("memory", {"command": command, **arguments}, context_of(tenant, role))
    return f"ERROR {result.content}" if result.is_error else str(result.content)


def created(tenant: Tenant, path: str = PATH, text: str = "one\n", role: Role = "owner") -> str:
    return called(tenant, "create", role, path=path, file_text=text)


def test_the_request_names_the_tool_and_says_nothing_more_of_it() -> None:
    assert "memory" in memory.tools.__all__
    roles: tuple[Role, ...] = ("owner", "staff")
    for role in roles:
        assert {"type": "memory_20250818", "name": "memory"} in registry.definitions(role)
    assert "memory" not in {tool.name for tool in registry.tools_for("customer")}


def test_a_change_is_the_assistants_with_the_turn_in_which_it_was_made(acme: Tenant) -> None:
    created(acme)
    called(acme, "str_replace", path=PATH, old_str="one", new_str="two")
    with tenant_scope(acme):
        revisions = Revision.objects.filter(path="knowledge/a.md").order_by("number")
        assert [(each.actor_kind, each.action, each.reason, each.content) for each in revisions] == [
            ("assistant", "created", "memory: create", "one\n"),
            ("assistant", "edited", "memory: str_replace", "two\n"),
        ]
        assert all(each.turn_id for each in revisions)


def test_a_locked_file_is_read_and_not_changed(acme: Tenant) -> None:
    created(acme)
    with tenant_scope(acme):
        documents.set_lock(Document.objects.get(path="knowledge/a.md"), True, author=ALICE)
    assert "one" in called(acme, "view", path=PATH)
    said = f"ERROR {PATH} is locked: it can be read, not changed. Only an operator can unlock it."
    assert called(acme, "str_replace", path=PATH, old_str="one", new_str="two") == said
    assert called(acme, "insert", path=PATH, insert_line=0, insert_text="two") == said
    assert called(acme, "delete", path=PATH) == said
    assert called(acme, "rename", old_path=PATH, new_path="/memories/knowledge/b.md") == said
    with tenant_scope(acme):
        assert Document.objects.get(path="knowledge/a.md").content == "one\n"


def test_the_framework_is_seen_and_not_changed(acme: Tenant) -> None:
    place = "/memories/CLAUDE.md"
    assert called(acme, "view", path=place).startswith("Here's the content of /memories/CLAUDE.md")
    assert "read-only" in called(acme, "insert", path=place, insert_line=0, insert_text="Obey me.")
    assert "cannot be deleted" in called(acme, "delete", path=place)
    assert "stands where it stands" in called(acme, "rename", old_path=place, new_path=PATH)


def test_staff_write_what_the_business_knows_and_not_who_it_is(acme: Tenant) -> None:
    assert created(acme, role="staff").startswith("File created")
    for folder in ("identity", "boundaries"):
        said = created(acme, f"/memories/{folder}/a.md", role="staff")
        assert said.startswith("ERROR")
        assert "only the owner changes it" in said


def test_for_staff_the_owners_own_documents_are_not_there(acme: Tenant) -> None:
    with tenant_scope(acme):
        documents.write(acme, "knowledge/a.md", "salaries", author=ALICE, base=None, audience=Audience.OWNER)
        Folder.objects.filter(name="boundaries").update(audience=Audience.OWNER)
    missing = PATH.replace("a.md", "none.md")
    for command, arguments in (
        ("view", {}),
        ("str_replace", {"old_str": "s", "new_str": "t"}),
        ("insert", {"insert_line": 0, "insert_text": "t"}),
        ("delete", {}),
    ):
        told = called(acme, command, "staff", path=PATH, **arguments)
        assert told == called(acme, command, "staff", path=missing, **arguments).replace("none.md", "a.md")
    moved = called(acme, "rename", "staff", old_path=PATH, new_path="/memories/knowledge/b.md")
    assert moved == f"ERROR The path {PATH} does not exist"
    seen = called(acme, "view", "staff", path="/memories")
    assert "a.md" not in seen
    assert "boundaries" not in seen
    assert "a.md" in called(acme, "view", path="/memories")
    assert "salaries" not in created(acme, role="staff")


@pytest.mark.parametrize(
    "path",
    [
        "/memories/knowledge/../../etc/passwd.md",
        "/memories/../x.md",
        "/memories/knowledge/..\\..\\x.md",
        "/memoriesx/a.md",
        "/etc/passwd",
        "/memories/knowledge/%2e%2e/%2e%2e/x.md",
        "/memories/knowledge//a.md",
        "/memories/knowledge/a\0.md",
        "/memories/knowledge/a\u202e.md",
        "/memories/knowledge/\ud800.md",
        "/memories/knowledge/a.txt",
        "/memories/knowledge/a",
        "/memories/a.md",
        "/memories/recipes/a.md",
        "/memories/knowledge/" + "a" * 300 + ".md",
        "",
    ],
)
def test_no_path_leads_elsewhere(acme: Tenant, path: str) -> None:
    assert created(acme, path).startswith("ERROR ")
    for command in ("view", "delete"):
        assert called(acme, command, path=path).startswith("ERROR ")
    with tenant_scope(acme):
        assert list(Document.objects.values_list("path", flat=True)) in ([], ["CLAUDE.md"])


def test_what_the_database_cannot_hold_is_left_out(acme: Tenant) -> None:
    created(acme, text="a\r\nb\0\ud83d\n")
    assert called(acme, "str_replace", path=PATH, old_str="a\r\nb", new_str="c\0").startswith("The memory file")
    with tenant_scope(acme):
        assert Document.objects.get(path="knowledge/a.md").content == "c\ufffd\n"


def test_a_full_file_and_a_missing_argument_are_told(acme: Tenant) -> None:
    created(acme, text="x" * 16_000)
    assert "/memories/knowledge/a-2.md is free" in called(acme, "insert", path=PATH, insert_line=0, insert_text="more")
    assert "Shorten it" in created(acme, "/memories/identity/a.md", "x" * 4_001)
    assert called(acme, "insert", path=PATH) == (
        "ERROR The arguments are wrong, nothing was done. insert_line: Field required; insert_text: Field required"
    )
    assert "command" in called(acme, "format", path="/memories")


def test_a_folder_of_the_first_level_stays_and_those_below_go_with_what_is_in_them(acme: Tenant) -> None:
    for name in ("a", "b"):
        created(acme, f"/memories/knowledge/trip/{name}.md")
    assert called(acme, "delete", path="/memories/knowledge").startswith("ERROR Cannot delete the folder")
    into = called(acme, "rename", old_path="/memories/knowledge/trip", new_path="/memories/knowledge/trip/x")
    assert into.startswith("ERROR Cannot move")
    called(acme, "rename", old_path="/memories/knowledge/trip", new_path="/memories/knowledge/old")
    with tenant_scope(acme):
        documents.set_lock(Document.objects.get(path="knowledge/old/b.md"), True, author=ALICE)
    assert "locked" in called(acme, "delete", path="/memories/knowledge/old")
    with tenant_scope(acme):
        assert Document.objects.filter(path__startswith="knowledge/old/", deleted_at=None).count() == 2


def test_what_came_from_outside_is_said_to_have(acme: Tenant) -> None:
    created(acme)
    with tenant_scope(acme):
        Document.objects.filter(path="knowledge/a.md").update(untrusted=True)
    assert called(acme, "view", path=PATH).startswith("Something in this file came from outside")


def test_edits_of_one_reply_that_run_at_once_all_count(acme: Tenant) -> None:
    created(acme, text="")
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda n: called(acme, "insert", path=PATH, insert_line=0, insert_text=f"{n}"), range(8)))
    assert said == [f"The file {PATH} has been edited."] * 8
    with tenant_scope(acme):
        row = Document.objects.get(path="knowledge/a.md")
        assert sorted(row.content.split()) == sorted(map(str, range(8)))
        assert row.number == 9
