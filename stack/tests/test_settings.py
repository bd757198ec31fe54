"""Settings: which comes first, what is refused and in which words."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from stack import StackError
from stack.settings import ROOT, Secrets, check, choose_ports, documented, doubles, read_settings


def dotenv(tmp_path: Path, text: str) -> dict[str, str]:
    (tmp_path / ".env").write_text(text)
    return read_settings({}, tmp_path)


def test_the_process_environment_comes_before_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=9000\nHOST=0.0.0.0\nREDIS_URL=\n")
    assert read_settings({"PORT": "7000", "HOST": ""}, tmp_path) == {"PORT": "7000", "HOST": "0.0.0.0"}


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=pass#word", "pass#word"),
        ("A=plain # a comment", "plain"),
        ('export A="two words # kept"', "two words # kept"),
        ("A='$5'", "$5"),
        ("A=1:abc==", "1:abc=="),
    ],
)
def test_a_value_is_taken_as_written(tmp_path: Path, line: str, value: str) -> None:
    assert dotenv(tmp_path, f"# first\n\n{line}\n") == {"A": value}


def test_a_line_that_makes_no_sense_is_named(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="line 2"):
        dotenv(tmp_path, "A=1\nB = two words\n")


@pytest.mark.parametrize(
    "url",
    ["http://bot.example.com", "https://bot.example.com/path", "bot.example.com", "https://x.test?q=1", "ftp://x.test"],
)
def test_a_public_url_that_cannot_work_is_refused(url: str) -> None:
    with pytest.raises(StackError, match="PUBLIC_URL"):
        check({"PUBLIC_URL": url})


@pytest.mark.parametrize("url", ["https://bot.example.com", "https://bot.example.com:8443/", "http://127.0.0.1:8000"])
def test_a_public_url_that_works_is_taken(url: str) -> None:
    check({"PUBLIC_URL": url})


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(StackError, match="PORT"):
        check({"PORT": port})


def test_a_double_stands_in_only_where_credentials_are_missing() -> None:
    assert doubles({}) == ["anthropic", "whatsapp", "telegram", "transcriber"]
    assert doubles({"TRANSCRIBER_BASE_URL": "http://127.0.0.1:9/v1"}) == ["anthropic", "whatsapp", "telegram"]
    assert doubles({"ANTHROPIC_API_KEY": "sk", "TELEGRAM_BASE_URL": "https://api.telegram.org"}) == ["whatsapp"]


def test_no_double_makes_up_what_real_people_said() -> None:
    for real in ("WHATSAPP_BASE_URL", "TELEGRAM_BASE_URL"):
        assert "transcriber" not in doubles({real: "https://example.com"})
    assert "transcriber" in doubles({"ANTHROPIC_API_KEY": "sk"})


def test_ports_are_the_same_as_last_time_while_they_are_free(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        web = str(probe.getsockname()[1])
    first = choose_ports(tmp_path, {"PORT": web}, ("admin", "phone"))
    assert choose_ports(tmp_path, {"PORT": web}, ("admin", "phone")) == first
    with socket.create_server(("127.0.0.1", first["admin"])):
        second = choose_ports(tmp_path, {"PORT": web}, ("admin", "phone"))
    assert second["admin"] != first["admin"]
    assert second["phone"] == first["phone"]


def test_secrets_are_drawn_once_and_private(tmp_path: Path) -> None:
    first = Secrets.keep(tmp_path)
    assert Secrets.keep(tmp_path) == first
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_a_database_whose_secrets_are_lost_is_not_given_new_ones(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    with pytest.raises(StackError, match="missing"):
        Secrets.keep(tmp_path)


def test_every_setting_is_documented() -> None:
    source = (ROOT / "config" / "settings.py").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', source))
    internal = {"PROXYSTAFF_PROCESS", "RUN_FILE"}  # told by whoever starts a process
    assert read - internal <= documented()
