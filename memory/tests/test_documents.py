"""The verbs on documents: each change a revision, nobody's writing lost, and what may not be done refused in words."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from memory import documents, facts, forgetting, linking
from memory.authors import Author, operator
from memory.content import hash_of
from memory.facts import Proposal
from memory.linking import name_key
from memory.models import Audience, Document, Fact, Folder, Revision
from memory.problems import LockedError, MemoryProblem, RefusedError, StaleError, TakenError
from tenants_app.models import AuditEntry, Contact, Tenant
from tenants_app.scope import tenant_scope
from tests.house import wait_for

ALICE = operator("alice")
OWNERS = Author(kind="assistant", name="assistant", role="owner")
STAFFS = Author(kind="assistant", name="assistant", role="staff")
HEARD = Author(kind="learning", name="learning", role="owner", trusted=False)
SECRET = "The safe's code is 4711"


def made(tenant: Tenant, path: str, content: str = "Text\n", author: Author = ALICE, **more: Any) -> Document:
    return documents.write(tenant, path, content, author=author, base=None, **more)


def epoch(tenant: Tenant) -> int:
    return int(Tenant.objects.values_list("prompt_epoch", flat=True).get(pk=tenant.pk))


def test_a_tenant_begins_with_its_folders_once(acme: Tenant) -> None:
    with tenant_scope(acme):
        documents.make_folders(acme)
        Folder.objects.get(name="knowledge").delete()
        documents.make_folders(acme)
        assert [folder.name for folder in Folder.objects.all()] == ["identity", "boundaries", "relationships"]
        assert Document.objects.get().path == "CLAUDE.md"


def test_two_that_begin_at_once_make_the_folders_once(acme: Tenant) -> None:
    gate = threading.Barrier(4)

    def begin() -> None:
        gate.wait()
        with tenant_scope(acme):
            documents.make_folders(acme)

    at_once([begin] * 4)
    with tenant_scope(acme):
        assert (Folder.objects.count(), Document.objects.count(), Revision.objects.count()) == (4, 1, 1)


def test_each_change_is_a_revision(acme: Tenant) -> None:
    with tenant_scope(acme):
        row = made(acme, "knowledge/a.md", "# Prices\n\nA cut is 20 €.\n")
        row = documents.write(acme, row.path, "# Prices\n\nA cut is 25 €.\n", author=OWNERS, base=1, reason="dearer")
        assert documents.write(acme, row.path, row.content, author=OWNERS, base=2).number == 2  # nothing changed
        row = documents.rename(row, "knowledge/prices.md", author=ALICE, base=2)
        row = documents.delete(row, author=ALICE, base=3)
        row = documents.restore(row, 1, author=ALICE)
        kept = Revision.objects.filter(document=row).order_by("number")
        assert [(each.number, each.action, each.actor, each.path, each.reason) for each in kept] == [
            (1, "created", "operator:alice", "knowledge/a.md", ""),
            (2, "edited", "assistant", "knowledge/a.md", "dearer"),
            (3, "renamed", "operator:alice", "knowledge/prices.md", ""),
            (4, "deleted", "operator:alice", "knowledge/prices.md", ""),
            (5, "restored", "operator:alice", "knowledge/prices.md", ""),
        ]
        stored = Document.objects.get(pk=row.pk)
        assert (stored.path, stored.content) == ("knowledge/prices.md", "# Prices\n\nA cut is 20 €.\n")
        assert (stored.title, stored.about, stored.deleted_at, stored.number) == ("Prices", "A cut is 20 €.", None, 5)
        assert stored.content_hash == kept[4].content_hash == kept[0].content_hash == hash_of(stored.content)
        assert (stored.size, kept[4].restored_from) == (len(stored.content.encode()), 1)


def test_a_description_that_somebody_set_outlives_the_text(acme: Tenant) -> None:
    with tenant_scope(acme):
        row = made(acme, "knowledge/a.md", "# One\nfirst\n", about="What it costs")
        row = documents.write(acme, row.path, "# Two\nsecond\n", author=ALICE, base=1)
        assert (row.title, row.about) == ("Two", "What it costs")


def test_who_read_an_older_revision_is_told_who_changed_it(acme: Tenant) -> None:
    with tenant_scope(acme):
        row = made(acme, "knowledge/a.md")
        documents.write(acme, row.path, "Other\n", author=ALICE, base=1)
        verbs: list[Callable[[], Document]] = [
            lambda: documents.write(acme, row.path, "Mine\n", author=OWNERS, base=1),
            lambda: documents.rename(row, "knowledge/b.md", author=OWNERS, base=1),
            lambda: documents.delete(row, author=OWNERS, base=1),
            lambda: documents.restore(row, 1, author=OWNERS),
        ]
        for verb in verbs:
            with pytest.raises(StaleError, match=r"meanwhile by the operator alice\. .*Read it"):
                verb()
        documents.delete(Document.objects.get(pk=row.pk), author=ALICE, base=2)
        with pytest.raises(StaleError, match="not there any more"):
            documents.write(acme, row.path, "Mine\n", author=OWNERS, base=1)


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """Each in a thread of its own; gives what each returned, or the MemoryProblem that it raised."""
    with ThreadPoolExecutor(len(calls)) as pool:
        futures = [pool.submit(call) for call in calls]
        return [outcome(future) for future in futures]


def outcome(future: Future[Any]) -> Any:
    problem = future.exception(timeout=60)
    if problem is not None and not isinstance(problem, MemoryProblem):
        raise problem
    return problem or future.result()


def first_while_second_waits(
    tenant: Tenant, owner: psycopg.Connection[Any], first: Callable[[], Any], second: Callable[[], Any]
) -> Any:
    """What `second` comes to that began, and waits for a row, before `first` was committed."""

    def scoped() -> Any:
        with tenant_scope(tenant):
            return second()

    with ThreadPoolExecutor(1) as pool:
        with tenant_scope(tenant):
            first()
            future = pool.submit(scoped)
            wait_for(lambda: owner.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone())
        return outcome(future)


def test_of_two_writers_one_wins_and_nothing_is_lost(acme: Tenant, owner_connection: psycopg.Connection[Any]) -> None:
    with tenant_scope(acme):
        row = made(acme, "knowledge/a.md")
    lost = first_while_second_waits(
        acme,
        owner_connection,
        lambda: documents.write(acme, row.path, "One\n", author=ALICE, base=1),
        lambda: documents.write(acme, row.path, "Two\n", author=OWNERS, base=1),
    )
    assert isinstance(lost, StaleError)
    assert "the operator alice" in str(lost)
    with tenant_scope(acme):
        assert Document.objects.get(pk=row.pk).content == "One\n"
        assert list(Revision.objects.filter(document=row).values_list("number", "content").order_by("number")) == [
            (1, "Text\n"),
            (2, "One\n"),
        ]


def test_a_lock_holds_against_an_edit_that_is_under_way(
    acme: Tenant, owner_connection: psycopg.Connection[Any]
) -> None:
    with tenant_scope(acme):
        row = made(acme, "identity/a.md")
    lost = first_while_second_waits(
        acme,
        owner_connection,
        lambda: documents.set_lock(row, True, author=ALICE),
        lambda: documents.write(acme, row.path, "Two\n", author=OWNERS, base=1),
    )
    assert isinstance(lost, LockedError)
    with tenant_scope(acme):
        stored = Document.objects.get(pk=row.pk)
        assert (stored.content, stored.locked) == ("Text\n", True)


def test_an_edit_that_was_first_is_kept_and_then_locked(
    acme: Tenant, owner_connection: psycopg.Connection[Any]
) -> None:
    with tenant_scope(acme):
        row = made(acme, "identity/a.md")
    first_while_second_waits(
        acme,
        owner_connection,
        lambda: documents.write(acme, row.path, "Two\n", author=OWNERS, base=1),
        lambda: documents.set_lock(row, True, author=ALICE),
    )
    with tenant_scope(acme):
        stored = Document.objects.get(pk=row.pk)
        assert (stored.content, stored.locked, stored.number) == ("Two\n", True, 3)


def test_of_those_who_create_the_same_at_once_one_does(acme: Tenant) -> None:
    with tenant_scope(acme):
        documents.make_folders(acme)

    def create(path: str) -> Document:
        with tenant_scope(acme):
            return made(acme, path)

    outcomes = at_once([lambda path=path: create(path) for path in ("knowledge/a.md", "knowledge/A.md") * 3])  # type: ignore[misc]
    assert len([each for each in outcomes if isinstance(each, Document)]) == 1
    assert all(isinstance(each, Document | RefusedError) for each in outcomes)


def test_a_locked_document_stays_as_it_is_for_everybody(acme: Tenant) -> None:
    with tenant_scope(acme):
        row = documents.set_lock(made(acme, "knowledge/a.md"), True, author=ALICE)
        for author in (ALICE, OWNERS):
            with pytest.raises(LockedError):
                documents.write(acme, row.path, "Other\n", author=author, base=2)
            with pytest.raises(LockedError):
                documents.rename(row, "knowledge/b.md", author=author, base=2)
            with pytest.raises(LockedError):
                documents.delete(row, author=author, base=2)
            with pytest.raises(LockedError):
                documents.restore(row, 1, author=author)
        with pytest.raises(RefusedError, match="only an operator"):
            documents.set_lock(row, False, author=OWNERS)
        row = documents.set_lock(row, False, author=ALICE)
        assert documents.write(acme, row.path, "Other\n", author=OWNERS, base=3).number == 4


def test_the_path_of_a_deleted_document_is_free_and_both_can_stand_in_the_end(acme: Tenant) -> None:
    with tenant_scope(acme):
        first = made(acme, "knowledge/a.md", "First\n")
        with pytest.raises(TakenError):
            made(acme, "knowledge/a.md")
        with pytest.raises(RefusedError, match="by case only"):
            made(acme, "knowledge/A.md")
        first = documents.delete(first, author=ALICE, base=1)
        made(acme, "knowledge/a.md", "Second\n")
        documents.restore(first, 1, author=ALICE)
        kept = Document.objects.filter(path__startswith="knowledge/").values_list("path", "content")
        assert dict(kept) == {"knowledge/a.md": "Second\n", "knowledge/a-2.md": "First\n"}


def test_renaming_takes_no_other_documents_place(acme: Tenant) -> None:
    with tenant_scope(acme):
        made(acme, "knowledge/b.md")
        row = made(acme, "knowledge/a.md")
        with pytest.raises(TakenError):
            documents.rename(row, "knowledge/b.md", author=ALICE, base=1)
        assert documents.rename(row, "knowledge/A.md", author=ALICE, base=1).path == "knowledge/A.md"
        with pytest.raises(RefusedError, match=r"CLAUDE\.md stands"):
            documents.rename(row, "CLAUDE.md", author=ALICE, base=2)


def test_a_document_stands_in_a_folder_that_there_is(acme: Tenant) -> None:
    with tenant_scope(acme):
        with pytest.raises(RefusedError, match=r"no folder /memories/recipes\. .*/memories/knowledge, /memories/rel"):
            made(acme, "recipes/a.md")
        Folder.objects.create(tenant=acme, name="recipes", most_documents=1, document_bytes=200)
        made(acme, "recipes/a.md")
        with pytest.raises(RefusedError, match="has 1 documents already"):
            made(acme, "recipes/b.md")
        with pytest.raises(RefusedError, match=r"/memories/recipes/a-2\.md is free"):
            documents.write(acme, "recipes/a.md", "x" * 201, author=OWNERS, base=1)


def test_what_is_only_added_to_is_only_added_to(acme: Tenant) -> None:
    with tenant_scope(acme):
        Folder.objects.create(tenant=acme, name="diary", growth=Folder.Growth.APPEND)
        row = made(acme, "diary/2026.md", "Monday\n", author=OWNERS)
        row = documents.write(acme, row.path, "Monday\nTuesday\n", author=OWNERS, base=1)
        with pytest.raises(RefusedError, match="only added to"):
            documents.write(acme, row.path, "Tuesday\n", author=OWNERS, base=2)
        with pytest.raises(RefusedError, match="only added to"):
            documents.delete(row, author=OWNERS, base=2)
        with pytest.raises(RefusedError, match="only added to"):
            documents.rename(row, "knowledge/2026.md", author=OWNERS, base=2)
        documents.delete(row, author=ALICE, base=2)


def test_what_came_from_outside_is_marked_and_never_becomes_identity(acme: Tenant) -> None:
    with tenant_scope(acme):
        row = made(acme, "relationships/eve.md", "She says she is the owner.\n", author=HEARD)
        assert row.untrusted
        row = documents.write(acme, row.path, "She says she owns it.\n", author=ALICE, base=1)
        assert row.untrusted
        with pytest.raises(RefusedError, match="came from outside"):
            documents.rename(row, "identity/eve.md", author=ALICE, base=2)
        with pytest.raises(RefusedError):
            made(acme, "boundaries/eve.md", author=HEARD)
        public = made(acme, "knowledge/hours.md", audience=Audience.PUBLIC)
        with pytest.raises(RefusedError, match="public"):
            documents.write(acme, public.path, "Free for Eve\n", author=HEARD, base=1)


def test_only_an_operator_says_who_sees_it(acme: Tenant) -> None:
    with tenant_scope(acme):
        with pytest.raises(RefusedError, match="who sees it"):
            made(acme, "knowledge/a.md", author=OWNERS, audience=Audience.PUBLIC)
        row = made(acme, "knowledge/a.md", author=OWNERS)
        with pytest.raises(RefusedError, match="who sees it"):
            documents.write(acme, row.path, "Text\n", author=OWNERS, base=1, audience=Audience.PUBLIC)
        settings: dict[str, Any] = {"audience": Audience.PUBLIC, "contact_id": None, "about": "Open", "title": "Hours"}
        with pytest.raises(RefusedError, match="who sees it"):
            documents.settings(row, **settings, author=OWNERS)
        before = epoch(acme)
        row = documents.settings(row, **settings, author=ALICE)
        assert (row.audience, row.about, row.title, row.number) == ("public", "Open", "Hours", 2)
        assert epoch(acme) == before + 1
        assert documents.settings(row, **settings, author=ALICE).number == 2
        with pytest.raises(RefusedError, match="about nobody"):
            documents.settings(row, **{**settings, "audience": Audience.CONTACT}, author=ALICE)
        moved = documents.rename(row, "boundaries/a.md", author=ALICE, base=2)
        assert moved.audience == Audience.TEAM


@pytest.mark.parametrize(
    ("path", "audience"),
    [
        ("knowledge/public/hours.md", Audience.PUBLIC),
        ("boundaries/public/promises.md", Audience.PUBLIC),
        ("knowledge/hours.md", Audience.TEAM),
        ("knowledge/public.md", Audience.TEAM),
        ("knowledge/prices/public/hours.md", Audience.TEAM),
        ("relationships/public/maria.md", Audience.TEAM),
    ],
)
def test_what_stands_in_a_public_folder_is_for_everybody(acme: Tenant, path: str, audience: str) -> None:
    with tenant_scope(acme):
        assert made(acme, path, author=OWNERS).audience == audience


def test_what_is_moved_into_or_out_of_a_public_folder_is_seen_accordingly(acme: Tenant) -> None:
    with tenant_scope(acme):
        row = made(acme, "knowledge/hours.md", author=OWNERS)
        before = epoch(acme)
        row = documents.rename(row, "knowledge/public/hours.md", author=OWNERS, base=row.number)
        assert (row.audience, epoch(acme)) == (Audience.PUBLIC, before + 1)
        row = documents.rename(row, "knowledge/public/times.md", author=OWNERS, base=row.number)
        assert (row.audience, epoch(acme)) == (Audience.PUBLIC, before + 1)
        row = documents.rename(row, "knowledge/times.md", author=OWNERS, base=row.number)
        assert (row.audience, epoch(acme)) == (Audience.TEAM, before + 2)


@pytest.mark.parametrize("audience", [Audience.OWNER, Audience.CONTACT])
def test_what_not_all_of_the_team_see_is_not_published_by_moving_it(acme: Tenant, audience: str) -> None:
    with tenant_scope(acme):
        maria = Contact.objects.create(tenant=acme, name="Maria", role="customer")
        row = made(acme, "knowledge/margins.md", audience=audience, contact_id=maria.pk)
        for author in (OWNERS, ALICE):
            with pytest.raises(RefusedError, match="An operator must open it"):
                documents.rename(row, "knowledge/public/margins.md", author=author, base=1)
        assert Document.objects.get(pk=row.pk).audience == audience


def test_nothing_from_outside_gets_into_a_public_folder(acme: Tenant) -> None:
    heard = Author(kind="assistant", name="assistant", role="staff", trusted=False)
    with tenant_scope(acme):
        with pytest.raises(RefusedError, match="public"):
            made(acme, "knowledge/public/hours.md", author=heard)
        row = made(acme, "knowledge/hours.md", author=heard)
        with pytest.raises(RefusedError, match="public"):
            documents.rename(row, "knowledge/public/hours.md", author=heard, base=row.number)
        for author in (STAFFS, OWNERS):
            with pytest.raises(RefusedError, match="Only an operator publishes"):
                documents.rename(row, "knowledge/public/hours.md", author=author, base=row.number)
        with pytest.raises(RefusedError, match="not published by itself"):
            made(acme, "knowledge/public/learnt.md", author=Author(kind="learning", name="learning", role="owner"))
        moved = documents.rename(row, "knowledge/public/hours.md", author=ALICE, base=row.number)
        assert moved.audience == Audience.PUBLIC


def test_a_document_with_a_contacts_name_is_linked_to_the_only_one_who_has_it(acme: Tenant) -> None:
    with tenant_scope(acme):
        maria = Contact.objects.create(tenant=acme, name="María López")
        for _ in range(2):
            Contact.objects.create(tenant=acme, name="Juan")
        linked = made(acme, "relationships/maria-lopez.md", author=OWNERS)
        assert (linked.contact_id, linked.audience) == (maria.pk, Audience.TEAM)  # names are what people say they are
        assert made(acme, "relationships/juan.md").contact_id is None
        assert made(acme, "knowledge/maria lopez.md").contact_id is None
        linked = documents.rename(linked, "relationships/juan garcia.md", author=OWNERS, base=1)
        assert linked.contact_id is None
        linked = documents.rename(linked, "relationships/María López.md", author=OWNERS, base=2)
        assert linked.contact_id == maria.pk
        given = made(acme, "relationships/m.md", contact_id=maria.pk)
        assert documents.rename(given, "relationships/n.md", author=ALICE, base=1).contact_id == maria.pk
        assert (given.contact_id, given.audience) == (maria.pk, Audience.CONTACT)


@pytest.mark.parametrize(
    ("path", "anew"), [("identity/a.md", True), ("boundaries/a.md", True), ("knowledge/a.md", False)]
)
def test_sessions_begin_anew_where_the_core_changed(acme: Tenant, path: str, anew: bool) -> None:
    with tenant_scope(acme):
        documents.make_folders(acme)
        seen = [epoch(acme)]
        row = made(acme, path)
        seen.append(epoch(acme))
        row = documents.write(acme, row.path, "Other\n", author=OWNERS, base=1)
        seen.append(epoch(acme))
        row = documents.rename(row, path.replace("a.md", "b.md"), author=OWNERS, base=2)
        seen.append(epoch(acme))
        row = documents.delete(row, author=OWNERS, base=3)
        seen.append(epoch(acme))
        documents.restore(row, 1, author=OWNERS)
        seen.append(epoch(acme))
        framework = Document.objects.get(path="CLAUDE.md")
        documents.write(acme, framework.path, "Say hello.\n", author=ALICE, base=1)
        assert epoch(acme) == seen[-1] + 1
    assert (len(set(seen)) == len(seen)) is anew
    assert (len(set(seen)) == 1) is not anew


def test_forgotten_words_are_in_no_text_and_no_revision(acme: Tenant) -> None:
    with tenant_scope(acme):
        row = made(acme, "knowledge/a.md", f"# {SECRET}\n\n- **{SECRET}**, says Bob\nThe key is blue.\n")
        row = documents.write(acme, row.path, "The key is blue.\n", author=ALICE, base=1, reason=f"no more: {SECRET}")
        gone = documents.delete(made(acme, "knowledge/b.md", f"one\n{SECRET.upper()}\ntwo"), author=ALICE, base=1)
        named = made(acme, "relationships/the safe's code is 4711.md".replace("'", ""), "x", title=SECRET, about=SECRET)
        other = made(acme, "knowledge/c.md", "47110 and 4711")
        before = epoch(acme)
        assert documents.forget_words(acme, [SECRET, "the safes code"], author=OWNERS) == 3
        assert epoch(acme) == before + 1
        rows: list[Any] = [*Document.objects.all(), *Revision.objects.all()]
        for each in rows:
            said = f"{each.path}|{each.title}|{each.about}|{each.content}|{getattr(each, 'reason', '')}".casefold()
            assert "safe" not in said
            assert each.content_hash == hash_of(each.content)
        history = Revision.objects.filter(document=row).order_by("number")
        assert [(each.number, each.action, each.content) for each in history] == [
            (1, "created", "\n\nThe key is blue.\n".removeprefix("\n")),
            (2, "edited", "The key is blue.\n"),
        ]
        assert all(each.redacted_at for each in history)
        assert Document.objects.get(pk=gone.pk).content == "one\ntwo"
        assert Document.objects.get(pk=named.pk).path == f"relationships/forgotten-{named.pk}.md"
        assert Revision.objects.filter(document=other).count() == 1
        entry = AuditEntry.objects.get(action="memory.documents_forgotten")
        assert (entry.detail, entry.subject) == ({"documents": 3}, "")
        assert documents.forget_words(acme, [SECRET], author=OWNERS) == 0


def test_forgetting_is_refused_where_the_author_may_not_write_and_leaves_all_as_it_was(acme: Tenant) -> None:
    with tenant_scope(acme):
        made(acme, "knowledge/a.md", SECRET)
        made(acme, "identity/a.md", SECRET)
        with pytest.raises(RefusedError, match="only the owner"):
            documents.forget_words(acme, [SECRET], author=STAFFS)
        documents.set_lock(Document.objects.get(path="identity/a.md"), True, author=ALICE)
        with pytest.raises(LockedError):
            documents.forget_words(acme, [SECRET], author=OWNERS)
        assert documents.forget_words(acme, [SECRET], author=ALICE) == 2


def test_of_many_contacts_only_those_with_such_a_name_are_looked_at(
    acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str] = []

    def seen(name: str) -> str:
        looked_at.append(name)
        return name_key(name)

    monkeypatch.setattr(linking, "name_key", seen)
    with tenant_scope(acme):
        for number in range(40):
            Contact.objects.create(tenant=acme, name=f"Person {number}", role="customer")
        maria = Contact.objects.create(tenant=acme, name="MARÍA_Lo\u0301pez", role="customer")
        row = made(acme, "relationships/somebody.md")
        row = documents.rename(row, "relationships/old/maria-lopez.md", author=OWNERS, base=1)
        assert row.contact_id == maria.pk
        assert set(looked_at) == {"somebody", "maria-lopez", maria.name}


@pytest.mark.parametrize(("count", "lines"), [(51, 1), (2, 101)])
def test_a_word_that_everybody_uses_is_taken_out_of_nothing(acme: Tenant, count: int, lines: int) -> None:
    with tenant_scope(acme):
        documents.make_folders(acme)
        Folder.objects.filter(name="knowledge").update(most_documents=100)
        text = "The price is 20 €.\n" * lines
        for number in range(count):
            made(acme, f"knowledge/{number}.md", text)
        fact = facts.remember(acme, Proposal(subject="Ana", predicate="asks", value="for the price"), ALICE)
        done = forgetting.forget(acme, references=[], words=["price"], author=OWNERS)
        assert (done.facts, done.messages, done.documents) == (0, 0, 0)
        assert "more than can be meant" in done.problems[0]
        assert not Document.objects.filter(path__startswith="knowledge/").exclude(content=text).exists()
        assert not Revision.objects.exclude(redacted_at=None).exists()
        assert Fact.objects.get().pk == fact.pk


@pytest.mark.parametrize(
    "said",
    [
        "Maria Lopez owes",
        "MARÍA LÓPEZ owes",
        "Mari\u0301a Lo\u0301pez owes",
        "Ma**ria Lo**pez owes",
        "María\nL\u00adópez owes",
        "Ｍaria Lopez owes",
        "Maria L\u200bopez owes",
    ],
)
def test_however_it_is_spelled_it_is_found_and_forgotten(acme: Tenant, said: str) -> None:
    with tenant_scope(acme):
        row = made(acme, "knowledge/a.md", f"one\n{said}\ntwo\n")
        row = documents.write(acme, row.path, "one\n", author=ALICE, base=1)
        assert documents.forget_words(acme, ["Maria López"], author=OWNERS) == 1
        assert Revision.objects.get(document=row, number=1).content == "one\ntwo\n"


def test_what_only_the_owner_knows_is_not_there_for_staff(acme: Tenant) -> None:
    with tenant_scope(acme):
        row = made(acme, "knowledge/a.md", SECRET, audience=Audience.OWNER)
        assert documents.forget_words(acme, [SECRET], author=STAFFS) == 0
        assert Document.objects.get(pk=row.pk).content == SECRET
        with pytest.raises(RefusedError, match="choose another name"):
            made(acme, "knowledge/a.md", author=STAFFS)
        Folder.objects.filter(name="boundaries").update(audience=Audience.OWNER)
        with pytest.raises(RefusedError) as refused:
            made(acme, "recipes/a.md", author=STAFFS)
        assert "boundaries" not in str(refused.value)
