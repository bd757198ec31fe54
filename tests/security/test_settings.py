"""Settings that would open the house are refused, without showing what is in them."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tenants_app.envelope import MasterKeys

ROOT = Path(__file__).resolve().parents[2]
KEY = base64.b64encode(bytes(range(32))).decode()


def manage(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**kept, "DATA_DIR": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "text", [KEY, f"{KEY}:1", f"1:{KEY[:-4]}", f"one:{KEY}", f"1:{KEY},{KEY}", f"²:{KEY}", f"1{KEY}", "1:é"]
)
def test_a_master_key_that_is_written_wrong_is_not_shown(text: str) -> None:
    with pytest.raises(ValueError, match="MASTER_KEYS") as caught:
        MasterKeys.parse(text)
    assert KEY[:8] not in str(caught.value)
    assert caught.value.__cause__ is None


def test_one_version_cannot_be_two_keys() -> None:
    other = base64.b64encode(bytes(32)).decode()
    with pytest.raises(ValueError, match="two keys of version 1"):
        MasterKeys.parse(f"1:{KEY},1:{other}")


@pytest.mark.parametrize(
    "url", ["https://a b", "https://x.example:99999", "https://[", "http://x.example", "ftp://x.example", "https://x/y"]
)
def test_a_public_url_that_is_none_is_refused(tmp_path: Path, url: str) -> None:
    done = manage(tmp_path, "check", PUBLIC_URL=url)
    assert done.returncode != 0
    assert "PUBLIC_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_debug_pages_are_never_public(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", PUBLIC_URL="https://bot.example.com", DEBUG="1")
    assert done.returncode != 0
    assert "DEBUG=1" in done.stderr
