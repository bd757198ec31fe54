"""The transcriptions double: what it takes, what it refuses, and what it is told to hear."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from simulators.common import serve_in_thread
from simulators.transcriber.app import MAX_FILE, TranscriberDouble

OGG = b"OggS\x00\x04" + (7 * 48_000).to_bytes(8, "little") + b"\x00" * 12
PATIENCE = 20


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    with serve_in_thread(TranscriberDouble()) as url:
        yield url


@pytest.fixture
def url(served: str) -> str:
    requests.post(f"{served}/_sim/reset", timeout=PATIENCE)
    return served


def ask(url: str, content: bytes = OGG, name: str = "voice.ogg", key: str = "", **fields: str) -> requests.Response:
    return requests.post(
        f"{url}/v1/audio/transcriptions",
        files={"file": (name, content, "audio/ogg")},
        data={"model": "whisper-1", **fields},
        headers={"Authorization": f"Bearer {key}"} if key else {},
        timeout=PATIENCE,
    )


def control(url: str, path: str, **body: Any) -> requests.Response:
    return requests.post(f"{url}/_sim/{path}", json=body, timeout=PATIENCE)


def test_it_says_what_it_is_and_how_long_it_listened(url: str) -> None:
    assert ask(url).json() == {
        "text": "(simulated transcript of voice.ogg, 7 s)",
        "usage": {"type": "duration", "seconds": 7},
    }
    [call] = requests.get(f"{url}/_sim/journal", timeout=PATIENCE).json()["calls"]
    assert call["path"] == "/v1/audio/transcriptions"
    assert call["body"] == {
        "model": "whisper-1",
        "file": {"name": "voice.ogg", "size": len(OGG), "type": "audio/ogg"},
    }


def test_it_hears_what_it_is_told_once_each(url: str) -> None:
    assert control(url, "script", texts=["¡Hola! 🎤", ""]).json() == {"queued": 2}
    assert ask(url, response_format="text").text == "¡Hola! 🎤\n"
    assert ask(url, response_format="verbose_json").json()["segments"][0]["text"] == ""
    assert "simulated" in ask(url).json()["text"]


@pytest.mark.parametrize(
    ("given", "status", "param"),
    [
        ({"model": ""}, 400, "model"),
        ({"response_format": "srt"}, 400, "response_format"),
        ({"name": "voice.bin"}, 400, "file"),
        ({"content": b""}, 400, "file"),
        ({"content": b"OggS" + b"\0" * MAX_FILE}, 413, None),
    ],
)
def test_what_the_service_refuses(url: str, given: dict[str, Any], status: int, param: str | None) -> None:
    answer = ask(url, **given)
    assert answer.status_code == status
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert answer.json()["error"]["param"] == param


def test_without_a_file_there_is_nothing_to_hear(url: str) -> None:
    address = f"{url}/v1/audio/transcriptions"
    assert requests.post(address, files={"model": (None, "whisper-1")}, timeout=PATIENCE).status_code == 400
    assert requests.post(address, data={"model": "whisper-1"}, timeout=PATIENCE).status_code == 400
    assert requests.get(address, timeout=PATIENCE).status_code == 405


def test_a_key_lets_in_nobody_else(url: str) -> None:
    control(url, "accounts", key="sk-right")
    assert [ask(url, key=key).status_code for key in ("", "sk-wrong", "sk-right")] == [401, 401, 200]


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({"kind": "rate_limit", "retry_after": 3}, 429),
        ({"kind": "error", "status": 503}, 503),
        ({"kind": "garbage"}, 200),
    ],
)
def test_trouble_comes_once_as_scripted(url: str, fault: dict[str, Any], status: int) -> None:
    control(url, "faults", faults=[fault])
    spoiled = ask(url)
    assert (spoiled.status_code, spoiled.headers.get("Retry-After")) == (status, "3" if status == 429 else None)
    assert ask(url).status_code == 200
