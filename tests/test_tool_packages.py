"""The packages that tenants' scripts may import: all of a list or none of it, and read-only where they are used."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tenants_app.models import InstallationEvent
from tests.fixtures import as_role
from tooling import packages
from tooling.sandbox.runner import run
from tooling.sandbox.types import Run, Script


def wheel(folder: Path, name: str, version: str, code: str) -> None:
    """A wheel as an index has them."""
    files = {
        f"{name}/__init__.py": code,
        f"{name}-{version}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{name}-{version}.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nTag: py3-none-any\n",
    }
    record = f"{name}-{version}.dist-info/RECORD"
    lines = [f"{path},sha256={digest(text)},{len(text)}" for path, text in files.items()]
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for path, text in {**files, record: "\n".join([*lines, f"{record},,", ""])}.items():
            archive.writestr(path, text)


def digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture
def index(database: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two versions of one package, and nothing else."""
    settings.TOOL_PACKAGES_DIR = tmp_path / "packages"
    folder = tmp_path / "index"
    folder.mkdir()
    wheel(folder, "greeting", "1.0", "def greet(): return 'hello'\n")
    wheel(folder, "greeting", "2.0", "def greet(): return 'good day'\n")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


def install(requirements: str, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], str]:
    """What is installed then, and how it fails."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(requirements))
    out, failed = io.StringIO(), ""
    with as_role("operator"):
        try:
            call_command("install_tool_packages", "-", "--json", stdout=out)
        except CommandError as error:
            failed = str(error)
    return json.loads(out.getvalue() or "{}").get("packages", []), failed


def script(body: str) -> Run:
    source = f"def run(args, context):\n    {body}\n"
    return run(Script(source=source, now=datetime.now(UTC), packages=packages.directory()))


def test_a_script_imports_what_is_on_the_list(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert script("import greeting").outcome == "error"
    assert install("greeting==1.0\n", monkeypatch) == (["greeting 1.0"], "")
    assert script("import greeting; return greeting.greet()").result == "hello"
    assert install("greeting==2.0\n", monkeypatch) == (["greeting 2.0"], "")
    assert script("import greeting; return greeting.greet()").result == "good day"
    with as_role("operator"):
        events = InstallationEvent.objects.filter(kind="tool_packages.installed").order_by("at")
        assert [event.detail["packages"] for event in events] == [["greeting 1.0"], ["greeting 2.0"]]


def test_no_script_changes_them(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install("greeting==1.0\n", monkeypatch)
    ended = script("import greeting; open(greeting.__file__, 'a').write('x = 1')")
    assert ended.outcome == "error"
    assert "Read-only file system" in ended.reason
    assert script("import greeting; return hasattr(greeting, 'x')").result is False


@pytest.mark.parametrize(
    "requirements", ["greeting==3.0\n", "greeting==2.0\nnone-such\n", "git+https://none.invalid/x\n"]
)
def test_a_list_that_cannot_be_had_changes_nothing(
    index: Path, monkeypatch: pytest.MonkeyPatch, requirements: str
) -> None:
    install("greeting==1.0\n", monkeypatch)
    before = packages.directory()
    names, failed = install(requirements, monkeypatch)
    assert names == []
    assert failed.startswith("Nothing was changed: ")
    assert packages.directory() == before
    assert packages.installed() == ["greeting 1.0"]
    assert before is not None
    assert len(list(before.parent.iterdir())) == 2, "the one that is used and the link"


def test_an_empty_list_takes_them_away(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install("greeting==1.0\n", monkeypatch)
    assert install("", monkeypatch) == ([], "")
    assert script("import greeting").outcome == "error"


def test_runs_at_work_keep_those_before_and_older_ones_go(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    used = []
    for requirements in ("greeting==1.0\n", "greeting==2.0\n", "greeting==1.0\n"):
        install(requirements, monkeypatch)
        used.append(packages.directory())
    assert [path is not None and path.is_dir() for path in used] == [False, True, True]


def test_there_is_no_such_file(index: Path, tmp_path: Path) -> None:
    with as_role("operator"), pytest.raises(CommandError, match="There is no file"):
        call_command("install_tool_packages", str(tmp_path / "none.txt"))
