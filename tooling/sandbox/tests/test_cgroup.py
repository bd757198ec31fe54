"""A run in a control group of its own, where this machine lets one be made."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tooling.sandbox import cgroup
from tooling.sandbox.attempt import attempt
from tooling.sandbox.types import Script

NOW = datetime(2026, 11, 23, tzinfo=UTC)
TREES = (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified"))


@pytest.fixture
def parent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A group of version 2; its controllers may all be elsewhere, as they are where version 1 has them."""
    tree = next((tree for tree in TREES if os.access(tree / "cgroup.procs", os.W_OK)), None)
    if tree is None:
        pytest.skip("nobody may make control groups here")
    made = tree / f"sandbox-test-{uuid.uuid4().hex}"
    made.mkdir()
    monkeypatch.setattr(cgroup, "delegated", lambda: made)
    yield made
    made.rmdir()


def test_a_run_is_in_its_group_before_its_script_begins_and_the_group_goes_with_it(
    parent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    take = cgroup.Group.take

    def taking(group: cgroup.Group, pid: int) -> None:
        take(group, pid)
        seen.extend(str(pid) in (path / "cgroup.procs").read_text().split() for path in parent.glob("run-*"))

    monkeypatch.setattr(cgroup.Group, "take", taking)
    ended = attempt(Script(source="def run(args, context):\n    return 1\n", now=NOW))
    assert ended.result == 1, ended
    assert seen == [True]
    assert list(parent.glob("run-*")) == []


def test_a_run_that_is_killed_leaves_no_group(parent: Path) -> None:
    ended = attempt(Script(source="def run(args, context):\n    while True: pass\n", now=NOW, seconds=0.3))
    assert ended.outcome == "timeout"
    assert list(parent.glob("run-*")) == []


def test_its_limits_are_written_where_the_kernel_has_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mkdir = Path.mkdir

    def with_files(path: Path) -> None:
        mkdir(path)
        for name in ("memory.max", "pids.max"):
            (path / name).touch()

    monkeypatch.setattr(Path, "mkdir", with_files)
    cgroup.Group.make(tmp_path, cgroup.limits(1 << 28))
    (made,) = tmp_path.glob("run-*")
    assert {file.name: file.read_text() for file in made.iterdir()} == {
        "memory.max": str((256 + 96) << 20),
        "pids.max": "128",
    }
