"""`manage.py run_script`: a file alone, as a tenant's tool would run; whatever it is given, one JSON object answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
RETURNS = "def run(args, context):\n    return args\n"


def manage(*words: str | bytes, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """A process of its own, without a database: words of a command line can be bytes, and locales differ."""
    return subprocess.run(
        [sys.executable, ROOT / "manage.py", "run_script", *words],
        capture_output=True,
        env={**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:9/nowhere", **environment},
        check=False,
    )


def told(*words: str | bytes, **environment: str) -> dict[str, Any]:
    ended = manage(*words, "--json", **environment)
    answer: dict[str, Any] = json.loads(ended.stdout)
    assert set(answer) == {"outcome", "reason", "result", "stdout", "stderr", "ms"}
    assert ended.returncode == (0 if answer["outcome"] == "ok" else 1)
    return answer


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "tool.py"
    path.write_text(RETURNS)
    return path


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--timeout", "inf"], "--timeout must be a number from 0.1 to 600"),
        (["--timeout", "nan"], "--timeout must be a number from 0.1 to 600"),
        (["--timeout", "0"], "--timeout must be a number from 0.1 to 600"),
        (["--timeout", "-1"], "--timeout must be a number from 0.1 to 600"),
        (["--timeout", "1e9"], "--timeout must be a number from 0.1 to 600"),
        (["--timeout", "soon"], "--timeout must be a number from 0.1 to 600"),
        (["--memory", "1"], "--memory must be a number from 32 to 4096"),
        (["--memory", "99999999999999999999"], "--memory must be a number from 32 to 4096"),
        (
            ["--args", '{"n": ' + "9" * 5000 + "}"],
            "--args is no JSON object: it holds a number of more than 4,300 digits",
        ),
        (["--secret", b"key=\xff\xfe12"], "--secret is not UTF-8"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(script: Path, words: list[str | bytes], reason: str) -> None:
    answer = told(str(script), *words)
    assert (answer["outcome"], answer["reason"]) == ("refused", reason)


def test_a_file_is_utf8_in_every_locale_with_its_mark_or_without(script: Path) -> None:
    script.write_bytes(b"\xef\xbb\xbf" + "def run(args, context):\n    return 'ñandú'\n".encode())
    assert told(str(script), LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")["result"] == "ñandú"
    plainly = manage(str(script), PYTHONIOENCODING="ascii")
    assert (plainly.returncode, plainly.stdout.strip()) == (0, b'"\\xf1and\\xfa"')


def test_a_result_on_a_terminal_holds_nothing_that_it_acts_on(script: Path) -> None:
    script.write_text("def run(args, context):\n    return 'a\\x9b31m\\u202eb'\n")
    assert manage(str(script)).stdout.decode().strip() == '"a31mb"'


def test_it_has_the_operators_packages_and_its_limits_are_the_proxys(script: Path, tmp_path: Path) -> None:
    (tmp_path / "packages" / "current").mkdir(parents=True)
    (tmp_path / "packages" / "current" / "rates.py").write_text("RATE = 4\n")
    script.write_text("import rates\ndef run(args, context):\n    return rates.RATE\n")
    assert told(str(script), TOOL_PACKAGES_DIR=str(tmp_path / "packages"))["result"] == 4
