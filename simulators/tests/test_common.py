"""The parts every double shares, through a small double on a real socket."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from aiohttp import web

from simulators.common import Double, serve_in_thread
from simulators.common.journal import Call, Journal


class Echo(Double):
    name = "echo"
    fault_kinds = ("boom",)
    match_facts = ("word",)
    max_body = 1000

    def __init__(self, *, state: Path | None = None) -> None:
        super().__init__(state=state)
        self.words: list[str] = []

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return (web.post("/say", self.say), web.post("/upload", self.upload))

    async def say(self, request: web.Request) -> web.StreamResponse:
        word = (await request.json())["word"]
        if (fault := self.faults.take({"word": word})) is not None:
            return web.json_response({"kind": fault.kind, "number": fault.number("seconds", 7)}, status=500)
        self.words.append(word)
        self.changed()
        return web.json_response({"words": self.words})

    async def upload(self, request: web.Request) -> web.StreamResponse:
        field = (await request.post())["file"]
        assert isinstance(field, web.FileField)
        return web.Response(body=field.file.read())

    def reset(self) -> None:
        self.words.clear()

    def snapshot(self) -> dict[str, Any]:
        return {"words": self.words}

    def restore(self, snapshot: dict[str, Any]) -> None:
        self.words = snapshot["words"]


@pytest.fixture
def url() -> Iterator[str]:
    with serve_in_thread(Echo()) as url:
        yield url


def journal(url: str, query: str = "") -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = requests.get(f"{url}/_sim/journal{query}", timeout=10).json()["calls"]
    return calls


def say(url: str, word: str) -> requests.Response:
    return requests.post(f"{url}/say", json={"word": word}, timeout=10)


def test_journal_shows_parameters_of_json_form_and_multipart(url: str) -> None:
    say(url, "niño")
    requests.post(f"{url}/nowhere?a=1", data={"x": "1 & 2", "y": ""}, timeout=10)
    upload = requests.post(
        f"{url}/upload", data={"x": "1"}, files={"file": ("a.txt", b"12345", "text/plain")}, timeout=10
    )
    requests.post(f"{url}/nowhere", data=b"\x00\xff", timeout=10)
    requests.get(f"{url}/nowhere", headers={"X-One": "1"}, timeout=10)

    calls = journal(url)
    assert upload.content == b"12345"
    assert all(set(call) == {"method", "path", "headers", "body", "at"} for call in calls)
    assert [call["body"] for call in calls] == [
        {"word": "niño"},
        {"x": "1 & 2", "y": ""},
        {"x": "1", "file": {"name": "a.txt", "size": 5, "type": "text/plain"}},
        None,
        None,
    ]
    assert [call["path"] for call in calls] == ["/say", "/nowhere", "/upload", "/nowhere", "/nowhere"]
    assert calls[-1]["headers"]["X-One"] == "1"
    assert [call["at"] for call in calls] == sorted(call["at"] for call in calls)
    details = journal(url, "?details=1")
    assert [call["status"] for call in details] == [200, 404, 200, 404, 404]
    assert details[1]["query"] == {"a": "1"}


def test_journal_is_read_on_from_where_one_was(url: str) -> None:
    say(url, "one")
    after = requests.get(f"{url}/_sim/journal?since=0", timeout=10).json()["next"]
    say(url, "two")
    assert [call["body"] for call in journal(url, f"?since={after}")] == [{"word": "two"}]
    assert requests.get(f"{url}/_sim/journal?since=x", timeout=10).status_code == 400


def test_an_oversized_body_is_refused_and_still_journalled(url: str) -> None:
    assert say(url, "x" * 2000).status_code == 413
    (call,) = journal(url, "?details=1")
    assert call["body"] is None
    assert "1000" in call["note"]


def test_a_caller_that_leaves_in_the_middle_of_its_body_is_journalled(url: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    connection.putrequest("POST", "/say")
    connection.putheader("Content-Length", "100")
    connection.endheaders(b'{"word"')
    connection.close()
    while not (calls := journal(url, "?details=1")):
        pass
    assert calls[0]["note"] == "the caller left before the body was whole"


def test_a_full_journal_forgets_the_oldest_and_says_where_a_body_is_missing() -> None:
    journal = Journal(max_calls=3, max_body=10, max_bodies=12)
    for raw in (b'"a"', b'"bbbbb"', b'"a body that is too large"', b'"ccccc"'):
        journal.add(Call("POST", "/", {}, 0.0, raw=raw, content_type="application/json"))
    shown = [call.as_dict(details=True) for call in journal.since(0)]
    assert [call["body"] for call in shown] == [None, None, "ccccc"]
    assert "journal is full" in shown[0]["note"]
    assert "not kept" in shown[1]["note"]
    assert journal.end == 4
    assert [call.body() for call in journal.since(3)] == ["ccccc"]


def test_faults_are_taken_in_order_by_the_calls_they_match(url: str) -> None:
    faults = {
        "faults": [
            {"kind": "boom", "seconds": 2, "match": {"word": "b"}},
            {"kind": "boom", "match": {"word_contains": "ccc"}, "after": 1, "times": 2},
        ]
    }
    assert requests.post(f"{url}/_sim/faults", json=faults, timeout=10).json() == {"queued": 2}
    assert say(url, "a").status_code == 200
    assert say(url, "b").json() == {"kind": "boom", "number": 2}
    assert [say(url, word).status_code for word in ("b", "ccc", "xcccx", "ccc", "ccc")] == [200, 200, 500, 500, 200]
    assert requests.get(f"{url}/_sim/faults", timeout=10).json() == {"faults": []}


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({}, "list"),
        ({"faults": [{"kind": "bang"}]}, "boom"),
        ({"faults": [{"kind": "boom"}], "times": 0}, "times"),
        ({"faults": [{"kind": "boom", "match": {"colour": "red"}}]}, "word"),
    ],
)
def test_a_wrong_control_body_is_told_what_is_wrong(url: str, body: dict[str, Any], word: str) -> None:
    answer = requests.post(f"{url}/_sim/faults", json=body, timeout=10)
    assert answer.status_code == 400
    assert word in answer.json()["error"]
    assert requests.get(f"{url}/_sim/faults", timeout=10).json() == {"faults": []}


def test_always_and_clear_and_reset(url: str) -> None:
    requests.post(f"{url}/_sim/faults", json={"faults": [{"kind": "boom"}], "times": "always"}, timeout=10)
    assert {say(url, "a").status_code for _ in range(3)} == {500}
    requests.delete(f"{url}/_sim/faults", timeout=10)
    assert say(url, "a").json() == {"words": ["a"]}
    requests.post(f"{url}/_sim/reset", timeout=10)
    assert journal(url) == []
    assert say(url, "b").json() == {"words": ["b"]}


def test_the_clock_goes_on_when_told(url: str) -> None:
    before = requests.post(f"{url}/_sim/clock", json={"advance_seconds": 0}, timeout=10).json()["now"]
    after = requests.post(f"{url}/_sim/clock", json={"advance_seconds": 3600}, timeout=10).json()["now"]
    assert after - before >= 3600
    assert requests.post(f"{url}/_sim/clock", json={"advance_seconds": "x"}, timeout=10).status_code == 400


def test_state_survives_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "deep" / "echo.json"
    with serve_in_thread(Echo(state=state)) as url:
        say(url, "kept")
    assert json.loads(state.read_text()) == {"words": ["kept"]}
    with serve_in_thread(Echo(state=state)) as url:
        assert say(url, "more").json() == {"words": ["kept", "more"]}


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_the_command_says_when_it_is_ready_and_stops_cleanly(signum: signal.Signals) -> None:
    code = "import sys; from simulators.common import Double, main; sys.exit(main(lambda _: Double(), description='d'))"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        word, url = process.stdout.readline().split()
        assert word == "ready"
        assert requests.get(f"{url}/_sim/health", timeout=10).json() == {"service": "double", "ok": True}
        port = str(urlsplit(url).port)
        second = subprocess.run([*command, "--port", port], capture_output=True, text=True, timeout=30, check=False)
        assert second.returncode == 1
        assert port in second.stderr
        process.send_signal(signum)
        rest = process.stdout.read()
        assert (process.wait(timeout=10), rest, process.stderr.read()) == (0, "", "")
