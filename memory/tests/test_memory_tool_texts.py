"""The memory tool's texts and errors beside those of the SDK's own tool, given the same commands."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from anthropic.lib.tools import ToolError
from anthropic.lib.tools._beta_builtin_memory_tool import BetaLocalFilesystemMemoryTool, _format_file_size
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memory import provenance
from memory.editing import human
from memory.models import Document
from memory.tests.unknown_turns import UNKNOWN, context_of
from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope
from tooling import registry

Said = tuple[bool, str]
KEPT = ("identity", "boundaries", "knowledge", "relationships")
FILES = [
    f"/memories/{path}"
    for path in ("knowledge/a.md", "knowledge/b c.md", "identity/é.md", "knowledge/trip/c.md", "knowledge/trip/x/d.md")
]
NO_FILES = ["/memories", "/memories/knowledge", "/memories/knowledge/trip", "/memories/none/e.md"]
ELSEWHERE = ["/etc/passwd", "memories/knowledge/a.md", "/memories/../etc/passwd", ""]
EVERYTHING = [*FILES, *NO_FILES, *ELSEWHERE, "/memories/CLAUDE.md"]


@pytest.fixture(autouse=True)
def _turns_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "_books", [UNKNOWN])


class Theirs:
    """The SDK's tool on a folder, with the directories that a life folder always has and no other that is empty."""

    def __init__(self, base: Path) -> None:
        self.root = base / "memories"
        self.tool = BetaLocalFilesystemMemoryTool(str(base))
        for name in KEPT:
            (self.root / name).mkdir()
        (self.root / "CLAUDE.md").touch()

    def __call__(self, command: dict[str, Any]) -> Said:
        try:
            said = (False, str(self.tool.call(command)))
        except ToolError as error:
            said = (True, str(error.content))
        for folder in sorted(self.root.rglob("*"), reverse=True):
            if folder.is_dir() and folder.name not in KEPT and not any(folder.iterdir()):
                folder.rmdir()
        return said


class Ours:
    def __init__(self, tenant: Tenant) -> None:
        self.context = context_of(tenant, "owner")
        with tenant_scope(tenant):
            Document.objects.filter(tenant=tenant).delete()

    def __call__(self, command: dict[str, Any]) -> Said:
        result = registry.call("memory", command, self.context)
        return result.is_error, str(result.content)


def alike(said: Said) -> Said:
    """Without the sizes of directories, which are the file system's own affair."""
    failed, text = said
    header, *lines = text.split("\n")
    if not header.startswith("Here're the files"):
        return said
    rows = [line.split("\t") for line in lines]
    shown = [("-" if place == rows[0][1] or place.endswith("/") else size, place) for size, place in rows]
    return failed, "\n".join([header, *map("\t".join, shown)])


ONE, OTHER, DEEP = FILES[0], FILES[1], FILES[3]
TEXT = "a\nb\naaa\nab\n\nb a\nc\n"
NOWHERE = [*NO_FILES, *ELSEWHERE, "/memories/none/e.md"]

