"""Paths, authority, growth, text and passages: the pure rules of the life folder."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.authors import Author
from memory.content import about_in, clean, title_in
from memory.growth import Budget, Growth, check_growth
from memory.passages import Passages, folded, likely
from memory.paths import checked, key, numbered
from memory.permissions import Act, Place, problem
from memory.problems import LockedError, RefusedError

OPERATOR = Author(kind="operator", name="operator:alice", role="owner")
OWNER = Author(kind="owner", name="contact:1", role="owner")
OWNERS = Author(kind="assistant", name="assistant", role="owner")
TAINTED = Author(kind="assistant", name="assistant", role="owner", trusted=False)
STAFFS = Author(kind="assistant", name="assistant", role="staff")
LEARNING = Author(kind="learning", name="learning", role="owner")
HEARD = Author(kind="learning", name="learning", role="owner", trusted=False)
OUTSIDERS = Author(kind="learning", name="learning", role="customer", trusted=False)
CUSTOMERS = Author(kind="assistant", name="assistant", role="customer", trusted=False)
IMPORT = Author(kind="import", name="import", role="owner")
AUTHORS = [OPERATOR, OWNER, OWNERS, TAINTED, STAFFS, LEARNING, HEARD, OUTSIDERS, CUSTOMERS, IMPORT]

FRAMEWORK = Place(shown="/memories/CLAUDE.md", folder="")
IDENTITY = Place(shown="/memories/identity/a.md", folder="identity", is_profile=True)
KNOWLEDGE = Place(shown="/memories/knowledge/a.md", folder="knowledge")
PUBLIC = Place(shown="/memories/knowledge/a.md", folder="knowledge", is_public=True)
FOREIGN_PUBLIC = Place(shown="/memories/knowledge/a.md", folder="knowledge", is_public=True, is_untrusted=True)
TENANTS = Place(shown="/memories/recipes/a.md", folder="recipes")
OWNERS_ONLY = Place(shown="/memories/knowledge/a.md", folder="knowledge", is_owners=True)
LOCKED = Place(shown="/memories/knowledge/a.md", folder="knowledge", is_locked=True)
FOREIGN_CORE = Place(shown="/memories/identity/a.md", folder="identity", is_profile=True, is_untrusted=True)


@pytest.mark.parametrize(
    ("act", "place", "allowed"),
    [
        ("write", FRAMEWORK, [OPERATOR, OWNER]),
        ("write", IDENTITY, [OPERATOR, OWNER, OWNERS]),
        ("write", FOREIGN_CORE, []),
        ("write", KNOWLEDGE, [OPERATOR, OWNER, OWNERS, TAINTED, STAFFS, LEARNING, HEARD]),
        ("write", PUBLIC, [OPERATOR, OWNER, OWNERS, STAFFS]),
        ("write", FOREIGN_PUBLIC, [OPERATOR]),
        ("write", TENANTS, [OPERATOR, OWNER, OWNERS, TAINTED, STAFFS]),
        ("write", OWNERS_ONLY, [OPERATOR, OWNER, OWNERS, TAINTED, LEARNING, HEARD]),
        ("write", LOCKED, []),
        ("settings", LOCKED, [OPERATOR, OWNER]),
        ("settings", KNOWLEDGE, [OPERATOR, OWNER]),
        ("lock", KNOWLEDGE, [OPERATOR, OWNER]),
        ("lock", IDENTITY, [OPERATOR, OWNER]),
    ],
)
def test_who_may(act: Act, place: Place, allowed: list[Author]) -> None:
    assert [author for author in AUTHORS if problem(author, act, place) is None] == allowed


def test_a_lock_is_told_apart_from_a_refusal() -> None:
    assert isinstance(problem(OPERATOR, "write", LOCKED), LockedError)
    assert isinstance(problem(CUSTOMERS, "write", LOCKED), RefusedError)


@pytest.mark.parametrize(
    "path",
    [
        "CLAUDE.md",
        "knowledge/listings.md",
        "knowledge/Año nuevo_v1.2 - final.md",
        "knowledge/a/b/c.md",
        "relationships/María José Núñez.md",
        "knowledge/日本語.md",
        "relationships/हिन्दी.md",
    ],
)
def test_paths_that_may_be(path: str) -> None:
    assert checked(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "claude.md",
        "a.md",
        "knowledge",
        "knowledge/",
        "knowledge/a",
        "knowledge/a.txt",
        "knowledge/.md",
        "knowledge/.hidden.md",
        "knowledge/../a.md",
        "knowledge/..md",
        "../a.md",
        "/knowledge/a.md",
        "knowledge//a.md",
        "knowledge/./a.md",
        "knowledge/a..b.md",
        "knowledge/a.md/b.md",
        "knowledge/a/b/c/d.md",
        "knowledge\\a.md",
        "knowledge/a\\b.md",
        "knowledge/%2e%2e/a.md",
        "knowledge/a\0.md",
        "knowledge/a\n.md",
        "knowledge/a\u202eb.md",
        "knowledge/a\u200bb.md",
        "knowledge/a\u3164.md",
        "knowledge/a\ufe0f.md",
        "knowledge/a\u00a0b.md",
        "knowledge/a  b.md",
        "knowledge/ a.md",
        "knowledge/a .md",
        "knowledge/a/ /b.md",
        "knowledge/\u0301a.md",
        "knowledge/．．/a.md",
        "knowledge/ﬁ.md",
        "knowledge/a:b.md",
        "knowledge/<b>.md",
        "knowledge/\ud800.md",
        "knowledge/" + "a" * 198 + ".md",
        "knowledge/" + "é" * 100 + ".md",
        "knowledge/" + "a" * 190 + "/" + "b" * 110 + ".md",
    ],
)
def test_paths_that_may_not_be(path: str) -> None:
    with pytest.raises(RefusedError):
        checked(path)


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_path_leads_out_of_its_folder_or_hides_anything(before: str, name: str) -> None:
    try:
        path = checked(f"knowledge/{before}/{name}.md")
    except RefusedError:
        return
    assert path.isprintable()
    assert all(each.strip(" .") and each[0] != "." for each in path.split("/"))
    assert not set("\\%:*?\"'<>|\0\n~$`") & set(path)
    assert checked(path) == path
    assert checked(numbered(path, 12)) == numbered(path, 12)


def test_one_spelling_is_kept_of_two() -> None:
    assert checked("knowledge/Cafe\u0301.md") == "knowledge/Caf\u00e9.md"
    assert key("knowledge/CAFÉ.md") == key("knowledge/cafe\u0301.md")


@pytest.mark.parametrize(
    ("growth", "old", "new", "may_rewrite", "said"),
    [
        ("rewrite", None, "x" * 10, False, ""),
        ("rewrite", None, "x" * 11, False, "Shorten it"),
        ("split", "", "ñ" * 6, False, "/memories/knowledge/a-2.md is free"),
        ("split", "x" * 20, "x" * 15, False, ""),
        ("split", "x" * 20, "y" * 20, False, "Begin another"),
        ("append", None, "one", False, ""),
        ("append", "one", "one\ntwo", False, ""),
        ("append", "one\n", "one\ntwo", False, ""),
        ("append", "one", "oneself", False, "only added to"),
        ("append", "one", "two\none", False, "only added to"),
        ("append", "one", "", False, "only added to"),
        ("append", "one", "", True, ""),
        ("append", "one\n", "one\ntwo and more", False, "Begin another"),
    ],
)
def test_how_a_document_grows(growth: Growth, old: str | None, new: str, may_rewrite: bool, said: str) -> None:
    def grow() -> None:
        budget = Budget(growth=growth, document_bytes=10)
        shown, free = "/memories/knowledge/a.md", "/memories/knowledge/a-2.md"
        check_growth(budget, shown, old, new, free, may_rewrite=may_rewrite)

    if said:
        with pytest.raises(RefusedError, match=said):
            grow()
    else:
        grow()


def test_text_is_kept_as_the_database_can_hold_it() -> None:
    assert clean("a\r\nb\rc\0d\ud83de\n") == "a\nb\ncd\ufffde\n"


@pytest.mark.parametrize(
    ("content", "title", "about"),
    [
        ("# Prices #\n\nA **cut** is 20 €.\nMore\n", "Prices", "A **cut** is 20 €."),
        ("- [ ] call Ana\n## Later\n", "Later", "call Ana"),
        ("---\n\n| a | b |\n|---|---|\n1. First of all\n", "", "First of all"),
        ("#hashtag\n", "", ""),
        ("# ###\n## Prices # 1 ##\u00a0# \n", "Prices # 1", ""),
        ("", "", ""),
        ("word " * 60, "", f"{('word ' * 39).strip()}…"),
    ],
)
def test_title_and_description_are_read_off_the_text(content: str, title: str, about: str) -> None:
    assert (title_in(content), about_in(content)) == (title, about)
    assert len(about) <= 200


def test_a_heading_of_many_marks_is_read_in_one_go() -> None:
    marks = "# " * 200_000  # tried from each mark anew, it would take hours
    assert title_in(f"{marks}x") == f"{marks[:197]}…"
    assert title_in(marks) == ""


@pytest.mark.parametrize(
    ("passage", "text", "left"),
    [
        ("Maria Lopez", "one\n- **María**  LÓPEZ pays late\ntwo", "one\ntwo"),
        ("pays late", "Maria pays\nlate always\ntwo", "two"),
        ("Ana", "banana\nAna\nAnabel\n(ana)", "banana\nAnabel"),
        ("4711", "PIN 4711.\n47112\n", "47112\n"),
        ("straße", "STRASSE 5\nweg", "weg"),
        ("...", "wait...\ngo", "go"),
        ("ﬁn", "el fin\nno", "no"),
        ("  ", "a\nb", "a\nb"),
        ("missing", "a\nb", "a\nb"),
    ],
)
def test_lines_that_say_a_passage_go(passage: str, text: str, left: str) -> None:
    assert Passages([passage]).without(text) == left
    assert not Passages([passage]).stand_in(left)


@given(st.text(max_size=20), st.text(alphabet=st.characters(max_codepoint=0x24F), min_size=1, max_size=4))
def test_what_is_said_is_among_what_the_database_finds_likely(around: str, passage: str) -> None:
    text = f"{around} {passage.swapcase()}"
    if Passages([passage]).stand_in(text):
        assert re.search(likely([passage]), text, re.IGNORECASE)


@given(st.text(max_size=60), st.lists(st.text(max_size=4), max_size=3))
def test_nothing_that_was_to_go_is_left(text: str, words: list[str]) -> None:
    passages = Passages(words)
    left = passages.without(text)
    assert set(left.split("\n")) <= {*text.split("\n"), ""}
    if passages.stand_in(text):
        assert left != text or not text


@given(st.text(max_size=40))
def test_folding_again_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)