texts = st.lists(st.sampled_from(["a", "b", "ab", "", "aa b"]), max_size=6).map("\n".join)
numbers = st.integers(-2, 9)
edited = st.sampled_from([ONE, ONE, ONE, OTHER, OTHER, DEEP, *NOWHERE])
commands = st.one_of(
    st.fixed_dictionaries(
        {"command": st.just("view"), "path": st.sampled_from(EVERYTHING)},
        optional={"view_range": st.lists(numbers, min_size=2, max_size=2) | st.lists(numbers, max_size=3)},
    ),
    st.fixed_dictionaries(
        {
            "command": st.just("create"),
            "path": st.sampled_from([*FILES, "/memories", "/memories/knowledge", "/memories/CLAUDE.md", "/x"]),
            "file_text": texts,
        }
    ),
    st.fixed_dictionaries(
        {
            "command": st.just("str_replace"),
            "path": edited,
            "old_str": st.sampled_from(["a", "c", "aa", "a\n", "b\naaa", "b a", "\n\n", "z"]),
            "new_str": texts,
        }
    ),
    st.fixed_dictionaries(
        {"command": st.just("insert"), "path": edited, "insert_line": numbers, "insert_text": texts | st.just("a\n\n")}
    ),
    st.fixed_dictionaries(
        {"command": st.just("delete"), "path": st.sampled_from([*FILES, "/memories", "/memories/knowledge/trip", "/x"])}
    ),
    st.fixed_dictionaries(
        {
            "command": st.just("rename"),
            "old_path": st.sampled_from([ONE, OTHER, DEEP, "/memories", "/memories/none.md", "/x"]),
            "new_path": st.sampled_from([*FILES, "/memories/knowledge", "/memories/relationships/new.md", "/x"]),
        }
    ),
    st.just({"command": "rename", "old_path": "/memories/knowledge/trip", "new_path": "/memories/identity/trip"}),
)


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(given_commands=st.lists(commands, min_size=4, max_size=12))
def test_the_same_commands_are_answered_alike(acme: Tenant, given_commands: list[dict[str, Any]]) -> None:
    start = [{"command": "create", "path": path, "file_text": text} for path, text in ((ONE, TEXT), (OTHER, "c"))]
    with tempfile.TemporaryDirectory() as folder:
        side_by_side(acme, Path(folder), [*start, *given_commands])


RANGES = ([2, 3], [0, 1], [3, -1], [4, 2], [9, 9], [1])
ALONE: list[dict[str, Any]] = [
    *({"command": "view", "path": path} for path in EVERYTHING),
    *({"command": "view", "path": ONE, "view_range": limits} for limits in RANGES),
    *({"command": "create", "path": path, "file_text": "x"} for path in (*FILES, "/memories", "/memories/CLAUDE.md")),
    *(
        {"command": "str_replace", "path": ONE, "old_str": old, "new_str": "x\ny"}
        for old in ("a", "aa", "b\naaa", "c", "z", "\n\n", "a\nb\n")
    ),
    *({"command": "insert", "path": ONE, "insert_line": line, "insert_text": "x\n"} for line in (-1, 0, 3, 7, 8)),
    *({"command": "delete", "path": path} for path in (ONE, "/memories", "/memories/none.md", "/x")),
    *(
        {"command": "rename", "old_path": old, "new_path": new}
        for old in (ONE, "/memories/none.md", "/memories")
        for new in (OTHER, DEEP, "/memories/identity")
    ),
]


def test_each_command_alone_is_answered_alike(acme: Tenant, tmp_path: Path) -> None:
    for number, command in enumerate(ALONE):
        start: list[dict[str, Any]] = [
            {"command": "create", "path": path, "file_text": text} for path, text in ((ONE, TEXT), (OTHER, "c"))
        ]
        side_by_side(acme, tmp_path / str(number), [*start, command])


def test_an_empty_file_is_filled_by_replacing_nothing(acme: Tenant, tmp_path: Path) -> None:
    empty: dict[str, Any] = {"command": "create", "path": ONE, "file_text": ""}
    side_by_side(acme, tmp_path, [empty, {"command": "str_replace", "path": ONE, "old_str": "", "new_str": "1\n2"}])


def side_by_side(tenant: Tenant, folder: Path, given_commands: list[dict[str, Any]]) -> None:
    """The answers are alike, and so is what is left at the end."""
    theirs, ours = Theirs(folder), Ours(tenant)
    for command in [*given_commands, {"command": "view", "path": "/memories"}]:
        assert alike(ours(command)) == alike(theirs(command)), command
    with tenant_scope(tenant):
        kept = {row.path: row.content for row in Document.objects.filter(deleted_at=None)}
    files = {path.relative_to(theirs.root).as_posix(): path for path in theirs.root.rglob("*.md")}
    assert kept == {path: file.read_text() for path, file in files.items()}


@given(st.integers(0, 5_000_000_000))
def test_sizes_are_written_alike(size: int) -> None:
    assert human(size) == _format_file_size(size)
